/// Counts how often each pixel had each of the 256 values.
///
/// This gives exact medians in one pass over the frames. It takes 1 KiB for each pixel (16 MiB for 128x128), whatever the
/// number of frames; collecting all frames and sorting would grow with it.
#[derive(Default)]
pub(crate) struct Histograms {
    counts: Vec<[u32; 256]>,
}

impl Histograms {
    /// Counts the pixels of a frame. All frames must have one size.
    pub(crate) fn add(&mut self, frame: &[u8]) {
        // The first frame makes the histograms; the size is that of every later frame.
        self.counts.resize(frame.len(), [0; 256]);
        for (counts, value) in self.counts.iter_mut().zip(frame) {
            counts[usize::from(*value)] += 1;
        }
    }

    /// The median of each pixel, from 0 to 255. For an even number of frames it is the mean of the two middle values.
    pub(crate) fn medians(&self) -> impl Iterator<Item = f64> {
        self.counts.iter().map(|counts| {
            let frames: u32 = counts.iter().sum();
            // Both ranks are the same for an odd number of frames.
            let (lower, upper) = (frames.saturating_sub(1) / 2, frames / 2);
            f64::from(value_at_rank(counts, lower) + value_at_rank(counts, upper)) / 2.0
        })
    }
}

/// The value at position `rank`, from 0, of the sorted list of a pixel's values.
fn value_at_rank(counts: &[u32; 256], rank: u32) -> u32 {
    // Counts from the darkest value upwards until more than `rank` frames are covered.
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
