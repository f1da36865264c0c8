use std::cmp::Ordering;

/// The values of the frames of a video in even steps of time: each missing frame has the value of the nearest frame that is
/// there.
#[derive(Debug, Clone, Default)]
pub(crate) struct Timeline {
    /// One value for each step, from the first step that is still kept.
    values: Vec<f64>,
    /// Whether a frame is there at the step.
    present: Vec<bool>,
    /// The number and the value of the last frame.
    last: Option<(u64, f64)>,
}

impl Timeline {
    /// Adds the next frame. Of the frames missing before it, at most `most_missing` get a step, so that a long gap costs no
    /// memory.
    pub(crate) fn push(&mut self, number: u64, value: f64, most_missing: usize) {
        if let Some((before, value_before)) = self.last {
            let missing = number.saturating_sub(before).saturating_sub(1);
            let missing = usize::try_from(missing).map_or(most_missing, |m| m.min(most_missing));
            for step in 1..=missing {
                self.values.push(match (2 * step).cmp(&(missing + 1)) {
                    Ordering::Less => value_before,
                    Ordering::Equal => f64::midpoint(value_before, value),
                    Ordering::Greater => value,
                });
                self.present.push(false);
            }
        }
        self.values.push(value);
        self.present.push(true);
        self.last = Some((number, value));
    }

    /// The value of each step.
    pub(crate) fn values(&self) -> &[f64] {
        &self.values
    }

    /// Of some values of the steps from `start` on, those of frames that are there.
    pub(crate) fn present<'a>(
        &'a self,
        start: usize,
        values: &'a [f64],
    ) -> impl Iterator<Item = f64> + 'a {
        let steps = values.iter().zip(&self.present[start..]);
        steps
            .filter(|(_, present)| **present)
            .map(|(value, _)| *value)
    }

    /// Forgets the first steps.
    pub(crate) fn forget(&mut self, steps: usize) {
        self.values.drain(..steps);
        self.present.drain(..steps);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timeline(frames: &[(u64, f64)], most_missing: usize) -> Timeline {
        let mut timeline = Timeline::default();
        for (number, value) in frames {
            timeline.push(*number, *value, most_missing);
        }
        timeline
    }

    #[test]
    fn missing_frames_have_the_nearest_value() {
        let timeline = timeline(&[(3, 1.0), (4, 2.0), (6, 4.0), (9, 7.0)], 8);
        assert_eq!(timeline.values(), [1.0, 2.0, 3.0, 4.0, 4.0, 7.0, 7.0]);
        let doubled: Vec<f64> = timeline.values()[1..].iter().map(|v| 2.0 * v).collect();
        let present: Vec<f64> = timeline.present(1, &doubled).collect();
        assert_eq!(present, [4.0, 8.0, 14.0]);
    }

    #[test]
    fn long_gaps_are_shortened() {
        let timeline = timeline(&[(0, 1.0), (u64::MAX, 5.0)], 4);
        assert_eq!(timeline.values(), [1.0, 1.0, 1.0, 5.0, 5.0, 5.0]);
    }
}
