/// The known name with the fewest letters to change, add or drop; none when that is more than half of it.
pub(crate) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
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
    fn a_slip_finds_its_name_and_nonsense_none() {
        let known = ["epochs", "batch", "keep"];
        assert_eq!(nearest("epoch", &known), Some("epochs"));
        assert_eq!(nearest("Bacth", &known), Some("batch"));
        assert_eq!(nearest("learning_rate", &known), None);
        assert_eq!(nearest("x", &[]), None);
    }
}
