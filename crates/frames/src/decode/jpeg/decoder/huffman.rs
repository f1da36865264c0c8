//! Huffman codes.

use super::Fault;
use super::bits::{Bits, signed};

/// How many bits one look tells. Most codes are shorter, and most have their coefficient's bits in it too.
const LOOK: u32 = 10;

/// What a look at the next bits says.
///
/// From below: the bits to drop (7), whether the coefficient is in it (1), the symbol (8), the coefficient (16).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look(u32);

impl Look {
    /// The code is longer than the look.
    const NOTHING: Self = Self(0);
    const WHOLE: u32 = 0x80;

    fn whole(bits: u32, symbol: u8, value: i32) -> Self {
        Self(bits | Self::WHOLE | u32::from(symbol) << 8 | (value as u32) << 16)
    }

    fn code(bits: u32, symbol: u8) -> Self {
        Self(bits | u32::from(symbol) << 8)
    }

    /// Whether the coefficient is in it.
    #[inline(always)]
    pub(super) fn is_whole(self) -> bool {
        self.0 & Self::WHOLE != 0
    }

    /// How many bits the code has, with the coefficient if it is whole.
    #[inline(always)]
    pub(super) fn bits(self) -> u32 {
        self.0 & 0x7F
    }

    #[inline(always)]
    pub(super) fn symbol(self) -> u8 {
        (self.0 >> 8) as u8
    }

    #[inline(always)]
    pub(super) fn value(self) -> i16 {
        (self.0 >> 16) as i16
    }
}

/// A table of codes.
#[derive(Debug, Clone)]
pub(super) struct Table {
    looks: [Look; 1 << LOOK],
    /// For each length, the first 16 bits that no code of that length or less starts.
    limits: [u32; 17],
    /// For each length, what to add to a code for its symbol's place.
    offsets: [i32; 17],
    symbols: [u8; 256],
    /// The largest symbol.
    pub(super) largest: u8,
}

impl Table {
    /// A table from how many codes there are of each length from 1 to 16, and the symbols in their order.
    pub(super) fn new(counts: &[u8; 16], listed: &[u8]) -> Result<Self, Fault> {
        let mut table = Self {
            looks: [Look::NOTHING; 1 << LOOK],
            limits: [0; 17],
            offsets: [0; 17],
            symbols: [0; 256],
            largest: listed.iter().copied().max().unwrap_or(0),
        };
        table
            .symbols
            .get_mut(..listed.len())
            .ok_or("a table has more than 256 codes")?
            .copy_from_slice(listed);
        let (mut code, mut place) = (0_u32, 0_usize);
        for (length, count) in (1..).zip(counts) {
            table.offsets[length] = place as i32 - code as i32;
            for _ in 0..*count {
                let symbol = *listed.get(place).ok_or("a table has fewer symbols than codes")?;
                table.look_at(code, length as u32, symbol);
                code += 1;
                place += 1;
            }
            // A code of nothing but ones is not allowed.
            if *count > 0 && code >= 1 << length {
                return Err("a table has more codes than there can be");
            }
            table.limits[length] = code << (16 - length);
            code <<= 1;
        }
        Ok(table)
    }

    /// Notes what all looks say that start with a code.
    fn look_at(&mut self, code: u32, length: u32, symbol: u8) {
        let Some(rest) = LOOK.checked_sub(length) else { return };
        let size = u32::from(symbol & 15);
        // How many of the coefficient's bits to tell apart: all or none.
        let told = if size <= rest { size } else { 0 };
        for bits in 0..1 << told {
            let look = if size <= rest {
                Look::whole(length + size, symbol, signed(bits, size))
            } else {
                Look::code(length, symbol)
            };
            let start = (((code << told) | bits) << (rest - told)) as usize;
            // What is no room for was too many codes, which is told later.
            if let Some(looks) = self.looks.get_mut(start..start + (1 << (rest - told))) {
                looks.fill(look);
            }
        }
    }

    /// Looks at the next bits, of those made ready.
    #[inline(always)]
    pub(super) fn look(&self, bits: &Bits<'_>) -> Look {
        self.looks[bits.peek(LOOK) as usize & ((1 << LOOK) - 1)]
    }

    /// The next symbol, its bits dropped, of those made ready.
    #[inline(always)]
    pub(super) fn symbol(&self, bits: &mut Bits<'_>) -> Result<u8, Fault> {
        let look = self.look(bits);
        if look.is_whole() {
            bits.skip(look.bits() - u32::from(look.symbol() & 15));
            return Ok(look.symbol());
        }
        self.symbol_at(look, bits)
    }

    /// The symbol of a look that is not whole, its bits dropped.
    #[inline(always)]
    pub(super) fn symbol_at(&self, look: Look, bits: &mut Bits<'_>) -> Result<u8, Fault> {
        if look == Look::NOTHING {
            return self.long_symbol(bits);
        }
        bits.skip(look.bits());
        Ok(look.symbol())
    }

    #[inline(never)]
    fn long_symbol(&self, bits: &mut Bits<'_>) -> Result<u8, Fault> {
        let ahead = bits.peek(16);
        for length in LOOK as usize + 1..=16 {
            if ahead < self.limits[length] {
                let code = (ahead >> (16 - length)) as i32;
                bits.skip(length as u32);
                return Ok(self.symbols[(code + self.offsets[length]) as usize & 255]);
            }
        }
        Err("its bits are no code of the table")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lengths 2, 3, 3, 12 and 16; sizes that fit into a look and some that do not.
    fn table() -> (Table, [(u32, u32, u8); 5]) {
        let mut counts = [0; 16];
        for (length, count) in [(2, 1), (3, 2), (12, 1), (16, 1)] {
            counts[length - 1] = count;
        }
        let codes = [(0, 2, 0x02), (0b010, 3, 0xF0), (0b011, 3, 0x0A), (0x800, 12, 0x15), (0x8010, 16, 0x33)];
        (Table::new(&counts, &codes.map(|c| c.2)).unwrap(), codes)
    }

    #[test]
    fn symbols_and_coefficients_come_out_as_they_went_in() {
        let (table, codes) = table();
        for (code, length, symbol) in codes {
            let size = u32::from(symbol & 15);
            for number in [0, 1, (1_u32 << size) - 1] {
                let number = number & ((1 << size) - 1);
                let word = (u64::from(code) << (64 - length)) | (u64::from(number) << (64 - length - size));
                let bytes: Vec<u8> = word
                    .to_be_bytes()
                    .into_iter()
                    .flat_map(|b| if b == 255 { vec![b, 0] } else { vec![b] })
                    .collect();
                let mut bits = Bits::new(&bytes, 0);
                bits.refill();
                let look = table.look(&bits);
                assert_eq!(look.is_whole(), length + size <= LOOK, "{symbol:02X}");
                if look.is_whole() {
                    assert_eq!((look.bits(), look.symbol()), (length + size, symbol));
                    assert_eq!(i32::from(look.value()), signed(number, size));
                }
                assert_eq!(table.symbol(&mut bits), Ok(symbol));
                assert_eq!(bits.coefficient(size), signed(number, size));
            }
        }
    }

    #[test]
    fn impossible_tables_and_codes_are_told() {
        let mut bits = Bits::new(&[0xFE; 8], 0);
        bits.refill();
        assert!(table().0.symbol(&mut bits).is_err());
        let mut counts = [0; 16];
        counts[0] = 2;
        assert!(Table::new(&counts, &[1, 2]).is_err(), "a code of ones alone");
        counts[0] = 255;
        assert!(Table::new(&counts, &[1; 255]).is_err());
        counts[0] = 1;
        assert!(Table::new(&counts, &[]).is_err());
        assert!(Table::new(&[0; 16], &[0; 257]).is_err());
    }
}
