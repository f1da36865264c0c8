//! Recipes.

use std::path::PathBuf;

use oddframe::pipeline::{Recipe as PipelineRecipe, Registry, Setting};
use pyo3::prelude::*;

use crate::arguments::prepare;
use crate::errors::{Failure, Kind, exception, run};

/// Which systems a run has, how they are trained, and what happens to their scores. Immutable.
#[pyclass(module = "oddframe", frozen)]
pub(crate) struct Recipe {
    pub(crate) recipe: PipelineRecipe,
}

impl Recipe {
    fn from_text(text: &str, settings: &[String]) -> Result<Self, Failure> {
        let settings = parse_settings(settings)?;
        let recipe = PipelineRecipe::parse_with(text, &settings, &Registry::default());
        let recipe = recipe.map_err(|error| Failure::Message(Kind::Recipe, error.to_string()))?;
        Ok(Self { recipe })
    }
}

#[pymethods]
impl Recipe {
    /// A recipe from the text of a TOML file. `settings` override its fields, such as `{"fuse.how": "mean"}`.
    #[staticmethod]
    #[pyo3(signature = (text, settings=None))]
    fn parse(py: Python<'_>, text: &str, settings: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let settings: Vec<String> = prepare(py, "list_settings", (settings,))?.extract()?;
        run(py, || Self::from_text(text, &settings))
    }

    /// A recipe from nested dictionaries, of the form of a TOML file.
    #[staticmethod]
    fn from_dict(py: Python<'_>, recipe: &Bound<'_, PyAny>) -> PyResult<Self> {
        let json: String = prepare(py, "to_json", (recipe,))?.extract()?;
        run(py, || {
            let value: serde_json::Value =
                serde_json::from_str(&json).map_err(Failure::argument)?;
            let text = toml::to_string(&value).map_err(|error| {
                Failure::argument(format!("the dictionary cannot be written as TOML: {error}"))
            })?;
            Self::from_text(&text, &[])
        })
    }

    /// A built-in recipe.
    #[staticmethod]
    #[pyo3(signature = (name, settings=None))]
    fn built_in(py: Python<'_>, name: &str, settings: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        if let Some(text) = PipelineRecipe::built_in_text(name) {
            return Self::parse(py, text, settings);
        }
        let known: Vec<_> = PipelineRecipe::built_in_names().collect();
        let message = format!(
            "there is no built-in recipe `{name}`: there are {}",
            known.join(" and ")
        );
        Err(exception(py, Kind::Recipe, &message))
    }

    /// A recipe from a TOML file.
    #[staticmethod]
    #[pyo3(signature = (path, settings=None))]
    fn read(py: Python<'_>, path: PathBuf, settings: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let settings: Vec<String> = prepare(py, "list_settings", (settings,))?.extract()?;
        run(py, || {
            let recipe =
                PipelineRecipe::read(&path, &parse_settings(&settings)?, &Registry::default());
            let recipe =
                recipe.map_err(|error| Failure::Message(Kind::Recipe, error.to_string()))?;
            Ok(Self { recipe })
        })
    }

    /// The names of the built-in recipes.
    #[staticmethod]
    fn built_in_names() -> Vec<&'static str> {
        PipelineRecipe::built_in_names().collect()
    }

    #[getter]
    fn name(&self) -> &str {
        &self.recipe.name
    }

    #[getter]
    fn seed(&self) -> u64 {
        self.recipe.seed
    }

    /// The names of the systems, those for comparison included.
    #[getter]
    fn systems(&self) -> Vec<&str> {
        let systems = self.recipe.systems.iter();
        systems.map(|system| system.name.as_str()).collect()
    }

    /// The recipe as a TOML file, with every default filled in.
    fn to_toml(&self, py: Python<'_>) -> PyResult<String> {
        let text = self.recipe.to_toml();
        text.map_err(|error| exception(py, Kind::Recipe, &error.to_string()))
    }

    fn __str__(&self, py: Python<'_>) -> PyResult<String> {
        self.to_toml(py)
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        let text = slf.get().to_toml(slf.py())?;
        Ok((slf.getattr("parse")?, (text,)))
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.recipe == other.recipe
    }

    fn __repr__(&self) -> String {
        let systems = self.systems().join(", ");
        format!("<oddframe.Recipe {}: {systems}>", self.recipe.name)
    }
}

fn parse_settings(settings: &[String]) -> Result<Vec<Setting>, Failure> {
    let parsed = settings.iter().map(|setting| setting.parse());
    parsed.collect::<Result<_, _>>().map_err(Failure::argument)
}
