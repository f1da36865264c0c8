/// How often each pixel had each of the 256 values: enough for an exact median in one pass.
#[derive(Default)]
pub(crate) struct Histograms {
    counts: Vec<[u32; 256]>,
}

impl Histograms {
    /// Counts one frame's pixels; all frames are of one size.
    pub(crate) fn add(&mut self, frame: &[u8]) {
        self.counts.resize(frame.len(), [0; 256]);
        for (counts, value) in self.counts.iter_mut().zip(frame) {
            counts[usize::from(*value)] += 1;
        }
    }

    /// Each pixel's median in 0..=255; of an even number of frames the mean of the two in the middle.
    pub(crate) fn medians(&self) -> impl Iterator<Item = f64> {
        self.counts.iter().map(|counts| {
            let frames: u32 = counts.iter().sum();
            let middle = (at_rank(counts, frames.saturating_sub(1) / 2), at_rank(counts, frames / 2));
            f64::from(middle.0 + middle.1) / 2.0
        })
    }
}

/// The value at this place of the sorted list, from 0.
fn at_rank(counts: &[u32; 256], rank: u32) -> u32 {
    let mut below = 0;
    for (value, count) in (0..).zip(counts) {
        below += count;
        if below > rank {
            return value;
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_of_odd_and_even_numbers_of_frames() {
        let mut histograms = Histograms::default();
        for frame in [[9, 0], [1, 255], [5, 0]] {
            histograms.add(&frame);
        }
        assert_eq!(histograms.medians().collect::<Vec<_>>(), [5.0, 0.0]);
        histograms.add(&[6, 255]);
        assert_eq!(histograms.medians().collect::<Vec<_>>(), [5.5, 127.5]);
    }
}
