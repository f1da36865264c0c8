//! The members of all systems of a recipe, built and ready to be fitted or opened.

use std::path::PathBuf;

use oddframe_core::{
    FrameInput, FrameSource, ModelFolder, Repair, Scorer, StreamInfo, System, VideoId,
};
use oddframe_health::HealthSettings;

use crate::run_folder::{Footage, read_fitted};
use crate::{BuildContext, Engine, Error, Recipe, Registry, RunFolder};

/// The systems and the repair of a recipe, built from checked settings.
pub(crate) struct Members {
    /// The members of all systems, in the order of the recipe.
    pub(crate) all: Vec<Member>,
    /// The flip repair, where the recipe has one.
    pub(crate) flip: Option<Box<dyn Repair>>,
    /// How the camera is watched, where the recipe asks for it.
    pub(crate) health: Option<HealthSettings>,
}

/// One member of a system.
pub(crate) struct Member {
    /// The name of the system.
    pub(crate) system: String,
    /// The kind of the system.
    pub(crate) kind: String,
    /// The number of the member within the system, from 0.
    pub(crate) number: usize,
    /// The member that is fitted for this one, as a position in [`Members::all`]: itself, or an earlier one that learns the
    /// same.
    pub(crate) fitted_as: usize,
    pub(crate) built: Box<dyn System>,
}

impl Members {
    /// Builds the systems and the repair of a recipe.
    pub(crate) fn build(
        recipe: &Recipe,
        registry: &Registry,
        engine: &Engine,
    ) -> Result<Self, Error> {
        let mut all: Vec<Member> = Vec::new();
        for system in &recipe.systems {
            for number in 0..system.members {
                // Consecutive seeds: a recipe with more members has the same first members.
                let context = BuildContext {
                    seed: recipe.seed + number as u64,
                    engine,
                };
                let built = registry.build_system(&system.kind, &system.settings, context);
                let built = built.map_err(Error::system(&system.name))?;
                // Systems with equal training keys share one training, for example two that differ only in how errors
                // become scores. The first one is fitted; the others open its folder.
                let key = built.training_key();
                let same = all
                    .iter()
                    .position(|other| key.is_some() && other.built.training_key() == key);
                all.push(Member {
                    system: system.name.clone(),
                    kind: system.kind.clone(),
                    number,
                    fitted_as: same.unwrap_or(all.len()),
                    built,
                });
            }
        }
        let flip = recipe.repair.flip.as_ref();
        let flip = flip
            .map(|flip| engine.build_flip_repair(flip, recipe.seed))
            .transpose();
        Ok(Self {
            all,
            flip: flip.map_err(Error::flip)?,
            health: recipe.health,
        })
    }

    /// Checks before training that every system can score every test video.
    pub(crate) fn check_videos(&self, videos: &[&dyn FrameSource]) -> Result<(), Error> {
        // The members of a system differ in their seeds alone, so checking the first one covers all of them.
        for member in self.all.iter().filter(|member| member.number == 0) {
            for video in videos {
                let info = StreamInfo::from(video.video());
                member
                    .built
                    .check_video(&info)
                    .map_err(Error::system(&member.system))?;
            }
        }
        Ok(())
    }

    /// Checks before training and before scoring that no system was given something for videos that the data set does not
    /// have. Either list is empty where its videos are not known.
    pub(crate) fn check_data_set(
        &self,
        training: &[VideoId],
        testing: &[VideoId],
    ) -> Result<(), Error> {
        for member in self.all.iter().filter(|member| member.number == 0) {
            let checked = member.built.check_data_set(training, testing);
            checked.map_err(Error::system(&member.system))?;
        }
        Ok(())
    }

    /// Whether any system or the repair learns from video.
    pub(crate) fn need_training(&self) -> bool {
        self.flip.is_some()
            || self.health.is_some()
            || self.all.iter().any(|member| member.built.needs_training())
    }

    /// Opens the scorer of a member.
    pub(crate) fn open(&self, place: usize, folder: &RunFolder) -> Result<Box<dyn Scorer>, Error> {
        let member = &self.all[place];
        let model = self.opened_path(place, folder);
        // Members with a shared training open one folder, so that their scorers can be merged into one.
        let opened = ModelFolder::open(&model).and_then(|model| member.built.open(&model));
        opened.map_err(Error::system(&member.system))
    }

    /// The model folder that a member opens: that of the last learning, or that of fitting.
    pub(crate) fn opened_path(&self, place: usize, folder: &RunFolder) -> PathBuf {
        let fitted = &self.all[self.all[place].fitted_as];
        folder.current_model_path(&format!("{}.{}", fitted.system, fitted.number))
    }

    /// The model folder that a member was fitted into.
    pub(crate) fn model_path(&self, place: usize, folder: &RunFolder) -> PathBuf {
        let fitted = &self.all[self.all[place].fitted_as];
        folder.model_path(&fitted.system, fitted.number)
    }

    /// Checks that all members and the repair are fitted.
    pub(crate) fn check_fitted(&self, folder: &RunFolder) -> Result<(), Error> {
        let mut models: Vec<PathBuf> = (0..self.all.len())
            .map(|place| self.model_path(place, folder))
            .collect();
        models.extend(self.flip.as_ref().map(|_| folder.flip_model_path()));
        models.extend(self.health.map(|_| folder.health_model_path()));
        for model in models {
            if read_fitted(&model)?.is_none() {
                let missing = model
                    .strip_prefix(folder.path())
                    .unwrap_or(&model)
                    .display()
                    .to_string();
                return Err(Error::NotFitted {
                    path: folder.path().to_path_buf(),
                    missing,
                });
            }
        }
        if folder.recipe().calibration.is_some() {
            for video in folder.read_videos(Footage::HeldOut)? {
                for member in &self.all {
                    let (system, number) = (&member.system, member.number);
                    if !folder.has_raw_scores(Footage::HeldOut, system, number, &video.id()) {
                        return Err(Error::NotFitted {
                            path: folder.path().to_path_buf(),
                            missing: format!("scores of held-out video {}", video.name),
                        });
                    }
                }
            }
        }
        Ok(())
    }
}

/// Adds an input to a list, unless it is there already.
pub(crate) fn add_distinct(inputs: &mut Vec<FrameInput>, input: FrameInput) {
    if !inputs.contains(&input) {
        inputs.push(input);
    }
}
