//! The pixels of a frame that differ from the background.

use super::ForegroundSettings;

/// Differences of two bytes go from -255 to 255: the place of difference 0 in a histogram of them.
const ZERO: usize = 255;

/// The standard deviation of a normal distribution as a multiple of its median absolute deviation.
const DEVIATIONS: f32 = 1.4826;

/// Marks the pixels that differ from the background.
#[derive(Debug, Default)]
pub(super) struct Masker {
    /// How far each pixel is from the background after the change of the light, in gray levels.
    pub(super) distances: Vec<f32>,
    /// 1 where the distance is above the threshold, after closing.
    pub(super) mask: Vec<u8>,
    /// The threshold of the last frame.
    pub(super) threshold: f32,
    /// The mask with a margin.
    padded: Vec<u8>,
    scratch: Vec<u8>,
}

impl Masker {
    /// Compares a smoothed picture with the background. Returns the share of pixels that differ.
    pub(super) fn mark(
        &mut self,
        picture: &[u8],
        background: &[f32],
        settings: &ForegroundSettings,
    ) -> f32 {
        // The median difference is the change of the light since the background was learned: objects cover less than
        // half of the picture. It is found by counting whole gray levels.
        let mut signed = [0_u32; 2 * ZERO + 1];
        for (pixel, usual) in picture.iter().zip(background) {
            let difference = (f32::from(*pixel) - usual).round() as i32;
            signed[(difference + ZERO as i32).clamp(0, 2 * ZERO as i32) as usize] += 1;
        }
        let light = median_of_counts(&signed) as f32 - ZERO as f32;
        self.distances.clear();
        let mut absolute = [0_u32; 2 * ZERO + 1];
        for (pixel, usual) in picture.iter().zip(background) {
            let distance = (f32::from(*pixel) - usual - light).abs();
            absolute[(distance.round() as usize).min(2 * ZERO)] += 1;
            self.distances.push(distance);
        }
        // The noise as the median absolute deviation, a robust estimate: the pixels of objects, fewer than half, cannot
        // raise it as they would raise a standard deviation.
        let deviation = DEVIATIONS * median_of_counts(&absolute) as f32;
        self.threshold =
            (settings.noise_factor * deviation).clamp(settings.min_contrast, settings.max_contrast);
        let threshold = self.threshold;
        self.mask.clear();
        let marked = self.distances.iter().map(|d| u8::from(*d > threshold));
        self.mask.extend(marked);
        let count: usize = self.mask.iter().map(|m| usize::from(*m)).sum();
        count as f32 / picture.len() as f32
    }

    /// Closes the gaps of the mask: 5 rows by 3 columns join the parts of a walking person, who is higher than wide.
    pub(super) fn close(&mut self, width: usize) {
        // A margin as wide as the reach: at the edges the result is that of a larger picture.
        let (margin_x, margin_y) = (1, 2);
        let height = self.mask.len() / width;
        let padded_width = width + 2 * margin_x;
        self.padded.clear();
        self.padded
            .resize(padded_width * (height + 2 * margin_y), 0);
        for (y, row) in self.mask.chunks_exact(width).enumerate() {
            let start = (y + margin_y) * padded_width + margin_x;
            self.padded[start..start + width].copy_from_slice(row);
        }
        // Closing is a dilation and then an erosion with the same rectangle. What the dilation filled on all sides stays
        // filled; everywhere else the erosion restores the outline.
        spread(&mut self.padded, &mut self.scratch, padded_width, 1);
        spread(&mut self.padded, &mut self.scratch, padded_width, 0);
        for (y, row) in self.mask.chunks_exact_mut(width).enumerate() {
            let start = (y + margin_y) * padded_width + margin_x;
            row.copy_from_slice(&self.padded[start..start + width]);
        }
    }
}

/// The value at the middle of a histogram.
fn median_of_counts(counts: &[u32]) -> usize {
    let half = counts.iter().sum::<u32>().div_ceil(2);
    let mut below = 0;
    let place = counts.iter().position(|count| {
        below += count;
        below >= half
    });
    place.unwrap_or(0)
}

/// Gives every pixel with a neighbour of this value, at most 2 rows and 1 column away, the value: dilation for 1,
/// erosion for 0. Pixels outside the picture do not count.
fn spread(mask: &mut [u8], scratch: &mut Vec<u8>, width: usize, value: u8) {
    // The rectangle is separable: first the columns of each row, then the rows of that result.
    scratch.clear();
    for row in mask.chunks_exact(width) {
        scratch.extend((0..width).map(|x| {
            let near = &row[x.saturating_sub(1)..(x + 2).min(width)];
            if near.contains(&value) {
                value
            } else {
                1 - value
            }
        }));
    }
    let height = mask.len() / width;
    for (y, row) in mask.chunks_exact_mut(width).enumerate() {
        let near = y.saturating_sub(2)..(y + 3).min(height);
        for (x, pixel) in row.iter_mut().enumerate() {
            let found = near.clone().any(|y| scratch[y * width + x] == value);
            *pixel = if found { value } else { 1 - value };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_light_is_no_object() {
        let background = vec![100.0; 100];
        let mut picture = vec![130_u8; 100];
        picture[44] = 200;
        let mut masker = Masker::default();
        let share = masker.mark(&picture, &background, &ForegroundSettings::default());
        assert_eq!(share, 0.01);
        assert_eq!((masker.mask[44], masker.distances[44]), (1, 70.0));
        assert_eq!(masker.threshold, 18.0);
    }

    #[test]
    fn noise_raises_the_threshold() {
        let background = vec![100.0; 100];
        let mut masker = Masker::default();
        // Levels from -6 to 6 around the background: the median distance is 3.
        let noisy: Vec<u8> = (0..100).map(|i| 94 + (i % 13) as u8).collect();
        masker.mark(&noisy, &background, &ForegroundSettings::default());
        assert!((masker.threshold - 6.0 * DEVIATIONS * 3.0).abs() < 1e-4);
    }

    #[test]
    fn closing_joins_parts_and_keeps_the_outline() {
        // Two marks in one column with three empty rows between them, and one in a corner.
        let (width, height) = (9, 11);
        let mut masker = Masker {
            mask: vec![0; width * height],
            ..Masker::default()
        };
        for (x, y) in [(2, 1), (2, 5), (8, 10)] {
            masker.mask[y * width + x] = 1;
        }
        masker.close(width);
        let set: Vec<_> = (0..width * height)
            .filter(|i| masker.mask[*i] == 1)
            .map(|i| (i % width, i / width))
            .collect();
        assert_eq!(set, [(2, 1), (2, 2), (2, 3), (2, 4), (2, 5), (8, 10)]);
    }
}
