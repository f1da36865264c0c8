use oddframe_kernels::Activation;

use crate::error::Error;

/// Refuses a negative or non-finite slope: the gradient of such an activation cannot be computed from its output.
pub(crate) fn check_activation(layer: &'static str, activation: Activation) -> Result<(), Error> {
    match activation {
        Activation::LeakyRelu(slope) if !(slope.is_finite() && slope >= 0.0) => {
            Err(Error::Parameter {
                layer,
                name: "the slope of LeakyRelu",
                value: slope.into(),
                must: "finite and at least 0",
            })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slope_below_zero_is_refused() {
        let error = check_activation("Conv2d", Activation::LeakyRelu(-0.1)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Conv2d: the slope of LeakyRelu is -0.10000000149011612; it must be finite and at least 0"
        );
        assert!(check_activation("Conv2d", Activation::LeakyRelu(0.2)).is_ok());
    }

    #[test]
    fn the_text_form_round_trips() {
        let json = serde_json::to_value(Activation::LeakyRelu(0.2)).unwrap();
        assert_eq!(json, serde_json::json!({"LeakyRelu": 0.2_f32}));
        assert_eq!(
            serde_json::from_value::<Activation>(json).unwrap(),
            Activation::LeakyRelu(0.2)
        );
    }
}
