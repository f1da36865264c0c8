use std::fmt;
use std::str::FromStr;

use crate::Error;

/// The combination of a pixel's errors in several channels to the one value of the error map.
///
/// Its text form is `mean`, `max` or `sum`; with the feature `serde` the type serialises as this
/// text. For a separate score of each channel, see
/// [`PairPool::pool_channels`](crate::PairPool::pool_channels).
///
/// ```
/// use oddframe_score::{Channels, Distance, Pair, error_map};
/// // One pixel of three channels.
/// let pair = Pair::new(&[0.0, 1.0, 0.5], &[0.0; 3], 3, 1, 1)?;
/// assert_eq!(error_map(pair, Distance::Absolute, "max".parse()?), [1.0]);
/// assert_eq!(error_map(pair, Distance::Absolute, Channels::Sum), [1.5]);
/// # Ok::<(), oddframe_score::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "snake_case")
)]
pub enum Channels {
    /// Their mean.
    Mean,
    /// The largest.
    Max,
    /// Their sum.
    Sum,
}

impl Channels {
    /// The number by which a sum over `channels` channels is divided.
    pub(crate) fn sum_divisor(self, channels: usize) -> f64 {
        match self {
            Self::Mean => channels as f64,
            Self::Max | Self::Sum => 1.0,
        }
    }
}

impl FromStr for Channels {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.trim() {
            "mean" => Ok(Self::Mean),
            "max" => Ok(Self::Max),
            "sum" => Ok(Self::Sum),
            other => Err(Error::Unknown {
                what: "combination of channels",
                text: other.into(),
                known: "mean, max and sum",
            }),
        }
    }
}

impl fmt::Display for Channels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mean => "mean",
            Self::Max => "max",
            Self::Sum => "sum",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_form_round_trips() {
        for channels in [Channels::Mean, Channels::Max, Channels::Sum] {
            assert_eq!(channels.to_string().parse(), Ok(channels));
        }
        let error = "rgb".parse::<Channels>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "`rgb` is not a known combination of channels: write one of mean, max and sum"
        );
    }
}
