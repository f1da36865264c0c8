use std::fmt;
use std::str::FromStr;

use crate::Error;

/// The distance between an input value and its reconstruction.
///
/// Its text form is `squared` or `absolute`; with the feature `serde` the type serialises as this
/// text.
///
/// ```
/// use oddframe_score::{Channels, Distance, Pair, error_map};
/// let pair = Pair::new(&[3.0], &[1.0], 1, 1, 1)?;
/// assert_eq!(error_map(pair, Distance::Squared, Channels::Sum), [4.0]);
/// assert_eq!(error_map(pair, "absolute".parse()?, Channels::Sum), [2.0]);
/// # Ok::<(), oddframe_score::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "snake_case")
)]
pub enum Distance {
    /// (input - reconstruction)².
    Squared,
    /// |input - reconstruction|.
    Absolute,
}

impl FromStr for Distance {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.trim() {
            "squared" => Ok(Self::Squared),
            "absolute" => Ok(Self::Absolute),
            other => Err(Error::Unknown {
                what: "distance",
                text: other.into(),
                known: "squared and absolute",
            }),
        }
    }
}

impl fmt::Display for Distance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Squared => "squared",
            Self::Absolute => "absolute",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_form_round_trips() {
        for distance in [Distance::Squared, Distance::Absolute] {
            assert_eq!(distance.to_string().parse(), Ok(distance));
        }
        let error = "cosine".parse::<Distance>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "`cosine` is not a known distance: write one of squared and absolute"
        );
    }
}
