//! The thread pool: the one thing this crate shares between calls.
//!
//! Layers are short (tens of microseconds for one image), so idle threads watch for work for a moment before they
//! sleep, and a caller never waits for a thread that has not yet woken: it does the work itself.
#![allow(unsafe_code)]

use std::cell::UnsafeCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, OnceLock, PoisonError, TryLockError};

/// How often an idle thread looks for work before it sleeps: some tens of microseconds.
const LOOKS: u32 = if cfg!(miri) { 10 } else { 4000 };
/// The lower half of `claim` counts the tasks that nobody has taken; the upper half numbers the jobs.
const OPEN: u64 = 0xFFFF_FFFF;

type Work<'a> = &'a (dyn Fn(usize, usize) + Sync);

struct Pool {
    /// Held by the caller whose job runs.
    caller: Mutex<()>,
    helpers: usize,
    claim: AtomicU64,
    job: UnsafeCell<Option<Job>>,
    done: AtomicUsize,
    panicked: AtomicBool,
    sleepers: AtomicUsize,
    sleep: Mutex<()>,
    wake: Condvar,
}

#[derive(Clone, Copy)]
struct Job {
    work: Work<'static>,
    tasks: usize,
}

// SAFETY: `job` is written by the holder of `caller` while no task is open or running, and read only by who has taken
// a task of it; `claim` orders the two (release when tasks are opened, acquire when one is taken).
unsafe impl Sync for Pool {}

static POOL: OnceLock<&'static Pool> = OnceLock::new();
static LIMIT: AtomicUsize = AtomicUsize::new(usize::MAX);

/// Uses at most so many threads, the caller's among them, from now on; at least one. The results do not depend on it.
pub fn set_threads(threads: usize) {
    LIMIT.store(threads.max(1), Ordering::Relaxed);
}

/// How many threads work on a call, the caller's among them.
pub fn threads() -> usize {
    pool().threads()
}

/// Threads that exist, whatever the limit.
pub(crate) fn all_threads() -> usize {
    pool().helpers + 1
}

fn pool() -> &'static Pool {
    POOL.get_or_init(|| Pool::start(std::thread::available_parallelism().map_or(1, usize::from) - 1))
}

/// Calls `work(task, thread)` for every task; `thread` is below [`threads`] and no two tasks run with the same one at
/// the same time. Calls from several threads at once, or from within a task of several, run on the calling thread alone.
pub(crate) fn parallel(tasks: usize, work: Work<'_>) {
    pool().parallel(tasks, work);
}

impl Pool {
    fn start(helpers: usize) -> &'static Pool {
        let pool: &'static Pool = Box::leak(Box::new(Pool {
            caller: Mutex::new(()),
            helpers,
            claim: AtomicU64::new(0),
            job: UnsafeCell::new(None),
            done: AtomicUsize::new(0),
            panicked: AtomicBool::new(false),
            sleepers: AtomicUsize::new(0),
            sleep: Mutex::new(()),
            wake: Condvar::new(),
        }));
        for helper in 1..=helpers {
            // A thread that cannot be started is missed by nobody: the caller does its part.
            let _ = std::thread::Builder::new()
                .name(format!("kernels-{helper}"))
                .spawn(move || pool.help(helper));
        }
        pool
    }

    fn threads(&self) -> usize {
        (self.helpers + 1).min(LIMIT.load(Ordering::Relaxed))
    }

    fn parallel(&self, tasks: usize, work: Work<'_>) {
        let alone = || (0..tasks).for_each(|task| work(task, 0));
        if tasks < 2 || self.threads() == 1 || tasks as u64 > OPEN {
            return alone();
        }
        let _held = match self.caller.try_lock() {
            Ok(held) => held,
            // A task panicked once; the pool itself is whole.
            Err(TryLockError::Poisoned(held)) => held.into_inner(),
            Err(TryLockError::WouldBlock) => return alone(),
        };
        self.run(tasks, work);
    }

    fn run(&self, tasks: usize, work: Work<'_>) {
        // SAFETY: only the lifetime changes; `run` does not return, nor unwind, before every task is done.
        let work: Work<'static> = unsafe { std::mem::transmute::<Work<'_>, Work<'static>>(work) };
        // SAFETY: `caller` is held, and the tasks of the job before this one are all done.
        unsafe { *self.job.get() = Some(Job { work, tasks }) };
        self.done.store(0, Ordering::Relaxed);
        self.panicked.store(false, Ordering::Relaxed);
        let number = (self.claim.load(Ordering::Relaxed) >> 32).wrapping_add(1);
        self.claim.store(number << 32 | tasks as u64, Ordering::SeqCst);
        if self.sleepers.load(Ordering::SeqCst) > 0 {
            let _awake = self.sleep.lock().unwrap_or_else(PoisonError::into_inner);
            self.wake.notify_all();
        }
        let waiting = Waiting { pool: self, tasks };
        while self.take(0) {}
        drop(waiting);
        assert!(!self.panicked.load(Ordering::Relaxed), "a task of a kernel panicked on another thread");
    }

    /// Takes a task and does it; false where none is open.
    fn take(&self, thread: usize) -> bool {
        let mut claim = self.claim.load(Ordering::Acquire);
        loop {
            let open = claim & OPEN;
            if open == 0 {
                return false;
            }
            match self.claim.compare_exchange_weak(claim, claim - 1, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => {
                    let done = Done { pool: self, unwinding: std::thread::panicking() };
                    // SAFETY: a task of this job was taken and is not done, so its caller waits and leaves it in place.
                    if let Some(job) = unsafe { *self.job.get() } {
                        (job.work)(job.tasks - open as usize, thread);
                    }
                    drop(done);
                    return true;
                }
                Err(now) => claim = now,
            }
        }
    }

    fn help(&self, thread: usize) {
        loop {
            let mut looks = 0;
            while looks < LOOKS {
                let take = || thread < LIMIT.load(Ordering::Relaxed) && self.take(thread);
                // The caller learns of a panic by `panicked`; this thread goes on.
                if catch_unwind(AssertUnwindSafe(take)).unwrap_or(true) {
                    looks = 0;
                } else {
                    looks += 1;
                    std::hint::spin_loop();
                }
            }
            let mut asleep = self.sleep.lock().unwrap_or_else(PoisonError::into_inner);
            self.sleepers.fetch_add(1, Ordering::SeqCst);
            while self.claim.load(Ordering::SeqCst) & OPEN == 0 || thread >= LIMIT.load(Ordering::Relaxed) {
                asleep = self.wake.wait(asleep).unwrap_or_else(PoisonError::into_inner);
            }
            self.sleepers.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

/// Counts a task as done, also when it panics.
struct Done<'a> {
    pool: &'a Pool,
    /// Whether the thread was unwinding before the task began: then a panic is not the task's.
    unwinding: bool,
}

impl Drop for Done<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() && !self.unwinding {
            self.pool.panicked.store(true, Ordering::Relaxed);
        }
        self.pool.done.fetch_add(1, Ordering::Release);
    }
}

/// Waits for the last task, also when the caller's own task panics.
struct Waiting<'a> {
    pool: &'a Pool,
    tasks: usize,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        // After a panic of the caller's, nobody may be there for the tasks that are still open: they are let go.
        let open = self.pool.claim.fetch_and(!OPEN, Ordering::AcqRel) & OPEN;
        self.pool.done.fetch_add(open as usize, Ordering::Release);
        let mut looks = 0_u32;
        while self.pool.done.load(Ordering::Acquire) < self.tasks {
            looks += 1;
            if looks.is_multiple_of(LOOKS) {
                // Another thread has our last task and may wait for this core.
                std::thread::yield_now();
            } else {
                std::hint::spin_loop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_runs_once_and_threads_do_not_share_a_slot() {
        for tasks in [0, 1, 2, 7, 1000] {
            let counts: Vec<AtomicUsize> = (0..tasks).map(|_| AtomicUsize::new(0)).collect();
            let slots: Vec<AtomicBool> = (0..threads()).map(|_| AtomicBool::new(false)).collect();
            parallel(tasks, &|task, thread| {
                assert!(!slots[thread].swap(true, Ordering::SeqCst), "two tasks in slot {thread}");
                counts[task].fetch_add(1, Ordering::SeqCst);
                slots[thread].store(false, Ordering::SeqCst);
            });
            assert!(counts.iter().all(|n| n.load(Ordering::SeqCst) == 1), "{tasks} tasks");
        }
    }

    #[test]
    fn callers_do_not_wait_for_each_other_nor_for_themselves() {
        let sum = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    parallel(10, &|_, _| {
                        parallel(10, &|task, _| {
                            sum.fetch_add(task, Ordering::SeqCst);
                        });
                    });
                });
            }
        });
        assert_eq!(sum.into_inner(), 4 * 10 * 45);
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_pool_lives_on() {
        // A pool of its own: the shared one may be another test's at this moment.
        let pool = Pool::start(2);
        for only in [Some(17), None] {
            let task = |task: usize, _| assert!(only.is_some_and(|only| task != only), "as meant");
            assert!(catch_unwind(AssertUnwindSafe(|| pool.parallel(50, &task))).is_err());
        }
        assert!(matches!(pool.caller.try_lock(), Err(TryLockError::Poisoned(_))), "the pool did the work");
        let sum = AtomicUsize::new(0);
        pool.parallel(50, &|task, _| {
            sum.fetch_add(task, Ordering::SeqCst);
        });
        assert_eq!(sum.into_inner(), 49 * 25);
    }
}
