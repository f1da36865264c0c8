//! A source for tests.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use oddframe_core::{Error, Frame, FrameNumber, FrameShape, FrameSource, PixelFormat, Video};

/// Generated frames whose bytes depend on the frame and the position. Some fail to read, and reads are counted.
#[derive(Debug)]
pub(crate) struct Made {
    video: Video,
    pub(crate) bad: BTreeSet<usize>,
    pub(crate) reads: Vec<AtomicUsize>,
    /// How long a read takes.
    pub(crate) takes: Duration,
}

impl Made {
    pub(crate) fn new(width: usize, height: usize, format: PixelFormat, numbers: &[u64]) -> Self {
        let shape = FrameShape::new(width, height, format).unwrap();
        let numbers: Vec<_> = numbers.iter().copied().map(FrameNumber).collect();
        let reads = numbers.iter().map(|_| AtomicUsize::new(0)).collect();
        Self {
            video: Video::new("made".into(), shape, numbers).unwrap(),
            bad: BTreeSet::new(),
            reads,
            takes: Duration::ZERO,
        }
    }

    pub(crate) fn with_bad(self, bad: &[usize]) -> Self {
        Self {
            bad: bad.iter().copied().collect(),
            ..self
        }
    }

    pub(crate) fn byte(frame: usize, place: usize) -> u8 {
        ((frame * frame * 29 + frame * 7 + place * 13) % 251) as u8
    }

    pub(crate) fn reads(&self) -> Vec<usize> {
        self.reads
            .iter()
            .map(|r| r.load(Ordering::Relaxed))
            .collect()
    }
}

impl FrameSource for Made {
    fn video(&self) -> &Video {
        &self.video
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        let number = self.number_at(index)?;
        self.reads[index].fetch_add(1, Ordering::Relaxed);
        if self.bad.contains(&index) {
            let source = format!("frame {index} is made to fail").into();
            return Err(Error::Read {
                video: self.id().clone(),
                frame: number,
                path: None,
                source,
            });
        }
        if !self.takes.is_zero() {
            std::thread::sleep(self.takes);
        }
        out.reset(self.shape(), number);
        for (place, byte) in out.pixels_mut().iter_mut().enumerate() {
            *byte = Self::byte(index, place);
        }
        Ok(())
    }
}
