//! Tables.

use oddframe_pipeline::TextTable;

use crate::text::{escape, put};

/// Appends a table. It scrolls by itself where it is wider than the page.
pub(super) fn render_table(page: &mut String, table: &TextTable) {
    put!(
        page,
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{title}\"><table><caption>{title}</caption><thead><tr>",
        title = escape(table.title)
    );
    for (column, cell) in table.head.iter().enumerate() {
        let word = table.rows.first().is_some_and(|row| is_word(&row[column]));
        let class = if word { " class=\"word\"" } else { "" };
        put!(page, "<th scope=\"col\"{class}>{}</th>", escape(cell));
    }
    page.push_str("</tr></thead><tbody>\n");
    for row in &table.rows {
        page.push_str("<tr>");
        for (column, cell) in row.iter().enumerate() {
            let cell = escape(cell);
            if column == 0 {
                put!(page, "<th scope=\"row\">{cell}</th>");
            } else {
                // Figures are aligned right, words left.
                let class = if is_word(&cell) {
                    " class=\"word\""
                } else {
                    ""
                };
                put!(page, "<td{class}>{cell}</td>");
            }
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody></table></div>\n");
}

fn is_word(cell: &str) -> bool {
    cell != "-" && cell.parse::<f64>().is_err()
}
