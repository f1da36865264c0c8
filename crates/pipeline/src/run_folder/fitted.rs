use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::files::{read_json, write_json};

/// The file that marks a model folder as complete.
pub(super) const FITTED: &str = "fitted.json";

/// The record of a fitted system: `fitted.json` in its model folder, written last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FittedRecord {
    /// The kind of the system.
    pub(crate) kind: String,
    /// How long fitting took; the last part when it was resumed.
    pub(crate) seconds: f64,
    /// The warnings of fitting.
    pub(crate) warnings: Vec<String>,
    /// The folder, `SYSTEM.N`, of another member that learns the same: it was fitted, and this one opens its files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) shared_with: Option<String>,
}

/// Reads the record of a fitted system; none when it is not fitted yet.
pub(crate) fn read_fitted(model: &Path) -> Result<Option<FittedRecord>, Error> {
    let path = model.join(FITTED);
    if path.exists() {
        read_json(&path).map(Some)
    } else {
        Ok(None)
    }
}

/// Marks a system as fitted.
pub(crate) fn write_fitted(model: &Path, record: &FittedRecord) -> Result<(), Error> {
    write_json(&model.join(FITTED), record)
}
