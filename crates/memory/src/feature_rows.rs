use crate::Error;

/// Feature vectors of equal length, one after the other.
///
/// Every value is finite and small enough for squared distances to be finite; this is checked when values enter.
///
/// ```
/// use oddframe_memory::Features;
///
/// let mut features = Features::new(3)?;
/// features.push(&[0.0, 1.0, 2.0])?;
/// features.push(&[4.0, 5.0, 6.0])?;
/// assert_eq!((features.len(), features.row(1)), (2, [4.0, 5.0, 6.0].as_slice()));
///
/// let error = features.push(&[0.0, f32::NAN, 0.0]).unwrap_err();
/// assert!(error.to_string().starts_with("row 2, column 1: the feature is NaN"));
/// # Ok::<(), oddframe_memory::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    dimensions: usize,
    values: Vec<f32>,
}

impl Features {
    /// The largest magnitude of a value. The squared distance of two rows stays finite in `f32` up to ten million dimensions.
    pub const MAX_MAGNITUDE: f32 = 1e15;

    /// No rows yet, of this length.
    ///
    /// # Errors
    /// When `dimensions` is 0.
    pub fn new(dimensions: usize) -> Result<Self, Error> {
        Self::from_vec(dimensions, Vec::new())
    }

    /// Takes rows that lie one after the other.
    ///
    /// # Shapes
    /// `values`: `[rows, dimensions]`.
    ///
    /// # Errors
    /// When `dimensions` is 0, the values are not whole rows, or a value is not finite or too large.
    pub fn from_vec(dimensions: usize, values: Vec<f32>) -> Result<Self, Error> {
        if dimensions == 0 {
            return Err(Error::Zero { name: "dimensions" });
        }
        check_rows(dimensions, &values, 0)?;
        Ok(Self { dimensions, values })
    }

    /// Appends one row, or several that lie one after the other.
    ///
    /// # Errors
    /// When the values are not whole rows, or a value is not finite or too large. Nothing is appended then.
    pub fn push(&mut self, rows: &[f32]) -> Result<(), Error> {
        check_rows(self.dimensions, rows, self.len())?;
        self.values.extend_from_slice(rows);
        Ok(())
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.values.len() / self.dimensions
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Number of values in a row.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// A row.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn row(&self, index: usize) -> &[f32] {
        &self.values[index * self.dimensions..][..self.dimensions]
    }

    /// The rows, from the first.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.values.chunks_exact(self.dimensions)
    }

    /// All values, row after row.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The values without a copy.
    pub(crate) fn into_values(self) -> Vec<f32> {
        self.values
    }

    /// Overwrites a row that was checked.
    pub(crate) fn replace_row(&mut self, index: usize, row: &[f32]) {
        let start = index * self.dimensions;
        self.values[start..start + self.dimensions].copy_from_slice(row);
    }

    /// Copies the rows with these numbers, in this order.
    pub(crate) fn select_rows(&self, indices: &[usize]) -> Self {
        let mut values = Vec::with_capacity(indices.len() * self.dimensions);
        for &index in indices {
            values.extend_from_slice(self.row(index));
        }
        Self {
            dimensions: self.dimensions,
            values,
        }
    }
}

/// The place of the first value that is not finite or too large.
pub(crate) fn find_invalid(values: &[f32]) -> Option<usize> {
    values
        .iter()
        .position(|value| !value.is_finite() || value.abs() > Features::MAX_MAGNITUDE)
}

/// Checks values that come as whole rows. `first_row` is the number of the first one in messages.
pub(crate) fn check_rows(dimensions: usize, values: &[f32], first_row: usize) -> Result<(), Error> {
    if !values.len().is_multiple_of(dimensions) {
        return Err(Error::RowLength {
            dimensions,
            found: values.len(),
        });
    }
    match find_invalid(values) {
        None => Ok(()),
        Some(at) => Err(Error::Value {
            row: first_row + at / dimensions,
            column: at % dimensions,
            value: values[at],
        }),
    }
}
