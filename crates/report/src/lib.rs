#![doc = include_str!("../README.md")]

mod base64;
mod blur;
mod clock;
mod contents;
mod draw;
mod error;
mod heat;
mod level;
mod options;
mod overlay;
mod page;
mod sections;
mod still;
#[cfg(test)]
mod testing;
mod text;

use oddframe_core::write_atomically;
use oddframe_pipeline::RunFolder;

use crate::contents::Contents;
use crate::page::render_page;

pub use error::Error;
pub use options::ReportOptions;
pub use overlay::{OverlayOptions, write_overlays};

/// Writes `report.html` from the folder of a finished run alone.
///
/// # Errors
/// When the run is not finished, a file is missing or damaged, the page does not fit into its budget, or it cannot be
/// written.
pub fn write_report(folder: &RunFolder, options: &ReportOptions) -> Result<(), Error> {
    let page = render_page(&Contents::read(folder, *options)?, *options)?;
    let path = folder.report_file();
    write_atomically(&path, |file| file.write_all(page.as_bytes()))
        .map_err(Error::io("write", &path))
}
