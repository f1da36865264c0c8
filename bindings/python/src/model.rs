//! Fitted models.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Instant;

use oddframe::core::{Event, Observer, StreamInfo, VideoId};
use oddframe::pipeline::{DeviceName, Engine, Model as PipelineModel, Registry, Runner, VideoPath};
use pyo3::prelude::*;

use crate::arguments::prepare;
use crate::data::{DataArgument, open_path};
use crate::errors::{Failure, Kind, exception, run};
use crate::live::Scorer;
use crate::observer::run_observed;
use crate::recipe::Recipe;
use crate::scores::Scores;

/// Fits a recipe into the folder of a model.
#[pyfunction]
#[pyo3(signature = (recipe, data, out, device, full_digest, progress))]
pub(crate) fn fit(
    py: Python<'_>,
    recipe: &Recipe,
    data: &Bound<'_, PyAny>,
    out: PathBuf,
    device: &str,
    full_digest: bool,
    progress: Option<Py<PyAny>>,
) -> PyResult<Model> {
    let data = DataArgument::extract(data)?;
    run_observed(py, progress, |observer| {
        let (registry, engine) = (Registry::default(), open_device(device)?);
        let data = data.open(observer)?;
        let runner = Runner {
            full_digest,
            ..Runner::new(&registry, &engine)
        };
        runner.fit(&recipe.recipe, &data, &out, observer)?;
        Model::open_folder(out, device)
    })
}

/// The name of the video, its file, its frames, whether the file was there, the seconds that it took, and warnings.
type ResultRow = (String, OsString, usize, bool, f64, Vec<String>);

/// The fitted systems of a recipe, in a folder.
#[pyclass(module = "oddframe", frozen)]
pub(crate) struct Model {
    opened: PipelineModel,
    path: PathBuf,
    device: String,
}

impl Model {
    fn open_folder(path: PathBuf, device: &str) -> Result<Self, Failure> {
        let engine = open_device(device)?;
        Ok(Self {
            opened: PipelineModel::open(&path, &Registry::default(), &engine)?,
            path,
            device: device.to_owned(),
        })
    }
}

#[pymethods]
impl Model {
    /// Opens a folder that `fit` or `oddframe run` wrote.
    #[staticmethod]
    #[pyo3(signature = (path, device="flex"))]
    fn open(py: Python<'_>, path: PathBuf, device: &str) -> PyResult<Self> {
        run(py, || Self::open_folder(path, device))
    }

    /// Opens a folder that must hold the model with this digest.
    #[staticmethod]
    fn _open_same(py: Python<'_>, path: PathBuf, device: &str, digest: &str) -> PyResult<Self> {
        run(py, || {
            let model = Self::open_folder(path, device)?;
            let found = model.opened.digest()?;
            if found != digest {
                return Err(Failure::general(format!(
                    "{} holds another model than when it was named: digest {} there, {} here; every machine needs the same folder",
                    model.path.display(),
                    &digest[..digest.len().min(16)],
                    &found[..16]
                )));
            }
            Ok(model)
        })
    }

    /// The path and the digest: a copy opens the same folder.
    fn __reduce__<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, PyAny>, (PathBuf, String, String))> {
        let model = slf.get();
        let digest = model.digest(slf.py())?;
        // Another process may have another working directory.
        let path = std::path::absolute(&model.path).unwrap_or_else(|_| model.path.clone());
        Ok((
            slf.getattr("_open_same")?,
            (path, model.device.clone(), digest),
        ))
    }

    #[getter]
    fn path(&self) -> &OsStr {
        self.path.as_os_str()
    }

    #[getter]
    fn device(&self) -> &str {
        &self.device
    }

    #[getter]
    fn recipe(&self) -> Recipe {
        Recipe {
            recipe: self.opened.recipe().clone(),
        }
    }

    /// The SHA-256 of the recipe and of the files of the model.
    #[getter]
    fn digest(&self, py: Python<'_>) -> PyResult<String> {
        run(py, || Ok(self.opened.digest()?.to_owned()))
    }

    /// Scores videos as `oddframe score` does.
    #[pyo3(signature = (data, maps=None, progress=None))]
    fn score(
        &self,
        py: Python<'_>,
        data: &Bound<'_, PyAny>,
        maps: Option<PathBuf>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Scores> {
        let data = DataArgument::extract(data)?;
        run_observed(py, progress, |observer| {
            let data = data.open(observer)?;
            let table = self
                .opened
                .score(&data.test()?, maps.as_deref(), observer)?;
            Ok(Scores { table })
        })
    }

    /// Scores videos with every system by itself.
    #[pyo3(signature = (data, progress=None))]
    fn score_systems(
        &self,
        py: Python<'_>,
        data: &Bound<'_, PyAny>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Vec<(String, Scores)>> {
        let data = DataArgument::extract(data)?;
        run_observed(py, progress, |observer| {
            let data = data.open(observer)?;
            let systems = self.opened.score_systems(&data.test()?, observer)?;
            let systems = systems.into_iter();
            Ok(systems
                .map(|(name, table)| (name, Scores { table }))
                .collect())
        })
    }

    /// Starts to score a video frame by frame.
    #[pyo3(signature = (video="live", system=None, frames_per_second=None))]
    fn scorer(
        &self,
        py: Python<'_>,
        video: &str,
        system: Option<&str>,
        frames_per_second: Option<f64>,
    ) -> PyResult<Scorer> {
        if frames_per_second.is_some_and(|rate| !(rate > 0.0 && rate.is_finite())) {
            return Err(exception(
                py,
                Kind::Argument,
                "frames_per_second is not a number above 0",
            ));
        }
        run(py, || {
            let mut info = StreamInfo::new(VideoId::new(video));
            if let Some(rate) = frames_per_second {
                info = info.with_frames_per_second(rate);
            }
            Ok(Scorer::new(self.opened.score_live(system, &info)?))
        })
    }

    /// The file in a folder of results that belongs to a video.
    fn result_file(&self, py: Python<'_>, video: PathBuf, out: PathBuf) -> PyResult<OsString> {
        run(py, || {
            let file = self.opened.result_file(&open_path(&video)?, &out)?;
            Ok(file.into_os_string())
        })
    }

    /// Scores one video into its file in a folder of results, unless the file is there.
    #[pyo3(signature = (video, out, progress=None))]
    fn score_video<'py>(
        &self,
        py: Python<'py>,
        video: PathBuf,
        out: PathBuf,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let result: ResultRow = run_observed(py, progress, |observer| {
            let started = Instant::now();
            let video = open_path(&video)?;
            let mut quiet = WithoutWarnings(observer);
            let result = self.opened.score_video(&video, &out, &mut quiet)?;
            Ok((
                video.id().name().to_owned(),
                result.file.into_os_string(),
                result.frames,
                result.was_there,
                started.elapsed().as_secs_f64(),
                result.warnings,
            ))
        })?;
        prepare(py, "as_video_result", result)
    }

    /// Merges the results of videos.
    fn merge(&self, py: Python<'_>, out: PathBuf, videos: Vec<PathBuf>) -> PyResult<Scores> {
        run_observed(py, None, |observer| {
            let videos: Vec<VideoPath> = videos
                .iter()
                .map(|video| open_path(video))
                .collect::<Result<_, _>>()?;
            let table = self.opened.merge_results(&videos, &out, observer)?;
            Ok(Scores { table })
        })
    }

    fn __repr__(&self) -> String {
        format!(
            "<oddframe.Model {} in {}>",
            self.opened.recipe().name,
            self.path.display()
        )
    }
}

fn open_device(name: &str) -> Result<Engine, Failure> {
    let name: DeviceName = name.parse().map_err(Failure::argument)?;
    Engine::open(name).map_err(Failure::argument)
}

/// An observer that passes every event on except warnings: `score_video` returns those with its result.
struct WithoutWarnings<'a>(&'a mut dyn Observer);

impl Observer for WithoutWarnings<'_> {
    fn observe(&mut self, event: Event<'_>) -> std::ops::ControlFlow<()> {
        match event {
            Event::Warned { .. } => std::ops::ControlFlow::Continue(()),
            event => self.0.observe(event),
        }
    }
}
