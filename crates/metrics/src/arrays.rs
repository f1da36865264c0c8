//! Rankings from arrays of the crate `ndarray`.

use std::borrow::Cow;

use ndarray::ArrayView1;

use crate::error::Error;
use crate::ranking::Ranking;

impl Ranking {
    /// Sorts the scores of both classes, like [`Ranking::new`], from array views.
    ///
    /// Contiguous views are read without a copy. A view with strides, such as a column of a matrix, is copied
    /// first.
    ///
    /// ```
    /// use ndarray::array;
    /// use oddframe_metrics::Ranking;
    ///
    /// let labels = array![true, false, true, false];
    /// let scores = array![0.9, 0.5, 0.5, 0.1];
    /// let ranking = Ranking::from_arrays(labels.view(), scores.view())?;
    /// assert_eq!(ranking.roc_auc(), 0.875);
    /// # Ok::<(), oddframe_metrics::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ranking::new`].
    #[expect(
        clippy::needless_pass_by_value,
        reason = "array views are passed by value, like slices"
    )]
    pub fn from_arrays(
        labels: ArrayView1<'_, bool>,
        scores: ArrayView1<'_, f64>,
    ) -> Result<Self, Error> {
        Self::new(&as_slice(&labels), &as_slice(&scores))
    }
}

fn as_slice<'a, T: Clone>(view: &'a ArrayView1<'_, T>) -> Cow<'a, [T]> {
    view.as_slice()
        .map_or_else(|| Cow::Owned(view.to_vec()), Cow::Borrowed)
}

#[cfg(test)]
mod tests {
    use ndarray::{array, s};

    use super::*;

    #[test]
    fn views_with_strides_equal_slices() {
        let labels = array![true, false, true, false];
        let scores = array![[0.9, 7.0], [0.5, 7.0], [0.5, 7.0], [0.1, 7.0]];
        let expected = Ranking::new(&[true, false, true, false], &[0.9, 0.5, 0.5, 0.1]).unwrap();
        assert_eq!(
            Ranking::from_arrays(labels.view(), scores.column(0)).unwrap(),
            expected
        );
        let reversed =
            Ranking::from_arrays(labels.slice(s![..;-1]), scores.slice(s![..;-1, 0])).unwrap();
        assert_eq!(reversed, expected);
        assert!(matches!(as_slice(&labels.view()), Cow::Borrowed(_)));
        let error = Ranking::from_arrays(labels.view(), scores.slice(s![..2, 0])).unwrap_err();
        assert!(matches!(
            error,
            Error::Lengths {
                labels: 4,
                scores: 2
            }
        ));
    }
}
