//! With the feature `ndarray`, arrays of that crate can be scored, and error maps are given as
//! arrays, without copies.

use ndarray::{Array2, ArrayView2, ArrayView3};
use oddframe_core::ErrorMap;

use crate::{Channels, Distance, Error, Pair, error_map};

/// Borrows an array as an error map, for any pool.
///
/// # Shapes
/// `map`: `[height, width]`.
///
/// # Errors
/// When a side is zero, or when the array is not contiguous in row-major order.
///
/// ```
/// use ndarray::array;
/// use oddframe_core::Pool;
/// use oddframe_score::{Max, map_from_view};
/// let map = array![[0.0, 0.25], [4.0, 1.0]];
/// assert_eq!(Max.pool(map_from_view(&map.view())?), 4.0);
/// # Ok::<(), oddframe_score::Error>(())
/// ```
pub fn map_from_view<'a>(map: &ArrayView2<'a, f32>) -> Result<ErrorMap<'a>, Error> {
    let (height, width) = map.dim();
    let values = map.to_slice().ok_or(Error::NotContiguous)?;
    ErrorMap::new(values, width, height).map_err(|_| Error::InvalidShape {
        channels: 1,
        width,
        height,
    })
}

/// Views an error map as an array, `[height, width]`.
///
/// ```
/// use oddframe_core::ErrorMap;
/// use oddframe_score::view_of_map;
/// let map = ErrorMap::new(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 3, 2)?;
/// let view = view_of_map(map);
/// assert_eq!((view.dim(), view[[1, 0]]), ((2, 3), 4.0));
/// # Ok::<(), oddframe_core::Error>(())
/// ```
#[expect(
    clippy::missing_panics_doc,
    reason = "the number of values always matches the shape"
)]
pub fn view_of_map(map: ErrorMap<'_>) -> ArrayView2<'_, f32> {
    let view = ArrayView2::from_shape((map.height(), map.width()), map.values());
    view.expect("an error map has width x height values")
}

/// The error map of a pair as an array, `[height, width]`.
///
/// ```
/// use ndarray::{Array3, array};
/// use oddframe_score::{Channels, Distance, Pair, error_map_array};
/// let (input, reconstruction) = (Array3::from_elem((3, 1, 2), 0.5), Array3::zeros((3, 1, 2)));
/// let pair = Pair::from_views(&input.view(), &reconstruction.view())?;
/// assert_eq!(error_map_array(pair, Distance::Squared, Channels::Mean), array![[0.25, 0.25]]);
/// # Ok::<(), oddframe_score::Error>(())
/// ```
#[expect(
    clippy::missing_panics_doc,
    reason = "the number of values always matches the shape"
)]
pub fn error_map_array(pair: Pair<'_>, distance: Distance, channels: Channels) -> Array2<f32> {
    let map = Array2::from_shape_vec(
        (pair.height(), pair.width()),
        error_map(pair, distance, channels),
    );
    map.expect("an error map has width x height values")
}

impl<'a> Pair<'a> {
    /// Borrows an image and its reconstruction from arrays.
    ///
    /// # Shapes
    /// Both views: `[channels, height, width]`.
    ///
    /// # Errors
    /// When a side is zero, the shapes differ, or an array is not contiguous in row-major order.
    ///
    /// ```
    /// use ndarray::Array3;
    /// use oddframe_score::{Channels, Distance, Mean, Pair, PairPool};
    /// let (input, reconstruction) = (Array3::from_elem((3, 4, 4), 1.0), Array3::zeros((3, 4, 4)));
    /// let pair = Pair::from_views(&input.view(), &reconstruction.view())?;
    /// assert_eq!(Mean.pool_pair(pair, Distance::Squared, Channels::Sum), 3.0);
    /// # Ok::<(), oddframe_score::Error>(())
    /// ```
    pub fn from_views(
        input: &ArrayView3<'a, f32>,
        reconstruction: &ArrayView3<'a, f32>,
    ) -> Result<Self, Error> {
        let (channels, height, width) = input.dim();
        if reconstruction.dim() != input.dim() {
            let (expected, found) = (input.len(), reconstruction.len());
            return Err(Error::Length {
                what: "the reconstruction",
                expected,
                found,
            });
        }
        let input = input.to_slice().ok_or(Error::NotContiguous)?;
        let reconstruction = reconstruction.to_slice().ok_or(Error::NotContiguous)?;
        Self::new(input, reconstruction, channels, width, height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_share_the_memory_of_their_source() {
        let map = Array2::from_elem((2, 3), 1.0_f32);
        let borrowed = map_from_view(&map.view()).unwrap();
        assert_eq!(borrowed.values().as_ptr(), map.as_ptr());
        assert_eq!((borrowed.width(), borrowed.height()), (3, 2));
        assert_eq!(view_of_map(borrowed).as_ptr(), map.as_ptr());
    }

    #[test]
    fn transposed_and_empty_arrays_are_refused() {
        let map = Array2::<f32>::zeros((2, 3));
        assert_eq!(map_from_view(&map.t()), Err(Error::NotContiguous));
        let empty = Array2::<f32>::zeros((0, 3));
        assert_eq!(
            map_from_view(&empty.view()),
            Err(Error::InvalidShape {
                channels: 1,
                width: 3,
                height: 0
            })
        );
    }
}
