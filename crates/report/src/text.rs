//! Text in HTML: escaping, numbers, times.

/// Appends formatted text to a string.
macro_rules! put {
    ($page:expr, $($text:tt)*) => {{
        // Writing to a string cannot fail.
        let _ = std::fmt::Write::write_fmt($page, format_args!($($text)*));
    }};
}
pub(crate) use put;

/// Replaces the characters that HTML gives a meaning, in text and in quoted attributes. Control characters, which HTML
/// does not allow, become a replacement character.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(letter),
            _ if letter.is_control() => escaped.push('\u{fffd}'),
            _ => escaped.push(letter),
        }
    }
    escaped
}

/// JSON for a `<script>` element: without `<`, nothing in it can end the element or begin a comment.
pub(crate) fn script_json(value: &serde_json::Value) -> String {
    value.to_string().replace('<', "\\u003c")
}

/// A score with four significant digits.
pub(crate) fn format_score(score: f64) -> String {
    let rounded = round_score(score);
    let size = rounded.abs();
    if size != 0.0 && !(1e-3..1e6).contains(&size) {
        format!("{rounded:.3e}")
    } else {
        format!("{rounded}")
    }
}

/// A score rounded to four significant digits, for display.
pub(crate) fn round_score(score: f64) -> f64 {
    format!("{score:.3e}").parse().unwrap_or(score)
}

/// A number of false alarms per hour: what is less than one in a hundred hours is 0.
pub(crate) fn format_rate(per_hour: f64) -> String {
    if per_hour < 0.01 {
        "0".to_owned()
    } else {
        format_score(per_hour)
    }
}

/// A time since the start of a video: `0:12`, `1:02:03`.
pub(crate) fn format_time(seconds: f64) -> String {
    let whole = seconds.max(0.0).floor() as u64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// A number and its noun: `1 video`, `2 videos`.
pub(crate) fn count_of(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_that_are_next_to_nothing_are_nothing() {
        assert_eq!(
            [2.256e-197, 0.0, 0.02, 4.235].map(format_rate),
            ["0", "0", "0.02", "4.235"]
        );
    }

    #[test]
    fn markup_quotes_and_control_characters_are_escaped() {
        assert_eq!(
            escape("<script>\"a\" & 'b'\u{0}\u{1b}</script>"),
            "&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;\u{fffd}\u{fffd}&lt;/script&gt;"
        );
        assert_eq!(escape("Straße 東京 №1\n"), "Straße 東京 №1\n");
        let json = script_json(&serde_json::json!("</script><!--"));
        assert_eq!(json, "\"\\u003c/script>\\u003c!--\"");
        assert_eq!(
            serde_json::from_str::<String>(&json).unwrap(),
            "</script><!--"
        );
    }

    #[test]
    fn scores_and_times_are_short() {
        let scores = [0.123_456, 3.0, 0.0, 12_345.6, 1.234e-7, -5.5e9].map(format_score);
        let expected = ["0.1235", "3", "0", "12350", "1.234e-7", "-5.500e9"];
        assert_eq!(scores, expected);
        assert_eq!(
            [0.0, 12.9, 75.0, 3723.0].map(format_time),
            ["0:00", "0:12", "1:15", "1:02:03"]
        );
    }
}
