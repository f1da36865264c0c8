//! Frames of videos as several looks show them, each frame decoded once.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use oddframe_core::{Error, Frame, FrameSource, Video};
use oddframe_frames::{Frames, ReadAhead, read_ahead_all};

use crate::Look;

/// A frame as one of the looks shows it.
pub(crate) struct Seen<'a> {
    /// Which look.
    pub(crate) look: usize,
    /// Which video.
    pub(crate) video: usize,
    /// Its index in the video, also where the look has lost the first frame.
    pub(crate) index: usize,
    /// The pixels.
    pub(crate) frame: &'a mut Frame,
}

/// Shows every frame of every video to `each`, once for each look, in order and read ahead.
pub(crate) fn see_all(
    videos: &[&dyn FrameSource],
    looks: &[Look],
    read: ReadAhead,
    each: &mut dyn FnMut(Seen<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    if let [look] = looks {
        // The threads that decode also prepare.
        let seen = videos.iter().map(|video| look.of(*video)).collect::<Result<Vec<_>, _>>()?;
        let sources: Vec<&dyn FrameSource> = seen.iter().map(|s| &**s as &dyn FrameSource).collect();
        let lost: Vec<usize> = videos.iter().zip(&sources).map(|(all, seen)| lost(*all, *seen)).collect();
        return read_ahead_all(&sources, read, |frames| {
            each_in_order(frames, &sources, |video, index, frame| {
                each(Seen { look: 0, video, index: index + lost[video], frame })
            })
        });
    }
    read_ahead_all(videos, read, |frames| {
        let mut frame = Frame::new(oddframe_core::FrameShape::new(1, 1, oddframe_core::PixelFormat::Gray)?);
        let recent: Vec<Recent> = videos.iter().map(|video| Recent::of(video.video())).collect();
        let (mut rows, mut at) = (Vec::new(), None);
        each_in_order(frames, videos, |video, index, whole| {
            if at != Some(video) {
                at = Some(video);
                rows = looks.iter().map(|look| look.of(&recent[video])).collect::<Result<Vec<_>, _>>()?;
            }
            recent[video].push(index, whole);
            let last = index + 1 == videos[video].numbers().len();
            // A look that borrows from the next frame can be had once that one is there.
            let ready = index.saturating_sub(1)..index + usize::from(last);
            for ready in if index == 0 && !last { 0..0 } else { ready } {
                for (look, source) in rows.iter().enumerate() {
                    if ready < source.numbers().len() {
                        source.read_into(ready, &mut frame)?;
                        let index = ready + lost(videos[video], &**source);
                        each(Seen { look, video, index, frame: &mut frame })?;
                    }
                }
            }
            Ok(())
        })
    })
}

/// How many frames at the start of a video a look has lost.
fn lost(all: &dyn FrameSource, seen: &dyn FrameSource) -> usize {
    all.numbers().len() - seen.numbers().len()
}

fn each_in_order(
    frames: &mut Frames<'_>,
    videos: &[&dyn FrameSource],
    mut each: impl FnMut(usize, usize, &mut Frame) -> Result<(), Error>,
) -> Result<(), Error> {
    for (video, source) in videos.iter().enumerate() {
        for index in 0..source.numbers().len() {
            if let Some(lent) = frames.next_frame() {
                each(video, index, lent?.frame)?;
            }
        }
    }
    Ok(())
}

/// The frames of a video that were decoded last, as a source.
struct Recent {
    video: Video,
    frames: Mutex<VecDeque<(usize, Frame)>>,
}

impl Recent {
    /// The one before, the one in hand and the one after.
    const KEPT: usize = 3;

    fn of(video: &Video) -> Self {
        Self { video: video.clone(), frames: Mutex::default() }
    }

    fn frames(&self) -> MutexGuard<'_, VecDeque<(usize, Frame)>> {
        self.frames.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a frame's pixels and leaves old ones in its place.
    fn push(&self, index: usize, frame: &mut Frame) {
        let mut frames = self.frames();
        let mut kept = match frames.len() {
            Self::KEPT.. => frames.pop_front().map_or_else(|| frame.clone(), |(_, old)| old),
            _ => Frame::new(frame.shape()),
        };
        std::mem::swap(&mut kept, frame);
        frames.push_back((index, kept));
    }
}

impl FrameSource for Recent {
    fn video(&self) -> &Video {
        &self.video
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        let frames = self.frames();
        let Some((_, frame)) = frames.iter().find(|(at, _)| *at == index) else {
            let (video, len) = (self.id().clone(), self.numbers().len());
            return Err(Error::NoSuchIndex { video, index, len });
        };
        out.reset(frame.shape(), frame.number());
        out.pixels_mut().copy_from_slice(frame.pixels());
        if let Some(donor) = frame.borrowed_from() {
            out.lend_to(frame.number(), donor);
        }
        Ok(())
    }
}
