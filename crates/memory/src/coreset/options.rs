/// How many rows [`select_coreset`](crate::select_coreset) selects, and how it measures their distances.
///
/// ```
/// use oddframe_memory::CoresetOptions;
///
/// let options = CoresetOptions { seed: 7, projection: Some(128), ..CoresetOptions::of_size(1_000) };
/// assert_eq!(options.size, 1_000);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CoresetOptions {
    /// Rows to select. Fewer are selected when there are fewer rows, or fewer distinct ones.
    pub size: usize,
    /// Chooses the row that the selection starts from, and the projection.
    pub seed: u64,
    /// Selects by distances in a random projection to so many dimensions, instead of in the features themselves.
    ///
    /// The projection multiplies each row with a matrix of normally distributed numbers. By the Johnson-Lindenstrauss lemma a
    /// squared distance then has a relative standard deviation of sqrt(2 / projection): 12% for 128, 3% for 2,048. The
    /// selection becomes faster by the ratio of the dimensions; the selected rows are still rows of the features. No use
    /// when it is not well below the number of dimensions.
    pub projection: Option<usize>,
    /// The most memory in bytes that the features and the selection may take together.
    pub memory_limit: u64,
}

impl CoresetOptions {
    /// The memory limit unless another is set: 4 GiB.
    pub const DEFAULT_MEMORY_LIMIT: u64 = 4 << 30;

    /// A selection of so many rows with seed 0, without a projection, within 4 GiB.
    pub fn of_size(size: usize) -> Self {
        Self {
            size,
            seed: 0,
            projection: None,
            memory_limit: Self::DEFAULT_MEMORY_LIMIT,
        }
    }
}
