use crate::Error;

/// How badly each pixel of one frame was reconstructed or predicted, row by row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ErrorMap<'a> {
    values: &'a [f32],
    width: usize,
}

impl<'a> ErrorMap<'a> {
    /// Borrows a map of `width` values a row.
    ///
    /// # Errors
    /// When the map is empty, or its length is not `width * height`.
    pub fn new(values: &'a [f32], width: usize, height: usize) -> Result<Self, Error> {
        let expected = width
            .checked_mul(height)
            .ok_or(Error::InvalidShape { width, height })?;
        if expected == 0 {
            return Err(Error::InvalidShape { width, height });
        }
        Error::check_length("values of an error map", expected, values.len())?;
        Ok(Self { values, width })
    }

    /// All values, row by row.
    pub fn values(self) -> &'a [f32] {
        self.values
    }

    /// Values in a row.
    pub fn width(self) -> usize {
        self.width
    }

    /// Rows.
    pub fn height(self) -> usize {
        self.values.len() / self.width
    }

    /// The rows, from the top.
    pub fn rows(self) -> impl ExactSizeIterator<Item = &'a [f32]> {
        self.values.chunks_exact(self.width)
    }
}

/// Reduces the error map of a frame to one number.
///
/// Pixels are `f32`, scores `f64`: sums are accumulated in `f64`, so that the order of summation changes only the last
/// digits of a score.
pub trait Pool: Send + Sync {
    /// Pools a map. The result is NaN when the map contains NaN.
    fn pool(&self, map: ErrorMap<'_>) -> f64;
}
