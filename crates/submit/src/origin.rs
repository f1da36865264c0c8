//! The text forms of an origin: `computed`, `borrowed:939`, `constant`.

use std::borrow::Cow;

use oddframe_core::{FrameNumber, Origin};

const BORROWED: &str = "borrowed:";

pub(crate) fn to_text(origin: Origin) -> Cow<'static, str> {
    match origin {
        Origin::Computed => "computed".into(),
        Origin::Borrowed { from } => format!("{BORROWED}{from}").into(),
        Origin::Constant => "constant".into(),
    }
}

pub(crate) fn from_text(text: &str) -> Option<Origin> {
    match text {
        "computed" => Some(Origin::Computed),
        "constant" => Some(Origin::Constant),
        _ => text
            .strip_prefix(BORROWED)
            .and_then(frame_from_text)
            .map(|from| Origin::Borrowed { from }),
    }
}

/// Parses a frame number: digits only, leading zeros allowed.
pub(crate) fn frame_from_text(text: &str) -> Option<FrameNumber> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| digits).map(FrameNumber)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_have_one_text_each() {
        for text in ["computed", "borrowed:939", "constant"] {
            assert_eq!(to_text(from_text(text).unwrap()), text);
        }
        for text in [
            "",
            "Computed",
            "borrowed",
            "borrowed:",
            "borrowed:x",
            "borrowed:+1",
            "constant(0)",
        ] {
            assert_eq!(from_text(text), None, "{text}");
        }
        assert_eq!(frame_from_text("0004"), Some(FrameNumber(4)));
    }
}
