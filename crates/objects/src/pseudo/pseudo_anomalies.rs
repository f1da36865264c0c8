use std::sync::Arc;

use oddframe_core::{Event, FrameSource, Observer};
use rayon::prelude::*;

use super::kind::PseudoKind;
use super::layout::{frames_needed, frames_to_dwell};
use super::normal_videos::NormalVideos;
use super::pasted_video::{PastedVideo, Stretch};
use super::planner::Planner;
use crate::Error;
use crate::pasting::LENGTH;

/// The pseudo-anomalies of one kind.
#[derive(Debug, Clone)]
pub struct PseudoSet {
    /// The kind.
    pub kind: PseudoKind,
    /// The held-out videos into which something of this kind was pasted, in order.
    pub videos: Vec<PastedVideo>,
    /// Why there is none, when there is none.
    pub missing: Option<String>,
}

impl PseudoSet {
    /// How many pseudo-anomalies there are.
    pub fn len(&self) -> usize {
        self.videos
            .iter()
            .map(|video| video.stretches().len())
            .sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.videos.is_empty()
    }
}

/// Makes pseudo-anomalies from the normal videos of one camera: to compare systems of any kind without labels.
///
/// Objects are followed through the videos and pasted into other moments of *held-out* videos, in the videos' own size and
/// colour. Equal seeds give equal pseudo-anomalies, whatever the number of threads.
///
/// ```
/// use std::sync::Arc;
///
/// use oddframe_core::{FrameSource, Silent};
/// use oddframe_objects::{PseudoAnomalies, PseudoKind};
/// use oddframe_synth::{Preset, Scene};
///
/// let scene = Scene::new(Preset::Tiny, 6);
/// let normal: Vec<Arc<dyn FrameSource>> =
///     scene.train().iter().map(|video| Arc::new(video.clone()) as _).collect();
/// let pseudo = PseudoAnomalies::learn(&normal, &mut Silent)?;
/// // One pseudo-anomaly of each kind in the last of the three videos, if there is room.
/// let sets = pseudo.plan(&[2], 1, 7, &mut Silent)?;
/// assert_eq!(sets.len(), PseudoKind::ALL.len());
/// let dwelling = sets.iter().find(|set| set.kind == PseudoKind::Dwelling).unwrap();
/// assert!(dwelling.missing.as_ref().unwrap().contains("at least 76 frames"));
/// let covered = sets.iter().find(|set| set.kind == PseudoKind::Occlusion).unwrap();
/// let video = &covered.videos[0];
/// let frame = video.stretches()[0].changed_frames().next().unwrap();
/// assert_ne!(video.read(frame)?.pixels(), normal[2].read(frame)?.pixels());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct PseudoAnomalies {
    normal: Arc<NormalVideos>,
}

impl std::fmt::Debug for PseudoAnomalies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PseudoAnomalies")
            .field("videos", &self.normal.sources.len())
            .finish_non_exhaustive()
    }
}

impl PseudoAnomalies {
    /// Learns the background and the height of people, and finds the objects of every frame.
    ///
    /// # Errors
    /// When there is no video, the videos differ in their size, frames are below 12x8 pixels, the camera moved between the
    /// videos, a frame cannot be read, or the observer cancels.
    pub fn learn(
        normal: &[Arc<dyn FrameSource>],
        observer: &mut dyn Observer,
    ) -> Result<Self, Error> {
        Ok(Self {
            normal: Arc::new(NormalVideos::learn(normal, observer)?),
        })
    }

    /// Plans pseudo-anomalies for some of the videos, given by their positions: `each` of every kind in each video, or as many
    /// as there is room for. The result has one set for every kind, in the order of [`PseudoKind::ALL`].
    ///
    /// Every planned frame is rendered once, to know which frames differ from the normal ones.
    ///
    /// # Errors
    /// When there is no such video, a frame cannot be read, or the observer cancels.
    pub fn plan(
        &self,
        held_out: &[usize],
        each: usize,
        seed: u64,
        observer: &mut dyn Observer,
    ) -> Result<Vec<PseudoSet>, Error> {
        let videos = self.normal.sources.len();
        if held_out.is_empty() || held_out.iter().any(|video| *video >= videos) {
            return Err(oddframe_core::Error::Nothing {
                what: "held-out video",
            }
            .into());
        }
        let planner = Planner::new(&self.normal, held_out, seed);
        let slots = planner.place_slots(each);
        observer.tell(Event::Started {
            task: "making pseudo-anomalies",
            total: Some(slots.len() as u64),
        })?;
        let mut filled = Vec::with_capacity(slots.len());
        for slots in slots.chunks(4 * rayon::current_num_threads()) {
            let done: Vec<_> = slots
                .par_iter()
                .map(|slot| planner.fill(slot))
                .collect::<Result<_, Error>>()?;
            filled.extend(done);
            observer.tell(Event::Advanced {
                done: filled.len() as u64,
            })?;
        }
        observer.tell(Event::Finished)?;
        PseudoKind::ALL
            .into_iter()
            .map(|kind| {
                let videos = self.collect_videos(kind, held_out, &filled)?;
                let missing = videos
                    .is_empty()
                    .then(|| self.explain_missing(kind, held_out, &planner));
                Ok(PseudoSet {
                    kind,
                    videos,
                    missing,
                })
            })
            .collect()
    }

    /// The videos with stretches of a kind.
    fn collect_videos(
        &self,
        kind: PseudoKind,
        held_out: &[usize],
        filled: &[(usize, Vec<(PseudoKind, Stretch)>)],
    ) -> Result<Vec<PastedVideo>, Error> {
        let mut videos = Vec::new();
        for source in held_out.iter().copied() {
            let own = filled.iter().filter(|(video, _)| *video == source);
            let stretches: Vec<Stretch> = own
                .flat_map(|(_, stretches)| stretches)
                .filter(|(of, _)| *of == kind)
                .map(|(_, stretch)| stretch.clone())
                .collect();
            if !stretches.is_empty() {
                let normal = Arc::clone(&self.normal);
                videos.push(PastedVideo::new(normal, source, kind, stretches)?);
            }
        }
        Ok(videos)
    }

    fn explain_missing(
        &self,
        kind: PseudoKind,
        held_out: &[usize],
        planner: &Planner<'_>,
    ) -> String {
        let needed = match kind {
            PseudoKind::Dwelling => frames_to_dwell(),
            _ => frames_needed(LENGTH),
        };
        let lengths = held_out.iter().map(|video| self.normal.found[*video].len());
        let longest = lengths.max().unwrap_or(0);
        let needs_objects = !matches!(kind, PseudoKind::Foreign | PseudoKind::Occlusion);
        if longest < needed {
            format!(
                "it needs a held-out video of at least {needed} frames; the longest has {longest}"
            )
        } else if needs_objects && !planner.has_tracks() {
            format!("no moving object could be followed through {LENGTH} normal frames")
        } else if kind == PseudoKind::Place && planner.free.is_empty() {
            "objects were seen everywhere".to_owned()
        } else if kind == PseudoKind::Appearance {
            "no object of the held-out videos could be followed away from their ends".to_owned()
        } else {
            "nothing that was pasted could be seen for long enough".to_owned()
        }
    }
}
