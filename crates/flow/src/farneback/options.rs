use super::expansion::MOST_REACH;
use crate::Error;

/// Below this the neighbours of a pixel weigh so little that the polynomial's coefficients overflow in 32 bits.
const LEAST_SIGMA: f64 = 0.2;

/// The parameters of Farnebäck's method, with OpenCV's names.
///
/// ```
/// use oddframe_flow::{Farneback, FarnebackOptions};
///
/// let options = FarnebackOptions { winsize: 21, ..FarnebackOptions::default() };
/// assert!(Farneback::new(options).is_ok());
/// assert!(Farneback::new(FarnebackOptions { pyr_scale: 1.0, ..options }).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FarnebackOptions {
    /// The size of a pyramid level relative to the next finer one: above 0 and below 1. Default 0.5.
    pub pyr_scale: f64,
    /// Pyramid levels beside the frame itself, at most 16. Levels below 32 pixels are left out. Default 3.
    pub levels: usize,
    /// The side of the window over which motion is averaged, 2 to 255. Larger is smoother and catches faster motion.
    /// Default 15.
    pub winsize: usize,
    /// Improvements of the flow on each level, 1 to 100. Default 3.
    pub iterations: usize,
    /// How far the neighbourhood of a pixel reaches to each side when its polynomial is fitted, 1 to 32: 5 and 7 are
    /// usual. Default 5.
    pub poly_n: usize,
    /// The standard deviation of the weights in that neighbourhood, 0.2 to 100. Default 1.2.
    pub poly_sigma: f64,
    /// A Gaussian window instead of a box: more accurate, slower. It needs a larger `winsize`. Default false.
    pub gaussian_window: bool,
    /// Starts from the vectors that `flow` holds when `estimate` is called, if it has the size of the frames, instead of
    /// starting from zero. Default false.
    pub initial_flow: bool,
}

impl Default for FarnebackOptions {
    fn default() -> Self {
        Self {
            pyr_scale: 0.5,
            levels: 3,
            winsize: 15,
            iterations: 3,
            poly_n: 5,
            poly_sigma: 1.2,
            gaussian_window: false,
            initial_flow: false,
        }
    }
}

impl FarnebackOptions {
    pub(super) fn check(&self) -> Result<(), Error> {
        let scale = self.pyr_scale;
        let in_range = scale > 0.0 && scale < 1.0;
        Error::check_option("pyr_scale", scale, in_range, "above 0 and below 1")?;
        let sigma = self.poly_sigma;
        let in_range = (LEAST_SIGMA..=100.0).contains(&sigma);
        Error::check_option("poly_sigma", sigma, in_range, "from 0.2 to 100")?;
        for (option, value, range, wanted) in [
            ("levels", self.levels, 0..=16, "at most 16"),
            ("winsize", self.winsize, 2..=255, "from 2 to 255"),
            ("iterations", self.iterations, 1..=100, "from 1 to 100"),
            ("poly_n", self.poly_n, 1..=MOST_REACH, "from 1 to 32"),
        ] {
            Error::check_option(option, value as f64, range.contains(&value), wanted)?;
        }
        Ok(())
    }
}
