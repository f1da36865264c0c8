use crate::Outcome;

/// Values compared side by side, so that no comparison waits for the one before.
const LANES: usize = 8;

/// The smallest and the largest value.
pub(crate) fn range(series: &[f64]) -> (f64, f64) {
    let lower = |a: f64, b: f64| if a < b { a } else { b };
    let higher = |a: f64, b: f64| if a > b { a } else { b };
    let (mut low, mut high) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
    let (blocks, rest) = series.as_chunks::<LANES>();
    for block in blocks {
        for lane in 0..LANES {
            low[lane] = lower(block[lane], low[lane]);
            high[lane] = higher(block[lane], high[lane]);
        }
    }
    let values = |lanes| rest.iter().copied().chain(lanes);
    (values(low).fold(f64::INFINITY, lower), values(high).fold(f64::NEG_INFINITY, higher))
}

/// (x − offset) / scale; zeros where the scale is 0.
///
/// A scale that overflowed would make every score 0 in silence: it makes them NaN instead, which no table takes.
pub(crate) fn rescale(series: &mut [f64], offset: f64, scale: f64) -> Outcome {
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
    fn the_range_is_found_wherever_its_ends_are() {
        for len in [1, 7, 8, 9, 30] {
            for (least, most) in (0..len).flat_map(|l| (0..len).map(move |m| (l, m))).filter(|(l, m)| l != m)
            {
                let mut series = vec![0.5; len];
                (series[least], series[most]) = (-1.0, 2.0);
                assert_eq!(range(&series), (-1.0, 2.0));
            }
        }
        assert_eq!(range(&[3.0]), (3.0, 3.0));
    }
}
