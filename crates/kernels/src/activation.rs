use crate::error::Error;

/// The function that a layer applies to its sums before it stores them.
///
/// ```
/// use oddframe_kernels::Activation;
///
/// let mut values = [-2.0, 0.0, 3.0];
/// Activation::LeakyRelu(0.5).apply(&mut values);
/// assert_eq!(values, [-1.0, 0.0, 3.0]);
///
/// // The gradient is computed from the output, so the input need not be kept.
/// let mut gradient = [1.0; 3];
/// Activation::LeakyRelu(0.5).gradient(&values, &mut gradient)?;
/// assert_eq!(gradient, [0.5, 0.5, 1.0]);
/// # Ok::<(), oddframe_kernels::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Activation {
    /// The value itself.
    #[default]
    Identity,
    /// `max(x, 0)`.
    Relu,
    /// `min(max(x, 0), 6)`: the rectifier of the `MobileNet` family.
    Relu6,
    /// `x` for positive `x` and `slope * x` otherwise; the slope must be at least 0.
    LeakyRelu(f32),
    /// `1 / (1 + exp(-x))`.
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
}

impl Activation {
    /// Whether the gradient reads the layer's output: true for every activation but the identity.
    pub fn needs_output(self) -> bool {
        self != Self::Identity
    }

    /// Refuses a slope for which the sign of the output does not give the sign of the input: the gradient could not be
    /// computed from the output.
    pub(crate) fn check_slope(self) -> Result<(), Error> {
        match self {
            Self::LeakyRelu(slope) if !(slope.is_finite() && slope >= 0.0) => {
                Err(Error::Parameter {
                    what: "the slope of a leaky ReLU",
                    value: slope.to_string(),
                    must: "finite and at least 0",
                })
            }
            _ => Ok(()),
        }
    }
}
