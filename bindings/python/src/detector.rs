//! The memory bank as a detector on rows of features.

use std::path::PathBuf;

use numpy::{IntoPyArray, PyArray1, PyReadonlyArray2, PyUntypedArrayMethods};
use oddframe::core::{FrameNumber, Silent, VideoId};
use oddframe::memory::{Bank, BankBuilder, BankOptions, RowOrigin};
use pyo3::prelude::*;

use crate::arguments::{prepare, rows};
use crate::errors::{Failure, run};

/// The identity that is written into the file of a bank: a bank of a backbone cannot be loaded as one of these.
const IDENTITY: &str = "rows of a feature matrix";

/// Rows of normal features, selected so that every other row is near one of them.
#[pyclass(module = "oddframe._oddframe", frozen)]
pub(crate) struct MemoryBank {
    bank: Bank,
}

#[pymethods]
impl MemoryBank {
    /// Selects `size` rows of a matrix.
    #[staticmethod]
    fn build(
        py: Python<'_>,
        features: PyReadonlyArray2<'_, f32>,
        size: usize,
        seed: u64,
        prefilter: Option<usize>,
        projection: Option<usize>,
    ) -> PyResult<Self> {
        let columns = features.shape()[1];
        let values = rows(&features)?;
        run(py, || {
            let options = BankOptions {
                size,
                seed,
                prefilter,
                projection,
                ..BankOptions::default()
            };
            let mut builder =
                BankBuilder::new(columns, IDENTITY, &options).map_err(Failure::argument)?;
            let video = VideoId::new("features");
            for (number, row) in (0..).zip(values.chunks_exact(columns.max(1))) {
                let origin = RowOrigin::of_frame(&video, FrameNumber(number));
                builder.push(row, &origin).map_err(Failure::argument)?;
            }
            let bank = builder.build(&mut Silent).map_err(Failure::argument)?;
            Ok(Self { bank })
        })
    }

    /// Reads a bank from a file.
    #[staticmethod]
    fn load(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        run(py, || {
            let bank = Bank::load(&path, IDENTITY).map_err(Failure::general)?;
            Ok(Self { bank })
        })
    }

    /// Writes the bank into a file.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        run(py, || self.bank.save(&path).map_err(Failure::general))
    }

    /// For each row of a matrix the mean distance to the nearest `neighbours` rows of the bank.
    fn distances<'py>(
        &self,
        py: Python<'py>,
        features: PyReadonlyArray2<'py, f32>,
        neighbours: usize,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let values = rows(&features)?;
        let columns = features.shape()[1];
        let distances = run(py, || {
            if columns != self.bank.dimensions() {
                return Err(Failure::argument(format!(
                    "the rows have {columns} features, those of the bank have {}",
                    self.bank.dimensions()
                )));
            }
            let mut nearest = Vec::new();
            self.bank
                .nearest_several(values, neighbours, &mut nearest)
                .map_err(Failure::argument)?;
            // A bank may have fewer rows than neighbours are asked for.
            let found_of_each = neighbours.min(self.bank.len()).max(1);
            let means = nearest.chunks(found_of_each).map(|found| {
                let sum: f64 = found.iter().map(|found| f64::from(found.distance)).sum();
                sum / found.len() as f64
            });
            Ok(means.collect::<Vec<_>>())
        })?;
        Ok(distances.into_pyarray(py))
    }

    /// The bytes of its file.
    fn __reduce__<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyAny>,))> {
        let py = slf.py();
        let load = py.import("oddframe._arguments")?.getattr("load_bank")?;
        Ok((load, (prepare(py, "dump_bank", (slf,))?,)))
    }

    /// Number of rows.
    fn __len__(&self) -> usize {
        self.bank.len()
    }

    #[getter]
    fn dimensions(&self) -> usize {
        self.bank.dimensions()
    }
}
