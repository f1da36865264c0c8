//! Recycles tensor buffers: a buffer returns to the pool when the last tensor over it is dropped.
//!
//! A training step allocates the same few sizes again and again, and freshly mapped pages cost a page fault and zeroing
//! each. The pool never keeps more than the peak of what was in use at once, free and used buffers together, so that it
//! does not raise the peak memory.
//!
//! ```text
//! take_buffer ──▶ Buffer ──into_bytes──▶ tensor ──drop──▶ pool.free ──take_buffer──▶ …
//! ```
#![allow(unsafe_code)]

use std::mem::{MaybeUninit, take};
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

use burn::tensor::{AllocationProperty, Bytes};
use burn_std::AllocationController;

/// A cache line: vector loads from an aligned buffer do not straddle two.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; LINE]);

/// The number of values in a cache line.
const LINE: usize = 16;
/// Below this many lines the allocator is as fast as the pool.
const SMALL: usize = 256;

static POOL: Mutex<Pool> = Mutex::new(Pool {
    used: 0,
    most_used: 0,
    free: Vec::new(),
    free_lines: 0,
});

struct Pool {
    /// Lines in use, now and at most so far.
    used: usize,
    most_used: usize,
    /// Oldest first.
    free: Vec<Vec<Line>>,
    free_lines: usize,
}

impl Pool {
    fn take_free(&mut self, lines: usize) -> Option<Vec<Line>> {
        self.used += lines;
        self.most_used = self.most_used.max(self.used);
        // The buffer that was returned last is the most likely to be in a cache still.
        // Only a buffer of exactly this size fits: training asks for the same sizes in every step.
        let found = self
            .free
            .iter()
            .rposition(|buffer| buffer.len() == lines)
            .map(|at| self.free.remove(at));
        self.free_lines -= found.as_ref().map_or(0, Vec::len);
        self.drop_excess();
        found
    }

    fn take_back(&mut self, buffer: Vec<Line>) {
        self.used -= buffer.len();
        self.free_lines += buffer.len();
        self.free.push(buffer);
        self.drop_excess();
    }

    fn drop_excess(&mut self) {
        // The oldest buffer is the least likely to be asked for again.
        while self.used + self.free_lines > self.most_used && !self.free.is_empty() {
            self.free_lines -= self.free.remove(0).len();
        }
    }
}

fn with_pool<T>(run: impl FnOnce(&mut Pool) -> T) -> T {
    run(&mut POOL.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Memory for the result of a kernel, which then becomes a tensor.
pub(super) struct Buffer {
    lines: Vec<Line>,
    len: usize,
}

/// A buffer of `len` values with unspecified contents: the caller must write all of them.
pub(super) fn take_buffer(len: usize) -> Buffer {
    let lines = len.div_ceil(LINE);
    let free = if lines < SMALL {
        None
    } else {
        with_pool(|pool| pool.take_free(lines))
    };
    let mut buffer = Buffer {
        lines: free.unwrap_or_else(|| vec![Line([0.0; LINE]); lines]),
        len,
    };
    // So that tests catch a kernel that reads before it writes.
    if cfg!(debug_assertions) {
        buffer.fill(f32::NAN);
    }
    buffer
}

/// Memory that a tensor can take over without a copy.
pub(super) trait Memory {
    fn into_bytes(self) -> Bytes;
}

impl Memory for Vec<f32> {
    fn into_bytes(self) -> Bytes {
        Bytes::from_elems(self)
    }
}

impl Memory for Buffer {
    fn into_bytes(self) -> Bytes {
        let len = size_of_val(&*self);
        // SAFETY: the lines hold `len` bytes or more, all initialised.
        unsafe { Bytes::from_controller(Box::new(self), len) }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let lines = take(&mut self.lines);
        if lines.len() >= SMALL {
            with_pool(|pool| pool.take_back(lines));
        }
    }
}

impl Deref for Buffer {
    type Target = [f32];
    fn deref(&self) -> &[f32] {
        // SAFETY: a line is LINE f32 without padding, and `len` is at most LINE times their number.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.len) }
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        // SAFETY: as in `deref`, and the borrow is exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.len) }
    }
}

impl AllocationController for Buffer {
    fn alloc_align(&self) -> usize {
        // Burn copies a buffer with this alignment too, and does not support more.
        align_of::<u128>()
    }

    fn property(&self) -> AllocationProperty {
        AllocationProperty::Other
    }

    unsafe fn memory_mut(&mut self) -> &mut [MaybeUninit<u8>] {
        let len = size_of_val(&**self);
        // SAFETY: the memory of the values, exclusively borrowed; the caller writes initialised bytes only.
        unsafe { std::slice::from_raw_parts_mut(self.as_mut_ptr().cast(), len) }
    }

    fn memory(&self) -> &[MaybeUninit<u8>] {
        // SAFETY: the memory of the values.
        unsafe { std::slice::from_raw_parts(self.as_ptr().cast(), size_of_val(&**self)) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::layout::{contiguous, slice_values_mut};
    use super::*;

    fn empty_pool() -> Pool {
        Pool {
            used: 0,
            most_used: 0,
            free: Vec::new(),
            free_lines: 0,
        }
    }

    fn lines(count: usize) -> Vec<Line> {
        vec![Line([0.0; LINE]); count]
    }

    #[test]
    fn a_buffer_is_used_again_for_the_same_size() {
        let mut pool = empty_pool();
        assert!(pool.take_free(300).is_none());
        let buffer = lines(300);
        let address = buffer.as_ptr();
        pool.take_back(buffer);
        assert_eq!(
            pool.take_free(300).map(|buffer| buffer.as_ptr()),
            Some(address)
        );
        assert!(
            pool.take_free(300).is_none(),
            "the first one is still in use"
        );
    }

    #[test]
    fn the_pool_keeps_no_more_than_was_in_use_at_once() {
        let mut pool = empty_pool();
        for size in (300..400).chain(300..400) {
            assert!(pool.take_free(size).is_none(), "{size}");
            pool.take_back(lines(size));
            assert!(pool.used == 0 && pool.free_lines <= pool.most_used && pool.most_used < 400);
            assert_eq!(
                pool.free_lines,
                pool.free.iter().map(Vec::len).sum::<usize>()
            );
        }
    }

    #[test]
    fn a_tensor_reads_and_writes_a_buffer_and_a_clone_keeps_its_own() {
        let len = SMALL * LINE + 5;
        let mut values = take_buffer(len);
        values.fill(1.0);
        let mut tensor = contiguous(values, &[len]);
        let clone = tensor.clone();
        slice_values_mut(&mut tensor)[len - 1] = 2.0;
        assert_eq!(clone.into_data().to_vec::<f32>().unwrap(), vec![1.0; len]);
        let written = tensor.into_data().to_vec::<f32>().unwrap();
        assert_eq!(
            (written[0], written[len - 1], written.len()),
            (1.0, 2.0, len)
        );
    }
}
