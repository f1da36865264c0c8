use std::fmt;
use std::str::FromStr;

use crate::Error;

/// Which score a frame gets that a system cannot score: the first frame of a difference, the edges of a window.
///
/// The text form is `nearest`, `reflect`, `constant(0)` or `error`. An [`EdgeFiller`](crate::EdgeFiller) applies the policy.
///
/// ```
/// use oddframe_core::EdgePolicy;
/// assert_eq!("constant(0.5)".parse::<EdgePolicy>()?, EdgePolicy::Constant(0.5));
/// assert_eq!(EdgePolicy::Nearest.to_string(), "nearest");
/// # Ok::<(), oddframe_core::Error>(())
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
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.trim() {
            "nearest" => Ok(Self::Nearest),
            "reflect" => Ok(Self::Reflect),
            "error" => Ok(Self::Error),
            other => {
                parse_constant(other)
                    .map(Self::Constant)
                    .ok_or_else(|| Error::UnknownEdgePolicy {
                        text: text.to_string(),
                    })
            }
        }
    }
}

/// The finite number in `constant(NUMBER)`.
fn parse_constant(text: &str) -> Option<f64> {
    let number = text.strip_prefix("constant(")?.strip_suffix(')')?;
    number
        .trim()
        .parse::<f64>()
        .ok()
        .filter(|value| value.is_finite())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips_and_nonsense_is_named() {
        for text in [
            "nearest",
            "reflect",
            "constant(0)",
            "constant(-1.5)",
            "error",
        ] {
            assert_eq!(text.parse::<EdgePolicy>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "near",
            "constant",
            "constant()",
            "constant(x)",
            "constant(NaN)",
            "constant(inf)",
        ] {
            assert!(
                text.parse::<EdgePolicy>()
                    .unwrap_err()
                    .to_string()
                    .contains(&format!("`{text}`"))
            );
        }
    }
}
