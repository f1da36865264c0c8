/// Whether a text has the form of a pattern, in which `*` stands for any characters, also none.
pub(super) fn matches_wildcard(pattern: &str, text: &str) -> bool {
    // The text between the stars must occur in this order, the first part at the start and the last at the end. Taking the
    // earliest place of each part leaves the most text for the parts after it.
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match text.find(part) {
            Some(place) => text = &text[place + part.len()..],
            None => return false,
        }
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, text, expected) in [
            ("gate", "gate", true),
            ("gate", "gate1", false),
            ("gate*", "gate", true),
            ("gate*", "gate-12", true),
            ("gate*", "a gate", false),
            ("*gate", "a gate", true),
            ("*gate", "gates", false),
            ("*", "", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("a*a", "a", false),
            ("ab*ba", "aba", false),
            ("**", "anything", true),
            ("ü*", "über", true),
        ] {
            assert_eq!(
                matches_wildcard(pattern, text),
                expected,
                "{pattern} {text}"
            );
        }
    }
}
