//! Labels: which frames are abnormal.

use std::path::PathBuf;

use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use oddframe::core::{FrameNumber, FrameSource, Labels as CoreLabels, VideoId, VideoLabels};
use oddframe::labels::{VideoFrames, read_labels_counting_from};
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;

use crate::arguments::{prepare, slice};
use crate::data::Data;
use crate::errors::{Failure, Kind, exception, run};
use crate::scores::Scores;
use crate::tables::{iterate_names, list_names, number_array};

/// A video: its name, the numbers of its frames, and which of them are abnormal.
type VideoParts = (String, Vec<u64>, Vec<bool>);

/// The same as arrays.
type VideoArrays<'py> = (
    String,
    PyReadonlyArray1<'py, u64>,
    PyReadonlyArray1<'py, bool>,
);

/// Which frames of every video are abnormal: a mapping from the names of videos to arrays of booleans.
#[pyclass(module = "oddframe", frozen, mapping)]
pub(crate) struct Labels {
    pub(crate) labels: CoreLabels,
    /// What was assumed about frame numbers, if the file has none.
    #[pyo3(get)]
    assumption: Option<String>,
}

impl Labels {
    pub(crate) fn new(labels: CoreLabels, assumption: Option<String>) -> Self {
        Self { labels, assumption }
    }

    fn video(&self, name: &str) -> PyResult<&VideoLabels> {
        let found = self.labels.video(&VideoId::new(name));
        found.ok_or_else(|| PyKeyError::new_err(format!("there are no labels of video {name}")))
    }
}

#[pymethods]
impl Labels {
    /// Reads labels in any of the known formats, for the frames of scores or of data.
    #[staticmethod]
    #[pyo3(signature = (path, of, count_from=None))]
    fn read(
        py: Python<'_>,
        path: PathBuf,
        of: &Bound<'_, PyAny>,
        count_from: Option<u64>,
    ) -> PyResult<Self> {
        let videos: Vec<VideoFrames> = if let Ok(scores) = of.cast::<Scores>() {
            let videos = scores.get().table.videos().iter();
            videos.map(VideoFrames::from).collect()
        } else if let Ok(data) = of.cast::<Data>() {
            let data = data.get();
            run(py, || {
                let videos = data.data.test()?;
                Ok(videos
                    .iter()
                    .map(|video| VideoFrames::from(video.video()))
                    .collect())
            })?
        } else {
            return Err(exception(
                py,
                Kind::Argument,
                "`of` says which frames there are: pass oddframe.Scores or oddframe.Data",
            ));
        };
        run(py, || {
            let file = read_labels_counting_from(&path, &videos, count_from);
            let file = file.map_err(Failure::general)?;
            let assumption = file.counting_note();
            Ok(Self::new(file.labels, assumption))
        })
    }

    /// Labels of videos by their names. Frames are numbered from 0, unless `frames` says otherwise.
    #[staticmethod]
    #[pyo3(signature = (videos, frames=None))]
    fn from_arrays<'py>(
        py: Python<'py>,
        videos: &Bound<'py, PyAny>,
        frames: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Self> {
        let videos: Vec<VideoArrays<'py>> =
            prepare(py, "split_labels", (videos, frames))?.extract()?;
        let mut parts: Vec<VideoParts> = Vec::with_capacity(videos.len());
        for (name, frames, labels) in &videos {
            parts.push((
                name.clone(),
                slice(frames)?.to_vec(),
                slice(labels)?.to_vec(),
            ));
        }
        Self::_from_parts(py, parts)
    }

    #[staticmethod]
    fn _from_parts(py: Python<'_>, videos: Vec<VideoParts>) -> PyResult<Self> {
        run(py, || {
            let mut all = Vec::with_capacity(videos.len());
            for (name, frames, labels) in videos {
                let numbers = frames.into_iter().map(FrameNumber).collect();
                let video = VideoLabels::new(VideoId::new(&name), numbers, labels);
                all.push(video.map_err(Failure::argument)?);
            }
            let labels = CoreLabels::new(all).map_err(Failure::argument)?;
            Ok(Self::new(labels, None))
        })
    }

    fn __reduce__<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, PyAny>, (Vec<VideoParts>,))> {
        let videos = slf.get().labels.videos().iter().map(|video| {
            (
                video.id().name().to_owned(),
                video.numbers().iter().map(|number| number.0).collect(),
                video.abnormal().to_vec(),
            )
        });
        let parts = videos.collect();
        Ok((slf.getattr("_from_parts")?, (parts,)))
    }

    /// The names of the videos, in order.
    fn keys(&self) -> Vec<String> {
        list_names(self.labels.videos().iter().map(VideoLabels::id))
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        iterate_names(py, self.keys())
    }

    fn __len__(&self) -> usize {
        self.labels.videos().len()
    }

    fn __contains__(&self, video: &str) -> bool {
        self.labels.video(&VideoId::new(video)).is_some()
    }

    /// The labels of a video, true where a frame is abnormal.
    fn __getitem__<'py>(
        &self,
        py: Python<'py>,
        video: &str,
    ) -> PyResult<Bound<'py, PyArray1<bool>>> {
        Ok(PyArray1::from_slice(py, self.video(video)?.abnormal()))
    }

    /// The frame numbers of a video.
    fn frames<'py>(&self, py: Python<'py>, video: &str) -> PyResult<Bound<'py, PyArray1<u64>>> {
        Ok(number_array(py, self.video(video)?.numbers()))
    }

    /// The labels of exactly the frames of some scores, one video after the other.
    fn aligned<'py>(
        &self,
        py: Python<'py>,
        scores: &Scores,
    ) -> PyResult<Bound<'py, PyArray1<bool>>> {
        let aligned = run(py, || {
            self.labels.align(&scores.table).map_err(Failure::argument)
        })?;
        Ok(aligned.videos.concat().into_pyarray(py))
    }

    fn __repr__(&self) -> String {
        format!(
            "<oddframe.Labels: {} of {} frames of {} videos are abnormal>",
            self.labels.positives(),
            self.labels.len(),
            self.labels.videos().len()
        )
    }
}
