//! Registration: frames of a camera that shakes are aligned with the median of their video.
//!
//! ```text
//! median of the video ─▶ landmarks: the pixel with the steepest slope in each cell of 16x16 pixels
//!                            │
//! blurred frame ─▶ compared with them at each displacement of up to 8 pixels ─▶ the displacement that fits best ─▶ aligned frame
//! ```
//!
//! Without it, every edge of the background differs from the median where the camera shakes, and counts as a moving object.
//! A frame that already fits the median is not changed.

use std::ops::Range;

use crate::image::{ByteBlur, Plane, gradient_magnitude, translate};
use crate::statistics::median;

/// Displacements of up to this many pixels of the analysed picture are tried, to the right, left, up and down.
const LARGEST_SHIFT: usize = 8;

/// The side of the cells that have a landmark each, so that the landmarks lie all over the picture.
const CELL: usize = 16;

/// The smallest slope of a landmark, as the length of Sobel's gradient: 4 gray levels from a pixel to the next.
const LEAST_SLOPE: f32 = 32.0;

/// With fewer landmarks no frame is aligned.
const FEWEST_LANDMARKS: usize = 24;

/// In the search, a larger difference counts as this many gray levels, so that an object in front of a landmark weighs no
/// more than an edge in the wrong place.
const SEARCH_LIMIT: f32 = 15.0;

/// The same limit while the displacement is refined to a fraction of a pixel. It is higher, because differences at steep edges
/// must stay in proportion to the displacement.
const REFINEMENT_LIMIT: f32 = 30.0;

/// A displacement is accepted when it lowers the mean squared difference below this share.
const CLEAR_SHARE: f32 = 0.8;

/// A displacement is ambiguous when it fits better than another one by more than this many times the difference that the scene
/// itself has between the two.
const AMBIGUOUS_GAIN: f32 = 3.0;

/// A pixel of the median at an edge, and its gray level.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Landmark {
    place: usize,
    level: f32,
}

/// The pixels of a video's median at which its frames are compared with it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Landmarks {
    width: usize,
    places: Vec<Landmark>,
    /// The mean squared difference between the median and itself, at each displacement of [`list_displacements`].
    own_differences: Vec<f32>,
}

impl Landmarks {
    /// Finds the landmarks in the blurred median of a video: none when the picture has too few edges.
    pub(crate) fn find(median: &Plane<f32>) -> Self {
        let slopes = gradient_magnitude(median).values;
        let width = median.width;
        // A landmark stays inside the picture at every displacement.
        let margin = LARGEST_SHIFT + 1;
        let right = width.saturating_sub(margin);
        let bottom = median.height.saturating_sub(margin);
        let mut places = Vec::new();
        for top in (margin..bottom).step_by(CELL) {
            for left in (margin..right).step_by(CELL) {
                let rows = top..(top + CELL).min(bottom);
                let columns = left..(left + CELL).min(right);
                let steepest = find_steepest(&slopes, width, rows, columns);
                if slopes[steepest] >= LEAST_SLOPE {
                    places.push(Landmark {
                        place: steepest,
                        level: median.values[steepest],
                    });
                }
            }
        }
        if places.len() < FEWEST_LANDMARKS {
            return Self::default();
        }
        let mut found = Self {
            width,
            places,
            own_differences: Vec::new(),
        };
        let levels: Vec<u8> = median
            .values
            .iter()
            .map(|level| level.round() as u8)
            .collect();
        found.own_differences = found.differences_everywhere(&levels, &mut Vec::new());
        found
    }

    /// How far a blurred frame is displaced from the median, in pixels to the right and down. `None` when no displacement fits
    /// clearly better than none, or the best one is ambiguous.
    ///
    /// `differences` is a buffer.
    fn find_displacement(&self, blurred: &[u8], differences: &mut Vec<f32>) -> Option<(f64, f64)> {
        if self.places.is_empty() {
            return None;
        }
        let everywhere = self.differences_everywhere(blurred, differences);
        let (best, lowest) = list_displacements()
            .zip(everywhere.iter().copied())
            .min_by(|one, other| one.1.total_cmp(&other.1))?;
        let here = everywhere[displacement_index((0, 0))?];
        // A frame that equals the median is not displaced, even where the scene repeats exactly.
        let clear = lowest < CLEAR_SHARE * here;
        if best == (0, 0) || !clear || self.is_ambiguous(best, lowest, &everywhere) {
            return None;
        }
        // Near the true displacement the mean squared difference is a parabola in each direction.
        let (dx, dy) = best;
        let [left, middle, right, above, below] =
            [(-1, 0), (0, 0), (1, 0), (0, -1), (0, 1)].map(|(x, y)| {
                self.mean_square_difference(
                    blurred,
                    (dx + x, dy + y),
                    REFINEMENT_LIMIT,
                    differences,
                )
            });
        Some((
            dx as f64 + lowest_point(left, middle, right),
            dy as f64 + lowest_point(above, middle, below),
        ))
    }

    /// Whether the best displacement may fit best only because people hide fewer landmarks there.
    ///
    /// A wall of tiles looks the same one tile further, and vertical edges look the same further down. How much
    /// better a displaced frame fits at one displacement than at another follows from how much the scene differs between the two;
    /// a larger gain has another cause.
    fn is_ambiguous(&self, best: (isize, isize), lowest: f32, everywhere: &[f32]) -> bool {
        list_displacements()
            .zip(everywhere)
            .any(|((dx, dy), difference)| {
                displacement_index((dx - best.0, dy - best.1)).is_some_and(|between| {
                    difference - lowest > AMBIGUOUS_GAIN * self.own_differences[between]
                })
            })
    }

    /// The mean squared difference of a frame at each displacement of [`list_displacements`].
    fn differences_everywhere(&self, blurred: &[u8], differences: &mut Vec<f32>) -> Vec<f32> {
        list_displacements()
            .map(|displacement| {
                self.mean_square_difference(blurred, displacement, SEARCH_LIMIT, differences)
            })
            .collect()
    }

    /// The mean squared difference between a frame with this displacement and the median, at the landmarks.
    fn mean_square_difference(
        &self,
        blurred: &[u8],
        (dx, dy): (isize, isize),
        limit: f32,
        differences: &mut Vec<f32>,
    ) -> f32 {
        let offset = dy * self.width as isize + dx;
        differences.clear();
        differences.extend(self.places.iter().map(|landmark| {
            let level = blurred[landmark.place.wrapping_add_signed(offset)];
            f32::from(level) - landmark.level
        }));
        // A change of the light changes all differences alike. It is their median, which few hidden landmarks do not change.
        let light = median(differences);
        let squares = differences
            .iter()
            .map(|difference| (difference - light).abs().min(limit).powi(2));
        squares.sum::<f32>() / self.places.len() as f32
    }
}

/// Every displacement that is tried, row by row.
fn list_displacements() -> impl Iterator<Item = (isize, isize)> {
    let reach = LARGEST_SHIFT as isize;
    (-reach..=reach).flat_map(move |dy| (-reach..=reach).map(move |dx| (dx, dy)))
}

/// The index of a displacement in [`list_displacements`]; none where it is too large.
fn displacement_index((dx, dy): (isize, isize)) -> Option<usize> {
    let side = 2 * LARGEST_SHIFT + 1;
    let column = usize::try_from(dx + LARGEST_SHIFT as isize).ok()?;
    let row = usize::try_from(dy + LARGEST_SHIFT as isize).ok()?;
    (column < side && row < side).then_some(row * side + column)
}

/// The pixel with the largest slope in a cell of a picture.
fn find_steepest(slopes: &[f32], width: usize, rows: Range<usize>, columns: Range<usize>) -> usize {
    let mut steepest = rows.start * width + columns.start;
    for y in rows {
        for place in y * width + columns.start..y * width + columns.end {
            if slopes[place] > slopes[steepest] {
                steepest = place;
            }
        }
    }
    steepest
}

/// The minimum of the parabola through three values at -1, 0 and 1, limited to -0.5 to 0.5.
fn lowest_point(before: f32, middle: f32, after: f32) -> f64 {
    let curvature = before - 2.0 * middle + after;
    if curvature > 0.0 {
        f64::from((0.5 * (before - after) / curvature).clamp(-0.5, 0.5))
    } else {
        0.0
    }
}

/// Blurs frames and aligns those that the camera has displaced.
#[derive(Debug, Default)]
pub(crate) struct SteadyBlur {
    blur: ByteBlur,
    differences: Vec<f32>,
}

impl SteadyBlur {
    /// Aligns a frame in place if the camera has displaced it, and blurs it into `blurred`. Returns how far it was displaced, in
    /// pixels to the right and down.
    pub(crate) fn blur_into(
        &mut self,
        pixels: &mut [u8],
        width: usize,
        landmarks: &Landmarks,
        blurred: &mut Vec<u8>,
    ) -> Option<(f64, f64)> {
        self.blur.blur_into(pixels, width, blurred);
        let (dx, dy) = landmarks.find_displacement(blurred, &mut self.differences)?;
        let levels = pixels.iter().copied().map(f32::from).collect();
        let aligned = translate(&Plane::from_values(width, levels), (-dx, -dy));
        for (pixel, level) in pixels.iter_mut().zip(aligned.values) {
            *pixel = level.round() as u8;
        }
        self.blur.blur_into(pixels, width, blurred);
        Some((dx, dy))
    }
}

#[cfg(test)]
mod tests {
    use std::iter::once;

    use oddframe_core::{FrameInput, FrameSource, PixelFormat, Random};
    use oddframe_frames::{Dataset, prepared};

    use super::*;
    use crate::camera::steady_median;
    use crate::fit::prototype::shared_data;
    use crate::image::blur_plane;
    use crate::reading::{analysed_shape, read_shrunk};
    use crate::statistics::median_f64;

    const WIDTH: usize = 160;
    const HEIGHT: usize = 120;

    /// A scene of bright and dark blocks, displaced by `(dx, dy)`.
    fn draw_scene((dx, dy): (f64, f64)) -> Vec<u8> {
        let mut random = Random::new(3);
        let blocks: Vec<f32> = (0..20 * 15)
            .map(|_| (60.0 + 130.0 * random.unit()) as f32)
            .collect();
        let scene =
            (0..WIDTH * HEIGHT).map(|place| blocks[place / WIDTH / 8 * 20 + place % WIDTH / 8]);
        let scene = blur_plane(&Plane::from_values(WIDTH, scene.collect()), 0.8);
        let moved = translate(&scene, (dx, dy));
        moved
            .values
            .iter()
            .map(|level| level.round() as u8)
            .collect()
    }

    fn find_landmarks(scene: Vec<u8>) -> Landmarks {
        let levels = scene.into_iter().map(f32::from).collect();
        Landmarks::find(&blur_plane(&Plane::from_values(WIDTH, levels), 1.0))
    }

    /// The displacement that is found in a frame, and the aligned frame.
    fn align_frame(mut pixels: Vec<u8>) -> (Option<(f64, f64)>, Vec<u8>) {
        let mut blurred = Vec::new();
        let moved = SteadyBlur::default().blur_into(
            &mut pixels,
            WIDTH,
            &find_landmarks(draw_scene((0.0, 0.0))),
            &mut blurred,
        );
        (moved, pixels)
    }

    /// A scene that repeats every `period` pixels, with a person in front of it.
    fn draw_repeating(period: (usize, usize), person: Range<usize>) -> Vec<u8> {
        let levels = (0..WIDTH * HEIGHT).map(|place| {
            let (x, y) = (place % WIDTH, place / WIDTH);
            let bright = (x % period.0 < period.0 / 2) != (y % period.1 < period.1 / 2);
            if person.contains(&x) && (40..76).contains(&y) {
                250
            } else if bright {
                140
            } else {
                70
            }
        });
        levels.collect()
    }

    /// How many gray levels a frame differs from the scene, in the mean, where no edge of the picture is near.
    fn difference_from_scene(pixels: &[u8]) -> f64 {
        let scene = draw_scene((0.0, 0.0));
        let inner: Vec<f64> = (0..WIDTH * HEIGHT)
            .filter(|place| (12..WIDTH - 12).contains(&(place % WIDTH)))
            .filter(|place| (12..HEIGHT - 12).contains(&(place / WIDTH)))
            .map(|place| pixels[place].abs_diff(scene[place]).into())
            .collect();
        inner.iter().sum::<f64>() / inner.len() as f64
    }

    #[test]
    fn a_moved_frame_is_moved_back() {
        for shift in [
            (1.0, 0.0),
            (0.0, -1.0),
            (-3.0, 2.0),
            (0.7, 1.4),
            (8.0, -8.0),
            (-2.5, 6.3),
        ] {
            let frame = draw_scene(shift);
            let before = difference_from_scene(&frame);
            let (found, frame) = align_frame(frame);
            let (dx, dy) = found.unwrap();
            assert!(
                (dx - shift.0).abs() < 0.25 && (dy - shift.1).abs() < 0.25,
                "{shift:?}: {found:?}"
            );
            let after = difference_from_scene(&frame);
            assert!(after < before / 2.0, "{shift:?}: {before} and {after}");
        }
    }

    #[test]
    fn a_frame_where_it_belongs_keeps_its_bytes() {
        let still = draw_scene((0.0, 0.0));
        // The second frame is brighter and noisy. In the third an object covers a fifth of the picture.
        let mut random = Random::new(5);
        let brighter: Vec<u8> = still
            .iter()
            .map(|level| level + 20 + (6.0 * random.unit()) as u8)
            .collect();
        let mut covered = still.clone();
        covered[30 * WIDTH..54 * WIDTH].fill(255);
        for frame in [still, brighter, covered] {
            let mut pixels = frame.clone();
            let moved = SteadyBlur::default().blur_into(
                &mut pixels,
                WIDTH,
                &find_landmarks(draw_scene((0.0, 0.0))),
                &mut Vec::new(),
            );
            assert!(moved.is_none() && pixels == frame, "{moved:?}");
        }
    }

    #[test]
    fn light_and_objects_do_not_hide_a_movement() {
        let mut frame: Vec<u8> = draw_scene((2.0, -1.0))
            .iter()
            .map(|level| level + 25)
            .collect();
        frame[30 * WIDTH..60 * WIDTH].fill(128);
        let (dx, dy) = align_frame(frame).0.unwrap();
        assert!(
            (dx - 2.0).abs() < 0.2 && (dy + 1.0).abs() < 0.2,
            "{dx} {dy}"
        );
    }

    #[test]
    fn another_scene_and_pictures_without_edges_are_left_as_they_are() {
        let mut random = Random::new(9);
        let other: Vec<u8> = (0..WIDTH * HEIGHT)
            .map(|_| (255.0 * random.unit()) as u8)
            .collect();
        assert!(align_frame(other).0.is_none());
        assert!(align_frame(draw_scene((14.0, 0.0))).0.is_none());
        for (width, height) in [(WIDTH, HEIGHT), (8, 8), (1, 1), (16, 300)] {
            let flat = Landmarks::find(&Plane::from_values(width, vec![90.0; width * height]));
            let mut pixels = vec![90; width * height];
            let moved = SteadyBlur::default().blur_into(&mut pixels, width, &flat, &mut Vec::new());
            assert!(moved.is_none());
        }
    }

    #[test]
    fn people_do_not_displace_a_scene_that_looks_the_same_elsewhere() {
        // Tiles; vertical edges, which look the same at every height.
        for period in [(6, 6), (40, 4 * HEIGHT)] {
            let landmarks = find_landmarks(draw_repeating(period, 0..0));
            assert!(landmarks.places.len() >= FEWEST_LANDMARKS, "{period:?}");
            let people = (0..WIDTH - 20).step_by(3).map(|left| left..left + 20);
            for person in people.chain(once(0..0)) {
                let mut frame = draw_repeating(period, person.clone());
                let unmoved = frame.clone();
                let moved =
                    SteadyBlur::default().blur_into(&mut frame, WIDTH, &landmarks, &mut Vec::new());
                assert!(moved.is_none() && frame == unmoved, "{person:?}: {moved:?}");
            }
        }
        // Vertical edges that are displaced by two pixels to the right do not show whether they are displaced downwards too.
        let landmarks = find_landmarks(draw_repeating((40, 4 * HEIGHT), 0..0));
        for left in (0..WIDTH - 20).step_by(3) {
            let mut frame = draw_repeating((40, 4 * HEIGHT), left..left + 20);
            frame.rotate_right(2);
            let moved =
                SteadyBlur::default().blur_into(&mut frame, WIDTH, &landmarks, &mut Vec::new());
            assert!(
                moved.is_none_or(|(_, dy)| dy.abs() < 0.5),
                "{left}: {moved:?}"
            );
        }
    }

    /// Every third frame of a video with a random displacement of up to `reach` pixels in both directions, and the displacement.
    fn moved_frames(
        video: &dyn FrameSource,
        reach: f64,
        random: &mut Random,
    ) -> Vec<((f64, f64), Vec<u8>)> {
        let shape = analysed_shape(video).unwrap();
        let places = (0..video.numbers().len()).step_by(3);
        places
            .map(|place| {
                let frame = read_shrunk(video, place, shape).unwrap();
                let levels = frame.pixels().iter().copied().map(f32::from).collect();
                let [dx, dy] = [(); 2].map(|()| reach * (2.0 * random.unit() - 1.0));
                let moved = translate(&Plane::from_values(shape.width(), levels), (dx, dy));
                let levels = moved.values.iter().map(|level| level.round() as u8);
                ((dx, dy), levels.collect())
            })
            .collect()
    }

    /// Displaces frames of a video at random, by up to `reach` pixels, and finds the displacements again. Returns the error of each
    /// that is found, how many are above .75 pixels, and how many of these are found.
    fn measure_accuracy(
        video: &dyn FrameSource,
        reach: f64,
        random: &mut Random,
    ) -> (Vec<f64>, usize, usize) {
        let width = analysed_shape(video).unwrap().width();
        let frames = moved_frames(video, reach, random);
        let pixels: Vec<&[u8]> = frames.iter().map(|(_, frame)| frame.as_slice()).collect();
        let landmarks = Landmarks::find(&blur_plane(&steady_median(&pixels, width), 1.0));
        let mut blurred = Vec::new();
        let found: Vec<_> = frames
            .iter()
            .map(|((dx, dy), frame)| {
                ByteBlur::default().blur_into(frame, width, &mut blurred);
                let found = landmarks.find_displacement(&blurred, &mut Vec::new());
                ((*dx, *dy), found)
            })
            .collect();
        // The median of displaced frames is displaced itself, and displacements are measured against it.
        let differences = |component: fn((f64, f64)) -> f64| {
            let found = found.iter().filter_map(|(shift, found)| {
                found.map(|found| component(found) - component(*shift))
            });
            median_f64(&mut found.collect::<Vec<_>>())
        };
        let (of_x, of_y) = (differences(|shift| shift.0), differences(|shift| shift.1));
        let (mut errors, mut large, mut large_found) = (Vec::new(), 0, 0);
        for ((dx, dy), found) in found {
            let (dx, dy) = (dx + of_x, dy + of_y);
            errors.extend(found.map(|(x, y)| (x - dx).abs().max((y - dy).abs())));
            if dx.abs().max(dy.abs()) > 0.75 {
                large += 1;
                large_found += usize::from(found.is_some());
            }
        }
        (errors, large, large_found)
    }

    #[test]
    fn frames_of_ped2_are_found_to_a_tenth_of_a_pixel() {
        let Some(root) = shared_data() else { return };
        let data = Dataset::open(&root).unwrap();
        for reach in [0.0, 1.0, 3.0] {
            let mut random = Random::new(1);
            let (mut errors, mut large, mut large_found) = (Vec::new(), 0, 0);
            for video in data.train() {
                let gray = prepared(FrameInput::unresized(PixelFormat::Gray), video).unwrap();
                let of_video = measure_accuracy(gray.as_ref(), reach, &mut random);
                errors.extend(of_video.0);
                large += of_video.1;
                large_found += of_video.2;
            }
            if reach == 0.0 {
                assert!(errors.is_empty(), "{errors:?}");
                continue;
            }
            let mean = errors.iter().sum::<f64>() / errors.len() as f64;
            let worst = errors.iter().copied().fold(0.0, f64::max);
            println!(
                "{reach}: {large_found} of {large} found, error {mean:.3}, at most {worst:.3}"
            );
            assert!(
                large_found as f64 >= 0.99 * large as f64,
                "{large_found} of {large}"
            );
            assert!(mean < 0.11 && worst < 0.5, "{mean} {worst}");
        }
    }
}
