//! The text form of activations in recipes: `identity`, `relu`, `relu6`, `leaky_relu(0.2)`, `sigmoid` and `tanh`.

use oddframe_core::{ParseError, Token, Tokens};
use oddframe_nn::Activation;
use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer, Serializer};

#[allow(clippy::trivially_copy_pass_by_ref)] // the signature that serde calls
pub(crate) fn serialize<S: Serializer>(activation: &Activation, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&match activation {
        Activation::Identity => "identity".to_owned(),
        Activation::Relu => "relu".to_owned(),
        Activation::Relu6 => "relu6".to_owned(),
        Activation::LeakyRelu(slope) => format!("leaky_relu({slope})"),
        Activation::Sigmoid => "sigmoid".to_owned(),
        Activation::Tanh => "tanh".to_owned(),
    })
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Activation, D::Error> {
    let text = String::deserialize(from)?;
    parse_activation(&text).map_err(D::Error::custom)
}

#[cfg(feature = "schema")]
pub(crate) fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({
        "type": "string",
        "pattern": r"^\s*(identity|relu|relu6|sigmoid|tanh|leaky_relu\s*\(.*\))\s*$",
    })
}

fn parse_activation(text: &str) -> Result<Activation, ParseError> {
    let mut tokens = Tokens::new(text);
    let name = tokens.expect_name("an activation such as `relu`")?;
    let activation = match name.text {
        "identity" => Activation::Identity,
        "relu" => Activation::Relu,
        "relu6" => Activation::Relu6,
        "leaky_relu" => {
            parse_slope(&mut tokens, name).map_err(|error| error.with_usage("leaky_relu(0.2)"))?
        }
        "sigmoid" => Activation::Sigmoid,
        "tanh" => Activation::Tanh,
        _ => {
            let known = ["identity", "relu", "relu6", "leaky_relu", "sigmoid", "tanh"];
            return Err(tokens.unknown_name("activation", name, known));
        }
    };
    tokens.expect_end()?;
    Ok(activation)
}

/// Parses `(SLOPE)`, the argument of `leaky_relu`.
fn parse_slope(tokens: &mut Tokens<'_>, name: Token<'_>) -> Result<Activation, ParseError> {
    let parse_number = Tokens::parse_number::<f32>;
    let arguments = tokens.parse_arguments("leaky_relu", &["slope"], parse_number)?;
    match arguments.values[0] {
        None => Err(tokens.missing_value(name, "leaky_relu", "slope")),
        Some((slope, _)) if (0.0..f32::INFINITY).contains(&slope) => {
            Ok(Activation::LeakyRelu(slope))
        }
        Some((slope, offset)) => {
            let problem = format!("the slope is {slope}; it must be at least 0 and finite");
            Err(tokens.refused_value(offset, problem))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_text_forms_are_read() {
        let leaky = parse_activation(" leaky_relu( 0.2 ) ").unwrap();
        assert_eq!(leaky, Activation::LeakyRelu(0.2));
        for (text, offset, says) in [
            ("", 0, "expected an activation such as `relu`"),
            ("Relu", 0, "did you mean `relu`?"),
            (
                "leaky_relu",
                0,
                "leaky_relu needs a value for slope; write it as leaky_relu(0.2)",
            ),
            ("leaky_relu()", 0, "leaky_relu needs a value for slope"),
            (
                "leaky_relu(-1)",
                11,
                "the slope is -1; it must be at least 0 and finite",
            ),
            ("leaky_relu(1e99)", 11, "the slope is inf"),
            (
                "leaky_relu(nan)",
                11,
                "unknown parameter `nan`; known: slope",
            ),
            ("relu(1)", 4, "expected the end, found `(`"),
        ] {
            let error = parse_activation(text).unwrap_err();
            assert_eq!(error.offset(), offset, "{error}");
            assert!(error.to_string().contains(says), "{error}\nlacks {says}");
        }
    }
}
