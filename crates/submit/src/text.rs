//! Fields of CSV files in messages.

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
