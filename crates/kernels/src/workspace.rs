use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::aligned::Aligned;
use crate::engine::{Panels, Room, Tables};
use crate::recurrence::Scratch;
use crate::threads::all_threads;

/// Scratch memory that calls reuse: once it has served a shape, serving it again allocates nothing.
#[derive(Debug, Default)]
pub struct Workspace {
    pub(crate) padded: Aligned,
    pub(crate) padded_bias: Aligned,
    pub(crate) zeros: Aligned,
    pub(crate) partial: Aligned,
    pub(crate) panels: Panels,
    pub(crate) tables: ThreadTables,
    pub(crate) cell: Scratch,
}

impl Workspace {
    /// An empty workspace.
    pub fn new() -> Self {
        Self::default()
    }
}

/// Tables for every thread. A thread locks its own only, so no lock is ever waited for.
#[derive(Debug)]
pub(crate) struct ThreadTables(Vec<Mutex<Tables>>);

impl ThreadTables {
    pub(crate) fn of(&self, thread: usize) -> MutexGuard<'_, Tables> {
        self.0[thread].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ThreadTables {
    /// Makes every thread's tables as large as a task needs: which thread takes which task differs from call to call,
    /// and no call but the first of a shape may allocate.
    pub(crate) fn reserve(&self, room: &Room) {
        for table in &self.0 {
            table.lock().unwrap_or_else(PoisonError::into_inner).reserve(room);
        }
    }
}

impl Default for ThreadTables {
    fn default() -> Self {
        Self((0..all_threads()).map(|_| Mutex::default()).collect())
    }
}
