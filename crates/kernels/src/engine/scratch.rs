use std::sync::{Mutex, MutexGuard, PoisonError};

use super::tables::{Tables, TablesCapacity};
use crate::aligned::Aligned;
use crate::threads::all_threads;

/// Scratch memory of the engine, reused from call to call.
#[derive(Debug, Default)]
pub(crate) struct EngineScratch {
    /// The input with padded rows.
    pub(super) padded: Aligned,
    /// The bias, padded to whole vectors or repeated over a row.
    pub(super) padded_bias: Aligned,
    /// Zeros that positions in the padding read.
    pub(super) zeros: Aligned,
    /// Sums of the parts of a weight gradient.
    pub(super) partial: Aligned,
    pub(super) tables: ThreadTables,
    pub(super) winograd: WinogradScratch,
}

/// Scratch memory of minimal filtering.
#[derive(Debug, Default)]
pub(super) struct WinogradScratch {
    /// Zeros for pixels beside the images.
    pub(super) zeros: Aligned,
    /// The bias, padded to whole vectors.
    pub(super) bias: Aligned,
    /// One for each thread.
    pub(super) strips: Vec<Mutex<StripScratch>>,
    /// For each thread a buffer for widened weights, which is empty where weights are packed in 32 bits.
    pub(super) weights: Vec<Mutex<Aligned>>,
}

impl WinogradScratch {
    /// Makes room for the values and sums of one strip in each of `slots` slots. Every thread gets its memory before the work
    /// begins: which thread takes which strip differs from call to call, and only the first call for a shape may allocate.
    pub(super) fn reserve(&mut self, slots: usize, values: usize, sums: usize) {
        if self.strips.len() < slots {
            self.strips.resize_with(slots, Mutex::default);
        }
        for slot in &mut self.strips[..slots] {
            let slot = slot.get_mut().unwrap_or_else(PoisonError::into_inner);
            slot.values.resize(values);
            slot.sums.resize(sums);
        }
    }

    /// Makes room for so many weights on every thread.
    pub(super) fn reserve_weights(&mut self, len: usize) {
        self.weights.resize_with(all_threads(), Mutex::default);
        for buffer in &mut self.weights {
            let buffer = buffer.get_mut().unwrap_or_else(PoisonError::into_inner);
            buffer.resize(len);
        }
    }

    /// The buffer of a thread for widened weights. A thread locks only its own, so the lock is never contended.
    pub(super) fn lock_weights(&self, thread: usize) -> MutexGuard<'_, Aligned> {
        self.weights[thread]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The slot of a thread, which locks only its own.
    pub(super) fn lock(&self, slot: usize) -> MutexGuard<'_, StripScratch> {
        self.strips[slot]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The values of a strip of tiles.
#[derive(Debug, Default)]
pub(super) struct StripScratch {
    /// `[frequency, tile, input phase and channel]`.
    pub(super) values: Aligned,
    /// Their products with the weights, `[frequency, tile, output phase and channel]`.
    pub(super) sums: Aligned,
}

/// Tables for every thread. A thread only locks its own, so a lock is never contended.
#[derive(Debug)]
pub(super) struct ThreadTables(Vec<Mutex<Tables>>);

impl ThreadTables {
    /// The tables of one thread.
    pub(super) fn lock(&self, thread: usize) -> MutexGuard<'_, Tables> {
        self.0[thread]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Reserves what a task needs in the tables of every thread: which thread takes which task differs from call to call,
    /// and only the first call for a shape may allocate.
    pub(super) fn reserve(&self, capacity: &TablesCapacity) {
        for thread in 0..self.0.len() {
            self.lock(thread).reserve(capacity);
        }
    }
}

impl Default for ThreadTables {
    fn default() -> Self {
        Self((0..all_threads()).map(|_| Mutex::default()).collect())
    }
}
