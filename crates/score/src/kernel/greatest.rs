//! The largest value of an error map.

use super::source::{Kernel, LANES, Source};

/// The largest value, or NaN if a value is NaN.
///
/// Comparisons of floating-point numbers that respect NaN take several instructions. Here each
/// value becomes an integer key of the same order, with NaN above all, so that the loop is an
/// integer maximum per lane.
pub(crate) struct Greatest;

impl Kernel for Greatest {
    type Output = f64;

    #[inline(always)]
    fn reduce<S: Source>(self, source: S) -> f64 {
        let whole = source.len() - source.len() % LANES;
        let mut largest = [0_u32; LANES];
        let mut at = 0;
        while at < whole {
            let block = source.load_block(at);
            for lane in 0..LANES {
                largest[lane] = largest[lane].max(order_key::<S>(block[lane]));
            }
            at += LANES;
        }
        let rest = (whole..source.len()).map(|i| order_key::<S>(source.value_at(i)));
        let largest = largest.into_iter().chain(rest).fold(0, u32::max);
        f64::from(value_of_key::<S>(largest))
    }
}

const SIGN: u32 = 1 << 31;

/// An integer with the order of the values, and with every NaN above all.
#[inline(always)]
fn order_key<S: Source>(value: f32) -> u32 {
    let bits = value.to_bits();
    if S::NEVER_NEGATIVE {
        // Not negative: the bits have the order already, and a NaN with its sign bit set is larger
        // still.
        return bits;
    }
    let bits = if value.is_nan() {
        f32::NAN.to_bits()
    } else {
        bits
    };
    // Negative values: invert all bits, so that the key falls as the magnitude rises. Others: set
    // the top bit, so that they lie above.
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

/// The value whose [`order_key`] is `key`.
#[inline(always)]
fn value_of_key<S: Source>(key: u32) -> f32 {
    f32::from_bits(match key & SIGN {
        _ if S::NEVER_NEGATIVE => key,
        0 => !key,
        _ => key & !SIGN,
    })
}
