//! Reads the coefficients of one block of a sequential scan.

use super::bit_reader::{BitReader, Fault};
use super::huffman_table::HuffmanTable;

/// The 64 coefficients of a block of 8x8 samples, row by row.
pub(super) type Block = [i16; 64];

/// The place in a [`Block`] of each coefficient in the file's zigzag order, which goes from low
/// frequencies to high ones so that the zeros of a typical block come last.
pub(super) const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// The fault for a block that encodes more coefficients than it has.
pub(super) const TOO_MANY_COEFFICIENTS: Fault = "a block has more than 64 coefficients";

/// Decodes the blocks of one component. Holds the Huffman tables of the component and its previous
/// DC coefficient, because a file stores only the difference from it.
#[derive(Debug)]
pub(super) struct BlockDecoder<'a> {
    pub(super) dc: &'a HuffmanTable,
    pub(super) ac: &'a HuffmanTable,
    pub(super) last_dc: i32,
}

impl BlockDecoder<'_> {
    /// Reads a block. Returns the zigzag index of the last coefficient that may differ from zero.
    ///
    /// After the DC coefficient, each symbol holds a run of zeros (upper four bits) and the size in
    /// bits of the coefficient that follows them (lower four bits).
    #[inline(always)]
    pub(super) fn read_block(
        &mut self,
        bits: &mut BitReader<'_>,
        block: &mut Block,
    ) -> Result<usize, Fault> {
        *block = [0; 64];
        block[0] = self.read_dc(bits)?;
        let (mut place, mut last) = (1, 0);
        while place < 64 {
            bits.refill();
            // One lookup gives most symbols together with their coefficients. The others have long
            // codes or large coefficients, whose bits are read separately.
            let entry = self.ac.lookup(bits);
            let (symbol, value) = if entry.is_complete() {
                bits.skip_bits(entry.bits());
                (entry.symbol(), entry.value())
            } else {
                let symbol = self.ac.finish_symbol(entry, bits)?;
                (symbol, bits.take_coefficient(u32::from(symbol & 15)) as i16)
            };
            let size = symbol & 15;
            // No coefficient: the block ends, or 16 of its coefficients are zero.
            if size == 0 {
                match zero_run(symbol)? {
                    0 => return Ok(last),
                    zeros => place += zeros,
                }
                continue;
            }
            place += usize::from(symbol >> 4);
            let at = *ZIGZAG.get(place).ok_or(TOO_MANY_COEFFICIENTS)?;
            // All entries are below 64; the mask tells the compiler, which drops the bounds check.
            block[usize::from(at & 63)] = value;
            last = place;
            place += 1;
        }
        if place == 64 {
            Ok(last)
        } else {
            Err(TOO_MANY_COEFFICIENTS)
        }
    }

    /// Reads past a block whose samples are not needed, checking as much as [`Self::read_block`].
    #[inline(always)]
    pub(super) fn skip_block(&mut self, bits: &mut BitReader<'_>) -> Result<(), Fault> {
        // The steps of `read_block` without the values. Both refuse the same files, so that a damaged
        // file is an error whether or not its colours are wanted.
        self.read_dc(bits)?;
        let mut place = 1;
        while place < 64 {
            bits.refill();
            let entry = self.ac.lookup(bits);
            let symbol = if entry.is_complete() {
                bits.skip_bits(entry.bits());
                entry.symbol()
            } else {
                let symbol = self.ac.finish_symbol(entry, bits)?;
                bits.skip_bits(u32::from(symbol & 15));
                symbol
            };
            let size = symbol & 15;
            if size == 0 && zero_run(symbol)? == 0 {
                return Ok(());
            }
            place += usize::from(symbol >> 4) + 1;
        }
        if place == 64 {
            Ok(())
        } else {
            Err(TOO_MANY_COEFFICIENTS)
        }
    }

    /// Reads the DC coefficient, which is coded as the difference to the one before.
    #[inline(always)]
    fn read_dc(&mut self, bits: &mut BitReader<'_>) -> Result<i16, Fault> {
        // In a damaged file the differences can add up to any number, so that the sum must be able to
        // wrap around.
        self.last_dc = self
            .last_dc
            .wrapping_add(read_dc_difference(self.dc, bits)?);
        Ok(self.last_dc as i16)
    }
}

/// The number of zeros that a symbol without a coefficient stands for; 0 ends the block.
fn zero_run(symbol: u8) -> Result<usize, Fault> {
    match symbol {
        0 => Ok(0),
        0xF0 => Ok(16),
        _ => Err("a symbol is not allowed in a sequential scan"),
    }
}

/// Reads the difference between a block's DC coefficient and the one before.
#[inline(always)]
pub(super) fn read_dc_difference(
    table: &HuffmanTable,
    bits: &mut BitReader<'_>,
) -> Result<i32, Fault> {
    bits.refill();
    let entry = table.lookup(bits);
    if entry.is_complete() {
        bits.skip_bits(entry.bits());
        return Ok(entry.value().into());
    }
    let size = table.finish_symbol(entry, bits)?;
    Ok(bits.take_coefficient(u32::from(size & 15)))
}
