//! The text form of activations in recipes: `identity`, `relu`, `leaky_relu(0.2)`, `sigmoid` and `tanh`.

use oddframe_nn::Activation;
use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer, Serializer};

#[allow(clippy::trivially_copy_pass_by_ref)] // the signature that serde calls
pub(crate) fn serialize<S: Serializer>(activation: &Activation, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&match activation {
        Activation::Identity => "identity".to_owned(),
        Activation::Relu => "relu".to_owned(),
        Activation::LeakyRelu(slope) => format!("leaky_relu({slope})"),
        Activation::Sigmoid => "sigmoid".to_owned(),
        Activation::Tanh => "tanh".to_owned(),
    })
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Activation, D::Error> {
    let text = String::deserialize(from)?;
    parse_activation(&text).ok_or_else(|| {
        let known = "identity, relu, leaky_relu(SLOPE) with a slope of at least 0, sigmoid or tanh";
        D::Error::custom(format!("there is no activation `{text}`; use {known}"))
    })
}

fn parse_activation(text: &str) -> Option<Activation> {
    match text.trim() {
        "identity" => Some(Activation::Identity),
        "relu" => Some(Activation::Relu),
        "sigmoid" => Some(Activation::Sigmoid),
        "tanh" => Some(Activation::Tanh),
        other => {
            let slope = other
                .strip_prefix("leaky_relu(")?
                .strip_suffix(')')?
                .trim()
                .parse()
                .ok()?;
            (0.0..f32::INFINITY)
                .contains(&slope)
                .then_some(Activation::LeakyRelu(slope))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_text_forms_are_read() {
        assert_eq!(
            parse_activation(" leaky_relu( 0.2 ) "),
            Some(Activation::LeakyRelu(0.2))
        );
        for text in [
            "",
            "Relu",
            "leaky_relu",
            "leaky_relu()",
            "leaky_relu(-1)",
            "leaky_relu(nan)",
            "relu(1)",
        ] {
            assert_eq!(parse_activation(text), None, "{text}");
        }
    }
}
