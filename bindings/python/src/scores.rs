//! A table of scores: one for every frame of every video.

use std::path::PathBuf;

use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use oddframe::core::{FrameNumber, Origin, PostStep, ScoreTable, VideoId, VideoScores};
use oddframe::submit::{FileFormat, ScoreFile, read_scores, write_scores, write_scores_to};
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::arguments::{prepare, slice};
use crate::errors::{Failure, run};
use crate::post::parse_chain;
use crate::tables::{iterate_names, list_names, number_array};

/// A name, the numbers of the frames and their scores.
type VideoArrays<'py> = (
    String,
    PyReadonlyArray1<'py, u64>,
    PyReadonlyArray1<'py, f64>,
);

/// One anomaly score for every frame of every video: a mapping from the names of videos to arrays of scores.
#[pyclass(module = "oddframe", frozen, mapping)]
pub(crate) struct Scores {
    pub(crate) table: ScoreTable,
}

impl Scores {
    fn video(&self, name: &str) -> PyResult<&VideoScores> {
        let found = self.table.video(&VideoId::new(name));
        found.ok_or_else(|| PyKeyError::new_err(format!("there are no scores of video {name}")))
    }
}

#[pymethods]
impl Scores {
    /// Reads a score file or a submission.
    #[staticmethod]
    fn read(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        run(py, || {
            let table = read_scores(&path).map_err(Failure::general)?.table;
            Ok(Self { table })
        })
    }

    /// Scores of videos by their names. Frames are numbered from 0, unless `frames` says otherwise.
    #[staticmethod]
    #[pyo3(signature = (videos, frames=None))]
    fn from_arrays<'py>(
        py: Python<'py>,
        videos: &Bound<'py, PyAny>,
        frames: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Self> {
        let videos: Vec<VideoArrays<'py>> =
            prepare(py, "split_scores", (videos, frames))?.extract()?;
        let mut all = Vec::with_capacity(videos.len());
        for (name, frames, values) in &videos {
            let numbers: Vec<FrameNumber> =
                slice(frames)?.iter().copied().map(FrameNumber).collect();
            let origins = vec![Origin::Computed; numbers.len()];
            let values = slice(values)?.to_vec();
            let scores = VideoScores::from_parts(VideoId::new(name), numbers, values, origins);
            all.push(scores.map_err(|error| Failure::argument(error).into_exception(py))?);
        }
        run(py, || {
            let table = ScoreTable::new(all).map_err(Failure::argument)?;
            Ok(Self { table })
        })
    }

    /// Scores from the bytes of a score file.
    #[staticmethod]
    fn _from_bytes(py: Python<'_>, bytes: &[u8]) -> PyResult<Self> {
        run(py, || {
            let table = ScoreFile::parse(bytes).map_err(Failure::general)?.table;
            Ok(Self { table })
        })
    }

    fn __reduce__<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        let py = slf.py();
        let table = &slf.get().table;
        let bytes = run(py, || {
            let mut bytes = Vec::new();
            write_scores_to(&mut bytes, table, &FileFormat::Scores).map_err(Failure::general)?;
            Ok(bytes)
        })?;
        let rebuild = slf.getattr("_from_bytes")?;
        Ok((rebuild, (PyBytes::new(py, &bytes),)))
    }

    /// Writes a score file with the columns video, frame, score and origin.
    fn write(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        run(py, || {
            write_scores(&path, &self.table, &FileFormat::Scores).map_err(Failure::general)
        })
    }

    /// The names of the videos, in order.
    fn keys(&self) -> Vec<String> {
        list_names(self.table.videos().iter().map(VideoScores::id))
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        iterate_names(py, self.keys())
    }

    fn __len__(&self) -> usize {
        self.table.videos().len()
    }

    fn __contains__(&self, video: &str) -> bool {
        self.table.video(&VideoId::new(video)).is_some()
    }

    /// The scores of a video.
    fn __getitem__<'py>(
        &self,
        py: Python<'py>,
        video: &str,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        Ok(PyArray1::from_slice(py, self.video(video)?.values()))
    }

    /// The frame numbers of a video.
    fn frames<'py>(&self, py: Python<'py>, video: &str) -> PyResult<Bound<'py, PyArray1<u64>>> {
        Ok(number_array(py, self.video(video)?.numbers()))
    }

    /// For each frame of a video whether its score was computed from the frame itself.
    fn computed<'py>(&self, py: Python<'py>, video: &str) -> PyResult<Bound<'py, PyArray1<bool>>> {
        let origins = self.video(video)?.origins().iter();
        Ok(origins
            .map(|origin| *origin == Origin::Computed)
            .collect::<Vec<_>>()
            .into_pyarray(py))
    }

    /// The scores of all videos, one after the other.
    fn values<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.table.values().collect::<Vec<_>>().into_pyarray(py)
    }

    /// The columns of a table with a row for each frame, such as `pandas.DataFrame` takes.
    fn columns<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let mut names = Vec::with_capacity(self.table.len());
        let mut frames = Vec::with_capacity(self.table.len());
        for video in self.table.videos() {
            names.extend(std::iter::repeat_n(
                video.id().name().to_owned(),
                video.len(),
            ));
            frames.extend(video.numbers().iter().map(|number| number.0));
        }
        let columns = PyDict::new(py);
        columns.set_item("video", names)?;
        columns.set_item("frame", frames.into_pyarray(py))?;
        columns.set_item("score", self.values(py))?;
        Ok(columns)
    }

    /// Applies a chain, and returns the new scores with the warnings of its steps.
    fn _apply_chain(&self, py: Python<'_>, chain: &str) -> PyResult<(Self, Vec<String>)> {
        run(py, || {
            let chain = parse_chain(chain)?;
            let mut table = self.table.clone();
            let warnings = chain.apply(&mut table).map_err(Failure::argument)?;
            let warnings = warnings.iter().map(ToString::to_string).collect();
            Ok((Self { table }, warnings))
        })
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.table == other.table
    }

    fn __repr__(&self) -> String {
        format!(
            "<oddframe.Scores: {} frames of {} videos>",
            self.table.len(),
            self.table.videos().len()
        )
    }
}
