/// Longer names get no suggestion: no known name is similar, and the distance takes quadratic time.
const MAX_CHARS: usize = 32;

/// The known name with the smallest [`edit_distance`]; none when the distance is more than half of the name's length.
///
/// For error messages that suggest a correction.
pub fn nearest_name<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    if name.chars().nth(MAX_CHARS).is_some() {
        return None;
    }
    let name = name.to_lowercase();
    let distances = known
        .iter()
        .map(|known| (edit_distance(&name, known), *known));
    distances
        .filter(|(d, known)| *d <= known.len() / 2)
        .min_by_key(|(d, _)| *d)
        .map(|(_, known)| known)
}

/// The Levenshtein distance: the fewest letters to change, insert or delete to turn one word into the other.
pub fn edit_distance(from: &str, to: &str) -> usize {
    // Dynamic programming over a table of prefixes, of which only one row is kept:
    // `row[i]` is the distance between the first `i` letters of `from` and the letters of `to` read so far.
    // `diagonal` holds the value to the upper left, which the row has already overwritten.
    let from: Vec<char> = from.chars().collect();
    let mut row: Vec<usize> = (0..=from.len()).collect();
    for (above, letter) in to.chars().enumerate() {
        let mut diagonal = above;
        row[0] = above + 1;
        for place in 0..from.len() {
            let changed = diagonal + usize::from(from[place] != letter);
            diagonal = row[place + 1];
            row[place + 1] = changed.min(diagonal + 1).min(row[place] + 1);
        }
    }
    row[from.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_letters() {
        assert_eq!(edit_distance("", "rank"), 4);
        assert_eq!(edit_distance("rank", "rank"), 0);
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(edit_distance("gausian", "gaussian"), 1);
    }

    #[test]
    fn near_names_only() {
        let known = ["gaussian", "rank", "minmax"];
        assert_eq!(nearest_name("gauss", &known), Some("gaussian"));
        assert_eq!(nearest_name("MinMax", &known), Some("minmax"));
        assert_eq!(nearest_name("sharpen", &known), None);
        assert_eq!(nearest_name(&"rank".repeat(1000), &known), None);
    }

    #[test]
    fn a_slip_finds_its_name_and_nonsense_none() {
        let known = ["epochs", "batch", "keep"];
        assert_eq!(nearest_name("epoch", &known), Some("epochs"));
        assert_eq!(nearest_name("Bacth", &known), Some("batch"));
        assert_eq!(nearest_name("learning_rate", &known), None);
        assert_eq!(nearest_name("x", &[]), None);
    }
}
