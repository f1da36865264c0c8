//! Which training objects are remembered.

use std::ops::Range;

use oddframe_core::Random;

/// The most training objects that are remembered.
pub(crate) const MOST: usize = 15_000;

/// Draws the objects to remember from so many. They stay in order.
pub(crate) fn choose_remembered(objects: usize, mut random: Random) -> Vec<usize> {
    let mut chosen: Vec<usize> = (0..objects).collect();
    random.shuffle(&mut chosen);
    chosen.truncate(MOST);
    chosen.sort_unstable();
    chosen
}

/// Forgets some of too many remembered objects at random. Equal objects give equal results.
pub(crate) fn forget_surplus<const N: usize>(rows: &mut Vec<[f32; N]>) {
    let random = Random::stream(rows.len() as u64, &[u64::from_le_bytes(*b"learning")]);
    let kept = choose_remembered(rows.len(), random);
    *rows = kept.iter().map(|row| rows[*row]).collect();
}

/// Where the objects of each fold lie, given the fold of each, in order.
pub(crate) fn bounds_of_folds(owners: &[usize], folds: usize) -> Vec<Range<usize>> {
    let bounds = (0..folds).map(|fold| {
        let start = owners.partition_point(|owner| *owner < fold);
        start..owners.partition_point(|owner| *owner <= fold)
    });
    bounds.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_drawn_in_order_and_folds_are_found() {
        assert_eq!(choose_remembered(3, Random::new(1)), [0, 1, 2]);
        let many = choose_remembered(20_000, Random::new(1));
        assert_eq!(many.len(), MOST);
        assert!(many.is_sorted() && many.last().unwrap() > &19_000);
        assert_eq!(
            bounds_of_folds(&[0, 0, 2, 2, 2], 4),
            [0..2, 2..2, 2..5, 5..5]
        );
    }
}
