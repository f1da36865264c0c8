//! Medians and percentiles as NumPy's: between two values they are interpolated.

/// The median; the mean of the two middle values of an even number, 0 of none. Reorders the values.
pub(crate) fn median(values: &mut [f32]) -> f32 {
    let middle = values.len() / 2;
    if values.is_empty() {
        return 0.0;
    }
    let even = values.len().is_multiple_of(2);
    let (below, upper, _) = values.select_nth_unstable_by(middle, f32::total_cmp);
    if !even {
        return *upper;
    }
    let lower = below.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    f32::midpoint(lower, *upper)
}

/// The median of doubles, as [`median`].
pub(crate) fn median_f64(values: &mut [f64]) -> f64 {
    percentile(values, 50.0)
}

/// The value below which `percent` of the values lie, interpolated linearly; 0 of none. Sorts the values.
pub(crate) fn percentile(values: &mut [f64], percent: f64) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    percentile_of_sorted(values, percent)
}

/// As [`percentile`], of values that are sorted.
pub(crate) fn percentile_of_sorted(values: &[f64], percent: f64) -> f64 {
    let Some(last) = values.len().checked_sub(1) else {
        return 0.0;
    };
    let place = last as f64 * percent / 100.0;
    let lower = place.floor() as usize;
    let (low, high) = (values[lower], values[(lower + 1).min(last)]);
    let part = place - lower as f64;
    // NumPy interpolates from the nearer end, so that equal values give that value.
    if part < 0.5 {
        low + (high - low) * part
    } else {
        high - (high - low) * (1.0 - part)
    }
}

/// Differences of gray levels lie between -256 and 256: the bins of a histogram of them.
const BINS_PER_LEVEL: f32 = 8.0;
const BINS: usize = 512 * BINS_PER_LEVEL as usize;

/// Finds medians of differences of gray levels, exactly and in one pass over most values.
#[derive(Debug)]
pub(crate) struct DifferenceMedian {
    counts: Vec<u32>,
    candidates: Vec<f32>,
}

impl Default for DifferenceMedian {
    fn default() -> Self {
        Self {
            counts: vec![0; BINS],
            candidates: Vec::new(),
        }
    }
}

impl DifferenceMedian {
    /// The median of values between -256 and 256, as [`median`] gives it.
    pub(crate) fn find(&mut self, values: &[f32]) -> f32 {
        let Some(last) = values.len().checked_sub(1) else {
            return 0.0;
        };
        self.counts.fill(0);
        for value in values {
            self.counts[bin(*value)] += 1;
        }
        let lower = self.value_at(last / 2, values);
        if values.len().is_multiple_of(2) {
            f32::midpoint(lower, self.value_at(last / 2 + 1, values))
        } else {
            lower
        }
    }

    /// The value at a place of the sorted values: only those in its bin are sorted.
    fn value_at(&mut self, place: usize, values: &[f32]) -> f32 {
        let mut left = place;
        let mut found = 0;
        for (number, count) in self.counts.iter().enumerate() {
            found = number;
            if left < *count as usize {
                break;
            }
            left -= *count as usize;
        }
        self.candidates.clear();
        let near = values.iter().filter(|value| bin(**value) == found);
        self.candidates.extend(near);
        *self
            .candidates
            .select_nth_unstable_by(left, f32::total_cmp)
            .1
    }
}

fn bin(difference: f32) -> usize {
    // The conversion saturates, so that every value has a bin.
    (((difference + 256.0) * BINS_PER_LEVEL) as usize).min(BINS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_of_odd_and_even_numbers() {
        assert_eq!(median(&mut [3.0, 1.0, 9.0]), 3.0);
        assert_eq!(median(&mut [3.0, 1.0, 9.0, 4.0]), 3.5);
        assert_eq!(median(&mut []), 0.0);
        assert_eq!(percentile(&mut [4.0, 1.0, 3.0, 2.0], 25.0), 1.75);
        assert_eq!(percentile(&mut [5.0], 95.0), 5.0);
    }

    #[test]
    fn differences_have_the_same_median() {
        let mut random = oddframe_core::Random::new(1);
        let mut finder = DifferenceMedian::default();
        for count in [1, 2, 3, 100, 1001] {
            let values: Vec<f32> = (0..count)
                .map(|_| random.between(-30.0, 30.0) as f32)
                .collect();
            assert_eq!(finder.find(&values), median(&mut values.clone()), "{count}");
        }
        assert_eq!(finder.find(&[-255.0, 255.0]), 0.0);
    }
}
