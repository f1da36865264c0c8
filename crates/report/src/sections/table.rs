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
    for cell in &table.head {
        put!(page, "<th scope=\"col\">{}</th>", escape(cell));
    }
    page.push_str("</tr></thead><tbody>\n");
    for row in &table.rows {
        page.push_str("<tr>");
        for (column, cell) in row.iter().enumerate() {
            let cell = escape(cell);
            if column == 0 {
                put!(page, "<th scope=\"row\">{cell}</th>");
            } else {
                put!(page, "<td>{cell}</td>");
            }
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody></table></div>\n");
}
