//! Decoding of Huffman codes by table lookup.
//!
//! A code has 1 to 16 bits. The next [`LOOKUP_BITS`] bits index a table whose entry gives the
//! symbol and, where the whole coefficient behind the code fits too, its value: one lookup for most
//! coefficients. Longer codes are found by comparing the next 16 bits with the first code of each
//! length, since canonical codes of one length are consecutive.

use super::bit_reader::{BitReader, Fault, sign_extend};

/// Bits that index the lookup table. Most codes are shorter, and most fit together with their
/// coefficient.
const LOOKUP_BITS: u32 = 10;

/// An entry of the lookup table.
///
/// ```text
/// bit 31             16 15        8   7     6            0
///     | coefficient    | symbol   | complete | bits to skip |
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LookupEntry(u32);

impl LookupEntry {
    /// The entry of bits that begin a code longer than [`LOOKUP_BITS`].
    const LONG_CODE: Self = Self(0);
    const COMPLETE: u32 = 0x80;

    /// The entry of a code and its coefficient, of `bits` bits together.
    fn with_coefficient(bits: u32, symbol: u8, value: i32) -> Self {
        Self(bits | Self::COMPLETE | u32::from(symbol) << 8 | (value as u32) << 16)
    }

    /// The entry of a code whose coefficient does not fit.
    fn code_only(bits: u32, symbol: u8) -> Self {
        Self(bits | u32::from(symbol) << 8)
    }

    /// Whether the entry includes the coefficient.
    #[inline(always)]
    pub(super) fn is_complete(self) -> bool {
        self.0 & Self::COMPLETE != 0
    }

    /// The bits to skip: those of the code, and of the coefficient if the entry is complete.
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

/// A table of Huffman codes.
#[derive(Debug, Clone)]
pub(super) struct HuffmanTable {
    lookup: [LookupEntry; 1 << LOOKUP_BITS],
    /// For each length, the smallest 16 bits that do not begin with a code of that length or a
    /// shorter one.
    limits: [u32; 17],
    /// For each length, the difference between a symbol's index and its code.
    offsets: [i32; 17],
    symbols: [u8; 256],
    /// The largest symbol.
    pub(super) largest: u8,
}

impl HuffmanTable {
    /// Builds a table from the number of codes of each length from 1 to 16 and the symbols in the
    /// order of their codes.
    pub(super) fn new(counts: &[u8; 16], listed: &[u8]) -> Result<Self, Fault> {
        let mut table = Self {
            lookup: [LookupEntry::LONG_CODE; 1 << LOOKUP_BITS],
            limits: [0; 17],
            offsets: [0; 17],
            symbols: [0; 256],
            largest: listed.iter().copied().max().unwrap_or(0),
        };
        table
            .symbols
            .get_mut(..listed.len())
            .ok_or("a Huffman table has more than 256 codes")?
            .copy_from_slice(listed);
        // Canonical codes: each is its predecessor plus one, shifted to its own length.
        let (mut code, mut place) = (0_u32, 0_usize);
        for (length, count) in (1..).zip(counts) {
            table.offsets[length] = place as i32 - code as i32;
            for _ in 0..*count {
                let symbol = *listed
                    .get(place)
                    .ok_or("a Huffman table has fewer symbols than codes")?;
                table.fill_lookup(code, length as u32, symbol);
                code += 1;
                place += 1;
            }
            // The standard reserves the code of ones alone.
            if *count > 0 && code >= 1 << length {
                return Err("a Huffman table has more codes than are possible");
            }
            table.limits[length] = code << (16 - length);
            code <<= 1;
        }
        Ok(table)
    }

    /// Fills the entries of all lookups that begin with a code.
    fn fill_lookup(&mut self, code: u32, length: u32, symbol: u8) {
        let Some(rest) = LOOKUP_BITS.checked_sub(length) else {
            return;
        };
        let size = u32::from(symbol & 15);
        // The entries distinguish either all bits of the coefficient or none.
        let distinguished = if size <= rest { size } else { 0 };
        for bits in 0..1 << distinguished {
            let entry = if size <= rest {
                LookupEntry::with_coefficient(length + size, symbol, sign_extend(bits, size))
            } else {
                LookupEntry::code_only(length, symbol)
            };
            let start = (((code << distinguished) | bits) << (rest - distinguished)) as usize;
            // An impossible code lies outside; the caller reports it.
            if let Some(entries) = self
                .lookup
                .get_mut(start..start + (1 << (rest - distinguished)))
            {
                entries.fill(entry);
            }
        }
    }

    /// Looks up the next bits without consuming them. [`BitReader::refill`] must have provided
    /// them, as for all methods below.
    #[inline(always)]
    pub(super) fn lookup(&self, bits: &BitReader<'_>) -> LookupEntry {
        self.lookup[bits.peek_bits(LOOKUP_BITS) as usize & ((1 << LOOKUP_BITS) - 1)]
    }

    /// Consumes the next symbol.
    #[inline(always)]
    pub(super) fn read_symbol(&self, bits: &mut BitReader<'_>) -> Result<u8, Fault> {
        let entry = self.lookup(bits);
        if entry.is_complete() {
            // Leave the bits of the coefficient.
            bits.skip_bits(entry.bits() - u32::from(entry.symbol() & 15));
            return Ok(entry.symbol());
        }
        self.finish_symbol(entry, bits)
    }

    /// Consumes the symbol whose lookup gave an entry that is not complete.
    #[inline(always)]
    pub(super) fn finish_symbol(
        &self,
        entry: LookupEntry,
        bits: &mut BitReader<'_>,
    ) -> Result<u8, Fault> {
        if entry == LookupEntry::LONG_CODE {
            return self.read_long_symbol(bits);
        }
        bits.skip_bits(entry.bits());
        Ok(entry.symbol())
    }

    #[inline(never)]
    fn read_long_symbol(&self, bits: &mut BitReader<'_>) -> Result<u8, Fault> {
        let ahead = bits.peek_bits(16);
        for length in LOOKUP_BITS as usize + 1..=16 {
            if ahead < self.limits[length] {
                let code = (ahead >> (16 - length)) as i32;
                bits.skip_bits(length as u32);
                return Ok(self.symbols[(code + self.offsets[length]) as usize & 255]);
            }
        }
        Err("bits are not a code of the Huffman table")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Codes of the lengths 2, 3, 3, 12 and 16, with coefficients that fit into a lookup and some
    /// that do not.
    fn example_table() -> (HuffmanTable, [(u32, u32, u8); 5]) {
        let mut counts = [0; 16];
        for (length, count) in [(2, 1), (3, 2), (12, 1), (16, 1)] {
            counts[length - 1] = count;
        }
        let codes = [
            (0, 2, 0x02),
            (0b010, 3, 0xF0),
            (0b011, 3, 0x0A),
            (0x800, 12, 0x15),
            (0x8010, 16, 0x33),
        ];
        (
            HuffmanTable::new(&counts, &codes.map(|c| c.2)).unwrap(),
            codes,
        )
    }

    #[test]
    fn symbols_and_coefficients_are_decoded_as_encoded() {
        let (table, codes) = example_table();
        for (code, length, symbol) in codes {
            let size = u32::from(symbol & 15);
            for number in [0, 1, (1_u32 << size) - 1] {
                let number = number & ((1 << size) - 1);
                let word = (u64::from(code) << (64 - length))
                    | (u64::from(number) << (64 - length - size));
                let bytes: Vec<u8> = word
                    .to_be_bytes()
                    .into_iter()
                    .flat_map(|b| if b == 255 { vec![b, 0] } else { vec![b] })
                    .collect();
                let mut bits = BitReader::new(&bytes, 0);
                bits.refill();
                let entry = table.lookup(&bits);
                assert_eq!(
                    entry.is_complete(),
                    length + size <= LOOKUP_BITS,
                    "{symbol:02X}"
                );
                if entry.is_complete() {
                    assert_eq!((entry.bits(), entry.symbol()), (length + size, symbol));
                    assert_eq!(i32::from(entry.value()), sign_extend(number, size));
                }
                assert_eq!(table.read_symbol(&mut bits), Ok(symbol));
                assert_eq!(bits.take_coefficient(size), sign_extend(number, size));
            }
        }
    }

    #[test]
    fn impossible_tables_and_codes_are_errors() {
        let mut bits = BitReader::new(&[0xFE; 8], 0);
        bits.refill();
        assert!(example_table().0.read_symbol(&mut bits).is_err());
        let mut counts = [0; 16];
        counts[0] = 2;
        assert!(
            HuffmanTable::new(&counts, &[1, 2]).is_err(),
            "a code of ones alone"
        );
        counts[0] = 255;
        assert!(HuffmanTable::new(&counts, &[1; 255]).is_err());
        counts[0] = 1;
        assert!(HuffmanTable::new(&counts, &[]).is_err());
        assert!(HuffmanTable::new(&[0; 16], &[0; 257]).is_err());
    }
}
