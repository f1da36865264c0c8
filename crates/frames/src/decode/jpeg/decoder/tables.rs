//! The quantization tables, Huffman tables and restart interval, which segments before the scans
//! define.

use super::bit_reader::Fault;
use super::block::{Block, ZIGZAG};
use super::default_tables::{default_ac_table, default_dc_table};
use super::huffman_table::HuffmanTable;

/// The tables in force at some point in the file.
#[derive(Debug, Default)]
pub(super) struct Tables {
    quantization: [Option<Block>; 4],
    dc: [Option<Box<HuffmanTable>>; 4],
    ac: [Option<Box<HuffmanTable>>; 4],
    /// MCUs between two restart markers; 0 means none.
    pub(super) restart_interval: usize,
}

impl Tables {
    /// Reads the body of a segment of quantization tables.
    pub(super) fn read_quantization(&mut self, mut body: &[u8]) -> Result<(), Fault> {
        while let Some((head, rest)) = body.split_first() {
            let index = usize::from(head & 15);
            let table = self
                .quantization
                .get_mut(index)
                .ok_or("a quantization table beyond the fourth")?;
            let bytes = match head >> 4 {
                0 => 1,
                1 => 2,
                _ => return Err("a quantization table has neither 8 nor 16 bits"),
            };
            let (numbers, rest) = rest
                .split_at_checked(64 * bytes)
                .ok_or("a quantization table is cut short")?;
            let mut steps = [0; 64];
            for (at, number) in ZIGZAG.iter().zip(numbers.chunks_exact(bytes)) {
                // A step above 32,767 becomes negative, which is right: products are computed
                // modulo 2^16 as well.
                steps[usize::from(*at)] = number
                    .iter()
                    .fold(0, |sum: u16, byte| sum << 8 | u16::from(*byte))
                    .cast_signed();
            }
            *table = Some(steps);
            body = rest;
        }
        Ok(())
    }

    /// Reads the body of a segment of Huffman tables.
    pub(super) fn read_huffman(&mut self, mut body: &[u8]) -> Result<(), Fault> {
        while let Some((head, rest)) = body.split_first() {
            let tables = match head >> 4 {
                0 => &mut self.dc,
                1 => &mut self.ac,
                _ => return Err("a Huffman table is neither for DC nor for AC coefficients"),
            };
            let table = tables
                .get_mut(usize::from(head & 15))
                .ok_or("a Huffman table beyond the fourth")?;
            let (counts, rest) = rest.split_first_chunk().ok_or(SHORT)?;
            let symbols = counts.iter().map(|count| usize::from(*count)).sum();
            let (symbols, rest) = rest.split_at_checked(symbols).ok_or(SHORT)?;
            *table = Some(Box::new(HuffmanTable::new(counts, symbols)?));
            body = rest;
        }
        Ok(())
    }

    /// Reads the body of a segment that defines the restart interval.
    pub(super) fn read_restart_interval(&mut self, body: &[u8]) -> Result<(), Fault> {
        let bytes = body
            .try_into()
            .map_err(|_| "a restart interval does not have two bytes")?;
        self.restart_interval = u16::from_be_bytes(bytes).into();
        Ok(())
    }

    /// Uses the standard's tables in a file that has no Huffman tables at all, as frames of motion
    /// JPEG video.
    pub(super) fn use_default_huffman(&mut self) {
        // In a file that has some of its tables, a missing one is damage.
        if self.dc.iter().chain(&self.ac).any(Option::is_some) {
            return;
        }
        for index in 0..2 {
            self.dc[index] = default_dc_table(index);
            self.ac[index] = default_ac_table(index);
        }
    }

    /// A quantization table, in the order of a [`Block`].
    pub(super) fn quantization(&self, index: usize) -> Option<&Block> {
        self.quantization.get(index)?.as_ref()
    }

    /// A table for DC coefficients.
    pub(super) fn dc_table(&self, index: usize) -> Result<&HuffmanTable, Fault> {
        let table = self
            .dc
            .get(index)
            .and_then(Option::as_deref)
            .ok_or(NO_TABLE)?;
        if table.largest > 15 {
            return Err("a Huffman table has DC coefficients of more than 15 bits");
        }
        Ok(table)
    }

    /// A table for AC coefficients.
    pub(super) fn ac_table(&self, index: usize) -> Result<&HuffmanTable, Fault> {
        self.ac
            .get(index)
            .and_then(Option::as_deref)
            .ok_or(NO_TABLE)
    }
}

const SHORT: Fault = "a Huffman table is cut short";
const NO_TABLE: Fault = "a scan starts before its Huffman table";
