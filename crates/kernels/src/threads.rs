//! The thread pool, the only state that this crate shares between calls.
//!
//! A call publishes a job of numbered tasks. The calling thread and the helpers take tasks from one atomic counter until
//! none is left, and the call returns when the last task is done. Two properties suit layers that run for tens of
//! microseconds: idle helpers spin for a moment before they sleep, and the calling thread never waits for a helper to
//! wake, because it takes tasks itself.
#![allow(unsafe_code)]

use std::cell::UnsafeCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, OnceLock, PoisonError, TryLockError};

/// How often an idle thread polls for work before it sleeps: some tens of microseconds.
const POLLS: u32 = if cfg!(miri) { 10 } else { 4000 };
/// Mask of the lower half of `claim`, which counts the tasks that no thread has taken. The upper half numbers the jobs, so
/// that a thread with an outdated value cannot take a task of a later job.
const OPEN: u64 = 0xFFFF_FFFF;

type Work<'a> = &'a (dyn Fn(usize, usize) + Sync);

struct Pool {
    /// Held by the caller whose job is running.
    caller: Mutex<()>,
    /// Number of threads besides the caller.
    helpers: usize,
    /// Number of the job and of its open tasks; see [`OPEN`].
    claim: AtomicU64,
    job: UnsafeCell<Option<Job>>,
    /// Number of finished tasks of the job.
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

// SAFETY: `job` is written by the thread that holds `caller`, while no task is open or running, and read only by threads
// that have taken one of its tasks; `claim` orders the two (release when tasks are opened, acquire when one is taken).
unsafe impl Sync for Pool {}

static POOL: OnceLock<&'static Pool> = OnceLock::new();
static LIMIT: AtomicUsize = AtomicUsize::new(usize::MAX);

/// Limits the number of threads of this process, including the calling thread, to `threads`, but at least to one. The
/// results do not depend on the number.
///
/// ```
/// oddframe_kernels::set_threads(1);
/// assert_eq!(oddframe_kernels::threads(), 1);
/// ```
pub fn set_threads(threads: usize) {
    LIMIT.store(threads.max(1), Ordering::Relaxed);
}

/// Number of threads that work on a call, including the calling thread.
pub fn threads() -> usize {
    shared_pool().threads()
}

/// Number of threads that exist, regardless of the limit.
pub(crate) fn all_threads() -> usize {
    shared_pool().helpers + 1
}

fn shared_pool() -> &'static Pool {
    POOL.get_or_init(|| {
        Pool::start_helpers(std::thread::available_parallelism().map_or(1, usize::from) - 1)
    })
}

/// Calls `work(task, thread)` for every task. `thread` is below [`threads`], and no two tasks run with the same number at
/// the same time. While another thread's job runs, and from within a task, all tasks run on the calling thread.
pub(crate) fn run_parallel(tasks: usize, work: Work<'_>) {
    shared_pool().run_parallel(tasks, work);
}

impl Pool {
    fn start_helpers(helpers: usize) -> &'static Pool {
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
            // A helper that cannot be started only costs speed: the caller takes its tasks.
            let _ = std::thread::Builder::new()
                .name(format!("kernels-{helper}"))
                .spawn(move || pool.run_helper(helper));
        }
        pool
    }

    fn threads(&self) -> usize {
        (self.helpers + 1).min(LIMIT.load(Ordering::Relaxed))
    }

    fn run_parallel(&self, tasks: usize, work: Work<'_>) {
        if tasks < 2 || self.threads() == 1 || tasks as u64 > OPEN {
            return run_alone(tasks, work);
        }
        let _held = match self.caller.try_lock() {
            Ok(held) => held,
            // An earlier task panicked; the state of the pool is still valid.
            Err(TryLockError::Poisoned(held)) => held.into_inner(),
            Err(TryLockError::WouldBlock) => return run_alone(tasks, work),
        };
        self.run_job(tasks, work);
    }

    fn run_job(&self, tasks: usize, work: Work<'_>) {
        // SAFETY: only the lifetime changes; `run_job` neither returns nor unwinds before every task is done.
        let work: Work<'static> = unsafe { std::mem::transmute::<Work<'_>, Work<'static>>(work) };
        // SAFETY: `caller` is held, and all tasks of the previous job are done.
        unsafe { *self.job.get() = Some(Job { work, tasks }) };
        self.done.store(0, Ordering::Relaxed);
        self.panicked.store(false, Ordering::Relaxed);
        // Opening the tasks publishes the job: helpers read it only after they have taken a task.
        let number = (self.claim.load(Ordering::Relaxed) >> 32).wrapping_add(1);
        self.claim
            .store(number << 32 | tasks as u64, Ordering::SeqCst);
        // Spinning helpers see the open tasks by themselves; sleeping ones must be woken.
        if self.sleepers.load(Ordering::SeqCst) > 0 {
            let _awake = self.sleep.lock().unwrap_or_else(PoisonError::into_inner);
            self.wake.notify_all();
        }
        let waiting = Waiting { pool: self, tasks };
        while self.take_task(0) {}
        drop(waiting);
        assert!(
            !self.panicked.load(Ordering::Relaxed),
            "a task of a kernel panicked on another thread"
        );
    }

    /// Takes a task and runs it; returns false when none is open.
    fn take_task(&self, thread: usize) -> bool {
        let mut claim = self.claim.load(Ordering::Acquire);
        loop {
            let open = claim & OPEN;
            if open == 0 {
                return false;
            }
            match self.claim.compare_exchange_weak(
                claim,
                claim - 1,
                Ordering::AcqRel,
                Ordering::Acquire,
            ) {
                Ok(_) => {
                    let done = Done {
                        pool: self,
                        unwinding: std::thread::panicking(),
                    };
                    // SAFETY: a task of this job was taken and is not done, so its caller is waiting and keeps it alive.
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

    fn run_helper(&self, thread: usize) {
        loop {
            let mut polls = 0;
            while polls < POLLS {
                let taken = catch_unwind(AssertUnwindSafe(|| {
                    thread < LIMIT.load(Ordering::Relaxed) && self.take_task(thread)
                }));
                // The caller learns of a panic from `panicked`; this thread continues.
                if taken.unwrap_or(true) {
                    polls = 0;
                } else {
                    polls += 1;
                    std::hint::spin_loop();
                }
            }
            let mut asleep = self.sleep.lock().unwrap_or_else(PoisonError::into_inner);
            self.sleepers.fetch_add(1, Ordering::SeqCst);
            while self.claim.load(Ordering::SeqCst) & OPEN == 0
                || thread >= LIMIT.load(Ordering::Relaxed)
            {
                asleep = self
                    .wake
                    .wait(asleep)
                    .unwrap_or_else(PoisonError::into_inner);
            }
            self.sleepers.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

/// Runs all tasks on the calling thread.
fn run_alone(tasks: usize, work: Work<'_>) {
    (0..tasks).for_each(|task| work(task, 0));
}

/// Counts a task as done when it is dropped, also by a panic.
struct Done<'a> {
    pool: &'a Pool,
    /// Whether the thread was unwinding before the task began; the panic is then not one of the task.
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

/// Waits for the last task when it is dropped, also by a panic in a task of the caller.
struct Waiting<'a> {
    pool: &'a Pool,
    tasks: usize,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        // After a panic in the caller, open tasks may have no thread left to run them: they are discarded.
        let open = self.pool.claim.fetch_and(!OPEN, Ordering::AcqRel) & OPEN;
        self.pool.done.fetch_add(open as usize, Ordering::Release);
        let mut polls = 0_u32;
        while self.pool.done.load(Ordering::Acquire) < self.tasks {
            polls += 1;
            if polls.is_multiple_of(POLLS) {
                // The thread that runs the last task may be waiting for this core.
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
            run_parallel(tasks, &|task, thread| {
                assert!(
                    !slots[thread].swap(true, Ordering::SeqCst),
                    "two tasks in slot {thread}"
                );
                counts[task].fetch_add(1, Ordering::SeqCst);
                slots[thread].store(false, Ordering::SeqCst);
            });
            assert!(
                counts.iter().all(|n| n.load(Ordering::SeqCst) == 1),
                "{tasks} tasks"
            );
        }
    }

    #[test]
    fn concurrent_and_nested_calls_do_not_wait_for_each_other() {
        let sum = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    run_parallel(10, &|_, _| {
                        run_parallel(10, &|task, _| {
                            sum.fetch_add(task, Ordering::SeqCst);
                        });
                    });
                });
            }
        });
        assert_eq!(sum.into_inner(), 4 * 10 * 45);
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_pool_keeps_working() {
        // A pool of its own: another test may be using the shared one.
        let pool = Pool::start_helpers(2);
        for only in [Some(17), None] {
            let job = catch_unwind(AssertUnwindSafe(|| {
                pool.run_parallel(50, &|task, _| {
                    assert!(
                        only.is_some_and(|only| task != only),
                        "a panic that this test expects"
                    );
                });
            }));
            assert!(job.is_err());
        }
        assert!(
            matches!(pool.caller.try_lock(), Err(TryLockError::Poisoned(_))),
            "the pool did the work"
        );
        let sum = AtomicUsize::new(0);
        pool.run_parallel(50, &|task, _| {
            sum.fetch_add(task, Ordering::SeqCst);
        });
        assert_eq!(sum.into_inner(), 49 * 25);
    }
}
