use oddframe_core::Observer;

use super::BankOptions;
use super::typical::measure_typical_distance;
use crate::feature_rows::check_rows;
use crate::nearest::SearchRows;
use crate::stored_rows::StoredRows;
use crate::{Error, Features, Neighbour, RowOrigin, select_coreset};

/// A memory bank: features of normal video, each with the training frame that it comes from.
///
/// The distance of a new feature to the nearest row of the bank is its anomaly score; the row says what the bank knows that
/// comes closest.
///
/// ```
/// use oddframe_core::{FrameNumber, Silent, VideoId};
/// use oddframe_memory::{Bank, BankOptions, Features, RowOrigin};
///
/// let features = Features::from_vec(2, vec![0.0, 0.0, 0.1, 0.0, 5.0, 5.0, 5.0, 5.1])?;
/// let video = VideoId::new("Train001");
/// let origins: Vec<_> = (0..4).map(|n| RowOrigin::of_frame(&video, FrameNumber(n))).collect();
/// let options = BankOptions { size: 2, ..BankOptions::default() };
/// let bank = Bank::build(&features, &origins, "my backbone", &options, &mut Silent)?;
///
/// let mut neighbours = Vec::new();
/// bank.nearest(&[5.0, 9.0, 0.0, 0.0], &mut neighbours)?;
/// assert!(neighbours[0].distance > 3.8 && neighbours[1].distance < 0.2);
/// assert!(bank.origin(neighbours[0].row).frame >= FrameNumber(2));
/// # Ok::<(), oddframe_memory::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Bank {
    pub(super) rows: SearchRows,
    pub(super) origins: Vec<RowOrigin>,
    pub(super) identity: String,
    pub(super) options: BankOptions,
    /// The largest distance of a training row to its nearest row of the bank, where the selection measured it.
    pub(super) radius: f32,
    pub(super) typical_distance: Option<f32>,
}

impl Bank {
    /// Selects the rows of the bank from features that the prefilter has passed.
    pub(super) fn select(
        features: &Features,
        origins: &[RowOrigin],
        identity: &str,
        options: &BankOptions,
        observer: &mut dyn Observer,
    ) -> Result<Self, Error> {
        options.check_settings(features.dimensions())?;
        options.check_memory(features.len(), features.dimensions())?;
        let coreset = select_coreset(features, &options.coreset(), observer)?;
        let stored = StoredRows::store(features.select_rows(&coreset.indices), options.storage)?;
        let rows = SearchRows::new(stored);
        let typical_distance =
            measure_typical_distance(&rows, features, &coreset.indices, options.seed)?;
        Ok(Self {
            rows,
            origins: coreset
                .indices
                .iter()
                .map(|&row| origins[row].clone())
                .collect(),
            identity: identity.to_owned(),
            options: *options,
            radius: coreset.radii.last().copied().unwrap_or(0.0),
            typical_distance,
        })
    }

    /// Finds the nearest row of the bank for each query. Of equally near rows it is the first.
    ///
    /// The search is exact: the distances are those of the differences of the values, so that a query that equals a row has
    /// the distance 0.
    ///
    /// # Shapes
    /// - `queries`: `[queries, dimensions]`
    /// - `neighbours`: cleared and filled with one for each query
    ///
    /// # Errors
    /// When the queries are not whole rows, or a value is not finite or too large.
    pub fn nearest(&self, queries: &[f32], neighbours: &mut Vec<Neighbour>) -> Result<(), Error> {
        self.nearest_several(queries, 1, neighbours)
    }

    /// Finds the `count` nearest rows of the bank for each query, the nearest first; all rows when the bank has fewer.
    ///
    /// # Shapes
    /// - `queries`: `[queries, dimensions]`
    /// - `neighbours`: cleared and filled with `[queries, min(count, rows of the bank)]`
    ///
    /// # Errors
    /// When the queries are not whole rows, or a value is not finite or too large.
    pub fn nearest_several(
        &self,
        queries: &[f32],
        count: usize,
        neighbours: &mut Vec<Neighbour>,
    ) -> Result<(), Error> {
        check_rows(self.dimensions(), queries, 0)?;
        self.rows.find_nearest(queries, count, neighbours)
    }

    /// The training frame and box that a row comes from.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn origin(&self, row: usize) -> &RowOrigin {
        &self.origins[row]
    }

    /// The usual distance of normal features to the bank: the median over training rows that are not in the bank, or a sample
    /// of them. When all are in the bank it is the median distance of a row to the nearest other one.
    ///
    /// None when that is 0 or cannot be measured, so that a quotient `distance / typical` is always a number.
    pub fn typical_distance(&self) -> Option<f32> {
        self.typical_distance
    }

    /// The largest distance of a training row to its nearest row of the bank, as the selection measured it: in the random
    /// projection when there is one, and over the rows that the prefilter kept.
    pub fn radius(&self) -> f32 {
        self.radius
    }

    /// Number of rows; at least one.
    #[expect(clippy::len_without_is_empty, reason = "a bank is never empty")]
    pub fn len(&self) -> usize {
        self.rows.stored().len()
    }

    /// Number of values in a row.
    pub fn dimensions(&self) -> usize {
        self.rows.stored().dimensions()
    }

    /// The backbone whose features these are.
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// The options that the bank was built with.
    pub fn options(&self) -> &BankOptions {
        &self.options
    }

    /// Copies a row in 32 bits.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn row(&self, row: usize) -> Vec<f32> {
        self.rows
            .stored()
            .in_f32(row..row + 1, &mut Vec::new())
            .to_vec()
    }
}

/// Checks that each row has one origin.
pub(super) fn check_origins(features: &Features, origins: &[RowOrigin]) -> Result<(), Error> {
    if features.len() == origins.len() {
        Ok(())
    } else {
        Err(Error::Origins {
            rows: features.len(),
            origins: origins.len(),
        })
    }
}
