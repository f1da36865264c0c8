use oddframe_core::FrameNumber;

use super::IdRepairKind;
use crate::id::Id;

/// The kinds of repairs that one id needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct KindSet(u8);

impl KindSet {
    pub(super) fn insert(&mut self, kind: IdRepairKind) {
        self.0 |= 1 << kind as u8;
    }

    pub(super) fn contains(self, kind: IdRepairKind) -> bool {
        self.0 & 1 << kind as u8 != 0
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// Words that name the number behind them. In front of the other number they mean that the order is another one.
const FRAME_WORDS: [&str; 5] = ["frame", "frames", "image", "img", "f"];
const VIDEO_WORDS: [&str; 7] = ["video", "videos", "vid", "v", "clip", "test", "testing"];
/// The longest extension of an image file: `.jpeg`, `.tiff`.
const MAX_EXTENSION: usize = 4;

/// Reads an id that may be written in another shape, with the repairs that it needs: none for a plain id.
///
/// The text must have exactly two numbers, first of the video, then of the frame. Only words and separators may stand
/// before and between them. Anything else has several meanings: `1_2_3`, `0.5`, `1_-2`, `frame4_video1`.
pub(super) fn read_id_text(text: &str) -> Option<(Id, KindSet)> {
    let mut kinds = KindSet::default();
    if let Some(id) = Id::parse(text) {
        return Some((id, kinds));
    }
    let trimmed = text.trim();
    if trimmed != text {
        kinds.insert(IdRepairKind::Blanks);
    }
    let stem = without_extension(trimmed);
    if stem != trimmed {
        kinds.insert(IdRepairKind::Extension);
    }
    // A number such as 1.939 has two runs of digits, but is no id.
    if stem.parse::<f64>().is_ok() {
        return None;
    }
    let (before, rest) = split_at_digits(stem);
    let (video, rest) = split_digits(rest);
    let (between, rest) = split_at_digits(rest);
    let (frame, after) = split_digits(rest);
    if video.is_empty() || frame.is_empty() || !after.is_empty() {
        return None;
    }
    // In `1-4` the minus is the separator.
    if may_be_negative(before) || between != "-" && may_be_negative(between) {
        return None;
    }
    for (text, wrong_words) in [(before, &FRAME_WORDS[..]), (between, &VIDEO_WORDS[..])] {
        if text.chars().any(|c| !c.is_alphabetic() && !is_separator(c)) {
            return None;
        }
        let mut words = text.split(is_separator).filter(|word| !word.is_empty());
        if words.any(|word| wrong_words.contains(&&*word.to_lowercase())) {
            return None;
        }
    }
    let has_words = |text: &str| text.chars().any(char::is_alphabetic);
    if has_words(before) || has_words(between) {
        kinds.insert(IdRepairKind::Words);
    }
    let strange = |text: &str| text.chars().any(|c| is_separator(c) && c != '_');
    let plain_between = between == "_" || has_words(between) && !strange(between);
    if !plain_between || !before.is_empty() && !has_words(before) {
        kinds.insert(IdRepairKind::Separator);
    }
    if [video, frame]
        .iter()
        .any(|number| number.len() > 1 && number.starts_with('0'))
    {
        kinds.insert(IdRepairKind::LeadingZeros);
    }
    let id = Id {
        video: video.parse().ok()?,
        frame: FrameNumber(frame.parse().ok()?),
    };
    Some((id, kinds))
}

fn is_separator(c: char) -> bool {
    "_-./\\: ".contains(c)
}

/// Whether a number behind this text may be negative: `-1_4`, `1_-4`, but not `video-1_4`.
fn may_be_negative(text: &str) -> bool {
    let before = text.trim_end_matches('-');
    before.len() < text.len() && !before.ends_with(char::is_alphabetic)
}

/// The text without an extension such as `.jpg`.
fn without_extension(text: &str) -> &str {
    match text.rsplit_once('.') {
        Some((stem, extension))
            if stem.ends_with(|c: char| c.is_ascii_digit())
                && extension.len() <= MAX_EXTENSION
                && extension.starts_with(|c: char| c.is_ascii_alphabetic())
                && extension.bytes().all(|b| b.is_ascii_alphanumeric()) =>
        {
            stem
        }
        _ => text,
    }
}

/// The text up to the first digit, and the rest.
fn split_at_digits(text: &str) -> (&str, &str) {
    text.split_at(
        text.find(|c: char| c.is_ascii_digit())
            .unwrap_or(text.len()),
    )
}

/// The digits at the start, and the rest.
fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(
        text.find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shape_names_its_repairs() {
        use IdRepairKind::{Blanks, Extension, LeadingZeros, Separator, Words};
        for (text, expected) in [
            ("1_4", &[][..]),
            (" 1_4", &[Blanks]),
            ("1_4.jpg", &[Extension]),
            ("1_4.JP2", &[Extension]),
            ("1_frame_4", &[Words]),
            ("1_Frame4", &[Words]),
            ("Video1_4", &[Words]),
            ("test_videos/1/4", &[Words, Separator]),
            ("1/frame_4", &[Words, Separator]),
            ("1-4", &[Separator]),
            ("video-1-frame-4", &[Words, Separator]),
            ("1 4", &[Separator]),
            ("1__4", &[Separator]),
            ("_1_4", &[Separator]),
            ("01_4", &[LeadingZeros]),
            ("1_0004", &[LeadingZeros]),
            ("01_frame_0004", &[Words, LeadingZeros]),
            (
                "\t01/FRAME_0004.png ",
                &[Blanks, Extension, Words, Separator, LeadingZeros],
            ),
        ] {
            let (id, kinds) = read_id_text(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(id.to_string(), "1_4", "{text}");
            let kinds: Vec<_> = IdRepairKind::ALL
                .into_iter()
                .filter(|kind| kinds.contains(*kind))
                .collect();
            assert_eq!(kinds, expected, "{text}");
        }
        let zero = read_id_text("00_0").unwrap();
        assert_eq!(zero.0.to_string(), "0_0");
    }

    #[test]
    fn texts_of_several_meanings_are_not_read() {
        for text in [
            "",
            "4",
            "1_2_3",
            "0.5",
            "1.939",
            "1.4.jpg",
            "1e-3",
            "1_-4",
            "-1_4",
            "-1-4",
            "1--4",
            "+1_4",
            "1_4_",
            "1_4x",
            "1_4.5",
            "frame4_video1",
            "frame_4_1",
            "4_video_1",
            "1_4.toolong",
            "１_4",
            "99999999999999999999_1",
            "1=4",
        ] {
            assert_eq!(read_id_text(text), None, "{text}");
        }
    }
}
