//! Farnebäck's method: "Two-Frame Motion Estimation Based on Polynomial Expansion" (SCIA 2003), as OpenCV computes it.
//!
//! ```text
//! frames ─▶ pyramid level ─▶ polynomial of each pixel's neighbourhood ─▶ normal equations of the motion ─┐
//!           (coarse to fine)                                              ▲                              │
//!                                                                         └── flow ◀── window mean, solve ┘
//! ```

mod expansion;
mod level;
mod normal_equations;
mod options;
mod window;

use oddframe_core::{Frame, FrameShape, PixelFormat};

use self::expansion::Expansion;
use self::level::{Level, Scratch};
pub use self::options::FarnebackOptions;
use self::window::Window;
use crate::estimate::check_frames;
use crate::{Error, EstimateFlow, Flow};

/// Levels whose shorter side would be below this are left out.
const LEAST_SIDE: f64 = 32.0;

/// Dense optical flow by polynomial expansion, after OpenCV's `calcOpticalFlowFarneback`.
///
/// Each pixel's neighbourhood is described by a quadratic polynomial in both frames. The motion is what moves one
/// polynomial onto the other, averaged over a window. Works on gray frames of any size.
///
/// ```
/// use oddframe_core::{Frame, FrameNumber, FrameShape, PixelFormat};
/// use oddframe_flow::{EstimateFlow, Farneback, FarnebackOptions, Flow};
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
/// let mut farneback = Farneback::new(FarnebackOptions::default())?;
/// let mut flow = Flow::default();
/// farneback.estimate(&previous, &next, &mut flow)?;
/// let center = 32 * 96 + 48;
/// assert!((flow.dx()[center] - 2.0).abs() < 0.1 && flow.dy()[center].abs() < 0.1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Farneback {
    options: FarnebackOptions,
    expansion: Expansion,
    window: Window,
    plan: Option<Plan>,
}

/// Everything that depends on the size of the frames.
#[derive(Debug)]
struct Plan {
    shape: FrameShape,
    /// From the frame's own size to the coarsest one.
    levels: Vec<Level>,
    scratch: Scratch,
}

impl Farneback {
    /// Checks the options.
    ///
    /// # Errors
    /// When an option is outside the range that its field states.
    pub fn new(options: FarnebackOptions) -> Result<Self, Error> {
        options.check()?;
        Ok(Self {
            options,
            expansion: Expansion::new(options.poly_n, options.poly_sigma),
            window: Window::new(options.winsize, options.gaussian_window),
            plan: None,
        })
    }

    /// The options.
    pub fn options(&self) -> FarnebackOptions {
        self.options
    }
}

impl Plan {
    fn new(shape: FrameShape, options: &FarnebackOptions, expansion: &Expansion) -> Self {
        let (width, height) = (shape.width() as f64, shape.height() as f64);
        let mut scales = vec![1.0];
        let mut scale = 1.0;
        for _ in 0..options.levels {
            scale *= options.pyr_scale;
            if width * scale < LEAST_SIDE || height * scale < LEAST_SIDE {
                break;
            }
            scales.push(scale);
        }
        let mut levels: Vec<Level> = Vec::with_capacity(scales.len());
        for &scale in scales.iter().rev() {
            let coarser = levels.last().map(Level::size);
            levels.push(Level::new(shape, scale, coarser));
        }
        levels.reverse();
        let scratch = Scratch::new(&levels[0], expansion, options.winsize);
        Self {
            shape,
            levels,
            scratch,
        }
    }
}

impl Plan {
    /// Estimates the flow on every level, the coarsest first.
    fn estimate(
        &mut self,
        options: &FarnebackOptions,
        expansion: &Expansion,
        window: &Window,
        [previous, next]: [&Frame; 2],
        given: Option<&Flow>,
    ) {
        for number in (0..self.levels.len()).rev() {
            let (finer, coarser) = self.levels.split_at_mut(number + 1);
            let level = &mut finer[number];
            match (coarser.first(), given) {
                (Some(coarser), _) => {
                    level.start_from_coarser(&coarser.flow, (1.0 / options.pyr_scale) as f32);
                }
                (None, Some(given)) => level.start_from_given(given),
                (None, None) => level.start_from_zero(),
            }
            level.expand(previous, next, expansion, &mut self.scratch);
            level.iterate(window, options.iterations, &mut self.scratch);
        }
    }
}

impl EstimateFlow for Farneback {
    fn format(&self) -> PixelFormat {
        PixelFormat::Gray
    }

    fn estimate(&mut self, previous: &Frame, next: &Frame, flow: &mut Flow) -> Result<(), Error> {
        check_frames(previous, next, self.format())?;
        let shape = previous.shape();
        let Self {
            options,
            expansion,
            window,
            plan,
        } = self;
        plan.take_if(|plan| plan.shape != shape);
        let plan = plan.get_or_insert_with(|| Plan::new(shape, options, expansion));
        let given = (options.initial_flow
            && (flow.width(), flow.height()) == (shape.width(), shape.height()))
            .then_some(&*flow);
        // Enters the thread pool once instead of for every parallel loop.
        rayon::scope(|_| plan.estimate(options, expansion, window, [previous, next], given));
        flow.copy_from(&plan.levels[0].flow);
        Ok(())
    }
}
