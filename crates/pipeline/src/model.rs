//! A folder of trained networks, scoring.

use std::path::Path;

use oddframe_core::{Event, FrameSource, Observer, ScoreTable};

use crate::files::{FLIP, FUSED, Files};
use crate::maps::{MapJob, write_maps};
use crate::members::Member;
use crate::scoring::{apply, join, raw_scores};
use crate::source::{Source, borrowed};
use crate::{Engine, Error, Mend, Recipe, Training, flips};

/// Trained networks with their recipe, as [`fit`](crate::fit) and [`run`](crate::run) leave them in a folder.
#[derive(Debug)]
pub struct Model {
    recipe: Recipe,
    files: Files,
}

impl Model {
    /// Opens a folder; the weights are read when something is scored.
    ///
    /// # Errors
    /// When its recipe cannot be read, or weights that it asks for are not there.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let files = Files::new(folder);
        let there = files.recipe();
        let missing = |path: &Path| {
            let name = path.strip_prefix(folder).unwrap_or(path).display().to_string();
            Err(Error::NoModel { path: folder.to_path_buf(), missing: name })
        };
        if !there.exists() {
            return missing(&there);
        }
        let recipe = Recipe::read(&there, &[])?;
        let mut weights: Vec<_> = Member::all(&recipe).iter().map(|member| member.weights(&files)).collect();
        weights.extend(recipe.repair.flip.as_ref().map(|_| files.weights(FLIP, 0)));
        match weights.iter().find(|path| !path.exists()) {
            Some(path) => missing(path),
            None => Ok(Self { recipe, files }),
        }
    }

    /// With another answer to frames that cannot be read.
    #[must_use]
    pub fn with_mend(mut self, mend: Mend) -> Self {
        self.recipe.repair.mend = mend;
        self
    }

    /// What it was made from.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// How its networks were trained, each by the name of the first system that uses it.
    ///
    /// # Errors
    /// When what is kept of it cannot be read.
    pub fn trainings(&self) -> Result<Vec<(String, Training)>, Error> {
        let mut trainings = Vec::new();
        for member in Member::all(&self.recipe) {
            let training = member.trained(&self.files)?;
            trainings.extend(training.map(|training| (member.system.name.clone(), training)));
        }
        Ok(trainings)
    }

    /// Scores videos as the run would that made the model: a score for every frame. With `maps`, a folder gets the
    /// error map of every frame and network.
    ///
    /// # Errors
    /// When there is no video, weights cannot be read or do not fit, a frame cannot be read, a score is not finite, a
    /// map cannot be written, or `watch` asks to stop.
    pub fn score(
        &self,
        videos: &[&dyn FrameSource],
        engine: &Engine,
        maps: Option<&Path>,
        watch: &mut dyn Observer,
    ) -> Result<ScoreTable, Error> {
        let sources = Source::all(videos, self.recipe.repair.mend);
        let repaired = self.repaired(borrowed(&sources), engine, watch)?;
        let (mut warnings, repaired) = (Vec::new(), borrowed(&repaired));
        let tables = self.tables(&repaired, engine, &mut warnings, watch)?;
        let mut fused = self.recipe.fuse.how.fuse(&tables)?;
        apply(FUSED, &self.recipe.fuse.post, &mut fused, &mut warnings)?;
        if let Some(folder) = maps {
            self.write_maps(&repaired, folder, engine, watch)?;
        }
        tell(&sources, warnings, watch)?;
        Ok(fused)
    }

    /// Scores videos with every system apart: repaired and smoothed as the recipe says, and not fused.
    ///
    /// # Errors
    /// As [`score`](Self::score).
    pub fn score_systems(
        &self,
        videos: &[&dyn FrameSource],
        engine: &Engine,
        watch: &mut dyn Observer,
    ) -> Result<Vec<(String, ScoreTable)>, Error> {
        let sources = Source::all(videos, self.recipe.repair.mend);
        let repaired = self.repaired(borrowed(&sources), engine, watch)?;
        let mut warnings = Vec::new();
        let tables = self.tables(&borrowed(&repaired), engine, &mut warnings, watch)?;
        tell(&sources, warnings, watch)?;
        let names = self.recipe.systems.iter().map(|system| system.name.clone());
        Ok(names.zip(tables).collect())
    }

    /// The videos with flipped frames turned back, where the recipe asks for it.
    fn repaired<'a>(
        &self,
        videos: Vec<&'a dyn FrameSource>,
        engine: &Engine,
        watch: &mut dyn Observer,
    ) -> Result<Vec<Box<dyn FrameSource + 'a>>, Error> {
        let Some(flip) = &self.recipe.repair.flip else {
            return Ok(videos.into_iter().map(|video| Box::new(video) as _).collect());
        };
        let upright = flips::repair(videos, flip, engine.networks(), &self.files, false, watch)?;
        Ok(upright.into_iter().map(|video| Box::new(video) as _).collect())
    }

    /// The scores of each system.
    fn tables(
        &self,
        videos: &[&dyn FrameSource],
        engine: &Engine,
        warnings: &mut Vec<String>,
        watch: &mut dyn Observer,
    ) -> Result<Vec<ScoreTable>, Error> {
        let raw = raw_scores(&self.recipe, videos, engine.networks(), &self.files, false, watch)?;
        let systems = self.recipe.systems.iter().zip(raw);
        systems.map(|(system, members)| join(system, members, warnings)).collect()
    }

    fn write_maps(
        &self,
        videos: &[&dyn FrameSource],
        folder: &Path,
        engine: &Engine,
        watch: &mut dyn Observer,
    ) -> Result<(), Error> {
        for system in &self.recipe.systems {
            for (number, member) in Member::of(&self.recipe, system).enumerate() {
                let network = engine.networks().scorer(system, &member.weights(&self.files));
                let mut network = network.map_err(Error::system(&system.name))?;
                let folder = folder.join(format!("{}.{number}", system.name));
                write_maps(&MapJob { system, folder: &folder, videos }, &mut *network, watch)?;
            }
        }
        Ok(())
    }
}

/// What the frames that could not be read and the steps after scoring have to say.
fn tell(sources: &[Source<'_>], warnings: Vec<String>, watch: &mut dyn Observer) -> Result<(), Error> {
    for message in sources.iter().flat_map(Source::substitutes).chain(warnings) {
        watch.tell(Event::Warned { message: &message })?;
    }
    Ok(())
}
