use std::fmt;
use std::str::FromStr;

use crate::Error;

/// How the errors of a pixel's channels become the one value of the error map.
///
/// Its text form is `mean`, `max` or `sum`. For a score a channel, see
/// [`PairPool::pool_channels`](crate::PairPool::pool_channels).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channels {
    /// Their mean.
    Mean,
    /// The largest.
    Max,
    /// Their sum.
    Sum,
}

impl Channels {
    /// What a sum over `channels` is divided by.
    pub(crate) fn divisor(self, channels: usize) -> f64 {
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
                what: "way to join channels",
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
        assert_eq!(error.to_string(), "`rgb` is no way to join channels; known are mean, max and sum");
    }
}
