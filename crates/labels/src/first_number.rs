/// The frame number that a label file's first place means, for formats that count frames instead of naming them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FirstNumber {
    value: u64,
    guessed: bool,
}

impl FirstNumber {
    pub(crate) fn known(value: u64) -> Self {
        Self { value, guessed: false }
    }

    /// 1 where the smallest number of the whole set is 1, else 0: a set that starts late, or has gaps, counts
    /// from 0 like the videos it was cut from.
    pub(crate) fn guess(smallest: Option<u64>) -> Self {
        Self { value: u64::from(smallest == Some(1)), guessed: true }
    }

    /// What the lengths of lists say: `ends` has, for each video, the largest number wanted of it and the length
    /// of its list.
    ///
    /// A list that ends with the frame `last` has `last` places from 1 on, one more from 0 on. The former counts
    /// for more, since the list would be too short to begin at 0; the latter may also be a list that goes on.
    pub(crate) fn from_lengths(ends: impl IntoIterator<Item = (u64, usize)>) -> Option<Self> {
        let mut zero = false;
        for (last, length) in ends {
            match (length as u64).checked_sub(last) {
                Some(0) => return Some(Self::known(1)),
                Some(1) => zero = true,
                _ => {}
            }
        }
        zero.then_some(Self::known(0))
    }

    pub(crate) fn value(self) -> u64 {
        self.value
    }

    /// The 1 that nothing but the videos' smallest number speaks for.
    pub(crate) fn guessed_one(self) -> Option<u64> {
        (self.guessed && self.value == 1).then_some(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_smallest_number_of_one_is_guessed_to_be_the_first() {
        for (smallest, value, guessed) in [(Some(1), 1, Some(1)), (Some(939), 0, None), (None, 0, None)] {
            let first = FirstNumber::guess(smallest);
            assert_eq!((first.value(), first.guessed_one()), (value, guessed));
        }
        assert_eq!(FirstNumber::known(1).guessed_one(), None);
    }

    #[test]
    fn lengths_settle_where_they_end_with_the_video() {
        let first =
            |ends: &[(u64, usize)]| FirstNumber::from_lengths(ends.iter().copied()).map(FirstNumber::value);
        assert_eq!(first(&[(4, 5)]), Some(0));
        assert_eq!(first(&[(4, 4)]), Some(1));
        assert_eq!(first(&[(4, 6), (4, 3), (u64::MAX, 0)]), None);
        assert_eq!(first(&[(4, 6), (4, 5)]), Some(0));
        // The second list has no place for frame 0.
        assert_eq!(first(&[(4, 5), (7, 7)]), Some(1));
        assert_eq!(first(&[]), None);
    }
}
