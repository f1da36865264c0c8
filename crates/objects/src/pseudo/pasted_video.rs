use std::ops::Range;
use std::sync::Arc;

use oddframe_core::{Error, Frame, FrameSource, Video, VideoId};

use super::insert::Insert;
use super::kind::PseudoKind;
use super::normal_videos::NormalVideos;

/// Consecutive frames of a video into which something was pasted.
#[derive(Debug, Clone)]
pub struct Stretch {
    pub(super) frames: Range<usize>,
    pub(super) counted: Range<usize>,
    /// Whether each frame differs from the normal one.
    pub(super) changed: Vec<bool>,
    pub(super) detail: String,
    pub(super) insert: Insert,
}

impl Stretch {
    /// The frames, as positions in the video. Some of them may be unchanged: see [`Self::changed_frames`].
    pub fn frames(&self) -> Range<usize> {
        self.frames.clone()
    }

    /// The frames that differ from those of the normal video, as positions in the video.
    pub fn changed_frames(&self) -> impl Iterator<Item = usize> + '_ {
        let changed = self.frames.clone().zip(&self.changed);
        changed
            .filter(|(_, changed)| **changed)
            .map(|(frame, _)| frame)
    }

    /// The changed frames that a system is judged by: not the first and the last few, in which something appears out of
    /// nothing, and not the first second of an object that dwells.
    pub fn counted_frames(&self) -> impl Iterator<Item = usize> + '_ {
        self.changed_frames()
            .filter(|frame| self.counted.contains(frame))
    }

    /// What was pasted, in a few words.
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

/// A normal video with pseudo-anomalies of one kind. Its frames are rendered when they are read; all frames outside the
/// [stretches](Self::stretches) are those of the normal video.
///
/// Made by [`PseudoAnomalies::plan`](crate::PseudoAnomalies::plan). The name is that of the normal video with the kind, such
/// as `07-speed`.
#[derive(Clone)]
pub struct PastedVideo {
    video: Video,
    kind: PseudoKind,
    source: usize,
    normal: Arc<NormalVideos>,
    stretches: Vec<Stretch>,
}

impl std::fmt::Debug for PastedVideo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PastedVideo")
            .field("id", self.video.id())
            .field("stretches", &self.stretches)
            .finish_non_exhaustive()
    }
}

impl PastedVideo {
    pub(super) fn new(
        normal: Arc<NormalVideos>,
        source: usize,
        kind: PseudoKind,
        mut stretches: Vec<Stretch>,
    ) -> Result<Self, Error> {
        stretches.sort_by_key(|stretch| stretch.frames.start);
        let of_normal = normal.sources[source].video();
        let id = VideoId::new(&format!("{}-{kind}", of_normal.id().name()));
        Ok(Self {
            video: Video::new(id, of_normal.shape(), of_normal.numbers().to_vec())?,
            kind,
            source,
            normal,
            stretches,
        })
    }

    /// The kind of the pseudo-anomalies.
    pub fn kind(&self) -> PseudoKind {
        self.kind
    }

    /// The normal video, as a position among the normal videos.
    pub fn source(&self) -> usize {
        self.source
    }

    /// Where something was pasted, in order. Stretches do not overlap.
    pub fn stretches(&self) -> &[Stretch] {
        &self.stretches
    }
}

impl FrameSource for PastedVideo {
    fn video(&self) -> &Video {
        &self.video
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        self.normal.sources[self.source].read_into(index, out)?;
        let inside = |stretch: &&Stretch| stretch.frames.contains(&index);
        let Some(stretch) = self.stretches.iter().find(inside) else {
            return Ok(());
        };
        let step = index - stretch.frames.start;
        if stretch.changed[step] {
            stretch
                .insert
                .apply(&self.normal, step, out)
                .map_err(crate::Error::of_system)?;
        }
        Ok(())
    }
}
