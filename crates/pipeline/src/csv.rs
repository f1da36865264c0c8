//! Tables as CSV files.

use std::path::Path;

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
        let fields: Vec<String> = row.into_iter().map(quote_field).collect();
        text.push_str(&fields.join(","));
        text.push('\n');
    }
    write_text(path, &text)
}

fn quote_field(field: String) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field
    }
}
