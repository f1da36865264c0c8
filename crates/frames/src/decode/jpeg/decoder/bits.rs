//! The bits of a scan, most significant first.

use super::Fault;

/// Reads bits up to the next marker; behind it there are made-up zeros, which [`Bits::spent`] tells of.
#[derive(Debug)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    /// The next byte that is not in `hold`.
    at: usize,
    /// The next bits, from the top down. Below `count` of them it is zero or what comes next anyway.
    hold: u64,
    count: u32,
    /// How many of the `count` bits, the last ones, are behind the marker.
    made_up: u32,
}

impl<'a> Bits<'a> {
    /// Bits from a place on.
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at, hold: 0, count: 0, made_up: 0 }
    }

    /// Roughly where the reading is.
    pub(super) fn place(&self) -> usize {
        self.at
    }

    /// Makes 32 bits ready at the least: enough for a code of 16 and a number of 15.
    #[inline(always)]
    pub(super) fn refill(&mut self) {
        if self.count >= 32 {
            return;
        }
        let ahead = self.bytes.get(self.at..).and_then(<[u8]>::first_chunk::<8>);
        if let Some(word) = ahead.map(|bytes| u64::from_be_bytes(*bytes)).filter(|word| !has_ff(*word)) {
            self.hold |= word >> self.count;
            let whole = (63 - self.count) / 8;
            self.at += whole as usize;
            self.count += 8 * whole;
        } else {
            self.refill_by_bytes();
        }
    }

    /// Refills where an 0xFF is near: a stuffed one, or a marker.
    #[inline(never)]
    fn refill_by_bytes(&mut self) {
        while self.count <= 56 {
            let byte = match self.bytes.get(self.at..) {
                Some([0xFF, 0, ..]) => {
                    self.at += 2;
                    0xFF
                }
                Some([byte, ..]) if *byte != 0xFF => {
                    self.at += 1;
                    *byte
                }
                _ => {
                    self.made_up += 8;
                    0
                }
            };
            self.hold |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    /// The next bits, which stay; 1 to 32 of them.
    #[inline(always)]
    pub(super) fn peek(&self, bits: u32) -> u32 {
        (self.hold >> (64 - bits)) as u32
    }

    /// Drops bits that [`Self::refill`] made ready.
    #[inline(always)]
    pub(super) fn skip(&mut self, bits: u32) {
        self.hold <<= bits;
        self.count -= bits;
    }

    /// The next bits as a number; 0 to 16 of them, of those that [`Self::refill`] made ready.
    #[inline(always)]
    pub(super) fn take(&mut self, bits: u32) -> u32 {
        // Two shifts, for no bits at all.
        let number = (self.hold >> 1 >> (63 - bits)) as u32;
        self.skip(bits);
        number
    }

    /// One bit, whatever is ready.
    #[inline(always)]
    pub(super) fn bit(&mut self) -> bool {
        self.refill();
        self.take(1) == 1
    }

    /// A coefficient of a size in bits, of those that [`Self::refill`] made ready.
    #[inline(always)]
    pub(super) fn coefficient(&mut self, size: u32) -> i32 {
        signed(self.take(size), size)
    }

    /// Whether bits were read that are not there.
    #[inline(always)]
    pub(super) fn spent(&self) -> bool {
        self.made_up > self.count
    }

    /// Ends at a marker, and says where it is.
    ///
    /// What stands before it fills up a byte, or is zeros that some writers align their files with.
    pub(super) fn finish(&mut self) -> Result<usize, Fault> {
        self.refill_by_bytes();
        self.skip(self.count.saturating_sub(self.made_up) % 8);
        while self.count > self.made_up {
            if self.peek(8) != 0 {
                return Err("data are left over behind its last block");
            }
            self.skip(8);
            self.refill_by_bytes();
        }
        Ok(self.at)
    }

    /// Goes on behind the restart marker of a number, which has to be next.
    pub(super) fn restart(&mut self, number: u8) -> Result<(), Fault> {
        let mut at = self.finish()?;
        while self.bytes.get(at..).is_some_and(|rest| rest.starts_with(&[0xFF, 0xFF])) {
            at += 1;
        }
        if self.bytes.get(at..).and_then(<[u8]>::first_chunk) != Some(&[0xFF, 0xD0 + number]) {
            return Err("a restart marker is missing");
        }
        *self = Self::new(self.bytes, at + 2);
        Ok(())
    }
}

/// A coefficient from its bits: those with a zero in front are negative.
#[inline(always)]
pub(super) const fn signed(bits: u32, size: u32) -> i32 {
    let limit = 1 << size;
    if bits as i32 * 2 < limit { bits as i32 - limit + 1 } else { bits as i32 }
}

/// Whether one of eight bytes is 0xFF.
#[inline(always)]
const fn has_ff(word: u64) -> bool {
    const LOW: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    (!word).wrapping_sub(LOW) & word & HIGH != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stuffed_bytes_are_data_and_markers_end_them() {
        let bytes = [0b1010_1010, 0xFF, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0xFF, 0xD9];
        let mut bits = Bits::new(&bytes, 0);
        let expected = [0b1010_1010, 0xFF, 1, 2, 3, 4, 5, 6, 7, 8, 9];
        for byte in expected {
            bits.refill();
            assert_eq!(bits.take(8), byte);
            assert!(!bits.spent());
        }
        bits.refill();
        assert_eq!(bits.take(1), 0);
        assert!(bits.spent());
        assert!(!Bits::new(&bytes, 12).bit());
    }

    #[test]
    fn every_way_to_cut_the_bits_reads_the_same() {
        let bytes: Vec<u8> = (0..200_u32)
            .map(|i| (i * i * 37 + 11) as u8)
            .flat_map(|b| if b == 255 { vec![b, 0] } else { vec![b] })
            .collect();
        let single = |n: usize| {
            let mut bits = Bits::new(&bytes, 0);
            (0..n).map(|_| bits.bit()).collect::<Vec<_>>()
        };
        let all = single(1_500);
        for step in 1..=16 {
            let mut bits = Bits::new(&bytes, 0);
            for chunk in all.chunks_exact(step) {
                bits.refill();
                let number = chunk.iter().fold(0, |n, b| n << 1 | u32::from(*b));
                assert_eq!(bits.peek(step as u32), number);
                assert_eq!(bits.take(step as u32), number);
            }
        }
    }

    #[test]
    fn what_is_left_over_is_told() {
        let end = |bytes: &[u8], read: u32| {
            let mut bits = Bits::new(bytes, 0);
            bits.refill();
            bits.take(read);
            bits.finish()
        };
        assert_eq!(end(&[1, 0x7F, 0xFF, 0xD9], 9), Ok(2));
        assert_eq!(end(&[1, 0, 0, 0xFF, 0xD9], 3), Ok(3));
        assert!(end(&[1, 0x7F, 0xFF, 0xD9], 8).is_err());
        assert!(end(&[1, 0xFF, 0, 0xFF, 0xD9], 8).is_err());
        let mut bits = Bits::new(&[7, 0xFF, 0xFF, 0xD3, 9], 0);
        assert_eq!(bits.take(0), 0);
        bits.refill();
        bits.skip(3);
        assert!(Bits::new(&[7, 0xFF, 0xD4, 9], 1).restart(3).is_err());
        bits.restart(3).unwrap();
        bits.refill();
        assert_eq!(bits.take(8), 9);
    }

    #[test]
    fn coefficients_have_their_signs() {
        for (bits, size, value) in
            [(0, 0, 0), (0, 1, -1), (1, 1, 1), (0, 3, -7), (3, 3, -4), (4, 3, 4), (7, 3, 7)]
        {
            assert_eq!(signed(bits, size), value, "{bits} of {size}");
        }
    }
}
