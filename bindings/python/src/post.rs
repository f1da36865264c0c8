//! Post-processing of arrays and of tables of scores.

use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use oddframe::post::{Chain, Fusion};
use pyo3::prelude::*;

use crate::arguments::slice;
use crate::errors::{Failure, run};
use crate::scores::Scores;

/// Applies a chain to the scores of one video, and returns new scores with the warnings of the steps.
#[pyfunction]
pub(crate) fn apply_chain<'py>(
    py: Python<'py>,
    chain: &str,
    scores: PyReadonlyArray1<'py, f64>,
) -> PyResult<(Bound<'py, PyArray1<f64>>, Vec<String>)> {
    let scores = slice(&scores)?;
    let (values, warnings) = run(py, || {
        let chain = parse_chain(chain)?;
        let mut values = scores.to_vec();
        let mut warnings = Vec::new();
        // Step by step rather than as a chain, which keeps a copy of the scores for the case of an error.
        for step in chain.steps() {
            let warning = step
                .apply_to_series(&mut values)
                .map_err(Failure::argument)?;
            warnings.extend(warning.map(|warning| warning.to_string()));
        }
        Ok((values, warnings))
    })?;
    Ok((values.into_pyarray(py), warnings))
}

/// Fuses the scores of several systems.
#[pyfunction]
pub(crate) fn fuse(py: Python<'_>, tables: Vec<Bound<'_, Scores>>, how: &str) -> PyResult<Scores> {
    let tables: Vec<_> = tables
        .iter()
        .map(|scores| scores.get().table.clone())
        .collect();
    run(py, || {
        let how: Fusion = how.parse().map_err(Failure::argument)?;
        let table = how.fuse(&tables).map_err(Failure::argument)?;
        Ok(Scores { table })
    })
}

pub(crate) fn parse_chain(text: &str) -> Result<Chain, Failure> {
    text.parse().map_err(Failure::argument)
}
