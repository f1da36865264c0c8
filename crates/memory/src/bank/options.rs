use crate::{CoresetOptions, Error, RowOrigin, Storage};

/// How a [`Bank`](crate::Bank) is built and stored.
///
/// ```
/// use oddframe_memory::{BankOptions, Storage};
///
/// let options = BankOptions { size: 3_000, storage: Storage::F16, prefilter: Some(15_000), ..BankOptions::default() };
/// assert_eq!(options.seed, 0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BankOptions {
    /// Rows to keep, selected by [`select_coreset`](crate::select_coreset).
    pub size: usize,
    /// Chooses the start of the selection, the projection and the rows that the prefilter keeps.
    ///
    /// Not part of a recipe, whose own seed is used.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub seed: u64,
    /// How the rows are stored.
    pub storage: Storage,
    /// The number of rows that are drawn at random before the selection. This bounds the memory and the time of the selection
    /// however many rows there are; rare rows may be lost. Without a number all rows are kept.
    pub prefilter: Option<usize>,
    /// The number of dimensions of the random projection in which the selection measures distances: see
    /// [`CoresetOptions::projection`]. Without a number it measures them between the features themselves.
    pub projection: Option<usize>,
    /// The most memory in bytes that building the bank may take, known before it is taken: features and origins, the
    /// selection, and the rows of the bank. Searching takes up to 100 MB more, whatever the sizes.
    pub memory_limit: u64,
}

impl Default for BankOptions {
    /// 1,000 rows in 32 bits, seed 0, no prefilter, no projection, 4 GiB.
    fn default() -> Self {
        Self {
            size: 1_000,
            seed: 0,
            storage: Storage::F32,
            prefilter: None,
            projection: None,
            memory_limit: CoresetOptions::DEFAULT_MEMORY_LIMIT,
        }
    }
}

impl BankOptions {
    /// The options of the selection.
    pub(crate) fn coreset(&self) -> CoresetOptions {
        CoresetOptions {
            size: self.size,
            seed: self.seed,
            projection: self.projection,
            memory_limit: self.memory_limit,
        }
    }

    /// Refuses settings that are 0.
    pub(crate) fn check_settings(&self, dimensions: usize) -> Result<(), Error> {
        let settings = [
            ("size", Some(self.size)),
            ("prefilter", self.prefilter),
            ("projection", self.projection),
            ("dimensions", Some(dimensions)),
        ];
        for (name, value) in settings {
            if value == Some(0) {
                return Err(Error::Zero { name });
            }
        }
        Ok(())
    }

    /// Checks the settings before any features are known: a full bank must stay within the memory limit.
    pub(crate) fn check_full_bank(&self, dimensions: usize) -> Result<(), Error> {
        self.check_settings(dimensions)?;
        self.check_memory(self.size, dimensions)
    }

    /// Checks the memory for a bank that `rows` rows will be offered to, before the backbone computes them.
    pub(crate) fn check_offered(&self, rows: usize, dimensions: usize) -> Result<(), Error> {
        self.check_memory(
            self.prefilter.map_or(rows, |kept| kept.min(rows)),
            dimensions,
        )
    }

    /// Checks the memory for building a bank from `rows` rows: the rows and their origins, the selection, the rows of the
    /// bank, and the matrix of the projection.
    pub(crate) fn check_memory(&self, rows: usize, dimensions: usize) -> Result<(), Error> {
        let value = size_of::<f32>() as u64;
        let origin = size_of::<RowOrigin>() as u64;
        // Of each row its values, its projection, its nearest selected row and the distance to it.
        let projected = self.projection.unwrap_or(0) as u64;
        let columns = projected.saturating_add(dimensions as u64 + 2);
        let row = columns.saturating_mul(value).saturating_add(origin);
        let selecting = (rows as u64).saturating_mul(row);
        let matrix = projected.saturating_mul(dimensions as u64 * value);
        // Of each row of the bank its values, for a moment also before they are stored in 16 bits.
        let stored = match self.storage {
            Storage::F32 => value,
            Storage::F16 => value + size_of::<half::f16>() as u64,
        };
        let kept = (self.size.min(rows) as u64).saturating_mul(dimensions as u64 * stored + origin);
        let bytes = selecting.saturating_add(kept).saturating_add(matrix);
        if bytes <= self.memory_limit {
            return Ok(());
        }
        Err(Error::MemoryLimit {
            what: "building the bank",
            bytes,
            rows,
            dimensions,
            limit: self.memory_limit,
            remedy: "select from fewer rows (prefilter), keep fewer (size), use 16-bit storage",
        })
    }
}

#[cfg(all(test, feature = "serde"))]
mod tests {
    use super::*;

    #[test]
    fn a_recipe_sets_some_options_and_unknown_names_are_errors() {
        let text = r#"{"size": 7, "storage": "f16", "prefilter": 100}"#;
        let expected = BankOptions {
            size: 7,
            storage: Storage::F16,
            prefilter: Some(100),
            ..BankOptions::default()
        };
        assert_eq!(serde_json::from_str::<BankOptions>(text).unwrap(), expected);
        let error = serde_json::from_str::<BankOptions>(r#"{"sise": 7}"#).unwrap_err();
        assert!(error.to_string().contains("`sise`"), "{error}");
    }
}
