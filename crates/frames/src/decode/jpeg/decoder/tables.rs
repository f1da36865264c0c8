//! The tables that come before scans.

use super::Fault;
use super::block::{Block, ZIGZAG};
use super::huffman::Table;
use super::standard;

/// The tables as they are at some place in the file.
#[derive(Debug, Default)]
pub(super) struct Tables {
    divisors: [Option<Block>; 4],
    dc: [Option<Box<Table>>; 4],
    ac: [Option<Box<Table>>; 4],
    /// Units between two restart markers; 0 is never.
    pub(super) interval: usize,
}

impl Tables {
    /// Reads the body of a segment of divisors.
    pub(super) fn read_divisors(&mut self, mut body: &[u8]) -> Result<(), Fault> {
        while let Some((head, rest)) = body.split_first() {
            let table = self.divisors.get_mut(usize::from(head & 15)).ok_or("a table beyond the fourth")?;
            let bytes = match head >> 4 {
                0 => 1,
                1 => 2,
                _ => return Err("divisors have neither 8 nor 16 bits"),
            };
            let (numbers, rest) =
                rest.split_at_checked(64 * bytes).ok_or("a table of divisors is cut short")?;
            let mut divisors = [0; 64];
            for (at, number) in ZIGZAG.iter().zip(numbers.chunks_exact(bytes)) {
                // Sixteen bits keep them all: products are taken to sixteen bits too.
                divisors[usize::from(*at)] =
                    number.iter().fold(0, |sum: u16, byte| sum << 8 | u16::from(*byte)).cast_signed();
            }
            *table = Some(divisors);
            body = rest;
        }
        Ok(())
    }

    /// Reads the body of a segment of Huffman codes.
    pub(super) fn read_codes(&mut self, mut body: &[u8]) -> Result<(), Fault> {
        while let Some((head, rest)) = body.split_first() {
            let tables = match head >> 4 {
                0 => &mut self.dc,
                1 => &mut self.ac,
                _ => return Err("codes are neither for first nor for other coefficients"),
            };
            let table = tables.get_mut(usize::from(head & 15)).ok_or("a table beyond the fourth")?;
            let (counts, rest) = rest.split_first_chunk().ok_or(SHORT)?;
            let symbols = counts.iter().map(|count| usize::from(*count)).sum();
            let (symbols, rest) = rest.split_at_checked(symbols).ok_or(SHORT)?;
            *table = Some(Box::new(Table::new(counts, symbols)?));
            body = rest;
        }
        Ok(())
    }

    /// Reads the body of a segment that tells how often restart markers come.
    pub(super) fn read_interval(&mut self, body: &[u8]) -> Result<(), Fault> {
        let bytes = body.try_into().map_err(|_| "the distance of restart markers has not two bytes")?;
        self.interval = u16::from_be_bytes(bytes).into();
        Ok(())
    }

    /// Puts the standard's tables into a file that has no tables at all: single pictures out of a video have none.
    pub(super) fn fill_in(&mut self) {
        // One table that is lacking among others is damage.
        if self.dc.iter().chain(&self.ac).any(Option::is_some) {
            return;
        }
        for index in 0..2 {
            self.dc[index] = standard::dc(index);
            self.ac[index] = standard::ac(index);
        }
    }

    pub(super) fn divisors(&self, index: usize) -> Option<&Block> {
        self.divisors.get(index)?.as_ref()
    }

    /// The codes for first coefficients.
    pub(super) fn dc(&self, index: usize) -> Result<&Table, Fault> {
        let table = self.dc.get(index).and_then(Option::as_deref).ok_or(NO_CODES)?;
        if table.largest > 15 {
            return Err("a table has sizes of more than 15 bits");
        }
        Ok(table)
    }

    /// The codes for the other coefficients.
    pub(super) fn ac(&self, index: usize) -> Result<&Table, Fault> {
        self.ac.get(index).and_then(Option::as_deref).ok_or(NO_CODES)
    }
}

const SHORT: Fault = "a table of codes is cut short";
const NO_CODES: Fault = "a scan starts before its codes are known";
