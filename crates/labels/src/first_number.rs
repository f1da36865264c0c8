/// The number of the first frame of a video, for label formats that count frames instead of naming them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FirstNumber {
    value: u64,
    guessed: bool,
}

impl FirstNumber {
    /// A number that the caller, the videos or the lengths of the lists determine.
    pub(crate) fn known(value: u64) -> Self {
        Self {
            value,
            guessed: false,
        }
    }

    /// Assumes 1 if the smallest frame number of the whole set is 1, and 0 otherwise.
    ///
    /// A set that starts later, or has gaps, is part of longer videos, and those count from 0.
    pub(crate) fn guess(smallest: Option<u64>) -> Self {
        Self {
            value: u64::from(smallest == Some(1)),
            guessed: true,
        }
    }

    /// Infers the first number from the lengths of the lists, if they determine it. `ends` contains, for each
    /// video, its largest frame number and the length of its list.
    ///
    /// A list up to frame `last` has `last` entries if it counts from 1, and `last + 1` if it counts from 0.
    /// Length `last` is proof, because a list that counts from 0 would be too short. Length `last + 1` is
    /// weaker: a list that counts from 1 may continue after the last frame of the video.
    pub(crate) fn from_lengths(ends: impl IntoIterator<Item = (u64, usize)>) -> Option<Self> {
        let mut zero = false;
        for (last, length) in ends {
            // A list that starts with frame 1 and ends with the video has `last` entries; one that starts
            // with frame 0 has one more.
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

    /// The first number, 1, if it was only assumed; `None` if it is known or 0.
    pub(crate) fn guessed_one(self) -> Option<u64> {
        (self.guessed && self.value == 1).then_some(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_assumed_only_if_it_is_the_smallest_number() {
        for (smallest, value, guessed) in
            [(Some(1), 1, Some(1)), (Some(939), 0, None), (None, 0, None)]
        {
            let first = FirstNumber::guess(smallest);
            assert_eq!((first.value(), first.guessed_one()), (value, guessed));
        }
        assert_eq!(FirstNumber::known(1).guessed_one(), None);
    }

    fn inferred(ends: &[(u64, usize)]) -> Option<u64> {
        FirstNumber::from_lengths(ends.iter().copied()).map(FirstNumber::value)
    }

    #[test]
    fn lists_that_end_with_their_video_determine_the_first_number() {
        assert_eq!(inferred(&[(4, 5)]), Some(0));
        assert_eq!(inferred(&[(4, 4)]), Some(1));
        assert_eq!(inferred(&[(4, 6), (4, 3), (u64::MAX, 0)]), None);
        assert_eq!(inferred(&[(4, 6), (4, 5)]), Some(0));
        // The second list is too short to have an entry for frame 0.
        assert_eq!(inferred(&[(4, 5), (7, 7)]), Some(1));
        assert_eq!(inferred(&[]), None);
    }
}
