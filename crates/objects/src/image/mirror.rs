/// The index inside a row of `len` values that stands for a place outside: the row is mirrored at its first and last value,
/// which are not repeated (`BORDER_REFLECT_101`): `d c b | a b c d | c b a`.
pub(super) fn mirror(place: isize, len: usize) -> usize {
    let last = len as isize - 1;
    if last == 0 {
        return 0;
    }
    let mut place = place;
    // A row shorter than the reach is mirrored repeatedly.
    while place < 0 || place > last {
        place = if place < 0 { -place } else { 2 * last - place };
    }
    place as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edge_value_is_not_repeated() {
        let places: Vec<_> = (-3..7).map(|place| mirror(place, 4)).collect();
        assert_eq!(places, [3, 2, 1, 0, 1, 2, 3, 2, 1, 0]);
        assert_eq!((mirror(-5, 2), mirror(9, 1)), (1, 0));
    }
}
