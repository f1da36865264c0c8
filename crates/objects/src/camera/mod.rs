//! What one camera shows when nothing moves, and how high people are in it.
//!
//! ```text
//! training videos ─▶ median of each ─▶ moved to one place ─▶ weighted median ─▶ background ┐
//!                                                                                          ├─▶ masks of one video
//! one video ───────▶ its own median ───────────────────────────────────────▶ own, shift ───┘
//! ```
//!
//! A pixel belongs to a moving object when it differs from both: people who stood still for most of a video are part of its own
//! median, and what changed since the training is not part of it.

mod fourier;
mod heights;
mod medians;
mod shift;

use oddframe_boxes::{HeightProfile, Labeller};
use oddframe_core::VideoId;

pub(crate) use self::heights::Person as MeasuredPerson;
use self::heights::{Person, fit_heights, measure_people};
pub(crate) use self::medians::steady_median;
use self::medians::weighted_median;
use self::shift::find_displacement;
use crate::Error;
use crate::image::{Plane, blur_plane, translate};
use crate::masks::{Masker, View};
use crate::registration::{Landmarks, SteadyBlur};
use crate::statistics::median;

/// The largest shift against the training, in pixels of the analysed picture.
pub(crate) const LARGEST_SHIFT: f64 = 8.0;

/// The weight of the longest training video in the background.
const LARGEST_WEIGHT: f64 = 20.0;

/// How many standard deviations of the noise an object differs from the background.
const NOISE_FACTOR: f64 = 6.0;

/// The standard deviation of a normal distribution as a multiple of its median absolute deviation.
const DEVIATIONS: f64 = 1.4826;

/// The threshold between noise and objects lies between these gray levels.
const THRESHOLDS: (f32, f32) = (12.0, 40.0);

/// The centre of a person is this share of the height above the foot.
const CENTRE: f64 = 0.3;

/// The median of a training video, with the number of its frames.
pub(crate) struct VideoMedian {
    pub(crate) video: VideoId,
    pub(crate) frames: usize,
    pub(crate) picture: Plane<f32>,
}

/// The learned background and the height of people of one camera.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Camera {
    /// The median of the longest training video, which shifts are measured against.
    pub(crate) reference: Plane<f32>,
    pub(crate) background: Plane<f32>,
    pub(crate) heights: HeightProfile,
}

impl Camera {
    /// Learns the background. The heights stay unknown until [`Self::learn_heights`].
    pub(crate) fn learn(medians: &[VideoMedian]) -> Result<Self, Error> {
        // Of several longest videos the first.
        let longest = medians.iter().rev().max_by_key(|video| video.frames);
        let Some(longest) = longest else {
            return Err(oddframe_core::Error::Nothing {
                what: "training video",
            }
            .into());
        };
        let reference = longest.picture.clone();
        // The camera may stand a little differently in each video, and the light changes from video to video. Both are
        // removed, so that the median over videos compares the same places at the same brightness.
        let mut moved = Vec::with_capacity(medians.len());
        for video in medians {
            let (dx, dy) = find_shift(&reference, &video.picture, &video.video)?;
            let mut picture = translate(&video.picture, (-dx, -dy)).values;
            // Removes the difference in brightness.
            let mut differences: Vec<f32> = picture
                .iter()
                .zip(&reference.values)
                .map(|(picture, reference)| picture - reference)
                .collect();
            let light = median(&mut differences);
            for value in &mut picture {
                *value -= light;
            }
            // Long videos count more, in proportion to their frames: their median is the more reliable.
            let share = LARGEST_WEIGHT * video.frames as f64 / longest.frames as f64;
            moved.push((picture, (share.round_ties_even() as u32).max(1)));
        }
        let background = Plane::from_values(reference.width, weighted_median(&moved));
        Ok(Self {
            background: blur_plane(&background, 1.0),
            heights: HeightProfile::unknown(reference.height),
            reference,
        })
    }

    pub(crate) fn width(&self) -> usize {
        self.background.width
    }

    pub(crate) fn height(&self) -> usize {
        self.background.height
    }

    /// What the frames of a video with this median are compared with. `samples` are some of its frames.
    pub(crate) fn view(
        &self,
        median: &Plane<f32>,
        samples: &[&[u8]],
        video: &VideoId,
    ) -> Result<View, Error> {
        let own = blur_plane(median, 1.0);
        let landmarks = Landmarks::find(&own);
        let shift = find_shift(&self.reference, median, video)?;
        Ok(View {
            background: translate(&self.background, shift).values,
            threshold: noise_threshold(samples, &own, &landmarks),
            own: own.values,
            landmarks,
        })
    }

    /// The people that one frame shows, given its blurred picture.
    pub(crate) fn measure_people(
        &self,
        blurred: &[u8],
        view: &View,
        ruler: &mut Ruler,
    ) -> Vec<Person> {
        ruler
            .masker
            .mark(blurred, view, &mut ruler.moving, &mut ruler.any);
        measure_people(&mut ruler.moving, self.width(), &mut ruler.labeller)
    }

    pub(crate) fn learn_heights(&mut self, people: &[Person]) {
        self.heights = fit_heights(people, self.height());
    }

    /// The height of a person whose centre is in each row.
    pub(crate) fn heights_by_centre(&self) -> Vec<f64> {
        (0..self.height())
            .map(|row| {
                let row = row as f64;
                let near = self.heights.height_at(row);
                self.heights.height_at(row + CENTRE * near)
            })
            .collect()
    }
}

/// Buffers for measuring people.
#[derive(Debug, Default)]
pub(crate) struct Ruler {
    masker: Masker,
    labeller: Labeller,
    moving: Vec<u8>,
    any: Vec<u8>,
}

/// The shift of a video's median against the reference: nothing where the pictures do not agree well enough to say.
fn find_shift(
    reference: &Plane<f32>,
    median: &Plane<f32>,
    video: &VideoId,
) -> Result<(f64, f64), Error> {
    // Pictures with little texture, or with too much change between them, have no clear peak: then no shift is believed.
    let found = find_displacement(reference, median);
    if !found.is_certain() {
        return Ok((0.0, 0.0));
    }
    if found.dx.abs() >= LARGEST_SHIFT || found.dy.abs() >= LARGEST_SHIFT {
        return Err(Error::CameraMoved {
            video: video.clone(),
            dx: found.dx,
            dy: found.dy,
            limit: LARGEST_SHIFT,
        });
    }
    Ok((found.dx, found.dy))
}

/// The threshold between noise and objects: a multiple of the median absolute deviation of frames from the median of the
/// video. Objects cover less than half of the pixels, so that they hardly count.
fn noise_threshold(samples: &[&[u8]], own: &Plane<f32>, landmarks: &Landmarks) -> f32 {
    let mut blur = SteadyBlur::default();
    let (mut blurred, mut deviations) = (Vec::new(), Vec::new());
    for sample in samples {
        blur.blur_into(&mut sample.to_vec(), own.width, landmarks, &mut blurred);
        let start = deviations.len();
        deviations.extend(
            blurred
                .iter()
                .zip(&own.values)
                .map(|(pixel, own)| f32::from(*pixel) - own),
        );
        let light = median(&mut deviations[start..].to_vec());
        for deviation in &mut deviations[start..] {
            *deviation = (*deviation - light).abs();
        }
    }
    threshold_of(median(&mut deviations))
}

/// The threshold for a median absolute deviation.
pub(crate) fn threshold_of(deviation: f32) -> f32 {
    ((NOISE_FACTOR * DEVIATIONS) as f32 * deviation).clamp(THRESHOLDS.0, THRESHOLDS.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(level: f32) -> Plane<f32> {
        Plane::from_values(32, vec![level; 32 * 24])
    }

    fn video(frames: usize, picture: Plane<f32>) -> VideoMedian {
        VideoMedian {
            video: "1".into(),
            frames,
            picture,
        }
    }

    #[test]
    fn the_brightness_of_videos_does_not_count() {
        let medians = [
            video(10, flat(100.0)),
            video(30, flat(120.0)),
            video(20, flat(90.0)),
        ];
        let camera = Camera::learn(&medians).unwrap();
        assert!(
            camera
                .background
                .values
                .iter()
                .all(|v| (v - 120.0).abs() < 1e-4)
        );
        assert!(Camera::learn(&[]).is_err());
    }

    #[test]
    fn the_threshold_follows_the_noise_within_limits() {
        assert_eq!(threshold_of(0.5), 12.0);
        assert_eq!(threshold_of(100.0), 40.0);
        let own = flat(100.0);
        let striped: Vec<u8> = (0..32 * 24)
            .map(|i| if i / 32 % 8 < 4 { 98 } else { 102 })
            .collect();
        let threshold = noise_threshold(&[&striped], &own, &Landmarks::default());
        assert!((threshold - 8.8956 * 2.0).abs() < 0.01, "{threshold}");
    }

    #[test]
    fn a_camera_that_moved_far_is_refused() {
        let mut random = oddframe_core::Random::new(3);
        let noise: Vec<f32> = (0..200 * 150)
            .map(|_| (255.0 * random.unit()) as f32)
            .collect();
        let scene = blur_plane(&Plane::from_values(200, noise), 2.0);
        let cut = |left: usize| {
            let rows = (0..120).flat_map(|y| scene.row(y)[left..left + 160].to_vec());
            Plane::from_values(160, rows.collect())
        };
        let camera = Camera::learn(&[video(9, cut(20))]).unwrap();
        assert!(camera.view(&cut(17), &[], &"2".into()).is_ok());
        let error = camera.view(&cut(9), &[], &"2".into()).unwrap_err();
        assert!(
            matches!(error, Error::CameraMoved { dx, .. } if (dx - 11.0).abs() < 0.2),
            "{error}"
        );
    }
}
