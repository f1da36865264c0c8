use rayon::prelude::*;

use crate::image::{Plane, blur_plane};
use crate::registration::{Landmarks, SteadyBlur};

/// Pixels that one task computes.
const BLOCK: usize = 4096;

/// The median picture of a video. Frames that a shaking camera has displaced are aligned first.
pub(crate) fn steady_median(frames: &[&[u8]], width: usize) -> Plane<f32> {
    let first = median_picture(frames, width);
    // The median of displaced frames has blurred edges, which suffice to find the displacement of each.
    let landmarks = Landmarks::find(&blur_plane(&first, 1.0));
    let aligned: Vec<Option<Vec<u8>>> = frames
        .par_iter()
        .map_init(SteadyBlur::default, |blur, frame| {
            let mut frame = frame.to_vec();
            let moved = blur.blur_into(&mut frame, width, &landmarks, &mut Vec::new());
            moved.map(|_| frame)
        })
        .collect();
    if aligned.iter().all(Option::is_none) {
        return first;
    }
    let frames: Vec<&[u8]> = frames
        .iter()
        .zip(&aligned)
        .map(|(frame, aligned)| aligned.as_deref().unwrap_or(frame))
        .collect();
    median_picture(&frames, width)
}

/// The median of each pixel over frames of equal size. For an even number of frames it is the mean of the two middle values.
fn median_picture(frames: &[&[u8]], width: usize) -> Plane<f32> {
    let pixels = frames.first().map_or(0, |frame| frame.len());
    let mut values = vec![0.0; pixels];
    values
        .par_chunks_mut(BLOCK)
        .enumerate()
        .for_each(|(block, out)| {
            let mut levels = vec![0; frames.len()];
            for (place, out) in (block * BLOCK..).zip(out) {
                for (level, frame) in levels.iter_mut().zip(frames) {
                    *level = frame[place];
                }
                let middle = levels.len() / 2;
                let (below, upper, _) = levels.select_nth_unstable(middle);
                let lower = if frames.len().is_multiple_of(2) {
                    below.iter().copied().max().unwrap_or(*upper)
                } else {
                    *upper
                };
                *out = f32::midpoint(lower.into(), (*upper).into());
            }
        });
    Plane::from_values(width, values)
}

/// The weighted median of each pixel: that of a list in which every picture stands as often as its weight says.
pub(super) fn weighted_median(pictures: &[(Vec<f32>, u32)]) -> Vec<f32> {
    let pixels = pictures.first().map_or(0, |(picture, _)| picture.len());
    let total: u32 = pictures.iter().map(|(_, weight)| weight).sum();
    let mut values = vec![0.0; pixels];
    values
        .par_chunks_mut(BLOCK)
        .enumerate()
        .for_each(|(block, out)| {
            let mut levels = Vec::with_capacity(pictures.len());
            for (place, out) in (block * BLOCK..).zip(out) {
                levels.clear();
                levels.extend(
                    pictures
                        .iter()
                        .map(|(picture, weight)| (picture[place], *weight)),
                );
                levels.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
                let lower = level_at(&levels, total.saturating_sub(1) / 2);
                *out = f32::midpoint(lower, level_at(&levels, total / 2));
            }
        });
    values
}

/// The level at a place of the list with repetitions.
fn level_at(levels: &[(f32, u32)], place: u32) -> f32 {
    let mut before = 0;
    for (level, weight) in levels {
        before += weight;
        if place < before {
            return *level;
        }
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_of_odd_and_even_numbers_of_frames() {
        let frames: [&[u8]; 4] = [&[1, 9], &[2, 7], &[200, 8], &[3, 0]];
        assert_eq!(median_picture(&frames[..3], 1).values, [2.0, 8.0]);
        assert_eq!(median_picture(&frames, 1).values, [2.5, 7.5]);
    }

    #[test]
    fn heavy_pictures_count_more() {
        let pictures = [(vec![1.0], 1), (vec![5.0], 3), (vec![9.0], 1)];
        assert_eq!(weighted_median(&pictures), [5.0]);
        let pictures = [(vec![1.0], 2), (vec![5.0], 2)];
        assert_eq!(weighted_median(&pictures), [3.0]);
    }
}
