//! The section `[regions]` of a recipe, and the file that it may name.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use oddframe_frames::{Region, Regions};
use serde::Deserialize;
use toml::Spanned;

use super::{Problem, RecipeError};

/// Regions as a recipe has them: written out, in a file, or both.
#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct RegionFields {
    /// The path of a file of `[[ignore]]` and `[[only]]` tables, whose regions are added to those written here.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    file: Option<Spanned<PathBuf>>,
    /// Areas of the picture that no system sees.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<Region>"))]
    ignore: Vec<Spanned<Region>>,
    /// The areas outside which no system sees anything.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<Region>"))]
    only: Vec<Spanned<Region>>,
}

/// Regions as a file has them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegionFile {
    #[serde(default)]
    ignore: Vec<Spanned<Region>>,
    #[serde(default)]
    only: Vec<Spanned<Region>>,
}

type Located = (Problem, Option<Range<usize>>);

impl RegionFields {
    /// Reads the file and checks all regions.
    pub(super) fn resolve(self) -> Result<Regions, Located> {
        let (mut ignore, mut only) = (self.ignore, self.only);
        let written = check_regions(&ignore).and_then(|()| check_regions(&only));
        written?;
        if let Some(file) = self.file {
            let place = file.span();
            let read = read_file(file.get_ref()).map_err(|error| {
                let source = Box::new(error);
                (Problem::RegionFile { source }, Some(place))
            })?;
            ignore.extend(read.ignore);
            only.extend(read.only);
        }
        combine_regions(ignore, only).map_err(|problem| (problem, None))
    }
}

/// Reads regions from a TOML file of `[[ignore]]` and `[[only]]` tables.
///
/// # Errors
/// When the file cannot be read, is not TOML, has no region or a wrong one. The message names the file, the line and the region.
pub fn read_regions(path: &Path) -> Result<Regions, RecipeError> {
    let RegionFile { ignore, only } = read_file(path)?;
    Ok(combine_regions(ignore, only)?)
}

fn read_file(path: &Path) -> Result<RegionFile, RecipeError> {
    let with_path = |problem, line| RecipeError {
        path: Some(path.to_path_buf()),
        line,
        problem: Box::new(problem),
    };
    let text = fs::read_to_string(path).map_err(|source| {
        let source = source.into();
        with_path(Problem::Value { source }, None)
    })?;
    parse_file(&text).map_err(|(problem, span)| {
        let line = span.map(|span| 1 + text[..span.start].matches('\n').count());
        with_path(problem, line)
    })
}

fn parse_file(text: &str) -> Result<RegionFile, Located> {
    let file: RegionFile =
        toml::from_str(text).map_err(|error| (Problem::from_toml(&error), error.span()))?;
    check_regions(&file.ignore)?;
    check_regions(&file.only)?;
    if file.ignore.is_empty() && file.only.is_empty() {
        return Err((Problem::NoRegion, None));
    }
    Ok(file)
}

/// Checks each region by itself, so that an error has its place.
fn check_regions(regions: &[Spanned<Region>]) -> Result<(), Located> {
    for region in regions {
        if let Err(error) = region.get_ref().check() {
            let source = error.into();
            return Err((Problem::Value { source }, Some(region.span())));
        }
    }
    Ok(())
}

fn combine_regions(
    ignore: Vec<Spanned<Region>>,
    only: Vec<Spanned<Region>>,
) -> Result<Regions, Problem> {
    let [ignore, only] =
        [ignore, only].map(|list| list.into_iter().map(Spanned::into_inner).collect());
    Regions::new(ignore, only).map_err(|error| Problem::Value {
        source: error.into(),
    })
}
