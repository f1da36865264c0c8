//! Activations in recipes: `identity`, `relu`, `leaky_relu(0.2)`, `sigmoid` and `tanh`.

use oddframe_nn::Activation;
use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer, Serializer};

#[allow(clippy::trivially_copy_pass_by_ref)] // serde hands the field over like this
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
    parse(&text).ok_or_else(|| {
        let known = "identity, relu, leaky_relu(SLOPE), sigmoid and tanh";
        D::Error::custom(format!("`{text}` is no activation; known are {known}, the slope at least 0"))
    })
}

fn parse(text: &str) -> Option<Activation> {
    match text.trim() {
        "identity" => Some(Activation::Identity),
        "relu" => Some(Activation::Relu),
        "sigmoid" => Some(Activation::Sigmoid),
        "tanh" => Some(Activation::Tanh),
        other => {
            let slope = other.strip_prefix("leaky_relu(")?.strip_suffix(')')?.trim().parse().ok()?;
            (0.0..f32::INFINITY).contains(&slope).then_some(Activation::LeakyRelu(slope))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_read() {
        assert_eq!(parse(" leaky_relu( 0.2 ) "), Some(Activation::LeakyRelu(0.2)));
        for text in ["", "Relu", "leaky_relu", "leaky_relu()", "leaky_relu(-1)", "leaky_relu(nan)", "relu(1)"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
