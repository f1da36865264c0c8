use std::collections::VecDeque;

/// Compares the brightness of frames with that of the second before them.
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

    /// The logarithm of the ratio to the median of the second before; none when there is no frame before.
    pub(crate) fn compare(&self, brightness: f64) -> Option<f64> {
        let mut sorted: Vec<f64> = self.recent.iter().copied().collect();
        sorted.sort_by(f64::total_cmp);
        let median = sorted.get(sorted.len() / 2)?;
        // One gray level more keeps the ratio of two dark frames in bounds.
        Some(((brightness + 1.0) / (median + 1.0)).ln())
    }

    /// Makes a frame part of what later ones are compared with.
    pub(crate) fn push(&mut self, brightness: f64) {
        if self.recent.len() == self.second {
            self.recent.pop_front();
        }
        self.recent.push_back(brightness);
    }
}
