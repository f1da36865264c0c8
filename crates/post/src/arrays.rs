//! Chains on arrays of the crate `ndarray`.

use ndarray::ArrayViewMut1;
use oddframe_core::Warning;

use crate::chain::Chain;
use crate::error::Error;

impl Chain {
    /// Applies every step to the scores of one video in an array, in place.
    ///
    /// A contiguous view is changed without a copy. A view with strides, such as a column of a matrix, is
    /// copied into a buffer and back.
    ///
    /// ```
    /// use ndarray::{Array1, array};
    /// use oddframe_post::Chain;
    ///
    /// let mut scores: Array1<f64> = array![1.0, 3.0, 2.0];
    /// "minmax".parse::<Chain>()?.apply_to_array(scores.view_mut())?;
    /// assert_eq!(scores, array![0.0, 1.0, 0.5]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Self::apply_to_series`].
    pub fn apply_to_array(
        &self,
        mut scores: ArrayViewMut1<'_, f64>,
    ) -> Result<Vec<Warning>, Error> {
        if let Some(series) = scores.as_slice_mut() {
            return self.apply_to_series(series);
        }
        let mut series = scores.to_vec();
        let warnings = self.apply_to_series(&mut series)?;
        scores
            .iter_mut()
            .zip(series)
            .for_each(|(score, changed)| *score = changed);
        Ok(warnings)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn columns_and_reversed_views_are_changed_in_place() {
        let chain: Chain = "minmax | ema(0.5)".parse().unwrap();
        let mut expected = [1.0, 4.0, 2.0];
        assert!(chain.apply_to_series(&mut expected).unwrap().is_empty());
        let mut matrix = array![[1.0, 9.0], [4.0, 9.0], [2.0, 9.0]];
        chain.apply_to_array(matrix.column_mut(0)).unwrap();
        assert_eq!(matrix.column(0).to_vec(), expected);
        assert_eq!(matrix.column(1).to_vec(), [9.0; 3]);
        let mut reversed = array![2.0, 4.0, 1.0];
        reversed.invert_axis(ndarray::Axis(0));
        chain.apply_to_array(reversed.view_mut()).unwrap();
        assert_eq!(reversed.to_vec(), expected);
    }

    #[test]
    fn an_error_leaves_the_array_unchanged() {
        let mut scores = array![1.0, 2.0];
        assert!(
            "minmax | savgol(5, 2)"
                .parse::<Chain>()
                .unwrap()
                .apply_to_array(scores.view_mut())
                .is_err()
        );
        assert_eq!(scores, array![1.0, 2.0]);
    }
}
