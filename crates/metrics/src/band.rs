use crate::bootstrap::{BootstrapOptions, SortedFrames, draw_videos};
use crate::error::Error;
use crate::group::{Called, Totals, cumulate};
use crate::threshold::interpolate_quantile;

/// A point of a bootstrap band: where most resampled curves pass at this `x`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BandPoint {
    /// The place on the horizontal axis.
    pub x: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end of the interval.
    pub high: f64,
}

/// The pointwise bootstrap band of the ROC curve at `points` evenly spaced false positive rates from 0 to 1, drawing whole
/// videos as [`bootstrap`](crate::bootstrap) does. Resamples of one class are left out.
///
/// ```
/// use oddframe_metrics::{BootstrapOptions, roc_band};
///
/// let videos: [(&[bool], &[f64]); 2] =
///     [(&[false, true, true], &[0.1, 0.3, 0.5]), (&[false, false, true], &[0.2, 0.4, 0.4])];
/// let band = roc_band(&videos, 3, BootstrapOptions::default().with_resamples(100))?;
/// assert_eq!(band.len(), 3);
/// assert_eq!((band[2].x, band[2].low, band[2].high), (1.0, 1.0, 1.0));
/// # Ok::<(), oddframe_metrics::Error>(())
/// ```
///
/// # Errors
/// As [`bootstrap`](crate::bootstrap); also when there are fewer than two points.
pub fn roc_band(
    videos: &[(&[bool], &[f64])],
    points: usize,
    options: BootstrapOptions,
) -> Result<Vec<BandPoint>, Error> {
    curve_band(videos, points, options, sample_roc)
}

/// The pointwise bootstrap band of the precision-recall curve at `points` evenly spaced recalls from 0 to 1: the
/// precision at the highest threshold that reaches this recall.
///
/// # Errors
/// As [`roc_band`].
pub fn pr_band(
    videos: &[(&[bool], &[f64])],
    points: usize,
    options: BootstrapOptions,
) -> Result<Vec<BandPoint>, Error> {
    curve_band(videos, points, options, sample_precision)
}

/// Samples a curve, given by its running totals, at places on the horizontal axis.
type Sample = fn(&[Called], Totals, &[f64]) -> Vec<f64>;

fn curve_band(
    videos: &[(&[bool], &[f64])],
    points: usize,
    options: BootstrapOptions,
    sample: Sample,
) -> Result<Vec<BandPoint>, Error> {
    options.validate_for(videos.len())?;
    if points < 2 {
        return Err(Error::OutOfRange {
            name: "the number of points",
            value: points as f64,
            range: "at least 2",
        });
    }
    let grid: Vec<f64> = (0..points)
        .map(|place| place as f64 / (points - 1) as f64)
        .collect();
    let sorted = SortedFrames::new(videos)?;
    let mut values: Vec<Vec<f64>> = vec![Vec::new(); points];
    for resample in 0..options.resamples {
        let times = draw_videos(videos.len(), options.seed, resample);
        let Some(totals) = sorted.totals(&times) else {
            continue;
        };
        let called: Vec<Called> = cumulate(sorted.groups(&times)).collect();
        for (values, value) in values.iter_mut().zip(sample(&called, totals, &grid)) {
            values.push(value);
        }
    }
    let tail = 0.5 * (1.0 - options.level);
    let band = grid.iter().zip(&mut values).map(|(x, values)| {
        values.sort_unstable_by(f64::total_cmp);
        let quantile = |share| {
            interpolate_quantile(values, share).ok_or(Error::NoResample {
                resamples: options.resamples,
            })
        };
        Ok(BandPoint {
            x: *x,
            low: quantile(tail)?,
            high: quantile(1.0 - tail)?,
        })
    });
    band.collect()
}

/// The true positive rate at each false positive rate, interpolated between the points of the curve.
fn sample_roc(called: &[Called], totals: Totals, grid: &[f64]) -> Vec<f64> {
    let rates = |called: &Called| {
        (
            called.false_positives as f64 / totals.negatives as f64,
            called.true_positives as f64 / totals.positives as f64,
        )
    };
    let (mut before, mut next) = ((0.0, 0.0), 0);
    let mut sampled = Vec::with_capacity(grid.len());
    for x in grid {
        // All points up to this rate are passed: of several points on a vertical step the highest counts.
        while let Some(point) = called.get(next).map(rates)
            && point.0 <= *x
        {
            (before, next) = (point, next + 1);
        }
        sampled.push(match called.get(next).map(rates) {
            Some(after) if before.0 < *x => {
                let share = (x - before.0) / (after.0 - before.0);
                before.1 + share * (after.1 - before.1)
            }
            _ => before.1,
        });
    }
    sampled
}

/// The precision at the highest threshold that reaches each recall.
fn sample_precision(called: &[Called], totals: Totals, grid: &[f64]) -> Vec<f64> {
    let mut place = 0;
    let sampled = grid.iter().map(|x| {
        let needed = x * totals.positives as f64;
        while called[place..].len() > 1 && (called[place].true_positives as f64) < needed {
            place += 1;
        }
        let called = called[place];
        called.true_positives as f64 / (called.true_positives + called.false_positives) as f64
    });
    sampled.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn videos() -> [(Vec<bool>, Vec<f64>); 2] {
        [
            (vec![false, true, true], vec![0.1, 0.3, 0.5]),
            (vec![false, false, true], vec![0.2, 0.4, 0.4]),
        ]
    }

    /// Bands of a level so narrow that only the middle resample remains, and of all resamples.
    fn roc(level: f64) -> Vec<BandPoint> {
        let videos = videos();
        let borrowed: Vec<(&[bool], &[f64])> =
            videos.iter().map(|v| (&v.0[..], &v.1[..])).collect();
        let options = BootstrapOptions::default()
            .with_resamples(400)
            .with_level(level);
        roc_band(&borrowed, 5, options).unwrap()
    }

    #[test]
    fn the_band_of_two_videos_spans_their_three_resamples() {
        // The first video twice is separated perfectly. The second twice: one of two normal frames ties with the abnormal
        // one, so its curve is a straight line to (0.5, 1).
        let band = roc(0.999);
        let found: Vec<_> = band.iter().map(|p| (p.x, p.low, p.high)).collect();
        assert_eq!(found[0], (0.0, 0.0, 1.0));
        assert_eq!(found[1], (0.25, 0.5, 1.0));
        assert_eq!(
            found[2..],
            [(0.5, 1.0, 1.0), (0.75, 1.0, 1.0), (1.0, 1.0, 1.0)]
        );
        // Half of all resamples draw each video once: two of three abnormal frames lead, then comes the tie.
        let middle = roc(1e-9);
        assert_eq!(middle[0].low, middle[0].high);
    }

    #[test]
    fn the_precision_band_spans_the_curves_of_all_resamples() {
        let videos = videos();
        let borrowed: Vec<(&[bool], &[f64])> =
            videos.iter().map(|v| (&v.0[..], &v.1[..])).collect();
        let options = BootstrapOptions::default()
            .with_resamples(400)
            .with_level(0.999);
        let band = pr_band(&borrowed, 3, options).unwrap();
        // Alone, the second video has precision 1/2 at every recall, the first one 1.
        assert!(
            band.iter()
                .all(|point| (point.low, point.high) == (0.5, 1.0)),
            "{band:?}"
        );
    }

    #[test]
    fn what_cannot_be_drawn_is_an_error() {
        let videos = videos();
        let borrowed: Vec<(&[bool], &[f64])> =
            videos.iter().map(|v| (&v.0[..], &v.1[..])).collect();
        let options = BootstrapOptions::default();
        assert!(
            roc_band(&borrowed[..1], 5, options)
                .unwrap_err()
                .to_string()
                .contains("at least 2")
        );
        assert!(
            roc_band(&borrowed, 1, options)
                .unwrap_err()
                .to_string()
                .contains("number of points")
        );
    }
}
