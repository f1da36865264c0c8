use std::fmt;

use oddframe_core::FrameNumber;

/// The id of one frame in a submission, written `{video}_{frame}`: two plain numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id {
    /// Number of the video.
    pub video: u64,
    /// The frame's own number.
    pub frame: FrameNumber,
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.video, self.frame)
    }
}

impl Id {
    /// Reads an id exactly as it is written: no zeros in front, no signs, nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        let (video, frame) = text.split_once('_')?;
        Some(Self { video: plain(video)?, frame: FrameNumber(plain(frame)?) })
    }

    /// What an id of another shape must have meant: the two numbers in `01_frame_0004` are 1 and 4.
    pub(crate) fn guess(text: &str) -> Option<Self> {
        // A number is no id, although 0.5 has two runs of digits.
        if text.parse::<f64>().is_ok() {
            return None;
        }
        let mut runs = text.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty());
        match (runs.next(), runs.next(), runs.next()) {
            (Some(video), Some(frame), None) => {
                Some(Self { video: video.parse().ok()?, frame: FrameNumber(frame.parse().ok()?) })
            }
            _ => None,
        }
    }
}

/// A number without a sign or zeros in front.
fn plain(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits || (text.len() > 1 && text.starts_with('0')) {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(video: u64, frame: u64) -> Id {
        Id { video, frame: FrameNumber(frame) }
    }

    #[test]
    fn ids_are_two_plain_numbers() {
        assert_eq!(Id::parse("1_939"), Some(id(1, 939)));
        assert_eq!(Id::parse("0_0"), Some(id(0, 0)));
        assert_eq!(Id::parse("18446744073709551615_0"), Some(id(u64::MAX, 0)));
        assert_eq!(id(21, 75).to_string(), "21_75");
        for text in [
            "",
            "_",
            "1",
            "1_",
            "_1",
            "01_939",
            "1_0939",
            "00_1",
            "+1_2",
            "1_-2",
            "1_2_3",
            "1_2 ",
            " 1_2",
            "1-2",
            "18446744073709551616_0",
            "１_2",
        ] {
            assert_eq!(Id::parse(text), None, "{text}");
        }
    }

    #[test]
    fn other_shapes_are_guessed_only_where_there_is_one_reading() {
        for text in ["01_939", "1_0939", "01_frame_00939", "01/frame_00939.jpg", "1-939", " 1_939"] {
            assert_eq!(Id::guess(text), Some(id(1, 939)), "{text}");
        }
        for text in ["", "1", "0.5", "1.939", "1e-3", "1_2_3", "a_b", "99999999999999999999_1"] {
            assert_eq!(Id::guess(text), None, "{text}");
        }
    }
}
