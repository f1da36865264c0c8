//! The coefficients of one block of a sequential scan.

use super::Fault;
use super::bits::Bits;
use super::huffman::Table;

/// Coefficients in their places, row by row.
pub(super) type Block = [i16; 64];

/// Where the coefficients stand that a file has in zigzag.
pub(super) const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39,
    46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// What more coefficients than a block has are called.
pub(super) const TOO_MANY: Fault = "a block has more than 64 coefficients";

/// The tables of one component, and its brightness so far.
#[derive(Debug)]
pub(super) struct Coding<'a> {
    pub(super) dc: &'a Table,
    pub(super) ac: &'a Table,
    pub(super) last_dc: i32,
}

impl Coding<'_> {
    /// Reads a block, and says which in zigzag is the last coefficient that may not be zero.
    #[inline(always)]
    pub(super) fn read(&mut self, bits: &mut Bits<'_>, block: &mut Block) -> Result<usize, Fault> {
        *block = [0; 64];
        block[0] = self.read_dc(bits)?;
        let (mut place, mut last) = (1, 0);
        while place < 64 {
            bits.refill();
            let look = self.ac.look(bits);
            let (symbol, value) = if look.is_whole() {
                bits.skip(look.bits());
                (look.symbol(), look.value())
            } else {
                let symbol = self.ac.symbol_at(look, bits)?;
                (symbol, bits.coefficient(u32::from(symbol & 15)) as i16)
            };
            let size = symbol & 15;
            if size == 0 {
                match zeros(symbol)? {
                    0 => return Ok(last),
                    zeros => place += zeros,
                }
                continue;
            }
            place += usize::from(symbol >> 4);
            let at = *ZIGZAG.get(place).ok_or(TOO_MANY)?;
            block[usize::from(at & 63)] = value;
            last = place;
            place += 1;
        }
        if place == 64 { Ok(last) } else { Err(TOO_MANY) }
    }

    /// Reads past a block.
    #[inline(always)]
    pub(super) fn skip(&mut self, bits: &mut Bits<'_>) -> Result<(), Fault> {
        self.read_dc(bits)?;
        let mut place = 1;
        while place < 64 {
            bits.refill();
            let look = self.ac.look(bits);
            let symbol = if look.is_whole() {
                bits.skip(look.bits());
                look.symbol()
            } else {
                let symbol = self.ac.symbol_at(look, bits)?;
                bits.skip(u32::from(symbol & 15));
                symbol
            };
            let size = symbol & 15;
            if size == 0 && zeros(symbol)? == 0 {
                return Ok(());
            }
            place += usize::from(symbol >> 4) + 1;
        }
        if place == 64 { Ok(()) } else { Err(TOO_MANY) }
    }

    #[inline(always)]
    pub(super) fn read_dc(&mut self, bits: &mut Bits<'_>) -> Result<i16, Fault> {
        self.last_dc = self.last_dc.wrapping_add(difference(self.dc, bits)?);
        Ok(self.last_dc as i16)
    }
}

/// How many zeros a symbol without a coefficient stands for; none, if nothing else follows.
fn zeros(symbol: u8) -> Result<usize, Fault> {
    match symbol {
        0 => Ok(0),
        0xF0 => Ok(16),
        _ => Err("a symbol means nothing in a picture of one pass"),
    }
}

/// How much a block's brightness differs from the one before.
#[inline(always)]
pub(super) fn difference(table: &Table, bits: &mut Bits<'_>) -> Result<i32, Fault> {
    bits.refill();
    let look = table.look(bits);
    if look.is_whole() {
        bits.skip(look.bits());
        return Ok(look.value().into());
    }
    let size = table.symbol_at(look, bits)?;
    Ok(bits.coefficient(u32::from(size & 15)))
}
