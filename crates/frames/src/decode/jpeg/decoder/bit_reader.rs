//! Reads the bits of a scan, most significant first.

/// A violation of the format. The caller adds the offset in the file.
pub(super) type Fault = &'static str;

/// Reads bits up to the next marker. Behind it the reader supplies zeros and reports so by
/// [`BitReader::ran_out`], so that the loops of the decoder need no check for the end after every
/// symbol.
///
/// ```text
/// hold:  | count valid bits | zeros or a prefix of the next byte |     refilled to at least 32 bits
///          ^ next bit        (a part of the last bits may be made up)
/// ```
#[derive(Debug)]
pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    /// The offset of the next byte that is not in `hold`.
    at: usize,
    /// The next bits, from the most significant down. The bits below the first `count` are zero or
    /// equal the bits that follow in the file, so that a refill may combine them by `|`.
    hold: u64,
    count: u32,
    /// How many of the `count` bits, the last ones, lie behind the marker and are made up.
    made_up: u32,
}

impl<'a> BitReader<'a> {
    /// A reader that starts at an offset.
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self {
            bytes,
            at,
            hold: 0,
            count: 0,
            made_up: 0,
        }
    }

    /// The approximate offset of the next bit, for messages.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// Provides at least 32 bits: enough for a code of 16 bits and a coefficient of 15.
    #[inline(always)]
    pub(super) fn refill(&mut self) {
        if self.count >= 32 {
            return;
        }
        // The fast path: eight bytes at once where none of them is 0xFF, which would be stuffed or
        // start a marker.
        let ahead = self.bytes.get(self.at..).and_then(<[u8]>::first_chunk::<8>);
        if let Some(word) = ahead
            .map(|bytes| u64::from_be_bytes(*bytes))
            .filter(|word| !has_ff(*word))
        {
            // As many whole bytes as fit count as read: afterwards 56 to 63 bits are valid. The upper bits
            // of the next byte are in `hold` too, and the next refill writes the same bits over them.
            self.hold |= word >> self.count;
            let whole = (63 - self.count) / 8;
            self.at += whole as usize;
            self.count += 8 * whole;
        } else {
            self.refill_by_bytes();
        }
    }

    /// Refills near an 0xFF: either the data byte 0xFF, which a stuffed zero follows, or a marker.
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

    /// The next 1 to 32 bits, without consuming them.
    #[inline(always)]
    pub(super) fn peek_bits(&self, bits: u32) -> u32 {
        (self.hold >> (64 - bits)) as u32
    }

    /// Consumes bits that [`Self::refill`] provided.
    #[inline(always)]
    pub(super) fn skip_bits(&mut self, bits: u32) {
        self.hold <<= bits;
        self.count -= bits;
    }

    /// Consumes 0 to 16 bits that [`Self::refill`] provided, as a number.
    #[inline(always)]
    pub(super) fn take_bits(&mut self, bits: u32) -> u32 {
        // Two shifts, because a shift by 64 (for 0 bits) is not defined.
        let number = (self.hold >> 1 >> (63 - bits)) as u32;
        self.skip_bits(bits);
        number
    }

    /// Reads one bit, refilling if necessary.
    #[inline(always)]
    pub(super) fn read_bit(&mut self) -> bool {
        self.refill();
        self.take_bits(1) == 1
    }

    /// Consumes a coefficient of `size` bits that [`Self::refill`] provided.
    #[inline(always)]
    pub(super) fn take_coefficient(&mut self, size: u32) -> i32 {
        sign_extend(self.take_bits(size), size)
    }

    /// Whether bits beyond the marker were consumed.
    #[inline(always)]
    pub(super) fn ran_out(&self) -> bool {
        self.made_up > self.count
    }

    /// Finishes a run of blocks at the marker that must follow, and returns the marker's offset.
    ///
    /// The bits before the marker fill up the last byte; some encoders add zero bytes for
    /// alignment.
    pub(super) fn finish_at_marker(&mut self) -> Result<usize, Fault> {
        self.refill_by_bytes();
        // Bytes enter whole, so the bits left over from the last one used are the remainder by eight.
        self.skip_bits(self.count.saturating_sub(self.made_up) % 8);
        while self.count > self.made_up {
            if self.peek_bits(8) != 0 {
                return Err("data are left over behind a scan's last block");
            }
            self.skip_bits(8);
            self.refill_by_bytes();
        }
        Ok(self.at)
    }

    /// Continues behind the restart marker with this number, which must be next.
    pub(super) fn read_restart_marker(&mut self, number: u8) -> Result<(), Fault> {
        let mut at = self.finish_at_marker()?;
        // Any number of fill bytes 0xFF may stand before a marker.
        while self
            .bytes
            .get(at..)
            .is_some_and(|rest| rest.starts_with(&[0xFF, 0xFF]))
        {
            at += 1;
        }
        if self.bytes.get(at..).and_then(<[u8]>::first_chunk) != Some(&[0xFF, 0xD0 + number]) {
            return Err("a restart marker is missing");
        }
        // No bits are carried over: a scan can be decoded from any of its restart markers on.
        *self = Self::new(self.bytes, at + 2);
        Ok(())
    }
}

/// A coefficient from its bits. A leading zero marks a negative one: `size` bits encode the values
/// whose magnitude has `size` bits, for example 2 bits encode -3, -2, 2 and 3.
#[inline(always)]
pub(super) const fn sign_extend(bits: u32, size: u32) -> i32 {
    let limit = 1 << size;
    if bits as i32 * 2 < limit {
        bits as i32 - limit + 1
    } else {
        bits as i32
    }
}

/// Whether one of eight bytes is 0xFF: the well-known test for a zero byte, applied to the inverted
/// word.
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
        let mut bits = BitReader::new(&bytes, 0);
        let expected = [0b1010_1010, 0xFF, 1, 2, 3, 4, 5, 6, 7, 8, 9];
        for byte in expected {
            bits.refill();
            assert_eq!(bits.take_bits(8), byte);
            assert!(!bits.ran_out());
        }
        bits.refill();
        assert_eq!(bits.take_bits(1), 0);
        assert!(bits.ran_out());
        assert!(!BitReader::new(&bytes, 12).read_bit());
    }

    #[test]
    fn every_partition_into_reads_gives_the_same_bits() {
        let bytes: Vec<u8> = (0..200_u32)
            .map(|i| (i * i * 37 + 11) as u8)
            .flat_map(|b| if b == 255 { vec![b, 0] } else { vec![b] })
            .collect();
        let single = |n: usize| {
            let mut bits = BitReader::new(&bytes, 0);
            (0..n).map(|_| bits.read_bit()).collect::<Vec<_>>()
        };
        let all = single(1_500);
        for step in 1..=16 {
            let mut bits = BitReader::new(&bytes, 0);
            for chunk in all.chunks_exact(step) {
                bits.refill();
                let number = chunk.iter().fold(0, |n, b| n << 1 | u32::from(*b));
                assert_eq!(bits.peek_bits(step as u32), number);
                assert_eq!(bits.take_bits(step as u32), number);
            }
        }
    }

    #[test]
    fn left_over_data_and_missing_restart_markers_are_errors() {
        let end = |bytes: &[u8], read: u32| {
            let mut bits = BitReader::new(bytes, 0);
            bits.refill();
            bits.take_bits(read);
            bits.finish_at_marker()
        };
        assert_eq!(end(&[1, 0x7F, 0xFF, 0xD9], 9), Ok(2));
        assert_eq!(end(&[1, 0, 0, 0xFF, 0xD9], 3), Ok(3));
        assert!(end(&[1, 0x7F, 0xFF, 0xD9], 8).is_err());
        assert!(end(&[1, 0xFF, 0, 0xFF, 0xD9], 8).is_err());
        let mut bits = BitReader::new(&[7, 0xFF, 0xFF, 0xD3, 9], 0);
        assert_eq!(bits.take_bits(0), 0);
        bits.refill();
        bits.skip_bits(3);
        assert!(
            BitReader::new(&[7, 0xFF, 0xD4, 9], 1)
                .read_restart_marker(3)
                .is_err()
        );
        bits.read_restart_marker(3).unwrap();
        bits.refill();
        assert_eq!(bits.take_bits(8), 9);
    }

    #[test]
    fn coefficients_are_sign_extended() {
        for (bits, size, value) in [
            (0, 0, 0),
            (0, 1, -1),
            (1, 1, 1),
            (0, 3, -7),
            (3, 3, -4),
            (4, 3, 4),
            (7, 3, 7),
        ] {
            assert_eq!(sign_extend(bits, size), value, "{bits} of {size}");
        }
    }
}
