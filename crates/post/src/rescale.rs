//! What the normalisers share: the range of a series and the division by it.

use crate::transform::Outcome;

/// Values compared independently, so that no comparison waits for the previous one.
const LANES: usize = 8;

/// The smallest and the largest value.
pub(crate) fn min_max(series: &[f64]) -> (f64, f64) {
    let (mut low, mut high) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
    // Eight independent minima and maxima per block, combined at the end: minimum and maximum do not depend
    // on the order.
    let (blocks, rest) = series.as_chunks::<LANES>();
    for block in blocks {
        for lane in 0..LANES {
            low[lane] = smaller_of(block[lane], low[lane]);
            high[lane] = larger_of(block[lane], high[lane]);
        }
    }
    let smallest = rest
        .iter()
        .copied()
        .chain(low)
        .fold(f64::INFINITY, smaller_of);
    let largest = rest
        .iter()
        .copied()
        .chain(high)
        .fold(f64::NEG_INFINITY, larger_of);
    (smallest, largest)
}

// A plain comparison compiles to one instruction; `f64::min` and `f64::max` also handle NaN, which does not
// occur here.

fn smaller_of(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

fn larger_of(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

/// Computes (x − offset) / scale, or zeros if the scale is 0.
///
/// An infinite scale would silently make every score 0. It makes every score NaN instead, which score tables
/// reject.
pub(crate) fn rescale_series(series: &mut [f64], offset: f64, scale: f64) -> Outcome {
    if scale == 0.0 {
        series.fill(0.0);
        return Outcome::Constant;
    }
    let scale = if scale.is_finite() { scale } else { f64::NAN };
    for v in series.iter_mut() {
        *v = (*v - offset) / scale;
    }
    Outcome::Done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_is_found_at_every_position() {
        for len in [1, 7, 8, 9, 30] {
            for (least, most) in (0..len)
                .flat_map(|l| (0..len).map(move |m| (l, m)))
                .filter(|(l, m)| l != m)
            {
                let mut series = vec![0.5; len];
                (series[least], series[most]) = (-1.0, 2.0);
                assert_eq!(min_max(&series), (-1.0, 2.0));
            }
        }
        assert_eq!(min_max(&[3.0]), (3.0, 3.0));
    }
}
