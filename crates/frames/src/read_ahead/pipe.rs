use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use oddframe_core::{Error, Frame, FrameShape};

use super::FramePlace;

/// What reading a frame gave: the outer error is a panic's payload.
pub(super) type Outcome = Result<Result<(), Error>, Box<dyn Any + Send>>;

/// A ring of frames between the threads that read and the one that consumes.
///
/// Position `p` of the order uses slot `p % slots`. A position is started only when the one `slots` before it
/// was given back, so that neither two frames meet in a slot nor more than `slots` are alive.
pub(super) struct Pipe<'a> {
    places: &'a [FramePlace<'a>],
    slots: usize,
    /// Every buffer is made for the largest frame: growing one later could take more than the budget.
    largest: Option<FrameShape>,
    state: Mutex<State>,
    /// A frame was given back, or all is over.
    free: Condvar,
    /// The frame that the consumer waits for is there.
    ready: Condvar,
}

struct State {
    started: usize,
    given_back: usize,
    wanted: Option<usize>,
    stopped: bool,
    spare: Vec<Frame>,
    done: Vec<Option<(Frame, Outcome)>>,
}

impl<'a> Pipe<'a> {
    pub(super) fn new(places: &'a [FramePlace<'a>], threads: usize, budget_bytes: usize) -> Self {
        let largest = places.iter().map(|place| place.source.shape()).max_by_key(|shape| shape.bytes());
        let frame_bytes = largest.map_or(0, FrameShape::bytes) + size_of::<Option<(Frame, Outcome)>>();
        let slots = (budget_bytes / frame_bytes).max(threads + 1).min(places.len());
        let state = State {
            started: 0,
            given_back: 0,
            wanted: None,
            stopped: false,
            spare: Vec::new(),
            done: std::iter::repeat_with(|| None).take(slots).collect(),
        };
        Self { places, slots, largest, state: Mutex::new(state), free: Condvar::new(), ready: Condvar::new() }
    }

    pub(super) fn places(&self) -> &'a [FramePlace<'a>] {
        self.places
    }

    /// Reads until there is nothing left or it is stopped.
    pub(super) fn work(&self) {
        while self.read_one() {}
    }

    /// Reads the next frame that nobody has started; false when there is none.
    pub(super) fn read_one(&self) -> bool {
        let Some((position, spare)) = self.claim() else { return false };
        let (Some(place), Some(largest)) = (self.places.get(position), self.largest) else { return false };
        let mut frame = spare.unwrap_or_else(|| Frame::new(largest));
        // No lock is held here. The frame is written anew before anyone looks at it again.
        let read = AssertUnwindSafe(|| place.source.read_into(place.index, &mut frame));
        let outcome = catch_unwind(read);
        let mut state = self.state();
        state.done[position % self.slots] = Some((frame, outcome));
        if state.wanted == Some(position) {
            self.ready.notify_one();
        }
        true
    }

    /// A position to read, and memory for it once some was given back.
    fn claim(&self) -> Option<(usize, Option<Frame>)> {
        let mut state = self.state();
        loop {
            if state.stopped || state.started == self.places.len() {
                return None;
            }
            if state.started < state.given_back + self.slots {
                state.started += 1;
                return Some((state.started - 1, state.spare.pop()));
            }
            state = wait(&self.free, state);
        }
    }

    /// What was read at `position`; waits for it.
    pub(super) fn take(&self, position: usize) -> (Frame, Outcome) {
        let mut state = self.state();
        loop {
            if let Some(done) = state.done[position % self.slots].take() {
                state.wanted = None;
                return done;
            }
            state.wanted = Some(position);
            state = wait(&self.ready, state);
        }
    }

    /// Returns the memory of the frame that was taken last.
    pub(super) fn give_back(&self, frame: Frame) {
        let mut state = self.state();
        state.spare.push(frame);
        state.given_back += 1;
        drop(state);
        self.free.notify_one();
    }

    /// Stops the threads when it is dropped, also while a panic unwinds.
    pub(super) fn stop_at_the_end(&self) -> Stop<'_> {
        Stop(self)
    }

    /// The lock is held for a few assignments that cannot panic, so that a poisoned one is sound.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wait<'s>(on: &Condvar, state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
    on.wait(state).unwrap_or_else(PoisonError::into_inner)
}

/// See [`Pipe::stop_at_the_end`].
pub(super) struct Stop<'a>(&'a Pipe<'a>);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.state().stopped = true;
        self.0.free.notify_all();
    }
}

impl fmt::Debug for Pipe<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipe").field("places", &self.places.len()).field("slots", &self.slots).finish()
    }
}
