/// Longer names are not looked up: nothing known comes near.
const MAX_CHARS: usize = 32;

/// The known name with the fewest letters to change, add or drop; none when that is more than half of it.
pub(crate) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    if name.chars().nth(MAX_CHARS).is_some() {
        return None;
    }
    let name: Vec<char> = name.to_lowercase().chars().collect();
    let distances = known.iter().map(|known| (distance(&name, known), *known));
    distances.filter(|(d, known)| *d <= known.len() / 2).min_by_key(|(d, _)| *d).map(|(_, known)| known)
}

/// The Levenshtein distance, row by row.
fn distance(a: &[char], b: &str) -> usize {
    let mut row: Vec<usize> = (0..=a.len()).collect();
    for (above, letter) in b.chars().enumerate() {
        let mut diagonal = above;
        row[0] = above + 1;
        for place in 0..a.len() {
            let changed = diagonal + usize::from(a[place] != letter);
            diagonal = row[place + 1];
            row[place + 1] = changed.min(diagonal + 1).min(row[place] + 1);
        }
    }
    row[a.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_letters() {
        let distance = |a: &str, b: &str| distance(&a.chars().collect::<Vec<_>>(), b);
        assert_eq!(distance("", "rank"), 4);
        assert_eq!(distance("rank", "rank"), 0);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("gausian", "gaussian"), 1);
    }

    #[test]
    fn near_names_only() {
        let known = ["gaussian", "rank", "minmax"];
        assert_eq!(nearest("gauss", &known), Some("gaussian"));
        assert_eq!(nearest("MinMax", &known), Some("minmax"));
        assert_eq!(nearest("sharpen", &known), None);
        assert_eq!(nearest(&"rank".repeat(1000), &known), None);
    }
}
