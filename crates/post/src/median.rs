use std::sync::Arc;

use crate::error::Error;
use crate::filter::filter_in_blocks;
use crate::parameters::{WINDOW, check_window, to_count};
use crate::transform::{Outcome, Signature, Transform};

pub(crate) static SIGNATURE: Signature = Signature {
    name: "median",
    smooths: true,
    parameters: WINDOW,
    build: |v| Ok(Arc::new(Median::new(to_count("median", "window", v[0])?)?)),
};

/// The median over a window, ends mirrored: `scipy.ndimage.median_filter`.
///
/// The text form is `median(window=5)`. For an even window the upper of the two middle scores is taken, and
/// the window has one more frame before the centre than after it. For windows more than twice as long as the
/// video this implementation follows the definition; scipy deviates from it there.
///
/// ```
/// use oddframe_post::{Median, Step};
///
/// let mut scores = [0.1, 9.0, 0.2, 0.3];
/// Step::per_video(Median::new(3)?).apply_to_series(&mut scores)?;
/// assert_eq!(scores, [0.1, 0.2, 0.3, 0.3]);
/// # Ok::<(), oddframe_post::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Median {
    window: usize,
}

impl Median {
    /// A median over `window` frames.
    ///
    /// # Errors
    /// When the window does not have 1 to 100,000 frames.
    pub fn new(window: usize) -> Result<Self, Error> {
        Ok(Self {
            window: check_window("median", window)?,
        })
    }

    /// The window in frames.
    pub const fn window(self) -> usize {
        self.window
    }
}

impl Transform for Median {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn parameter_values(&self) -> Vec<f64> {
        vec![self.window as f64]
    }

    fn transform_series(&self, series: &mut [f64]) -> Outcome {
        let middle = self.window / 2;
        filter_in_blocks(series, middle, self.window - 1 - middle, |padded, out| {
            self.slide_window(padded, out);
        });
        Outcome::Done
    }
}

impl Median {
    /// The medians of a padded part of a series.
    fn slide_window(self, padded: &[f64], out: &mut [f64]) {
        let middle = self.window / 2;
        let (first, after) = padded.split_at(self.window);
        // A sorted copy of the window is updated by binary search, so each frame costs one insertion instead
        // of one sort.
        let mut sorted = first.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        for (at, score) in out.iter_mut().enumerate() {
            // The window slides by one frame: one score leaves the sorted window, one enters it.
            if let Some(entering) = at.checked_sub(1).map(|before| after[before]) {
                sorted.remove(lower_bound(&sorted, padded[at - 1]));
                sorted.insert(lower_bound(&sorted, entering), entering);
            }
            *score = sorted[middle];
        }
    }
}

/// The position of the first value that is not below `value`.
fn lower_bound(sorted: &[f64], value: f64) -> usize {
    sorted.partition_point(|s| s.total_cmp(&value).is_lt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SERIES, run};

    fn median(window: usize, n: usize) -> Vec<f64> {
        run(Median::new(window).unwrap(), &SERIES[..n])
    }

    #[test]
    fn values_equal_scipy() {
        assert_eq!(median(1, 12), SERIES);
        assert_eq!(
            median(2, 12),
            [0.3, 0.3, 0.4, 0.4, 0.5, 0.9, 0.9, 0.6, 0.6, 0.5, 0.7, 0.7]
        );
        assert_eq!(
            median(5, 12),
            [0.3, 0.3, 0.3, 0.4, 0.4, 0.5, 0.5, 0.5, 0.5, 0.5, 0.3, 0.3]
        );
        assert_eq!(
            median(6, 12),
            [0.3, 0.3, 0.3, 0.4, 0.4, 0.5, 0.5, 0.5, 0.6, 0.5, 0.5, 0.5]
        );
        assert_eq!(
            median(30, 12),
            [0.3, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.3, 0.3]
        );
        assert_eq!(median(5, 1), [0.3]);
        assert_eq!(median(5, 2), [0.1, 0.3]);
        // By the definition: fifteen of each score, of which the upper middle one is taken. scipy deviates
        // here.
        assert_eq!(median(30, 2), [0.1, 0.3]);
        assert_eq!(median(5, 3), [0.3; 3]);
        assert_eq!(run(Median::new(3).unwrap(), &[]), [0.0; 0]);
    }

    #[test]
    fn windows_are_checked() {
        for window in [0, 100_001] {
            assert!(matches!(
                Median::new(window),
                Err(Error::Parameter { name: "window", .. })
            ));
        }
    }
}
