use std::borrow::Cow;

use oddframe_core::Observer;

use super::Bank;
use super::memory_bank::check_origins;
use crate::coreset::{Projection, Selection, Stop};
use crate::nearest::SearchRows;
use crate::stored_rows::{StoredRows, StoredValues};
use crate::{Error, Features, RowOrigin};

impl Bank {
    /// Adds what new normal video has that the bank lacks, without selecting again. Returns the number of rows added.
    ///
    /// The selection continues from the rows of the bank: the new row that is farthest from them is added, then the next,
    /// until every new row is within [`Self::radius`] of the bank, or `additional` rows were added. In the first case the
    /// radius stays the same and holds for the old and the new training rows; in the second it becomes what is left. Rows
    /// that the bank already covers add nothing.
    ///
    /// # Errors
    /// When the rows have other dimensions, a row has no origin, the memory limit does not suffice, a value is too large for
    /// 16 bits, or the observer cancels. The bank is unchanged then.
    pub fn append(
        &mut self,
        features: &Features,
        origins: &[RowOrigin],
        additional: usize,
        observer: &mut dyn Observer,
    ) -> Result<usize, Error> {
        check_origins(features, origins)?;
        if features.dimensions() != self.dimensions() {
            return Err(Error::Dimensions {
                expected: self.dimensions(),
                found: features.dimensions(),
            });
        }
        if features.is_empty() {
            return Ok(0);
        }
        // The new rows take the place of the training rows, and the bank is copied once.
        let rows = features.len().saturating_add(self.len());
        self.options.check_memory(rows, self.dimensions())?;
        let mut buffer = Vec::new();
        let bank = self.rows.stored().in_f32(0..self.len(), &mut buffer);
        // The same projection as when the bank was built: it depends on the seed and the sizes alone.
        let projection = self
            .options
            .projection
            .map(|outputs| Projection::new(self.options.seed, self.dimensions(), outputs));
        let (centres, rows, dimensions) = match &projection {
            Some(projection) => (
                projection.project(bank),
                Cow::Owned(projection.project(features.values())),
                projection.outputs(),
            ),
            None => (
                bank.to_vec(),
                Cow::Borrowed(features.values()),
                self.dimensions(),
            ),
        };
        let centres = SearchRows::new(StoredRows::new(dimensions, StoredValues::F32(centres)));
        let mut nearest = Vec::new();
        centres.find_nearest_squared(&rows, 1, &mut nearest)?;
        let nearest: Vec<f32> = nearest.iter().map(|nearest| nearest.distance).collect();
        // All that greedy selection needs of the centres before is each row's distance to the nearest of them: it
        // continues as if the rows of the bank had just been selected.
        let mut selection = Selection::resume(&rows, dimensions, &nearest);
        selection.grow(
            Stop {
                size: additional,
                radius: self.radius,
            },
            observer,
        )?;
        let radius = self.radius.max(selection.radius());
        let added = selection.into_coreset().indices;
        let stored = StoredRows::store(features.select_rows(&added), self.options.storage)?;
        self.rows.append(stored);
        self.origins
            .extend(added.iter().map(|&row| origins[row].clone()));
        self.radius = radius;
        Ok(added.len())
    }
}
