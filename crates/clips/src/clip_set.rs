use std::ops::Range;
use std::sync::Arc;

use oddframe_core::{ClipShape, Error, Random, Window, WindowSpec};
use oddframe_frames::{Augment, video_key};

use crate::clip_scorer::same;
use crate::{Examples, FrameStore};

/// What a network should give for a clip that was changed by chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Target {
    /// The changed clip, as it sees it.
    #[default]
    Same,
    /// The clip before the change: it learns to take the change away.
    Clean,
}

/// Clips of normal videos to learn from.
///
/// Cloning is cheap: the frames are shared, so that networks of several seeds can learn from them one after the other.
#[derive(Debug, Clone)]
pub struct ClipSet<'a> {
    store: Arc<FrameStore<'a>>,
    /// A window and the video it lies in.
    windows: Vec<(usize, Window)>,
    frames: usize,
    explained: Range<usize>,
    augment: Option<Augment>,
    target: Target,
}

impl<'a> ClipSet<'a> {
    /// The clips that these windows cut.
    ///
    /// # Errors
    /// When there is no clip, or a video is too short and the windows ask for an error then.
    pub fn new(store: Arc<FrameStore<'a>>, windows: WindowSpec) -> Result<Self, Error> {
        let mut all = Vec::new();
        for (number, video) in store.videos().enumerate() {
            all.extend(windows.plan(video)?.windows().iter().map(|window| (number, *window)));
        }
        if all.is_empty() {
            return Err(Error::Nothing { what: "clip to learn from: the windows leave none" });
        }
        let (augment, target) = (None, Target::Same);
        Ok(Self {
            store,
            windows: all,
            frames: windows.length(),
            explained: 0..windows.length(),
            augment,
            target,
        })
    }

    /// Changes clips by chance, anew in every epoch.
    #[must_use]
    pub fn with_augment(self, augment: Augment, target: Target) -> Self {
        Self { augment: Some(augment), target, ..self }
    }

    /// Wants only these places of a clip from the network: those it foretells.
    ///
    /// # Errors
    /// When a clip has not got them.
    pub fn with_explained(self, places: Range<usize>) -> Result<Self, crate::Error> {
        if places.is_empty() || places.end > self.frames {
            let (first, last) = (places.start, places.end);
            return Err(crate::Error::NoSuchPlaces { first, last, frames: self.frames });
        }
        Ok(Self { explained: places, ..self })
    }

    /// Sets clips aside to measure on: whole videos, chosen by the seed, never frames of one that is learned from.
    /// As near to the share of clips as whole videos come, and at least one video on each side.
    ///
    /// # Errors
    /// When the share is not between 0 and 1, or there is one video only.
    pub fn split(self, share: f64, seed: u64) -> Result<(Self, Self), crate::Error> {
        if !(share > 0.0 && share < 1.0) {
            return Err(crate::Error::Share { value: share });
        }
        let mut order: Vec<usize> = (0..self.store.videos().len()).collect();
        order.retain(|video| self.windows.iter().any(|(v, _)| v == video));
        if order.len() < 2 {
            return Err(crate::Error::SingleVideo);
        }
        Random::stream(seed, &[SPLIT]).shuffle(&mut order);
        let clips = |video: usize| self.windows.iter().filter(|(v, _)| *v == video).count();
        let wanted = share * self.windows.len() as f64;
        let mut aside = Vec::new();
        let mut taken = 0;
        for &video in &order[1..] {
            let with = taken + clips(video);
            if aside.is_empty() || (with as f64 - wanted).abs() < (taken as f64 - wanted).abs() {
                taken = with;
                aside.push(video);
            }
        }
        let (measured, learned) = self.windows.iter().copied().partition(|(video, _)| aside.contains(video));
        let measured = Self { windows: measured, ..self.clone() };
        Ok((Self { windows: learned, ..self }, measured))
    }

    /// The names of the videos that have a clip here, in their order.
    pub fn videos(&self) -> Vec<String> {
        let mut numbers: Vec<usize> = self.windows.iter().map(|(video, _)| *video).collect();
        numbers.dedup();
        let name = |number: usize| self.store.videos().nth(number).map(|video| video.id().to_string());
        numbers.into_iter().filter_map(name).collect()
    }
}

/// The stream of chance that chooses videos to set aside.
const SPLIT: u64 = u64::from_be_bytes(*b"setaside");

impl Examples for ClipSet<'_> {
    fn len(&self) -> usize {
        self.windows.len()
    }

    fn seen(&self) -> ClipShape {
        self.store.look().clip(self.frames)
    }

    fn wanted(&self) -> ClipShape {
        self.store.look().clip(self.explained.len())
    }

    fn fill(&self, epoch: u64, index: usize, seen: &mut [f32], wanted: &mut [f32]) -> Result<(), Error> {
        let (shape, places) = (self.seen(), self.explained.clone());
        let image = shape.frame_values();
        same("values that a network sees", shape.frames * image, seen.len())?;
        same("values that a network should give", places.len() * image, wanted.len())?;
        let &(video, window) = self.windows.get(index).ok_or(Error::Length {
            what: "clips",
            expected: self.len(),
            found: index,
        })?;
        for (frame, out) in window.places().zip(seen.chunks_exact_mut(image)) {
            self.store.fill(video, frame, out)?;
        }
        let explained = places.start * image..places.end * image;
        match &self.augment {
            Some(augment) if epoch > 0 => {
                if self.target == Target::Clean {
                    wanted.copy_from_slice(&seen[explained.clone()]);
                }
                let id = self.store.videos().nth(video).map_or(0, |video| video_key(video.id()));
                augment.apply_to(shape, seen, &[epoch, id, window.start() as u64])?;
                if self.target == Target::Same {
                    wanted.copy_from_slice(&seen[explained]);
                }
            }
            _ => wanted.copy_from_slice(&seen[explained]),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
