//! What tables of scores and of labels have in common: videos by their names, and frame numbers.

use numpy::{IntoPyArray, PyArray1};
use oddframe::core::{FrameNumber, VideoId};
use pyo3::prelude::*;

/// The names of videos.
pub(crate) fn list_names<'a>(videos: impl Iterator<Item = &'a VideoId>) -> Vec<String> {
    videos.map(|video| video.name().to_owned()).collect()
}

/// A Python iterator over names.
pub(crate) fn iterate_names(py: Python<'_>, names: Vec<String>) -> PyResult<Bound<'_, PyAny>> {
    Ok(names.into_pyobject(py)?.try_iter()?.into_any())
}

/// Frame numbers as an array.
pub(crate) fn number_array<'py>(
    py: Python<'py>,
    numbers: &[FrameNumber],
) -> Bound<'py, PyArray1<u64>> {
    let numbers: Vec<u64> = numbers.iter().map(|number| number.0).collect();
    numbers.into_pyarray(py)
}
