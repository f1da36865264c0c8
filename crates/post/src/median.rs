use std::sync::Arc;

use crate::signature::{WINDOW, whole};
use crate::{Error, Outcome, Signature, Transform, error, reflect};

pub(crate) static SIGNATURE: Signature = Signature {
    name: "median",
    smooths: true,
    parameters: WINDOW,
    build: |v| Ok(Arc::new(Median::new(whole("median", "window", v[0])?)?)),
};

/// The median over a window, ends mirrored: `scipy.ndimage.median_filter`.
///
/// Its text form is `median(window=5)`. Of an even window the upper of the two middle scores is taken, and one
/// frame more lies before than behind. Where a window is more than twice as long as the video the definition is
/// kept to, from which scipy strays there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Median {
    window: usize,
}

impl Median {
    /// A median over `window` frames.
    ///
    /// # Errors
    /// When the window is not 1 to 100,000 frames.
    pub fn new(window: usize) -> Result<Self, Error> {
        Ok(Self { window: error::window("median", window)? })
    }

    /// Frames in a window.
    pub const fn window(self) -> usize {
        self.window
    }
}

impl Transform for Median {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn values(&self) -> Vec<f64> {
        vec![self.window as f64]
    }

    fn transform(&self, series: &mut [f64]) -> Outcome {
        let middle = self.window / 2;
        let padded = reflect::pad(series, middle, self.window - 1 - middle);
        let (first, after) = padded.split_at(self.window.min(padded.len()));
        let mut sorted = first.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let place = |sorted: &[f64], v: f64| sorted.partition_point(|s| s.total_cmp(&v).is_lt());
        for (at, score) in series.iter_mut().enumerate() {
            if let Some(comes) = at.checked_sub(1).map(|before| after[before]) {
                sorted.remove(place(&sorted, padded[at - 1]));
                sorted.insert(place(&sorted, comes), comes);
            }
            *score = sorted[middle];
        }
        Outcome::Done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SERIES, run};

    #[test]
    fn values_of_scipy() {
        let median = |window, n: usize| run(Median::new(window).unwrap(), &SERIES[..n]);
        assert_eq!(median(1, 12), SERIES);
        assert_eq!(median(2, 12), [0.3, 0.3, 0.4, 0.4, 0.5, 0.9, 0.9, 0.6, 0.6, 0.5, 0.7, 0.7]);
        assert_eq!(median(5, 12), [0.3, 0.3, 0.3, 0.4, 0.4, 0.5, 0.5, 0.5, 0.5, 0.5, 0.3, 0.3]);
        assert_eq!(median(6, 12), [0.3, 0.3, 0.3, 0.4, 0.4, 0.5, 0.5, 0.5, 0.6, 0.5, 0.5, 0.5]);
        assert_eq!(median(30, 12), [0.3, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.3, 0.3]);
        assert_eq!(median(5, 1), [0.3]);
        assert_eq!(median(5, 2), [0.1, 0.3]);
        // By the definition: fifteen of each score, and the upper middle one. scipy itself strays here.
        assert_eq!(median(30, 2), [0.1, 0.3]);
        assert_eq!(median(5, 3), [0.3; 3]);
        assert_eq!(run(Median::new(3).unwrap(), &[]), [0.0; 0]);
    }

    #[test]
    fn windows_are_checked() {
        for window in [0, 100_001] {
            assert!(matches!(Median::new(window), Err(Error::Parameter { name: "window", .. })));
        }
    }
}
