//! The videos that a model learns from and scores.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use numpy::{
    IxDyn, PyArray1, PyArrayDyn, PyArrayMethods, PyReadonlyArrayDyn, PyUntypedArrayMethods,
};
use oddframe::core::{
    Error as CoreError, Frame, FrameNumber, FrameShape, FrameSource, Observer, PixelFormat, Video,
    VideoId,
};
use oddframe::pipeline::{Data as PipelineData, SceneRecipe, VideoPath};
use pyo3::prelude::*;

use crate::arguments::prepare;
use crate::errors::{Failure, Kind, exception, run};
use crate::labels::Labels;
use crate::observer::run_observed;

/// Normal videos to learn from and videos to score.
#[pyclass(module = "oddframe", frozen)]
pub(crate) struct Data {
    pub(crate) data: PipelineData,
}

#[pymethods]
impl Data {
    /// Opens the folder of a data set of images or of video files, or a single video file.
    #[staticmethod]
    #[pyo3(signature = (path, progress=None))]
    fn open(py: Python<'_>, path: PathBuf, progress: Option<Py<PyAny>>) -> PyResult<Self> {
        run_observed(py, progress, |observer| {
            let data = PipelineData::open_with(&path, observer)?;
            Ok(Self { data })
        })
    }

    /// The synthetic street, whose anomalies are known.
    #[staticmethod]
    #[pyo3(signature = (preset="small", seed=0, damaged=false))]
    fn street(py: Python<'_>, preset: &str, seed: u64, damaged: bool) -> PyResult<Self> {
        run(py, || {
            let scene = SceneRecipe {
                preset: preset.parse().map_err(Failure::argument)?,
                seed,
                damaged,
            };
            let data = PipelineData::scene(&scene)?;
            Ok(Self { data })
        })
    }

    /// Videos in memory, by their names: arrays of shape (T, H, W) or (T, H, W, 3). `name` identifies the data: a fit is resumed
    /// only on data of the same name.
    #[staticmethod]
    #[pyo3(signature = (train=None, test=None, name="arrays"))]
    fn from_arrays<'py>(
        py: Python<'py>,
        train: Option<&Bound<'py, PyAny>>,
        test: Option<&Bound<'py, PyAny>>,
        name: &str,
    ) -> PyResult<Self> {
        let read = |videos: Option<&Bound<'py, PyAny>>, argument: &str| {
            let videos: Vec<(String, PyReadonlyArrayDyn<'py, u8>)> =
                prepare(py, "split_frames", (videos, argument))?.extract()?;
            PyResult::Ok(videos)
        };
        let (train, test) = (read(train, "train")?, read(test, "test")?);
        let [train, test] = [&train, &test].map(|videos| {
            let videos = videos.iter().map(|(name, frames)| {
                let video = ArrayVideo::new(name, frames);
                video.map(|video| Box::new(video) as Box<dyn FrameSource>)
            });
            videos.collect::<Result<Vec<_>, _>>()
        });
        let (train, test) = match (train, test) {
            (Ok(train), Ok(test)) => (train, test),
            (Err(error), _) | (_, Err(error)) => return Err(error.into_exception(py)),
        };
        Ok(Self {
            data: PipelineData::new(name, train, test),
        })
    }

    /// The same recordings, of which the first share of every one is learned from and the rest is scored.
    fn learn_first(&self, py: Python<'_>, share: f64) -> PyResult<Self> {
        run(py, || {
            let data = self.data.clone().learn_from_start(share);
            let data = data.map_err(Failure::argument)?;
            Ok(Self { data })
        })
    }

    #[getter]
    fn name(&self) -> &str {
        self.data.name()
    }

    /// The names of the normal videos.
    #[getter]
    fn train(&self) -> Vec<String> {
        name_all(self.data.train())
    }

    /// The names of the videos to score.
    #[getter]
    fn test(&self) -> Vec<String> {
        name_all(self.data.test())
    }

    /// A frame as an array of shape (H, W) or (H, W, 3): that at `position`, counted from 0, of a video to score or to learn from.
    fn read_frame<'py>(
        &self,
        py: Python<'py>,
        video: &str,
        position: usize,
    ) -> PyResult<Bound<'py, PyArrayDyn<u8>>> {
        let frame = run(py, || {
            let id = VideoId::new(video);
            let videos = [self.data.test(), self.data.train()];
            let source = videos
                .into_iter()
                .flatten()
                .flatten()
                .find(|source| *source.id() == id);
            let source = source.ok_or_else(|| {
                Failure::argument(format!("{} has no video {video}", self.data.name()))
            })?;
            if position >= source.numbers().len() {
                return Err(Failure::argument(format!(
                    "video {video} has {} frames, counted from 0: there is none at {position}",
                    source.numbers().len()
                )));
            }
            Ok(source.read(position)?)
        })?;
        let shape = frame.shape();
        let mut sides = vec![shape.height(), shape.width()];
        if shape.format() == PixelFormat::Rgb {
            sides.push(3);
        }
        PyArray1::from_slice(py, frame.pixels()).reshape(IxDyn(&sides))
    }

    /// The labels of the videos to score, where they are known.
    fn labels(&self, py: Python<'_>) -> PyResult<Option<Labels>> {
        let labels = run(py, || Ok(self.data.labels()?))?;
        Ok(labels.map(|known| Labels::new(known.labels, known.assumption)))
    }

    fn __repr__(&self) -> String {
        format!(
            "<oddframe.Data {}: {} videos to learn from, {} to score>",
            self.data.name(),
            self.train().len(),
            self.test().len()
        )
    }
}

fn name_all(videos: Result<Vec<&dyn FrameSource>, oddframe::pipeline::Error>) -> Vec<String> {
    // Without videos there are no names.
    let videos = videos.unwrap_or_default();
    let names = videos.iter().map(|video| video.id().name().to_owned());
    names.collect()
}

/// Data as callers name it: opened, or the path of a data set.
pub(crate) enum DataArgument {
    Open(Box<PipelineData>),
    Path(PathBuf),
}

impl DataArgument {
    pub(crate) fn extract(argument: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(data) = argument.cast::<Data>() {
            return Ok(Self::Open(Box::new(data.get().data.clone())));
        }
        match argument.extract() {
            Ok(path) => Ok(Self::Path(path)),
            Err(_) => Err(exception(
                argument.py(),
                Kind::Argument,
                "`data` is neither an oddframe.Data nor the path of a data set",
            )),
        }
    }

    pub(crate) fn open(self, observer: &mut dyn Observer) -> Result<PipelineData, Failure> {
        match self {
            Self::Open(data) => Ok(*data),
            Self::Path(path) => Ok(PipelineData::open_with(&path, observer)?),
        }
    }
}

/// The paths of the videos to score in a data set. No video file is decoded.
#[pyfunction]
pub(crate) fn find_videos(py: Python<'_>, data: PathBuf) -> PyResult<Vec<OsString>> {
    run(py, || {
        let videos = VideoPath::find(&data)?;
        Ok(videos
            .iter()
            .map(|video| video.path().as_os_str().to_owned())
            .collect())
    })
}

/// The name that a video has in score files.
#[pyfunction]
pub(crate) fn video_name(py: Python<'_>, path: PathBuf) -> PyResult<String> {
    run(py, || Ok(open_path(&path)?.id().name().to_owned()))
}

pub(crate) fn open_path(path: &Path) -> Result<VideoPath, Failure> {
    Ok(VideoPath::new(path)?)
}

/// A video in memory.
struct ArrayVideo {
    video: Video,
    pixels: Vec<u8>,
}

impl ArrayVideo {
    /// Copies the frames: the array may change while threads read them.
    fn new(name: &str, frames: &PyReadonlyArrayDyn<'_, u8>) -> Result<Self, Failure> {
        let (shape, count) = match *frames.shape() {
            [count, height, width] => (shape_of(width, height, PixelFormat::Gray)?, count),
            [count, height, width, 3] => (shape_of(width, height, PixelFormat::Rgb)?, count),
            _ => {
                return Err(Failure::argument(format!(
                    "video {name}: frames have shape (T, H, W) or (T, H, W, 3), not {:?}",
                    frames.shape()
                )));
            }
        };
        let numbers = (0..count as u64).map(FrameNumber).collect();
        let video = Video::new(VideoId::new(name), shape, numbers).map_err(Failure::argument)?;
        let pixels = match frames.as_slice() {
            Ok(pixels) => pixels.to_vec(),
            Err(_) => frames.as_array().iter().copied().collect(),
        };
        Ok(Self { video, pixels })
    }
}

pub(crate) fn shape_of(
    width: usize,
    height: usize,
    format: PixelFormat,
) -> Result<FrameShape, Failure> {
    FrameShape::new(width, height, format).map_err(Failure::argument)
}

impl FrameSource for ArrayVideo {
    fn video(&self) -> &Video {
        &self.video
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), CoreError> {
        let shape = self.video.shape();
        let number = self.number_at(index)?;
        out.reset(shape, number);
        let start = index * shape.bytes();
        out.pixels_mut()
            .copy_from_slice(&self.pixels[start..start + shape.bytes()]);
        Ok(())
    }
}
