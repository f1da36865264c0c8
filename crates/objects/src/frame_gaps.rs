//! The numbers of the frames of a video, as their gaps: most videos have none.

use serde_json::Value;

/// The gaps in the numbers of a video: the position of the frame after each gap, and how many frames are missing.
pub(crate) fn gaps_of(numbers: &[u64]) -> Vec<[u64; 2]> {
    let pairs = (1..).zip(numbers.windows(2));
    let gaps = pairs.map(|(place, pair)| [place, pair[1].saturating_sub(pair[0]).max(1) - 1]);
    gaps.filter(|[_, missing]| *missing > 0).collect()
}

/// The numbers of a video of so many frames with these gaps, from 0. None when a gap is not two whole numbers.
pub(crate) fn numbers_with_gaps(length: usize, gaps: Option<&Value>) -> Option<Vec<u64>> {
    let mut numbers: Vec<u64> = (0..length as u64).collect();
    for gap in gaps.and_then(Value::as_array).into_iter().flatten() {
        let (place, missing) = (gap.get(0)?.as_u64()?, gap.get(1)?.as_u64()?);
        let place = usize::try_from(place).ok()?.min(length);
        for number in &mut numbers[place..] {
            *number = number.saturating_add(missing);
        }
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_come_back_from_their_gaps() {
        let numbers = [7, 8, 11, 12, 40];
        let gaps = gaps_of(&numbers);
        assert_eq!(gaps, [[2, 2], [4, 27]]);
        assert_eq!(
            numbers_with_gaps(5, Some(&json!(gaps))).unwrap(),
            [0, 1, 4, 5, 33]
        );
        assert_eq!(numbers_with_gaps(2, None).unwrap(), [0, 1]);
        assert_eq!(
            numbers_with_gaps(2, Some(&json!([[9, u64::MAX], [0, u64::MAX]]))).unwrap(),
            [u64::MAX, u64::MAX]
        );
        assert!(numbers_with_gaps(2, Some(&json!([[1]]))).is_none());
        assert!(numbers_with_gaps(2, Some(&json!([[-1, 2]]))).is_none());
    }
}
