use half::f16;
use half::slice::HalfFloatSliceExt;

use crate::{Error, Features};

/// How a bank stores its features. Distances are computed in 32 bits either way.
///
/// Rounding to 16 bits moves a feature by at most one part in 2,048 of its size (above 6e-5), so that a distance d of a query
/// to a row m moves by at most |m| / 2,048.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Storage {
    /// 32 bits for each value: the features as they were.
    #[default]
    F32,
    /// 16 bits for each value: half the memory and half the file.
    F16,
}

/// The rows of a bank as they are stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StoredRows {
    dimensions: usize,
    values: StoredValues,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum StoredValues {
    F32(Vec<f32>),
    F16(Vec<f16>),
}

impl StoredRows {
    pub(crate) fn new(dimensions: usize, values: StoredValues) -> Self {
        Self { dimensions, values }
    }

    /// Stores features.
    ///
    /// # Errors
    /// When a value is too large for 16 bits.
    pub(crate) fn store(features: Features, storage: Storage) -> Result<Self, Error> {
        let dimensions = features.dimensions();
        let values = match storage {
            Storage::F32 => StoredValues::F32(features.into_values()),
            Storage::F16 => {
                let values = features.values();
                let mut halves = vec![f16::ZERO; values.len()];
                halves.convert_from_f32_slice(values);
                if let Some(at) = halves.iter().position(|half| !half.is_finite()) {
                    return Err(Error::TooLargeForHalf {
                        row: at / dimensions,
                        column: at % dimensions,
                        value: values[at],
                    });
                }
                StoredValues::F16(halves)
            }
        };
        Ok(Self { dimensions, values })
    }

    pub(crate) fn dimensions(&self) -> usize {
        self.dimensions
    }

    pub(crate) fn len(&self) -> usize {
        let values = match &self.values {
            StoredValues::F32(values) => values.len(),
            StoredValues::F16(values) => values.len(),
        };
        values / self.dimensions
    }

    pub(crate) fn values(&self) -> &StoredValues {
        &self.values
    }

    /// Some rows as numbers of 32 bits: borrowed where they are stored so, and converted into `buffer` otherwise.
    pub(crate) fn in_f32<'a>(
        &'a self,
        range: std::ops::Range<usize>,
        buffer: &'a mut Vec<f32>,
    ) -> &'a [f32] {
        let range = range.start * self.dimensions..range.end * self.dimensions;
        match &self.values {
            StoredValues::F32(values) => &values[range],
            StoredValues::F16(values) => {
                buffer.resize(range.len(), 0.0);
                values[range].convert_to_f32_slice(buffer);
                buffer
            }
        }
    }

    /// Appends rows that are stored in the same way.
    pub(crate) fn append(&mut self, other: Self) {
        match (&mut self.values, other.values) {
            (StoredValues::F32(values), StoredValues::F32(more)) => values.extend(more),
            (StoredValues::F16(values), StoredValues::F16(more)) => values.extend(more),
            (StoredValues::F32(_), StoredValues::F16(_))
            | (StoredValues::F16(_), StoredValues::F32(_)) => {
                unreachable!("the rows of one bank are stored in one way")
            }
        }
    }
}
