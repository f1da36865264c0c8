use std::fmt;
use std::str::FromStr;

use crate::Error;

/// How the scores that several windows give to one frame are merged.
///
/// ```
/// use oddframe_score::Overlap;
/// assert_eq!("median".parse(), Ok(Overlap::Median));
/// assert_eq!(Overlap::Centre.to_string(), "centre");
/// ```
///
/// The text form is `mean`, `max`, `median`, `last` or `centre`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "snake_case")
)]
pub enum Overlap {
    /// The mean of their values.
    Mean,
    /// The largest of their values.
    Max,
    /// The median of their values; for an even number of values the mean of the two in the middle.
    Median,
    /// The value of the latest window.
    Last,
    /// The value of the window whose middle is nearest to the frame; of two equally near ones the earlier window.
    Centre,
}

/// The score that one window gives to a frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Vote {
    pub(crate) value: f64,
    /// The distance of the frame from the middle of the window, in half frames.
    pub(crate) off_centre: usize,
}

impl Overlap {
    /// Merges the scores of one frame, which are in the order of the windows.
    ///
    /// NaN when there is no score, and when a score that counts is NaN.
    pub(crate) fn merge_votes(self, votes: &[Vote]) -> f64 {
        let mut values = votes.iter().map(|vote| vote.value);
        match self {
            Self::Mean => values.sum::<f64>() / votes.len() as f64,
            Self::Last => values.next_back().unwrap_or(f64::NAN),
            Self::Centre => votes
                .iter()
                .min_by_key(|v| v.off_centre)
                .map_or(f64::NAN, |v| v.value),
            // `total_cmp` orders a negative NaN below all numbers, so the maximum would hide it.
            Self::Max | Self::Median if values.clone().any(f64::is_nan) => f64::NAN,
            Self::Max => values.max_by(f64::total_cmp).unwrap_or(f64::NAN),
            Self::Median => median_of(values.collect()),
        }
    }
}

fn median_of(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    match (
        values.get(values.len().saturating_sub(1) / 2),
        values.get(values.len() / 2),
    ) {
        (Some(low), Some(high)) => f64::midpoint(*low, *high),
        _ => f64::NAN,
    }
}

impl FromStr for Overlap {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.trim() {
            "mean" => Ok(Self::Mean),
            "max" => Ok(Self::Max),
            "median" => Ok(Self::Median),
            "last" => Ok(Self::Last),
            "centre" => Ok(Self::Centre),
            other => Err(Error::Unknown {
                what: "way to merge windows",
                text: other.into(),
                known: "mean, max, median, last and centre",
            }),
        }
    }
}

impl fmt::Display for Overlap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mean => "mean",
            Self::Max => "max",
            Self::Median => "median",
            Self::Last => "last",
            Self::Centre => "centre",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Overlap; 5] = [
        Overlap::Mean,
        Overlap::Max,
        Overlap::Median,
        Overlap::Last,
        Overlap::Centre,
    ];

    fn merge(overlap: Overlap, votes: &[(f64, usize)]) -> f64 {
        let votes: Vec<_> = votes
            .iter()
            .map(|&(value, off_centre)| Vote { value, off_centre })
            .collect();
        overlap.merge_votes(&votes)
    }

    #[test]
    fn values_by_hand() {
        let votes = [(4.0, 3), (-1.0, 1), (9.0, 1), (2.0, 5)];
        let merged = ALL.map(|overlap| merge(overlap, &votes));
        assert_eq!(merged, [3.5, 9.0, 3.0, 2.0, -1.0]);
        assert_eq!(merge(Overlap::Median, &votes[..3]), 4.0);
        assert_eq!(merge(Overlap::Max, &votes[1..2]), -1.0);
    }

    #[test]
    fn nan_is_not_hidden() {
        for votes in [[(f64::NAN, 0), (1.0, 2)], [(-f64::NAN, 0), (1.0, 2)]] {
            for overlap in [
                Overlap::Mean,
                Overlap::Max,
                Overlap::Median,
                Overlap::Centre,
            ] {
                assert!(merge(overlap, &votes).is_nan(), "{overlap}");
            }
            assert_eq!(merge(Overlap::Last, &votes), 1.0);
        }
        assert!(ALL.iter().all(|overlap| overlap.merge_votes(&[]).is_nan()));
    }

    #[test]
    fn the_text_form_round_trips() {
        for overlap in ALL {
            assert_eq!(overlap.to_string().parse(), Ok(overlap));
        }
        let error = "first".parse::<Overlap>().unwrap_err();
        let text = "`first` is not a known way to merge windows: write one of mean, max, median, last and centre";
        assert_eq!(error.to_string(), text);
    }
}
