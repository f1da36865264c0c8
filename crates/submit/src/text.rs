//! Fields of CSV files as text: quoting for files, shortening for messages.

use std::borrow::Cow;

/// A field as it is written to a file: quoted if its text requires it.
pub(crate) fn quote_field(text: &str) -> Cow<'_, str> {
    // Line breaks would need quotes too, but names that contain them are refused before.
    if text.contains([',', '"']) {
        Cow::Owned(format!("\"{}\"", text.replace('"', "\"\"")))
    } else {
        Cow::Borrowed(text)
    }
}

/// A field as it is shown in messages: short, and without control characters, which could move a terminal's
/// cursor.
pub(crate) fn excerpt(text: &str) -> Box<str> {
    const MAX_CHARS: usize = 60;
    let mut shown = String::new();
    for (place, c) in text.chars().enumerate() {
        if place == MAX_CHARS {
            shown.push('…');
            break;
        }
        if c.is_control() {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpts_are_short_and_printable() {
        assert_eq!(&*excerpt("a\u{1b}[2Jb\u{7f}"), "a\\u{1b}[2Jb\\u{7f}");
        assert_eq!(excerpt(&"é".repeat(100)).chars().count(), 61);
        assert_eq!(&*excerpt(&"é".repeat(60)), "é".repeat(60));
    }
}
