//! A video that keeps small copies of some frames as they are read.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use oddframe_core::{Error, Frame, FrameSource, Video};

use super::encode::shrink_frame;

/// The longer side of a thumbnail.
const SIDE_PX: usize = 160;
/// The most thumbnails of a video. Evenly spaced, they show when something happens; the top moments get larger pictures.
const THUMBNAILS: usize = 40;

/// A copy of a frame, and the size that it had.
#[derive(Debug, Clone)]
pub(super) struct Thumbnail {
    pub(super) frame: Frame,
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) seconds: Option<f64>,
}

impl Thumbnail {
    /// # Errors
    /// When the size cannot be made, which does not happen with frames that were read.
    pub(super) fn of(frame: &Frame, side: usize) -> Result<Self, Error> {
        Ok(Self {
            frame: shrink_frame(frame, side)?,
            width: frame.shape().width(),
            height: frame.shape().height(),
            seconds: frame.time().map(|time| time.as_secs_f64()),
        })
    }
}

/// Reads the frames of another source, and keeps thumbnails of evenly spaced ones.
///
/// The thumbnails are made by the threads that decode, from the frame in its own size, so that neither the size of the
/// frames nor what the systems want to see of them matters.
pub(super) struct ThumbnailSource<'a> {
    source: &'a dyn FrameSource,
    /// Positions of the frames to keep, rising.
    positions: Vec<usize>,
    kept: Mutex<BTreeMap<usize, Thumbnail>>,
}

impl<'a> ThumbnailSource<'a> {
    pub(super) fn new(source: &'a dyn FrameSource) -> Self {
        Self {
            source,
            positions: spread_positions(source.numbers().len(), THUMBNAILS),
            kept: Mutex::default(),
        }
    }

    /// The thumbnails of the frames that were read, by position. Later calls return those read since.
    pub(super) fn take_thumbnails(&self) -> BTreeMap<usize, Thumbnail> {
        std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the frames of all thumbnails. Frames that cannot be read have none.
    pub(super) fn read_thumbnails(&self) -> BTreeMap<usize, Thumbnail> {
        let mut frame = Frame::default();
        for position in &self.positions {
            // A run that may not replace unreadable frames has ended before with that error.
            let _ = self.read_into(*position, &mut frame);
        }
        self.take_thumbnails()
    }
}

impl FrameSource for ThumbnailSource<'_> {
    fn video(&self) -> &Video {
        self.source.video()
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        self.source.read_into(index, out)?;
        if self.positions.binary_search(&index).is_ok() {
            let thumbnail = Thumbnail::of(out, SIDE_PX)?;
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.insert(index, thumbnail);
        }
        Ok(())
    }
}

/// At most `count` positions below `frames`, evenly spaced, each in the middle of its part of the video.
fn spread_positions(frames: usize, count: usize) -> Vec<usize> {
    let count = count.min(frames);
    (0..count)
        .map(|place| (2 * place + 1) * frames / (2 * count))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_evenly_spaced_and_distinct() {
        assert_eq!(spread_positions(100, 4), [12, 37, 62, 87]);
        assert_eq!(spread_positions(3, 40), [0, 1, 2]);
        assert_eq!(spread_positions(0, 40), [0_usize; 0]);
        let positions = spread_positions(41, 40);
        assert!(positions.is_sorted_by(|a, b| a < b) && positions[39] < 41);
    }
}
