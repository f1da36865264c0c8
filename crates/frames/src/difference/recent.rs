use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use oddframe_core::{Error, Frame, FrameShape, FrameSource};

/// How many frames are kept at least: enough for a dozen threads that read neighbouring frames.
const LEAST_KEPT: usize = 16;

/// The frames of a source that were read last, shared between threads.
#[derive(Debug)]
pub(super) struct Recent {
    shape: FrameShape,
    most: usize,
    /// Oldest use first.
    kept: Mutex<VecDeque<(usize, Arc<Mutex<Slot>>)>>,
}

#[derive(Debug)]
struct Slot {
    frame: Frame,
    ready: bool,
}

impl Recent {
    /// Room for frames of this shape, where so many threads may read neighbouring ones.
    pub(super) fn new(shape: FrameShape, threads: usize) -> Self {
        // A thread holds one frame at a time, and others may be a step ahead of it.
        Self { shape, most: threads.saturating_mul(2).max(LEAST_KEPT), kept: Mutex::default() }
    }

    /// Shows the frame at `index`, reading it first where that has not happened yet.
    ///
    /// A thread that wants a frame another one is reading waits for it. `show` must not ask for a second frame.
    pub(super) fn with<T>(
        &self,
        source: &dyn FrameSource,
        index: usize,
        show: impl FnOnce(&Frame) -> T,
    ) -> Result<T, Error> {
        let slot = self.slot(index);
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if !slot.ready {
            source.read_into(index, &mut slot.frame)?;
            slot.ready = true;
        }
        Ok(show(&slot.frame))
    }

    /// The frame's place, which may not be filled yet.
    fn slot(&self, index: usize) -> Arc<Mutex<Slot>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept.iter().position(|(i, _)| *i == index).and_then(|at| kept.remove(at));
        let slot = if let Some((_, slot)) = known {
            slot
        } else {
            let oldest = if kept.len() < self.most { None } else { kept.pop_front() };
            // A slot that a thread still holds is left to it.
            let empty = || Arc::new(Mutex::new(Slot { frame: Frame::new(self.shape), ready: false }));
            oldest.and_then(|(_, slot)| emptied(slot)).unwrap_or_else(empty)
        };
        kept.push_back((index, Arc::clone(&slot)));
        slot
    }
}

fn emptied(mut slot: Arc<Mutex<Slot>>) -> Option<Arc<Mutex<Slot>>> {
    let inner = Arc::get_mut(&mut slot)?;
    inner.get_mut().unwrap_or_else(PoisonError::into_inner).ready = false;
    Some(slot)
}
