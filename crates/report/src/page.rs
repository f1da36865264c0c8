//! The page as a whole.

use oddframe_core::Sha256Digest;

use crate::base64::encode_base64;
use crate::contents::Contents;
use crate::level::{Level, levels};
use crate::sections::{
    render_details, render_figures, render_found, render_networks, render_steps, render_videos,
};
use crate::text::{count_of, escape, put};
use crate::{Error, ReportOptions};

const STYLE: &str = include_str!("page/style.css");
const SCRIPT: &str = include_str!("page/report.js");

/// Renders the page at the most detailed level that fits into the budget.
pub(crate) fn render_page(
    contents: &Contents<'_>,
    options: ReportOptions,
) -> Result<String, Error> {
    // The figures are the same at every level.
    let mut figures = String::new();
    render_figures(&mut figures, contents)?;
    render_steps(&mut figures, contents)?;
    render_networks(&mut figures, contents)?;
    let mut bytes = 0;
    for level in levels(contents.videos.len()) {
        // A blurred picture is smaller than its file, so that only clear ones can be judged before they are read.
        if !contents.blur && level.picture_bytes(contents) > options.max_bytes {
            continue;
        }
        let page = render_at(contents, level, &figures)?;
        if page.len() <= options.max_bytes {
            return Ok(page);
        }
        bytes = page.len();
    }
    Err(Error::TooLarge {
        path: contents.folder.path().to_path_buf(),
        bytes,
        limit: options.max_bytes,
    })
}

fn render_at(contents: &Contents<'_>, level: Level, figures: &str) -> Result<String, Error> {
    let record = contents.folder.record();
    let name = escape(&contents.folder.recipe().name);
    let mut page = String::new();
    put!(
        &mut page,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"referrer\" content=\"no-referrer\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; \
         style-src 'unsafe-inline'; script-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'\">\n\
         <title>{name} - oddframe report</title>\n<style>{STYLE}</style></head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">Skip to the findings</a>\n\
         <header><h1>{name}</h1><p>{data}: {test} in {videos}, scored by oddframe {version}.</p>\n\
         <button type=\"button\" id=\"theme\" class=\"script-only\">Dark</button></header>\n",
        hash = encode_base64(&sha256_of(SCRIPT)),
        data = escape(&record.data.name),
        test = count_of(record.data.test_frames(), "test frame"),
        videos = count_of(record.data.test.len(), "video"),
        version = escape(&record.oddframe),
    );
    let mut body = String::new();
    render_found(&mut body, contents, level)?;
    render_videos(&mut body, contents, level)?;
    body.push_str(figures);
    render_details(&mut body, contents)?;
    render_navigation(&mut page, &body, contents.heat.is_some());
    put!(
        &mut page,
        "<main id=\"main\">\n{body}</main>\n<footer><p>This page is one file and loads nothing else.</p></footer>\n\
         <script>{SCRIPT}</script>\n</body></html>\n"
    );
    Ok(page)
}

/// Links to the sections that the page has, and the switch of the heat maps.
fn render_navigation(page: &mut String, body: &str, has_heat: bool) {
    const SECTIONS: [(&str, &str); 7] = [
        ("found", "Found"),
        ("videos", "Videos"),
        ("figures", "Figures"),
        ("steps", "Steps"),
        ("training", "Training"),
        ("normal", "Normal"),
        ("details", "Details"),
    ];
    page.push_str("<nav aria-label=\"Sections\"><ul>");
    for (id, name) in SECTIONS {
        if body.contains(&format!("<section id=\"{id}\"")) {
            put!(page, "<li><a href=\"#{id}\">{name}</a></li>");
        }
    }
    // The switch needs no script: a rule of the style asks for its state.
    if has_heat {
        page.push_str(
            "<li><label><input type=\"checkbox\" id=\"heat\" checked> Heat maps</label></li>",
        );
    }
    page.push_str("</ul></nav>\n");
}

/// The SHA-256 of a text. The page allows a browser to run the script with this digest and no other.
fn sha256_of(text: &str) -> Vec<u8> {
    let mut digest = Sha256Digest::default();
    digest.update(text.as_bytes());
    let hex = digest.into_hex();
    let bytes = (0..hex.len()).step_by(2);
    bytes
        .filter_map(|place| u8::from_str_radix(&hex[place..place + 2], 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_that_of_the_text() {
        let digest = encode_base64(&sha256_of("abc"));
        assert_eq!(digest, "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    }

    #[test]
    fn script_and_style_cannot_end_their_elements() {
        assert!(!SCRIPT.contains("</script") && !STYLE.contains("</style"));
    }
}
