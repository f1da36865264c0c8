use super::{Kernel, LANES, Source};

/// The largest value, or NaN where there is one.
pub(crate) struct Greatest;

impl Kernel for Greatest {
    type Output = f64;

    #[inline(always)]
    fn run<S: Source>(self, source: S) -> f64 {
        let whole = source.len() - source.len() % LANES;
        let mut largest = [0_u32; LANES];
        let mut at = 0;
        while at < whole {
            let block = source.block(at);
            for lane in 0..LANES {
                largest[lane] = largest[lane].max(order::<S>(block[lane]));
            }
            at += LANES;
        }
        let rest = (whole..source.len()).map(|i| order::<S>(source.value(i)));
        let largest = largest.into_iter().chain(rest).fold(0, u32::max);
        f64::from(value::<S>(largest))
    }
}

const SIGN: u32 = 1 << 31;

/// A whole number that is ordered as the values are, with every NaN above all.
#[inline(always)]
fn order<S: Source>(value: f32) -> u32 {
    let bits = value.to_bits();
    if S::NEVER_NEGATIVE {
        // A NaN with its sign set is larger still.
        return bits;
    }
    let bits = if value.is_nan() { f32::NAN.to_bits() } else { bits };
    // Negative values: all bits turned, so that the further from zero the lower. Others: above them.
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

/// The value that [`order`] stands for.
#[inline(always)]
fn value<S: Source>(order: u32) -> f32 {
    f32::from_bits(match order & SIGN {
        _ if S::NEVER_NEGATIVE => order,
        0 => !order,
        _ => order & !SIGN,
    })
}
