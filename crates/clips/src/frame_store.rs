use std::sync::{Mutex, PoisonError};

use oddframe_core::{Error, Event, Frame, FrameSource, Observer, Video};
use oddframe_frames::ReadAhead;

use crate::Look;
use crate::together::{Seen, see_all};

/// Frames of normal videos as a network sees them, ready to be put into clips again and again.
///
/// They are prepared once and kept as bytes; where they do not fit the budget they are read anew each time.
pub struct FrameStore<'a> {
    look: Look,
    pub(crate) videos: Vec<Stored<'a>>,
    /// Memory to read frames into that are not kept.
    spare: Mutex<Vec<Frame>>,
}

pub(crate) struct Stored<'a> {
    video: Video,
    /// All of them, or none.
    pub(crate) frames: Vec<Frame>,
    source: Box<dyn FrameSource + 'a>,
}

impl std::fmt::Debug for FrameStore<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let videos: Vec<_> = self
            .videos
            .iter()
            .map(|v| (v.video.id(), v.video.numbers().len(), !v.frames.is_empty()))
            .collect();
        f.debug_struct("FrameStore")
            .field("look", &self.look)
            .field("videos", &videos)
            .finish_non_exhaustive()
    }
}

impl<'a> FrameStore<'a> {
    /// Bytes of frames that are kept where nothing else is asked for: 20,000 frames of 128x128 RGB.
    pub const BUDGET_BYTES: usize = 1 << 30;

    /// The frames of these videos as one look shows them.
    ///
    /// # Errors
    /// When there is no video, a frame cannot be read, or the observer asks to stop.
    pub fn load(videos: &[&'a dyn FrameSource], look: Look, watch: &mut dyn Observer) -> Result<Self, Error> {
        let mut stores = Self::load_all(videos, &[look], Self::BUDGET_BYTES, watch)?;
        stores.pop().ok_or(Error::Nothing { what: "training video" })
    }

    /// The frames of these videos for several looks, each decoded once, within a budget for all of them together:
    /// the looks that take least are kept first.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn load_all(
        videos: &[&'a dyn FrameSource],
        looks: &[Look],
        budget_bytes: usize,
        watch: &mut dyn Observer,
    ) -> Result<Vec<Self>, Error> {
        if videos.is_empty() {
            return Err(Error::Nothing { what: "training video" });
        }
        let open = |look: Look| -> Result<Self, Error> {
            let stored = |video: &&'a dyn FrameSource| {
                let source = look.of(*video)?;
                Ok(Stored { video: source.video().clone(), frames: Vec::new(), source })
            };
            let videos = videos.iter().map(stored).collect::<Result<_, Error>>()?;
            Ok(Self { look, videos, spare: Mutex::default() })
        };
        let mut stores = looks.iter().map(|look| open(*look)).collect::<Result<Vec<_>, _>>()?;
        let kept = within(budget_bytes, &stores);
        let kept_looks: Vec<Look> = kept.iter().map(|store| looks[*store]).collect();
        if kept.is_empty() {
            return Ok(stores);
        }
        let frames = videos.iter().map(|video| video.numbers().len() as u64).sum();
        watch.tell(Event::Started { task: "reading normal frames", total: Some(frames) })?;
        let mut done = 0;
        see_all(videos, &kept_looks, ReadAhead::new(), &mut |seen: Seen<'_>| {
            let last = seen.look + 1 == kept.len();
            stores[kept[seen.look]].videos[seen.video].frames.push(seen.frame.clone());
            if last {
                done += 1;
                watch.tell(Event::Advanced { done })?;
            }
            Ok(())
        })?;
        watch.tell(Event::Finished)?;
        Ok(stores)
    }

    /// What the frames are seen as.
    pub fn look(&self) -> Look {
        self.look
    }

    pub(crate) fn videos(&self) -> impl ExactSizeIterator<Item = &Video> {
        self.videos.iter().map(|stored| &stored.video)
    }

    fn bytes(&self) -> usize {
        let image = self.look.clip(1).frame_values();
        self.videos().map(|video| video.numbers().len().saturating_mul(image)).sum()
    }

    /// Writes a frame's values, `[C,H,W]`.
    pub(crate) fn fill(&self, video: usize, index: usize, out: &mut [f32]) -> Result<(), Error> {
        let stored = &self.videos[video];
        let scale = self.look.scale();
        if let Some(frame) = stored.frames.get(index) {
            return scale.fill(frame, out);
        }
        let spare = || self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = spare().pop();
        let mut frame = taken.unwrap_or_else(|| Frame::new(stored.source.shape()));
        let done = stored.source.read_into(index, &mut frame).and_then(|()| scale.fill(&frame, out));
        spare().push(frame);
        done
    }
}

/// Which stores fit the budget together, in their order: the smallest first.
fn within(mut budget_bytes: usize, stores: &[FrameStore<'_>]) -> Vec<usize> {
    let mut by_size: Vec<usize> = (0..stores.len()).collect();
    by_size.sort_by_key(|store| stores[*store].bytes());
    by_size.retain(|store| {
        let rest = budget_bytes.checked_sub(stores[*store].bytes());
        budget_bytes = rest.unwrap_or(0);
        rest.is_some()
    });
    by_size.sort_unstable();
    by_size
}
