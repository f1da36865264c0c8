//! Tables as CSV files.

use std::path::Path;

use oddframe_core::quote_csv_field;

use crate::Error;
use crate::json::write_text;

/// Writes a table whole or not at all. Fields that hold a comma, a quote or a line break are quoted.
pub(crate) fn write_csv(
    path: &Path,
    header: &[&str],
    rows: impl IntoIterator<Item = Vec<String>>,
) -> Result<(), Error> {
    let mut text = header.join(",");
    text.push('\n');
    for row in rows {
        let fields: Vec<_> = row.iter().map(|field| quote_csv_field(field)).collect();
        text.push_str(&fields.join(","));
        text.push('\n');
    }
    write_text(path, &text)
}
