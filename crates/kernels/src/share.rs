use std::ops::Range;

/// One of `parts` nearly even parts of `total`, the larger ones first. Nothing is multiplied that could overflow.
pub(crate) fn share(total: usize, parts: usize, part: usize) -> Range<usize> {
    let (each, more) = (total / parts, total % parts);
    let first = |part: usize| part * each + part.min(more);
    first(part)..first(part + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_even_and_leave_nothing_out() {
        for (total, parts) in [(0, 1), (1, 3), (64, 11), (100, 100), (7, 3), (usize::MAX, 5)] {
            let sizes: Vec<_> = (0..parts).map(|part| share(total, parts, part)).collect();
            assert_eq!((sizes[0].start, sizes[parts - 1].end), (0, total));
            assert!(sizes.windows(2).all(|two| two[0].end == two[1].start && two[0].len() >= two[1].len()));
            assert!(sizes[0].len() - sizes[parts - 1].len() <= 1);
        }
    }
}
