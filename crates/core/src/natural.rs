use std::cmp::Ordering;

/// Compares names as people order them: runs of digits by value, everything else by character.
///
/// Leading zeros are ignored, so `01` and `1` are equal and `frame_2` precedes `frame_10`.
pub fn natural_cmp(a: &str, b: &str) -> Ordering {
    // Both names are split into alternating runs of digits and of other characters. The first unequal pair of
    // parts decides, and a name that is a prefix of the other one comes first.
    let (mut left, mut right) = (Parts(a), Parts(b));
    loop {
        match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(x), Some(y)) => match x.cmp(&y) {
                Ordering::Equal => {}
                unequal => return unequal,
            },
        }
    }
}

/// The last run of digits in a name: 939 for `frame_00939`, none for `Train`.
///
/// None as well for a run too long for a `u64`.
pub fn last_number(name: &str) -> Option<u64> {
    let end = name.rfind(|c: char| c.is_ascii_digit())? + 1;
    let start = name[..end]
        .rfind(|c: char| !c.is_ascii_digit())
        .map_or(0, |i| {
            i + name[i..].chars().next().map_or(1, char::len_utf8)
        });
    name[start..end].parse().ok()
}

/// A number sorts before text; numbers sort by length without zeros, then by digits.
#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Part<'a> {
    Number(usize, &'a str),
    Text(&'a str),
}

/// Splits a name into its parts.
pub(crate) struct Parts<'a>(pub(crate) &'a str);

impl<'a> Iterator for Parts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        let digits = self.0.chars().next()?.is_ascii_digit();
        let end = self
            .0
            .find(|c: char| c.is_ascii_digit() != digits)
            .unwrap_or(self.0.len());
        let (part, rest) = self.0.split_at(end);
        self.0 = rest;
        Some(if digits {
            // Without leading zeros the longer number is the larger one, and numbers of one length compare
            // like text. Nothing is parsed, so runs of digits of any length are compared exactly.
            let significant = part.trim_start_matches('0');
            Part::Number(significant.len(), significant)
        } else {
            Part::Text(part)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_compare_by_value() {
        let mut names = ["v10", "v9", "v009a", "v1", "w", "2", "10"];
        names.sort_by(|a, b| natural_cmp(a, b));
        assert_eq!(names, ["2", "10", "v1", "v9", "v009a", "v10", "w"]);
        assert_eq!(natural_cmp("Test001", "Test1"), Ordering::Equal);
        assert_eq!(natural_cmp("0", "000"), Ordering::Equal);
        assert_eq!(natural_cmp("01_0014", "01_015"), Ordering::Less);
        assert_eq!(
            natural_cmp("99999999999999999999999", "100000000000000000000000"),
            Ordering::Less
        );
    }

    #[test]
    fn the_last_run_of_digits_is_the_number() {
        assert_eq!(last_number("frame_00939"), Some(939));
        assert_eq!(last_number("01_0014"), Some(14));
        assert_eq!(last_number("é7é"), Some(7));
        assert_eq!(last_number("7"), Some(7));
        assert_eq!(last_number("Train"), None);
        assert_eq!(last_number("99999999999999999999999"), None);
    }
}
