use std::collections::VecDeque;

/// Compares the brightness of each frame with that of the second before it.
#[derive(Debug)]
pub(crate) struct BrightnessJump {
    recent: VecDeque<f64>,
    second: usize,
}

impl BrightnessJump {
    pub(crate) fn new(second: usize) -> Self {
        Self {
            recent: VecDeque::with_capacity(second),
            second,
        }
    }

    /// The logarithm of the ratio to the median of the second before; none for the first frame.
    pub(crate) fn push(&mut self, brightness: f64) -> Option<f64> {
        // One gray level more keeps the ratio of two dark frames in bounds.
        let value = brightness + 1.0;
        let mut sorted: Vec<f64> = self.recent.iter().copied().collect();
        sorted.sort_by(f64::total_cmp);
        if self.recent.len() == self.second {
            self.recent.pop_front();
        }
        self.recent.push_back(value);
        let median = sorted.get(sorted.len() / 2)?;
        Some((value / median).ln())
    }
}
