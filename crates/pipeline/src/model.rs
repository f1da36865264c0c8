//! A folder of trained networks, scoring.

use std::path::Path;

use oddframe_core::{Event, FrameSource, Observer, ScoreTable};

use crate::files::{FLIP, FUSED, Files};
use crate::maps::{MapJob, write_maps};
use crate::members::Member;
use crate::scoring::{apply, join, raw_scores};
use crate::source::{Source, borrowed};
use crate::{Engine, Error, Mend, Recipe, flips};

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
        let mut warnings = Vec::new();
        let fused = match &self.recipe.repair.flip {
            None => self.score_repaired(&borrowed(&sources), engine, maps, &mut warnings, watch)?,
            Some(flip) => {
                let upright =
                    flips::repair(borrowed(&sources), flip, engine.networks(), &self.files, false, watch)?;
                self.score_repaired(&borrowed(&upright), engine, maps, &mut warnings, watch)?
            }
        };
        for message in sources.iter().flat_map(Source::substitutes).chain(warnings) {
            watch.tell(Event::Warned { message: &message })?;
        }
        Ok(fused)
    }

    fn score_repaired(
        &self,
        videos: &[&dyn FrameSource],
        engine: &Engine,
        maps: Option<&Path>,
        warnings: &mut Vec<String>,
        watch: &mut dyn Observer,
    ) -> Result<ScoreTable, Error> {
        let Self { recipe, files } = self;
        let raw = raw_scores(recipe, videos, engine.networks(), files, false, watch)?;
        let systems = recipe.systems.iter().zip(raw);
        let tables = systems.map(|(system, members)| join(system, members, warnings));
        let mut fused = recipe.fuse.how.fuse(&tables.collect::<Result<Vec<_>, _>>()?)?;
        apply(FUSED, &recipe.fuse.post, &mut fused, warnings)?;
        if let Some(folder) = maps {
            for system in &recipe.systems {
                for (number, member) in Member::of(recipe, system).enumerate() {
                    let network = engine.networks().scorer(system, &member.weights(files));
                    let mut network = network.map_err(Error::system(&system.name))?;
                    let folder = folder.join(format!("{}.{number}", system.name));
                    write_maps(&MapJob { system, folder: &folder, videos }, &mut *network, watch)?;
                }
            }
        }
        Ok(fused)
    }
}
