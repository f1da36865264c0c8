//! Memory that goes round: lent to tensors, taken back when the last of them goes.
//!
//! A training step asks for the same few sizes again and again, and fresh memory is dear: the system hands it out
//! page by page, zeroed. What lies ready and what is lent are together never more than was lent at once, so that
//! keeping it costs nothing at the peak.
#![allow(unsafe_code)]

use std::mem::{MaybeUninit, take};
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

use burn::tensor::{AllocationProperty, Bytes};
use burn_std::AllocationController;

/// A cache line, so that vectors do not straddle two.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; LINE]);

/// Values in a cache line.
const LINE: usize = 16;
/// Below so many lines the allocator is as fast.
const SMALL: usize = 256;

static POOL: Mutex<Pool> = Mutex::new(Pool { lent: 0, most_lent: 0, ready: Vec::new(), ready_lines: 0 });

struct Pool {
    lent: usize,
    most_lent: usize,
    /// Oldest first.
    ready: Vec<Vec<Line>>,
    ready_lines: usize,
}

impl Pool {
    fn lend(&mut self, lines: usize) -> Option<Vec<Line>> {
        self.lent += lines;
        self.most_lent = self.most_lent.max(self.lent);
        // The last one returned is the likeliest to be in a cache.
        let found =
            self.ready.iter().rposition(|buffer| buffer.len() == lines).map(|at| self.ready.remove(at));
        self.ready_lines -= found.as_ref().map_or(0, Vec::len);
        self.make_room();
        found
    }

    fn take_back(&mut self, buffer: Vec<Line>) {
        self.lent -= buffer.len();
        self.ready_lines += buffer.len();
        self.ready.push(buffer);
        self.make_room();
    }

    fn make_room(&mut self) {
        while self.lent + self.ready_lines > self.most_lent && !self.ready.is_empty() {
            self.ready_lines -= self.ready.remove(0).len();
        }
    }
}

fn with_pool<T>(run: impl FnOnce(&mut Pool) -> T) -> T {
    run(&mut POOL.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Memory for a result, on its way to a tensor.
pub(super) struct Buffer {
    lines: Vec<Line>,
    len: usize,
}

/// Memory for results. What is in it is not said: who asks writes all of it.
pub(super) fn buffer(len: usize) -> Buffer {
    let lines = len.div_ceil(LINE);
    let ready = if lines < SMALL { None } else { with_pool(|pool| pool.lend(lines)) };
    let mut buffer = Buffer { lines: ready.unwrap_or_else(|| vec![Line([0.0; LINE]); lines]), len };
    // Tests find who reads before writing.
    if cfg!(debug_assertions) {
        buffer.fill(f32::NAN);
    }
    buffer
}

/// What a tensor can be made of without a copy.
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
        // What copies are made with too, and those are not allowed more than this.
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
    use super::super::dense::{contiguous, values_mut};
    use super::*;

    fn pool() -> Pool {
        Pool { lent: 0, most_lent: 0, ready: Vec::new(), ready_lines: 0 }
    }

    fn lines(count: usize) -> Vec<Line> {
        vec![Line([0.0; LINE]); count]
    }

    #[test]
    fn memory_comes_back_for_the_same_size() {
        let mut pool = pool();
        assert!(pool.lend(300).is_none());
        let buffer = lines(300);
        let address = buffer.as_ptr();
        pool.take_back(buffer);
        assert_eq!(pool.lend(300).map(|buffer| buffer.as_ptr()), Some(address));
        assert!(pool.lend(300).is_none(), "the first one is still lent");
    }

    #[test]
    fn no_more_lies_about_than_was_lent_at_once() {
        let mut pool = pool();
        for size in (300..400).chain(300..400) {
            assert!(pool.lend(size).is_none(), "{size}");
            pool.take_back(lines(size));
            assert!(pool.lent == 0 && pool.ready_lines <= pool.most_lent && pool.most_lent < 400);
            assert_eq!(pool.ready_lines, pool.ready.iter().map(Vec::len).sum::<usize>());
        }
    }

    #[test]
    fn a_tensor_reads_and_writes_it_and_a_clone_keeps_its_own() {
        let len = SMALL * LINE + 5;
        let mut values = buffer(len);
        values.fill(1.0);
        let mut tensor = contiguous(values, &[len]);
        let clone = tensor.clone();
        values_mut(&mut tensor)[len - 1] = 2.0;
        assert_eq!(clone.into_data().to_vec::<f32>().unwrap(), vec![1.0; len]);
        let written = tensor.into_data().to_vec::<f32>().unwrap();
        assert_eq!((written[0], written[len - 1], written.len()), (1.0, 2.0, len));
    }
}
