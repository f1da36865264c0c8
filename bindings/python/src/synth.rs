//! The synthetic street.

use std::path::PathBuf;

use oddframe::synth::{Preset, Scene, WriteOptions};
use pyo3::prelude::*;

use crate::errors::Failure;
use crate::observer::run_observed;

/// Writes a street as a data set: its training frames and test frames are counted.
#[pyfunction]
pub(crate) fn write_street(
    py: Python<'_>,
    folder: PathBuf,
    preset: &str,
    seed: u64,
    overwrite: bool,
    progress: Option<Py<PyAny>>,
) -> PyResult<(usize, usize)> {
    run_observed(py, progress, |observer| {
        let preset: Preset = preset.parse().map_err(Failure::argument)?;
        let options = WriteOptions::default()
            .with_threads(oddframe::core::available_threads())
            .with_overwrite(overwrite);
        let written = Scene::new(preset, seed)
            .write(&folder, options, observer)
            .map_err(|error| match error {
                oddframe::synth::Error::Core(core) => Failure::from(core),
                error => Failure::general(error),
            })?;
        Ok((written.train_frames, written.test_frames))
    })
}
