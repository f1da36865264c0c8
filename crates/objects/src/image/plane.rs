/// Values in rows and columns.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Plane<T> {
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// Row by row.
    pub(crate) values: Vec<T>,
}

impl<T: Copy + Default> Plane<T> {
    /// A plane of zeros.
    pub(crate) fn new(width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            values: vec![T::default(); width * height],
        }
    }

    /// The values of a plane, row by row: a whole number of rows.
    pub(crate) fn from_values(width: usize, values: Vec<T>) -> Self {
        Self {
            width,
            height: values.len() / width.max(1),
            values,
        }
    }

    pub(crate) fn row(&self, y: usize) -> &[T] {
        &self.values[y * self.width..][..self.width]
    }

    pub(crate) fn get(&self, x: usize, y: usize) -> T {
        self.values[y * self.width + x]
    }
}
