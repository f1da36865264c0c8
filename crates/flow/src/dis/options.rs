use crate::Error;
use crate::refinement::RefinementOptions;

/// The parameters of Dense Inverse Search, with OpenCV's meaning. Patches have 8 times 8 pixels.
///
/// ```
/// use oddframe_flow::{Dis, DisOptions};
///
/// let options = DisOptions { refinement_iterations: 10, ..DisOptions::medium() };
/// assert!(Dis::new(options).is_ok());
/// assert!(Dis::new(DisOptions { patch_stride: 9, ..options }).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DisOptions {
    /// The finest pyramid level that is searched, at most 10: the flow of level 2 has a quarter of the frame's width
    /// and height and is enlarged. Frames that have no such level use finer ones.
    pub finest_scale: usize,
    /// Pixels between two patches, 1 to 8. Smaller is more accurate and slower.
    pub patch_stride: usize,
    /// Steps of the gradient descent for each patch, 1 to 1000.
    pub gradient_iterations: usize,
    /// Iterations of the variational refinement on each level, at most 1000; 0 for none.
    pub refinement_iterations: usize,
    /// Compares patches without their mean brightness, so that changes of the light matter less.
    pub mean_normalization: bool,
    /// Also tries the vectors of neighbouring patches.
    pub spatial_propagation: bool,
    /// The weight of smoothness in the refinement, 0 to 1e6.
    pub alpha: f32,
    /// The weight of constant brightness in the refinement, 0 to 1e6.
    pub delta: f32,
    /// The weight of constant gradients in the refinement, 0 to 1e6.
    pub gamma: f32,
    /// How far the refinement's penalty is rounded off at zero, 1e-6 to 1000.
    pub epsilon: f32,
}

impl Default for DisOptions {
    /// The same as [`Self::fast`], as in OpenCV.
    fn default() -> Self {
        Self::fast()
    }
}

impl DisOptions {
    /// OpenCV's preset `ULTRAFAST`: a quarter of the resolution, no refinement.
    pub const fn ultrafast() -> Self {
        Self {
            gradient_iterations: 12,
            refinement_iterations: 0,
            ..Self::fast()
        }
    }

    /// OpenCV's preset `FAST`: a quarter of the resolution, refined.
    pub const fn fast() -> Self {
        Self {
            finest_scale: 2,
            patch_stride: 4,
            gradient_iterations: 16,
            refinement_iterations: 5,
            mean_normalization: true,
            spatial_propagation: true,
            alpha: 20.0,
            delta: 5.0,
            gamma: 10.0,
            epsilon: 0.01,
        }
    }

    /// OpenCV's preset `MEDIUM`: half the resolution, refined.
    pub const fn medium() -> Self {
        Self {
            finest_scale: 1,
            patch_stride: 3,
            gradient_iterations: 25,
            ..Self::fast()
        }
    }

    pub(super) fn refinement(&self) -> RefinementOptions {
        RefinementOptions {
            iterations: self.refinement_iterations,
            alpha: self.alpha,
            delta: self.delta,
            gamma: self.gamma,
            epsilon: self.epsilon,
        }
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        for (option, value, range, wanted) in [
            ("finest_scale", self.finest_scale, 0..=10, "at most 10"),
            ("patch_stride", self.patch_stride, 1..=8, "from 1 to 8"),
            (
                "gradient_iterations",
                self.gradient_iterations,
                1..=1000,
                "from 1 to 1000",
            ),
            (
                "refinement_iterations",
                self.refinement_iterations,
                0..=1000,
                "at most 1000",
            ),
        ] {
            Error::check_option(option, value as f64, range.contains(&value), wanted)?;
        }
        for (option, weight) in [
            ("alpha", self.alpha),
            ("delta", self.delta),
            ("gamma", self.gamma),
        ] {
            let in_range = (0.0..=1e6).contains(&weight);
            Error::check_option(option, weight.into(), in_range, "from 0 to 1e6")?;
        }
        // The square of a smaller number could be 0 in 32 bits, and the refinement divides by it.
        let in_range = (1e-6..=1000.0).contains(&self.epsilon);
        Error::check_option(
            "epsilon",
            self.epsilon.into(),
            in_range,
            "from 1e-6 to 1000",
        )
    }
}
