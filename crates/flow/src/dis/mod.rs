//! Dense Inverse Search: "Fast Optical Flow using Dense Inverse Search" (Kroeger et al., ECCV 2016), as OpenCV computes
//! it.
//!
//! ```text
//! frames ─▶ pyramid level ─▶ search each patch in the next frame ─▶ average the patches over each pixel ─▶ refinement
//!           (coarse to fine)  ▲                                                                              │
//!                             └────────────────────────── flow, enlarged ────────────────────────────────────┘
//! ```

mod densify;
mod level;
mod options;
mod search;

use oddframe_core::{Frame, FrameShape, PixelFormat};

use self::level::Level;
pub use self::options::DisOptions;
use self::search::PATCH;
use crate::estimate::check_frames;
use crate::resample::Resampler;
use crate::{Error, EstimateFlow, Flow};

/// Frames whose longer side is shorter have no pyramid level at all, by OpenCV's rule.
const LEAST_LONGER_SIDE: usize = 12;

/// Dense optical flow by inverse search of patches, after OpenCV's `DISOpticalFlow`.
///
/// Much faster than [`Farneback`](crate::Farneback), and sharper at the edges of moving objects. Works on gray frames
/// of at least 12x8 pixels.
///
/// ```
/// use oddframe_core::{Frame, FrameNumber, FrameShape, PixelFormat};
/// use oddframe_flow::{Dis, DisOptions, EstimateFlow, Flow};
///
/// // Waves that move by two pixels to the right.
/// let shape = FrameShape::new(96, 64, PixelFormat::Gray)?;
/// let waves = |shift: f32| -> Vec<u8> {
///     (0..shape.bytes())
///         .map(|i| ((i % 96) as f32 - shift, (i / 96) as f32))
///         .map(|(x, y)| (128.0 + 50.0 * (x / 5.0).sin() + 50.0 * (x / 9.0 + y / 6.0).sin()) as u8)
///         .collect()
/// };
/// let previous = Frame::from_pixels(shape, FrameNumber(0), waves(0.0))?;
/// let next = Frame::from_pixels(shape, FrameNumber(1), waves(2.0))?;
///
/// let mut dis = Dis::new(DisOptions::medium())?;
/// let mut flow = Flow::default();
/// dis.estimate(&previous, &next, &mut flow)?;
/// let center = 32 * 96 + 48;
/// assert!((flow.dx()[center] - 2.0).abs() < 0.1 && flow.dy()[center].abs() < 0.1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Dis {
    options: DisOptions,
    plan: Option<Plan>,
}

/// Everything that depends on the size of the frames.
#[derive(Debug)]
struct Plan {
    shape: FrameShape,
    /// From the finest searched level to the coarsest one.
    levels: Vec<Level>,
    /// From the finest searched level to the frame.
    enlarge: Resampler,
    gain: f32,
}

impl Dis {
    /// Checks the options.
    ///
    /// # Errors
    /// When an option is outside the range that its field states.
    pub fn new(options: DisOptions) -> Result<Self, Error> {
        options.check()?;
        Ok(Self {
            options,
            plan: None,
        })
    }

    /// The options.
    pub fn options(&self) -> DisOptions {
        self.options
    }
}

/// The finest and the coarsest level for frames of a shape.
fn choose_scales(shape: FrameShape, finest: usize) -> Result<(usize, usize), Error> {
    let (width, height) = (shape.width(), shape.height());
    let (shorter, longer) = (width.min(height), width.max(height));
    if shorter < PATCH || longer < LEAST_LONGER_SIDE {
        return Err(Error::TooSmall {
            found: shape,
            shorter: PATCH,
            longer: LEAST_LONGER_SIDE,
        });
    }
    // The coarsest level on which the shorter side still has room for a patch.
    let with_patch = (shorter / PATCH).ilog2() as usize;
    // On the coarsest level a patch sees motion of a quarter of the longer side.
    let steps = (longer as f64 / (4 * PATCH) as f64).log2() + 0.5;
    let coarsest = (steps.max(0.0) as usize).min(with_patch);
    if coarsest >= finest {
        return Ok((finest, coarsest));
    }
    // The frame is too small for this finest level. OpenCV then takes three levels chosen by the width.
    let steps = (2.0 * width as f64 / (5 * PATCH) as f64).log2();
    let coarsest = (steps.max(0.0) as usize).min(with_patch);
    Ok((coarsest.saturating_sub(2), coarsest))
}

impl Plan {
    fn new(shape: FrameShape, options: &DisOptions) -> Result<Self, Error> {
        let (finest, coarsest) = choose_scales(shape, options.finest_scale)?;
        let frame = (shape.width(), shape.height());
        let mut levels = Vec::with_capacity(coarsest - finest + 1);
        let mut finer = frame;
        let mut size = (frame.0 >> finest, frame.1 >> finest);
        for _ in finest..=coarsest {
            levels.push(Level::new(finer, size, options));
            (finer, size) = (size, (size.0 / 2, size.1 / 2));
        }
        Ok(Self {
            shape,
            enlarge: Resampler::linear((frame.0 >> finest, frame.1 >> finest), frame),
            gain: (1 << finest) as f32,
            levels,
        })
    }

    fn estimate(&mut self, options: &DisOptions, previous: &Frame, next: &Frame, flow: &mut Flow) {
        for number in 0..self.levels.len() {
            let (finer, level) = self.levels.split_at_mut(number);
            match finer.last() {
                None => level[0].load_frames(previous.pixels(), next.pixels()),
                Some(finer) => level[0].load_level(finer),
            }
        }
        // From coarse to fine: every level starts with the vectors of the coarser one and searches for the rest.
        for number in (0..self.levels.len()).rev() {
            let (finer, coarser) = self.levels.split_at_mut(number + 1);
            let level = &mut finer[number];
            level.start_from(coarser.first().map(|coarser| &coarser.flow));
            level.search(options);
            level.densify(options);
            level.refine();
        }
        let finest = &self.levels[0].flow;
        let (dx, dy) = flow.planes_mut();
        let width = self.shape.width();
        self.enlarge.run(finest.dx(), self.gain, dx, width);
        self.enlarge.run(finest.dy(), self.gain, dy, width);
    }
}

impl EstimateFlow for Dis {
    fn format(&self) -> PixelFormat {
        PixelFormat::Gray
    }

    fn estimate(&mut self, previous: &Frame, next: &Frame, flow: &mut Flow) -> Result<(), Error> {
        check_frames(previous, next, self.format())?;
        let shape = previous.shape();
        let Self { options, plan } = self;
        plan.take_if(|plan| plan.shape != shape);
        let plan = match plan {
            Some(plan) => plan,
            None => plan.insert(Plan::new(shape, options)?),
        };
        flow.reset(shape.width(), shape.height());
        // Enters the thread pool once instead of for every parallel loop.
        rayon::scope(|_| plan.estimate(options, previous, next, flow));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scales(width: usize, height: usize, finest: usize) -> Result<(usize, usize), Error> {
        choose_scales(
            FrameShape::new(width, height, PixelFormat::Gray).unwrap(),
            finest,
        )
    }

    #[test]
    fn the_coarsest_level_follows_the_size_of_the_frame() {
        assert_eq!(scales(360, 240, 2).unwrap(), (2, 3));
        assert_eq!(scales(640, 360, 1).unwrap(), (1, 4));
        assert_eq!(scales(64, 64, 2).unwrap(), (0, 1));
        assert_eq!(scales(12, 8, 2).unwrap(), (0, 0));
        assert_eq!(scales(1000, 9, 2).unwrap(), (0, 0));
    }

    #[test]
    fn frames_without_room_for_a_patch_are_refused() {
        for (width, height) in [(11, 11), (8, 8), (7, 100), (100, 7), (1, 1)] {
            assert!(matches!(
                scales(width, height, 2),
                Err(Error::TooSmall { .. })
            ));
        }
    }
}
