//! The networks of a recipe: which there are, which of them are the same, and their training.

use std::sync::Arc;

use oddframe_clips::{FrameStore, Look};
use oddframe_core::{Event, FrameSource, Observer};

use crate::engine::{Fit, Networks};
use crate::files::Files;
use crate::folder::{read_json, write_json};
use crate::{Error, Recipe, SystemRecipe, Training};

/// A network to train: a member of the first system of those that share it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member<'a> {
    pub(crate) system: &'a SystemRecipe,
    /// From 0.
    pub(crate) number: usize,
    pub(crate) seed: u64,
}

impl<'a> Member<'a> {
    /// The members of a system, each the one whose weights it uses.
    pub(crate) fn of(recipe: &'a Recipe, system: &'a SystemRecipe) -> impl Iterator<Item = Self> {
        // The first system that learns the same has the weights, as long as it has so many members.
        (0..system.members).map(move |number| {
            let shares = |other: &&SystemRecipe| other.members > number && other.learns_as(system);
            let system = recipe.systems.iter().find(shares).unwrap_or(system);
            Self { system, number, seed: recipe.seed + number as u64 }
        })
    }

    /// All networks of a recipe, each once.
    pub(crate) fn all(recipe: &'a Recipe) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for member in recipe.systems.iter().flat_map(|system| Self::of(recipe, system)) {
            if !all.iter().any(|other| other.is(&member)) {
                all.push(member);
            }
        }
        all
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        self.system.name == other.system.name && self.number == other.number
    }

    pub(crate) fn weights(&self, files: &Files) -> std::path::PathBuf {
        files.weights(&self.system.name, self.number)
    }

    fn training(&self, files: &Files) -> std::path::PathBuf {
        files.training(&self.system.name, self.number)
    }

    /// How its training went, where it is at an end.
    pub(crate) fn trained(&self, files: &Files) -> Result<Option<Training>, Error> {
        let card = self.training(files);
        // The card is written last.
        if card.exists() && self.weights(files).exists() { read_json(&card).map(Some) } else { Ok(None) }
    }
}

/// Trains the networks of a recipe that are not trained yet. Frames are decoded once for all of them.
pub(crate) fn train(
    recipe: &Recipe,
    normal: &[&dyn FrameSource],
    networks: &dyn Networks,
    files: &Files,
    watch: &mut dyn Observer,
) -> Result<(), Error> {
    let mut missing = Vec::new();
    for member in Member::all(recipe) {
        if member.trained(files)?.is_none() {
            missing.push(member);
        }
    }
    let mut looks: Vec<Look> = Vec::new();
    for member in &missing {
        let look = member.system.look.look()?;
        if !looks.contains(&look) {
            looks.push(look);
        }
    }
    if looks.is_empty() {
        return Ok(());
    }
    let stores = FrameStore::load_all(normal, &looks, FrameStore::BUDGET_BYTES, watch)?;
    let stores: Vec<Arc<FrameStore<'_>>> = stores.into_iter().map(Arc::new).collect();
    let count = missing.len();
    for (place, member) in missing.into_iter().enumerate() {
        let Member { system, number, seed } = member;
        let look = system.look.look()?;
        let Some(frames) = stores.iter().find(|store| store.look() == look) else { continue };
        let task = format!("training {}, network {} of {count}", system.name, place + 1);
        let (weights, checkpoint) = (member.weights(files), files.checkpoint(&system.name, number));
        let job =
            Fit { system, seed, frames: Arc::clone(frames), checkpoint: &checkpoint, weights: &weights };
        let training =
            networks.fit(job, &mut Named { task: &task, watch }).map_err(Error::system(&system.name))?;
        write_json(&member.training(files), &training)?;
        remove_checkpoint(&checkpoint)?;
    }
    Ok(())
}

/// What a checkpoint holds is in the weights now; it is several times their size.
pub(crate) fn remove_checkpoint(path: &std::path::Path) -> Result<(), Error> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", path)(error)),
        _ => Ok(()),
    }
}

/// Says which of several tasks it is.
pub(crate) struct Named<'a> {
    pub(crate) task: &'a str,
    pub(crate) watch: &'a mut dyn Observer,
}

impl Observer for Named<'_> {
    fn observe(&mut self, event: Event<'_>) -> std::ops::ControlFlow<()> {
        match event {
            Event::Started { total, .. } => self.watch.observe(Event::Started { task: self.task, total }),
            // The run's report has them all, with the system's name.
            Event::Warned { .. } => std::ops::ControlFlow::Continue(()),
            other => self.watch.observe(other),
        }
    }
}
