//! A buffer that several threads write to.
#![allow(unsafe_code)]

use std::marker::PhantomData;

/// A mutable slice from which every task takes its own part. The borrow checker cannot see that the parts of different
/// tasks do not overlap; every caller of [`part`](Self::part) states why they do not.
#[derive(Clone, Copy)]
pub(crate) struct Writer<'a, T = f32> {
    start: *mut T,
    len: usize,
    _borrowed: PhantomData<&'a mut [T]>,
}

// SAFETY: the slice is only reached through `part` and `pointer`, whose callers use disjoint ranges.
unsafe impl<T: Send> Send for Writer<'_, T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Writer<'_, T> {}

impl<'a, T> Writer<'a, T> {
    pub(crate) fn new(values: &'a mut [T]) -> Self {
        Self {
            start: values.as_mut_ptr(),
            len: values.len(),
            _borrowed: PhantomData,
        }
    }

    /// A part of the slice.
    ///
    /// # Safety
    /// No other part or pointer in use overlaps this range.
    pub(crate) unsafe fn part(&self, start: usize, len: usize) -> &'a mut [T] {
        assert!(
            start <= self.len && len <= self.len - start,
            "a part must lie inside its slice"
        );
        // SAFETY: the range is inside the slice, and the caller keeps parts disjoint.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(start), len) }
    }

    /// A pointer to a position at which `len` values may be written.
    pub(crate) fn pointer(&self, start: usize, len: usize) -> *mut T {
        assert!(
            start <= self.len && len <= self.len - start,
            "a pointer must lie inside its slice"
        );
        // SAFETY: the range is inside the slice.
        unsafe { self.start.add(start) }
    }
}
