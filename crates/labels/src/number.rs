/// The type of a number in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum NumberType {
    Bool,
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    I64,
    U64,
    F16,
    F32,
    F64,
}

/// The order of the bytes of a number in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ByteOrder {
    /// The low byte comes first.
    Little,
    /// The high byte comes first.
    Big,
}

impl NumberType {
    /// The size of one number in bytes.
    pub(crate) const fn byte_len(self) -> usize {
        match self {
            Self::Bool | Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 | Self::F16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
        }
    }

    /// Decodes the number in these [`Self::byte_len`] bytes. Integers above 2^53 are rounded.
    pub(crate) fn decode(self, order: ByteOrder, bytes: &[u8]) -> f64 {
        // The bytes are copied into a little-endian word, so one conversion serves all sizes and both orders.
        let mut word = [0; 8];
        match order {
            ByteOrder::Little => word
                .iter_mut()
                .zip(bytes)
                .for_each(|(to, from)| *to = *from),
            ByteOrder::Big => word
                .iter_mut()
                .zip(bytes.iter().rev())
                .for_each(|(to, from)| *to = *from),
        }
        // The unused high bytes are zero. A cast to the type's own width restores the sign of narrow
        // integers.
        let word = u64::from_le_bytes(word);
        match self {
            Self::Bool | Self::U8 | Self::U16 | Self::U32 | Self::U64 => word as f64,
            Self::I8 => f64::from(word as i8),
            Self::I16 => f64::from(word as i16),
            Self::I32 => f64::from(word as i32),
            Self::I64 => word as i64 as f64,
            Self::F16 => decode_half(word as u16),
            Self::F32 => f64::from(f32::from_bits(word as u32)),
            Self::F64 => f64::from_bits(word),
        }
    }
}

impl ByteOrder {
    pub(crate) fn decode_u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        }
    }
}

/// IEEE 754 binary16: 1 sign bit, 5 exponent bits (bias 15), 10 fraction bits.
fn decode_half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let fraction = f64::from(bits & 0x3FF);
    // Exponent 0 means a subnormal number, without the implicit leading bit; 31 means infinity or NaN. The
    // implicit bit of all others is 1024 in units of the fraction's last bit.
    let size = match (bits >> 10) & 0x1F {
        0 => fraction * 2_f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        exponent => (1024.0 + fraction) * 2_f64.powi(i32::from(exponent) - 25),
    };
    sign * size
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode_both_orders(kind: NumberType, le: &[u8]) -> f64 {
        assert_eq!(kind.byte_len(), le.len());
        let be: Vec<u8> = le.iter().rev().copied().collect();
        let value = kind.decode(ByteOrder::Little, le);
        assert_eq!(value.to_bits(), kind.decode(ByteOrder::Big, &be).to_bits());
        value
    }

    #[test]
    fn numbers_of_every_type_in_both_orders() {
        assert_eq!(decode_both_orders(NumberType::Bool, &[1]), 1.0);
        assert_eq!(decode_both_orders(NumberType::U8, &[200]), 200.0);
        assert_eq!(
            decode_both_orders(NumberType::I8, &(-3_i8).to_le_bytes()),
            -3.0
        );
        assert_eq!(
            decode_both_orders(NumberType::I16, &(-300_i16).to_le_bytes()),
            -300.0
        );
        assert_eq!(
            decode_both_orders(NumberType::U16, &60_000_u16.to_le_bytes()),
            60_000.0
        );
        assert_eq!(
            decode_both_orders(NumberType::I32, &(-70_000_i32).to_le_bytes()),
            -70_000.0
        );
        assert_eq!(
            decode_both_orders(NumberType::U32, &u32::MAX.to_le_bytes()),
            4_294_967_295.0
        );
        assert_eq!(
            decode_both_orders(NumberType::I64, &(-5_i64).to_le_bytes()),
            -5.0
        );
        assert_eq!(
            decode_both_orders(NumberType::U64, &7_u64.to_le_bytes()),
            7.0
        );
        assert_eq!(
            decode_both_orders(NumberType::F32, &1.5_f32.to_le_bytes()),
            1.5
        );
        assert_eq!(
            decode_both_orders(NumberType::F64, &0.1_f64.to_le_bytes()),
            0.1
        );
        assert_eq!(
            decode_both_orders(NumberType::F16, &0x3C00_u16.to_le_bytes()),
            1.0
        );
    }

    #[test]
    fn half_precision_has_subnormals_and_infinities() {
        for (bits, value) in [
            (0x0000, 0.0),
            (0x0001, 2_f64.powi(-24)),
            (0x03FF, 1023.0 * 2_f64.powi(-24)),
            (0x0400, 2_f64.powi(-14)),
            (0xC000, -2.0),
            (0x3555, 0.333_251_953_125),
            (0x7BFF, 65504.0),
            (0xFC00, f64::NEG_INFINITY),
        ] {
            assert_eq!(decode_half(bits), value, "{bits:#x}");
        }
        assert!(decode_half(0x7E00).is_nan());
    }
}
