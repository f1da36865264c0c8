//! The bounded queue between the threads that read frames and the thread that consumes them.
//!
//! Items have positions 0, 1, 2, … in the order in which they are consumed. Worker threads claim positions in that order,
//! fill an item each, and complete them in any order; the consumer takes them in order. Position `p` waits in slot
//! `p % slots`:
//!
//! ```text
//!              consumer                        workers
//!                 ▼                        ▼       ▼
//!   … 4  5 │ 6 │ 7 done │ 8 done │ 9 being read │ 10 being read │ 11 not claimed …
//!          taken ─────────── read ahead ──────────────▶ started
//! ```
//!
//! Every item is a buffer that is recycled: the consumer gives it back and a worker fills it again. At most `slots` items
//! are alive, so memory is bounded. A consumer may keep items for longer than until the next one, and may even need more
//! than `slots` of them before it gives one back; to let it go on, `least_ahead` further items may always be read.

use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Scope};

use oddframe_core::Error;

/// What reading an item gave. The outer error is the payload of a panic, which the consumer resumes.
pub(crate) type Outcome = thread::Result<Result<(), Error>>;

/// See the description of the module.
pub(crate) struct Ring<T> {
    slots: usize,
    least_ahead: usize,
    state: Mutex<State<T>>,
    /// Signals that another position may be claimed, or that the ring has stopped.
    room: Condvar,
    /// Signals that the next item to consume is done, or that there is none.
    ready: Condvar,
}

struct State<T> {
    /// Positions below this one were claimed.
    started: usize,
    /// Positions below this one were consumed or skipped.
    taken: usize,
    /// Items that are being read, wait in the ring, or are with the consumer.
    alive: usize,
    /// The number of positions, once it is known.
    end: Option<usize>,
    stopped: bool,
    spare: Vec<T>,
    done: Vec<Option<(T, Outcome)>>,
}

impl<T> Ring<T> {
    /// A ring of at most `slots` items, of which at least `least_ahead` can be read ahead whatever the consumer keeps.
    pub(crate) fn new(slots: usize, least_ahead: usize, end: Option<usize>) -> Self {
        let slots = slots.max(1);
        let state = State {
            started: 0,
            taken: 0,
            alive: 0,
            end,
            stopped: false,
            spare: Vec::new(),
            done: std::iter::repeat_with(|| None).take(slots).collect(),
        };
        Self {
            slots,
            least_ahead: least_ahead.clamp(1, slots),
            state: Mutex::new(state),
            room: Condvar::new(),
            ready: Condvar::new(),
        }
    }

    /// Claims the next position, waiting until there is room, together with a used item where one was given back.
    /// None when there is nothing left to read or the ring has stopped.
    pub(crate) fn claim_next(&self) -> Option<(usize, Option<T>)> {
        let mut state = self.lock_state();
        loop {
            if state.stopped || state.end.is_some_and(|end| state.started >= end) {
                return None;
            }
            let ahead = state.started - state.taken;
            // A claimed position must not meet an earlier one in its slot, whatever else holds.
            // The second condition bounds the memory. `least_ahead` overrides it, because a consumer that keeps items
            // until it has seen later ones would otherwise wait for workers that wait for its items.
            if ahead < self.slots && (state.alive < self.slots || ahead < self.least_ahead) {
                state.started += 1;
                state.alive += 1;
                return Some((state.started - 1, state.spare.pop()));
            }
            state = wait_for(&self.room, state);
        }
    }

    /// Hands over the item of a claimed position.
    pub(crate) fn put(&self, position: usize, item: T, outcome: Outcome) {
        let mut state = self.lock_state();
        state.done[position % self.slots] = Some((item, outcome));
        // The consumer waits for one position only. It finds the later ones done when it comes to them.
        if position == state.taken {
            self.ready.notify_one();
        }
    }

    /// Declares that the ring ends before `position`. Only for a reader that claims one position at a time.
    pub(crate) fn end_at(&self, position: usize) {
        self.lock_state().end = Some(position);
        self.ready.notify_one();
        self.room.notify_all();
    }

    /// Takes the next item, waiting until it is done. None at the end.
    pub(crate) fn take_next(&self) -> Option<(T, Outcome)> {
        let mut state = self.lock_state();
        loop {
            if state.end.is_some_and(|end| state.taken >= end) {
                return None;
            }
            let slot = state.taken % self.slots;
            if let Some(done) = state.done[slot].take() {
                state.taken += 1;
                drop(state);
                // The item is still alive, but with fewer read ahead a worker may claim one of the reserved positions.
                self.room.notify_one();
                return Some(done);
            }
            state = wait_for(&self.ready, state);
        }
    }

    /// Passes over all positions before `end` that were not taken yet, and discards what was read of them.
    pub(crate) fn skip_to(&self, end: usize) {
        let mut state = self.lock_state();
        let claimed = state.started.min(end);
        // From here on nobody claims a skipped position. Those that were claimed before are awaited.
        state.started = state.started.max(end);
        while state.taken < claimed {
            let slot = state.taken % self.slots;
            match state.done[slot].take() {
                Some((item, _)) => {
                    state.taken += 1;
                    state.alive -= 1;
                    state.spare.push(item);
                }
                None => state = wait_for(&self.ready, state),
            }
        }
        state.taken = state.taken.max(end);
        drop(state);
        self.room.notify_all();
    }

    /// A used item that the consumer fills itself; none where a new one has to be made. Either counts as alive.
    pub(crate) fn take_spare(&self) -> Option<T> {
        let mut state = self.lock_state();
        state.alive += 1;
        state.spare.pop()
    }

    /// Returns an item that the consumer took.
    pub(crate) fn give_back(&self, item: T) {
        let mut state = self.lock_state();
        state.spare.push(item);
        state.alive -= 1;
        drop(state);
        self.room.notify_one();
    }

    /// Stops the workers when the value is dropped, also while a panic unwinds.
    pub(crate) fn stop_on_drop(&self) -> StopOnDrop<'_, T> {
        StopOnDrop(self)
    }

    /// The lock is held for a few assignments that cannot panic, so the state behind a poisoned lock is sound.
    fn lock_state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wait_for<'s, T>(signal: &Condvar, state: MutexGuard<'s, State<T>>) -> MutexGuard<'s, State<T>> {
    signal.wait(state).unwrap_or_else(PoisonError::into_inner)
}

/// See [`Ring::stop_on_drop`].
pub(crate) struct StopOnDrop<'a, T>(&'a Ring<T>);

impl<T> Drop for StopOnDrop<'_, T> {
    fn drop(&mut self) {
        self.0.lock_state().stopped = true;
        self.0.room.notify_all();
    }
}

impl<T> fmt::Debug for Ring<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ring")
            .field("slots", &self.slots)
            .finish_non_exhaustive()
    }
}

/// Starts `threads` workers and returns how many the system granted. With none, the consumer has to read by itself.
pub(crate) fn spawn_workers<'scope>(
    scope: &'scope Scope<'scope, '_>,
    threads: usize,
    work: impl Fn() + Copy + Send + 'scope,
) -> usize {
    (0..threads)
        .filter(|_| thread::Builder::new().spawn_scoped(scope, work).is_ok())
        .count()
}
