use std::fmt;
use std::str::FromStr;

use oddframe_core::FrameSource;

use crate::Error;

/// A share of the videos of a data set: `2/4` is the second of four.
///
/// Every video belongs to exactly one share, and the shares have about the same number of frames.
///
/// ```
/// use oddframe_pipeline::Share;
/// assert_eq!("2/4".parse::<Share>()?.to_string(), "2/4");
/// assert!("5/4".parse::<Share>().is_err());
/// # Ok::<(), oddframe_pipeline::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The position of the share, from 0.
    index: usize,
    count: usize,
}

impl Share {
    /// All videos.
    pub const ALL: Self = Self { index: 0, count: 1 };

    /// Which of the videos belong to this share.
    pub fn select(self, videos: &[&dyn FrameSource]) -> Vec<bool> {
        let frames: Vec<usize> = videos.iter().map(|video| video.numbers().len()).collect();
        shares_of(&frames, self.count)
            .into_iter()
            .map(|share| share == self.index)
            .collect()
    }
}

/// The share of each video: the longest video not yet assigned goes to the share with the fewest frames so far.
fn shares_of(frames: &[usize], count: usize) -> Vec<usize> {
    // Longest-processing-time scheduling (Graham 1969): no share gets more than 4/3 of the frames of the best
    // possible partition. The result depends on the lengths alone, so that independent processes agree on the
    // shares without talking to each other.
    let mut by_length: Vec<usize> = (0..frames.len()).collect();
    // Stable, so that videos of one length keep their order.
    by_length.sort_by_key(|video| std::cmp::Reverse(frames[*video]));
    let (mut totals, mut shares) = (vec![0_usize; count], vec![0; frames.len()]);
    for video in by_length {
        let least = (0..count).min_by_key(|share| totals[*share]).unwrap_or(0);
        shares[video] = least;
        totals[least] += frames[video];
    }
    shares
}

impl FromStr for Share {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let numbers = text.split_once('/').and_then(|(index, count)| {
            Some((
                index.trim().parse::<usize>().ok()?,
                count.trim().parse::<usize>().ok()?,
            ))
        });
        match numbers {
            Some((index, count)) if (1..=count).contains(&index) => Ok(Self {
                index: index - 1,
                count,
            }),
            _ => Err(Error::NotAShare {
                text: text.to_owned(),
            }),
        }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index + 1, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_have_about_the_same_number_of_frames() {
        // 30 against 25, then 25 + 20, 30 + 10 and 40 + 5.
        assert_eq!(shares_of(&[10, 30, 20, 25, 5], 2), [0, 0, 1, 1, 0]);
        assert_eq!(shares_of(&[7, 7, 7], 3), [0, 1, 2]);
        // More shares than videos leave some shares empty.
        assert_eq!(shares_of(&[4], 3), [0]);
    }

    #[test]
    fn texts_that_are_not_shares_are_refused() {
        for text in ["", "1", "0/2", "3/2", "1/0", "a/b", "-1/2"] {
            assert!(
                text.parse::<Share>()
                    .unwrap_err()
                    .to_string()
                    .contains("such as 1/4"),
                "{text}"
            );
        }
    }
}
