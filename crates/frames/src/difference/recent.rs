use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use oddframe_core::{Error, Frame, FrameShape, FrameSource};

/// The least number of frames that are kept: enough for a dozen threads that read neighbouring frames.
const LEAST_KEPT: usize = 16;

/// The frames of a source that were read last, shared by threads. The least recently used one makes room for a new one.
#[derive(Debug)]
pub(super) struct Recent {
    shape: FrameShape,
    most: usize,
    /// Least recently used first.
    kept: Mutex<VecDeque<(usize, Arc<Mutex<Slot>>)>>,
}

#[derive(Debug)]
struct Slot {
    frame: Frame,
    ready: bool,
}

impl Recent {
    /// Room for frames of this shape, when so many threads may read neighbouring ones.
    pub(super) fn new(shape: FrameShape, threads: usize) -> Self {
        // A thread holds one frame at a time, and others may be a step ahead of it.
        Self {
            shape,
            most: threads.saturating_mul(2).max(LEAST_KEPT),
            kept: Mutex::default(),
        }
    }

    /// Shows the frame at `index`, and reads it first when it is not kept.
    ///
    /// A thread waits for a frame that another thread is reading. `show` must not ask for a second frame: two threads that
    /// do so could wait for each other.
    pub(super) fn with_frame<T>(
        &self,
        source: &dyn FrameSource,
        index: usize,
        show: impl FnOnce(&Frame) -> T,
    ) -> Result<T, Error> {
        let slot = self.find_slot(index);
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if !slot.ready {
            source.read_into(index, &mut slot.frame)?;
            slot.ready = true;
        }
        Ok(show(&slot.frame))
    }

    /// The slot of a frame, which may not be filled yet.
    fn find_slot(&self, index: usize) -> Arc<Mutex<Slot>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        // Taking a slot out and appending it keeps the list in the order of the last use.
        let known = kept
            .iter()
            .position(|(i, _)| *i == index)
            .and_then(|at| kept.remove(at));
        let slot = if let Some((_, slot)) = known {
            slot
        } else {
            let oldest = if kept.len() < self.most {
                None
            } else {
                kept.pop_front()
            };
            // A slot that a thread still uses stays with that thread, and a new one takes its place.
            oldest
                .and_then(|(_, slot)| empty_slot(slot))
                .unwrap_or_else(|| {
                    Arc::new(Mutex::new(Slot {
                        frame: Frame::new(self.shape),
                        ready: false,
                    }))
                })
        };
        kept.push_back((index, Arc::clone(&slot)));
        slot
    }
}

/// Makes a slot reusable; none when a thread still uses it.
fn empty_slot(mut slot: Arc<Mutex<Slot>>) -> Option<Arc<Mutex<Slot>>> {
    let inner = Arc::get_mut(&mut slot)?;
    inner
        .get_mut()
        .unwrap_or_else(PoisonError::into_inner)
        .ready = false;
    Some(slot)
}
