//! The features of a clip: its maps pooled over time, over positions, or both.

use super::settings::PYRAMID_LEVELS;
use crate::MapShape;

/// The vectors of a temporal pyramid: one for the whole clip, two for its halves, and so on.
pub(super) const PYRAMID_VECTORS: usize = PYRAMID_LEVELS * (PYRAMID_LEVELS + 1) / 2;

/// The appearance of a person: the mean over time plus the maximum over time, pooled to `grid` x `grid` patches.
///
/// # Shapes
/// `maps`: `[time, height, width, channels]` of `shape`; the result `[grid, grid, channels]`.
pub(super) fn pool_appearance(maps: &[f32], shape: MapShape, grid: usize) -> Vec<f32> {
    let values = shape.values();
    let mut sum = vec![0.0_f32; values];
    let mut max = vec![f32::NEG_INFINITY; values];
    let frames = maps.len() / values;
    for map in maps.chunks_exact(values) {
        for ((sum, max), value) in sum.iter_mut().zip(&mut max).zip(map) {
            *sum += value;
            *max = max.max(*value);
        }
    }
    // The mean keeps what is there all the time, the maximum what shows in a single frame.
    for (max, sum) in max.iter_mut().zip(&sum) {
        *max += sum / frames as f32;
    }
    pool_to_grid(&max, shape, grid)
}

/// The mean of each part of a map that is cut into `grid` x `grid` parts, as adaptive average pooling cuts them.
fn pool_to_grid(map: &[f32], shape: MapShape, grid: usize) -> Vec<f32> {
    let MapShape {
        height,
        width,
        channels,
    } = shape;
    let mut out = Vec::with_capacity(grid * grid * channels);
    for row in 0..grid {
        for column in 0..grid {
            let (top, bottom) = cut_part(height, grid, row);
            let (left, right) = cut_part(width, grid, column);
            let start = out.len();
            out.resize(start + channels, 0.0);
            for y in top..bottom {
                for vector in map[(y * width + left) * channels..(y * width + right) * channels]
                    .chunks_exact(channels)
                {
                    for (sum, value) in out[start..].iter_mut().zip(vector) {
                        *sum += value;
                    }
                }
            }
            let count = ((bottom - top) * (right - left)) as f32;
            out[start..].iter_mut().for_each(|sum| *sum /= count);
        }
    }
    out
}

/// The bounds of a part of an axis under adaptive pooling.
fn cut_part(side: usize, parts: usize, part: usize) -> (usize, usize) {
    (part * side / parts, ((part + 1) * side).div_ceil(parts))
}

/// The motion of a person: the absolute change from each frame to the next, as its mean and as its maximum over all
/// positions.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Motion {
    /// `[time - 1, channels]`
    pub(super) mean: Vec<f32>,
    /// `[time - 1, channels]`
    pub(super) max: Vec<f32>,
}

/// The motion of a person.
///
/// # Shapes
/// `maps`: `[time, height, width, channels]` of `shape`.
pub(super) fn pool_motion(maps: &[f32], shape: MapShape) -> Motion {
    let (positions, values) = (shape.positions(), shape.values());
    let mut motion = Motion::default();
    let frames: Vec<&[f32]> = maps.chunks_exact(values).collect();
    for pair in frames.windows(2) {
        let start = motion.mean.len();
        motion.mean.resize(start + shape.channels, 0.0);
        motion.max.resize(start + shape.channels, 0.0);
        // Changes are taken at each position before they are pooled, so that opposite ones do not cancel.
        let before = pair[0].chunks_exact(shape.channels);
        for (before, after) in before.zip(pair[1].chunks_exact(shape.channels)) {
            let changes = before.iter().zip(after).map(|(b, a)| (a - b).abs());
            let sums = motion.mean[start..].iter_mut();
            for ((sum, max), change) in sums.zip(&mut motion.max[start..]).zip(changes) {
                *sum += change;
                *max = max.max(change);
            }
        }
        for sum in &mut motion.mean[start..] {
            *sum /= positions as f32;
        }
    }
    motion
}

/// The scene of each frame: the mean plus the maximum over all positions, `[time, channels]`.
pub(super) fn pool_scene(maps: &[f32], shape: MapShape) -> Vec<f32> {
    let positions = shape.positions();
    let mut out = Vec::new();
    for map in maps.chunks_exact(shape.values()) {
        let mut sum = vec![0.0_f32; shape.channels];
        let mut max = vec![f32::NEG_INFINITY; shape.channels];
        for vector in map.chunks_exact(shape.channels) {
            for ((sum, max), value) in sum.iter_mut().zip(&mut max).zip(vector) {
                *sum += value;
                *max = max.max(*value);
            }
        }
        out.extend(
            sum.iter()
                .zip(max)
                .map(|(sum, max)| sum / positions as f32 + max),
        );
    }
    out
}

/// The temporal pyramid of a clip: the maximum over each part when time is cut into one, two, three and four parts, ten
/// vectors of `channels` values. The first parts are longer where time does not divide.
pub(super) fn pool_pyramid(scene: &[f32], channels: usize) -> Vec<f32> {
    let frames = scene.len() / channels;
    let mut out = Vec::new();
    for parts in 1..=PYRAMID_LEVELS {
        // As NumPy's `array_split` cuts: the first `frames % parts` parts are longer by one frame.
        let (length, longer) = (frames / parts, frames % parts);
        let mut first = 0;
        for part in 0..parts {
            let end = first + length + usize::from(part < longer);
            let start = out.len();
            out.resize(start + channels, f32::NEG_INFINITY);
            for vector in scene[first * channels..end * channels].chunks_exact(channels) {
                for (max, value) in out[start..].iter_mut().zip(vector) {
                    *max = max.max(*value);
                }
            }
            first = end;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(side: usize, channels: usize) -> MapShape {
        MapShape {
            height: side,
            width: side,
            channels,
        }
    }

    #[test]
    fn appearance_is_mean_plus_maximum() {
        // One position, two channels, three frames.
        let maps = [1.0, 0.0, 2.0, 0.0, 6.0, -3.0];
        assert_eq!(pool_appearance(&maps, shape(1, 2), 1), [9.0, -1.0]);
    }

    #[test]
    fn a_grid_that_does_not_divide_overlaps() {
        // Three positions to two parts: 0-1 and 1-2.
        let map: Vec<f32> = (0..9).map(|v| v as f32).collect();
        assert_eq!(pool_to_grid(&map, shape(3, 1), 2), [2.0, 3.0, 5.0, 6.0]);
    }

    #[test]
    fn motion_counts_both_directions() {
        let maps = [0.0, 0.0, 0.0, 4.0, 1.0, 0.0, -2.0, 4.0];
        let motion = pool_motion(&maps, shape(2, 1));
        assert_eq!((motion.mean, motion.max), (vec![0.75], vec![2.0]));
    }

    #[test]
    fn a_pyramid_of_ten_frames_has_ten_vectors() {
        let scene: Vec<f32> = (0..10).map(|v| v as f32).collect();
        let expected = [9.0, 4.0, 9.0, 3.0, 6.0, 9.0, 2.0, 5.0, 7.0, 9.0];
        assert_eq!(pool_pyramid(&scene, 1), expected);
        assert_eq!(pool_scene(&[1.0, 2.0, 3.0, 6.0], shape(2, 1)), [9.0]);
    }
}
