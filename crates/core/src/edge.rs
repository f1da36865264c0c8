use std::fmt;
use std::str::FromStr;

use crate::parse_error::ParseError;
use crate::tokens::Tokens;

/// Which score a frame gets that a system cannot score: the first frame of a difference, the edges of a window.
///
/// The text form is `nearest`, `reflect`, `constant(0)` or `error`. An [`EdgeFiller`](crate::EdgeFiller) applies the policy.
///
/// ```
/// use oddframe_core::EdgePolicy;
/// assert_eq!("constant(0.5)".parse::<EdgePolicy>()?, EdgePolicy::Constant(0.5));
/// assert_eq!(EdgePolicy::Nearest.to_string(), "nearest");
/// # Ok::<(), oddframe_core::ParseError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum EdgePolicy {
    /// The score of the nearest scored frame by position; of two equally near frames, the earlier one.
    Nearest,
    /// The score at the mirrored position. The mirror stands at the edge of the nearest scored frame, so that frame is
    /// repeated: `d c b a | a b c d`. A run of scored frames shorter than the gap is mirrored back and forth.
    Reflect,
    /// This value, which must be finite.
    Constant(f64),
    /// No score: a frame without one is an error.
    Error,
}

impl EdgePolicy {
    /// How many frames may follow a frame before its score is decided, when at most `gap` frames in a row have no score
    /// of their own.
    ///
    /// A gap at the start of a video waits longest. [`Nearest`](Self::Nearest) waits for the first scored frame after it;
    /// [`Reflect`](Self::Reflect) also needs as many scored frames as the gap is long.
    pub const fn delay(self, gap: usize) -> usize {
        match self {
            Self::Nearest => gap,
            Self::Reflect => (2 * gap).saturating_sub(1),
            Self::Constant(_) | Self::Error => 0,
        }
    }
}

impl FromStr for EdgePolicy {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let mut tokens = Tokens::new(text);
        let name = tokens.expect_name("an edge policy such as `nearest`")?;
        let policy = match name.text {
            "nearest" => Self::Nearest,
            "reflect" => Self::Reflect,
            "error" => Self::Error,
            "constant" => parse_constant(&mut tokens).map_err(|e| e.with_usage("constant(0)"))?,
            _ => {
                let known = ["nearest", "reflect", "constant", "error"];
                return Err(tokens.unknown_name("edge policy", name, known));
            }
        };
        tokens.expect_end()?;
        Ok(policy)
    }
}

/// Parses `(NUMBER)`, the argument of `constant`.
fn parse_constant(tokens: &mut Tokens<'_>) -> Result<EdgePolicy, ParseError> {
    tokens.expect_symbol('(', "`(` and a number")?;
    let offset = tokens.peek_token().offset;
    let value: f64 = tokens.parse_number()?;
    if !value.is_finite() {
        let problem = format!("the constant is {value}; it must be finite");
        return Err(tokens.refused_value(offset, problem));
    }
    tokens.expect_symbol(')', "`)`")?;
    Ok(EdgePolicy::Constant(value))
}

impl fmt::Display for EdgePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nearest => f.write_str("nearest"),
            Self::Reflect => f.write_str("reflect"),
            Self::Constant(value) => write!(f, "constant({value})"),
            Self::Error => f.write_str("error"),
        }
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for EdgePolicy {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for EdgePolicy {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for EdgePolicy {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "EdgePolicy".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "The score of a frame that a system cannot score itself: `nearest`, `reflect`, `constant(0)` or `error`.",
            "type": "string",
            "anyOf": [
                { "enum": ["nearest", "reflect", "error"] },
                { "pattern": r"^\s*constant\s*\(.*\)\s*$" },
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips_and_errors_name_their_position() {
        for text in [
            "nearest",
            "reflect",
            "constant(0)",
            "constant(-1.5)",
            "error",
        ] {
            assert_eq!(text.parse::<EdgePolicy>().unwrap().to_string(), text);
        }
        for (text, offset, says) in [
            (
                "",
                0,
                "expected an edge policy such as `nearest`, found the end",
            ),
            (
                " near",
                1,
                "unknown edge policy `near`; did you mean `nearest`?; known: nearest, reflect, constant, error",
            ),
            ("reflct", 0, "did you mean `reflect`?"),
            ("nearest(1)", 7, "expected the end, found `(`"),
            (
                "constant",
                8,
                "expected `(` and a number, found the end; write it as constant(0)",
            ),
            (
                "constant()",
                9,
                "expected a number, found `)`; write it as constant(0)",
            ),
            ("constant(x)", 9, "expected a number, found `x`"),
            ("constant(NaN)", 9, "expected a number, found `NaN`"),
            ("constant(inf)", 9, "expected a number, found `inf`"),
            (
                "constant(-1e999)",
                9,
                "the constant is -inf; it must be finite",
            ),
            ("constant(0", 10, "expected `)`, found the end"),
        ] {
            let error = text.parse::<EdgePolicy>().unwrap_err();
            assert_eq!(error.offset(), offset, "{error}");
            assert!(error.to_string().contains(says), "{error}\nlacks {says}");
        }
    }
}
