/// How many pseudo-anomalies a selection makes.
///
/// ```
/// use oddframe_pipeline::SelectionOptions;
/// let options = SelectionOptions { each: 4, ..SelectionOptions::default() };
/// assert_eq!((options.each, options.seed), (4, 0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SelectionOptions {
    /// The pseudo-anomalies of each kind in each held-out video. Short videos have room for fewer.
    pub each: usize,
    /// The seed of the pseudo-anomalies. The systems have the seeds of their recipes.
    pub seed: u64,
}

impl Default for SelectionOptions {
    fn default() -> Self {
        Self { each: 3, seed: 0 }
    }
}
