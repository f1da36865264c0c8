// `Config` writes its own `Clone`.
#![allow(clippy::expl_impl_clone_on_copy)]

use burn::config::Config;

use crate::Error;

/// What a layer applies to its sums before it stores them.
#[derive(Config, Debug, Copy, PartialEq)]
pub enum Activation {
    /// Nothing.
    Identity,
    /// `max(x, 0)`.
    Relu,
    /// `x` where it is positive, `slope * x` elsewhere.
    LeakyRelu(f32),
    /// `1 / (1 + exp(-x))`.
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
}

#[allow(clippy::derivable_impls)] // `Config` does not let `#[default]` through
impl Default for Activation {
    fn default() -> Self {
        Self::Identity
    }
}

impl Activation {
    /// Whether its gradient is read from its output: all but the identity's.
    pub(crate) fn needs_output(self) -> bool {
        self != Self::Identity
    }

    /// Refuses a slope whose gradient the output does not tell: below zero, or not finite.
    pub(crate) fn check(self, layer: &'static str) -> Result<(), Error> {
        match self {
            Self::LeakyRelu(slope) if !(slope.is_finite() && slope >= 0.0) => Err(Error::Parameter {
                layer,
                name: "the slope of LeakyRelu",
                value: slope.into(),
                must: "finite and at least 0",
            }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slope_below_zero_is_refused() {
        let error = Activation::LeakyRelu(-0.1).check("Conv2d").unwrap_err();
        assert_eq!(
            error.to_string(),
            "Conv2d: the slope of LeakyRelu is -0.10000000149011612; it must be finite and at least 0"
        );
        assert!(Activation::LeakyRelu(0.2).check("Conv2d").is_ok());
    }

    #[test]
    fn the_text_form_round_trips() {
        let text =
            burn::serde::Serialize::serialize(&Activation::LeakyRelu(0.2), serde_json::value::Serializer);
        assert_eq!(text.unwrap(), serde_json::json!({"LeakyRelu": 0.2_f32}));
    }
}
