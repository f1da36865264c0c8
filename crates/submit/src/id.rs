use std::fmt;

use oddframe_core::FrameNumber;

/// The id of one frame in a submission, written `{video}_{frame}`: two plain numbers.
///
/// ```
/// use oddframe_submit::Id;
///
/// let id = Id::parse("1_939").ok_or("not an id")?;
/// assert_eq!((id.video, id.frame.0), (1, 939));
/// assert_eq!(id.to_string(), "1_939");
/// assert_eq!(Id::parse("01_939"), None);
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id {
    /// The number of the video.
    pub video: u64,
    /// The number of the frame.
    pub frame: FrameNumber,
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.video, self.frame)
    }
}

impl Id {
    /// Parses an id exactly as it is written: no leading zeros, no signs, nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        let (video, frame) = text.split_once('_')?;
        Some(Self {
            video: parse_plain(video)?,
            frame: FrameNumber(parse_plain(frame)?),
        })
    }

    /// The id that a text of another shape can only mean: `01_frame_0004` means `1_4`.
    pub(crate) fn guess_from(text: &str) -> Option<Self> {
        // A number such as 0.5 has two runs of digits, but is not an id.
        if text.parse::<f64>().is_ok() {
            return None;
        }
        // Exactly two runs of digits have one meaning; any other number of runs could mean several ids.
        let mut runs = text
            .split(|c: char| !c.is_ascii_digit())
            .filter(|run| !run.is_empty());
        match (runs.next(), runs.next(), runs.next()) {
            (Some(video), Some(frame), None) => Some(Self {
                video: video.parse().ok()?,
                frame: FrameNumber(frame.parse().ok()?),
            }),
            _ => None,
        }
    }
}

/// Splits an id `{name}_{frame}` with the whole name of a video, such as `01_0014_939`.
pub(crate) fn split_name_id(text: &str) -> Option<(&str, FrameNumber)> {
    let (video, frame) = text
        .rsplit_once('_')
        .filter(|(video, _)| !video.is_empty())?;
    Some((video, FrameNumber(parse_plain(frame)?)))
}

/// Parses a number without a sign or leading zeros.
fn parse_plain(text: &str) -> Option<u64> {
    // Rust would parse `+5` and `05` too, but then one id would have several spellings, and a repeated id
    // could stay unnoticed.
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
        Id {
            video,
            frame: FrameNumber(frame),
        }
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
    fn other_shapes_are_guessed_if_they_have_one_meaning() {
        for text in [
            "01_939",
            "1_0939",
            "01_frame_00939",
            "01/frame_00939.jpg",
            "1-939",
            " 1_939",
        ] {
            assert_eq!(Id::guess_from(text), Some(id(1, 939)), "{text}");
        }
        for text in [
            "",
            "1",
            "0.5",
            "1.939",
            "1e-3",
            "1_2_3",
            "a_b",
            "99999999999999999999_1",
        ] {
            assert_eq!(Id::guess_from(text), None, "{text}");
        }
    }
}
