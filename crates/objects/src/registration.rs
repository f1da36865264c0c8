//! Registration of single frames: where a camera on a shaking mount has moved a frame against the median of its video.
//!
//! ```text
//! median of the video ─▶ landmarks: the steepest place of each cell of 16x16 pixels
//!                                  │
//! frame, blurred ─▶ how much it differs at the landmarks, for every shift of up to 8 pixels ─▶ the best shift ─▶ moved back
//! ```
//!
//! Without it, every edge of the background differs from the median where the camera shakes, and counts as a moving object.
//! A frame that fits best where it is stays as it is, to the bit.

use crate::image::{ByteBlur, Plane, gradient_magnitude, translate};
use crate::statistics::median;

/// The largest shift that is looked for, in pixels of the analysed picture.
const LARGEST_SHIFT: usize = 8;

/// The side of the cells that have a landmark each, so that the landmarks lie all over the picture.
const CELL: usize = 16;

/// The slope of an edge that is a landmark, as the length of Sobel's gradient: 4 gray levels from a pixel to the next.
const LEAST_SLOPE: f32 = 32.0;

/// With fewer landmarks nothing is said about the camera.
const FEWEST_LANDMARKS: usize = 24;

/// A difference counts with at most so many gray levels in the search: what hides a landmark says nothing about the camera.
const HIDDEN: f32 = 15.0;

/// And with at most so many where the shift is refined: between two pixels a steep edge differs by more.
const STEEP: f32 = 30.0;

/// A shift is believed when the squared difference is then below this share of that of the frame where it is.
const CLEAR_SHARE: f32 = 0.8;

/// A place of the median at an edge, and its gray level.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Landmark {
    place: usize,
    level: f32,
}

/// The landmarks of a video, which its frames are registered by.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Landmarks {
    width: usize,
    places: Vec<Landmark>,
}

impl Landmarks {
    /// Finds the landmarks of the blurred median of a video. A picture with too few edges has none.
    pub(crate) fn find(median: &Plane<f32>) -> Self {
        let slopes = gradient_magnitude(median).values;
        let width = median.width;
        // A landmark stays in the picture wherever it is looked for.
        let margin = LARGEST_SHIFT + 1;
        let right = width.saturating_sub(margin);
        let bottom = median.height.saturating_sub(margin);
        let mut places = Vec::new();
        for top in (margin..bottom).step_by(CELL) {
            for left in (margin..right).step_by(CELL) {
                let mut steepest = top * width + left;
                for y in top..(top + CELL).min(bottom) {
                    for place in y * width + left..y * width + (left + CELL).min(right) {
                        if slopes[place] > slopes[steepest] {
                            steepest = place;
                        }
                    }
                }
                if slopes[steepest] >= LEAST_SLOPE {
                    places.push(Landmark {
                        place: steepest,
                        level: median.values[steepest],
                    });
                }
            }
        }
        if places.len() < FEWEST_LANDMARKS {
            places.clear();
        }
        Self { width, places }
    }

    /// How far a blurred frame is moved against the median: to the right and down, in pixels. None where it fits best as it is,
    /// or fits nowhere clearly better.
    fn find_shift(&self, blurred: &[u8]) -> Option<(f64, f64)> {
        if self.places.is_empty() {
            return None;
        }
        let reach = LARGEST_SHIFT as isize;
        let mut buffers = Buffers::default();
        let here = self.difference(blurred, (0, 0), HIDDEN, &mut buffers);
        let (mut best, mut lowest) = ((0, 0), here);
        for dy in -reach..=reach {
            for dx in -reach..=reach {
                let difference = self.difference(blurred, (dx, dy), HIDDEN, &mut buffers);
                if difference < lowest {
                    (best, lowest) = ((dx, dy), difference);
                }
            }
        }
        if best == (0, 0) || lowest > CLEAR_SHARE * here {
            return None;
        }
        // The lowest point of the parabola through the best shift and its neighbours, in each direction.
        let (dx, dy) = best;
        let [left, middle, right, above, below] = [(-1, 0), (0, 0), (1, 0), (0, -1), (0, 1)]
            .map(|(x, y)| self.difference(blurred, (dx + x, dy + y), STEEP, &mut buffers));
        Some((
            dx as f64 + lowest_point(left, middle, right),
            dy as f64 + lowest_point(above, middle, below),
        ))
    }

    /// The mean squared difference of a frame at the landmarks, if it is moved by a whole number of pixels. Near the true shift
    /// it is a parabola.
    fn difference(
        &self,
        blurred: &[u8],
        (dx, dy): (isize, isize),
        largest: f32,
        buffers: &mut Buffers,
    ) -> f32 {
        let offset = dy * self.width as isize + dx;
        let Buffers {
            differences,
            sorted,
        } = buffers;
        differences.clear();
        differences.extend(self.places.iter().map(|landmark| {
            let level = blurred[landmark.place.wrapping_add_signed(offset)];
            f32::from(level) - landmark.level
        }));
        // Without the change of the light, which is no change of place.
        sorted.clone_from(differences);
        let light = median(sorted);
        let squares = differences.iter().map(|difference| {
            let difference = (difference - light).abs();
            difference.min(largest).powi(2)
        });
        squares.sum::<f32>() / self.places.len() as f32
    }
}

/// The differences at the landmarks, and room to find their median.
#[derive(Default)]
struct Buffers {
    differences: Vec<f32>,
    sorted: Vec<f32>,
}

/// Where the parabola through three values, one pixel apart, is lowest: from half a pixel before the middle to half a pixel after.
fn lowest_point(before: f32, middle: f32, after: f32) -> f64 {
    let curvature = before - 2.0 * middle + after;
    if curvature > 0.0 {
        f64::from((0.5 * (before - after) / curvature).clamp(-0.5, 0.5))
    } else {
        0.0
    }
}

/// Blurs frames, and moves those back that the camera has moved.
#[derive(Debug, Default)]
pub(crate) struct SteadyBlur {
    blur: ByteBlur,
}

impl SteadyBlur {
    /// Blurs a frame into `blurred`. A frame that the camera has moved is moved back first, in `pixels` too; returns how far it was moved.
    pub(crate) fn blur_into(
        &mut self,
        pixels: &mut [u8],
        width: usize,
        landmarks: &Landmarks,
        blurred: &mut Vec<u8>,
    ) -> Option<(f64, f64)> {
        self.blur.blur_into(pixels, width, blurred);
        let (dx, dy) = landmarks.find_shift(blurred)?;
        let levels = pixels.iter().copied().map(f32::from).collect();
        let moved = translate(&Plane::from_values(width, levels), (-dx, -dy));
        for (pixel, level) in pixels.iter_mut().zip(moved.values) {
            *pixel = level.round() as u8;
        }
        self.blur.blur_into(pixels, width, blurred);
        Some((dx, dy))
    }
}

#[cfg(test)]
mod tests {
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

    /// A scene of bright and dark blocks, as it is seen by a camera that is moved by `(dx, dy)`.
    fn picture((dx, dy): (f64, f64)) -> Vec<u8> {
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

    fn landmarks() -> Landmarks {
        let levels = picture((0.0, 0.0)).into_iter().map(f32::from).collect();
        Landmarks::find(&blur_plane(&Plane::from_values(WIDTH, levels), 1.0))
    }

    /// The shift that is found in a frame, and the frame as it is moved back.
    fn register(mut pixels: Vec<u8>) -> (Option<(f64, f64)>, Vec<u8>) {
        let mut blurred = Vec::new();
        let moved = SteadyBlur::default().blur_into(&mut pixels, WIDTH, &landmarks(), &mut blurred);
        (moved, pixels)
    }

    /// How many gray levels a frame differs from the scene, in the mean, where no edge of the picture is near.
    fn difference_from_scene(pixels: &[u8]) -> f64 {
        let scene = picture((0.0, 0.0));
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
            let frame = picture(shift);
            let before = difference_from_scene(&frame);
            let (found, frame) = register(frame);
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
        let still = picture((0.0, 0.0));
        // Brighter, noisy, and a fifth of it covered by something that moves.
        let mut random = Random::new(5);
        let brighter: Vec<u8> = still
            .iter()
            .map(|level| level + 20 + (6.0 * random.unit()) as u8)
            .collect();
        let mut covered = still.clone();
        covered[30 * WIDTH..54 * WIDTH].fill(255);
        for frame in [still, brighter, covered] {
            let mut pixels = frame.clone();
            let moved =
                SteadyBlur::default().blur_into(&mut pixels, WIDTH, &landmarks(), &mut Vec::new());
            assert!(moved.is_none() && pixels == frame, "{moved:?}");
        }
    }

    #[test]
    fn light_and_objects_do_not_hide_a_movement() {
        let mut frame: Vec<u8> = picture((2.0, -1.0))
            .iter()
            .map(|level| level + 25)
            .collect();
        frame[30 * WIDTH..60 * WIDTH].fill(128);
        let (dx, dy) = register(frame).0.unwrap();
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
        assert!(register(other).0.is_none());
        assert!(register(picture((14.0, 0.0))).0.is_none());
        for (width, height) in [(WIDTH, HEIGHT), (8, 8), (1, 1), (16, 300)] {
            let flat = Landmarks::find(&Plane::from_values(width, vec![90.0; width * height]));
            let mut pixels = vec![90; width * height];
            let moved = SteadyBlur::default().blur_into(&mut pixels, width, &flat, &mut Vec::new());
            assert!(moved.is_none());
        }
    }

    /// Every third frame of a video, each moved by up to `reach` pixels in both directions, with how far it is moved.
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

    /// How frames of a video that are moved by up to `reach` pixels are found: the error of each shift that is found, against
    /// the place of the median, and how many shifts of more than .75 pixels there are and are found.
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
                ((*dx, *dy), landmarks.find_shift(&blurred))
            })
            .collect();
        // The median of moved frames is moved itself; shifts are measured against it.
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
