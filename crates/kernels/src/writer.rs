//! One buffer written by several threads.
#![allow(unsafe_code)]

use std::marker::PhantomData;

/// A mutable slice whose parts go to different tasks.
#[derive(Clone, Copy)]
pub(crate) struct Writer<'a, T = f32> {
    start: *mut T,
    len: usize,
    _borrowed: PhantomData<&'a mut [T]>,
}

// SAFETY: the pointer is reached only through `part` and `pointer`, whose callers keep to disjoint places.
unsafe impl<T: Send> Send for Writer<'_, T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Writer<'_, T> {}

impl<'a, T> Writer<'a, T> {
    pub(crate) fn new(values: &'a mut [T]) -> Self {
        Self { start: values.as_mut_ptr(), len: values.len(), _borrowed: PhantomData }
    }

    /// A part of the slice.
    ///
    /// # Safety
    /// No other part or pointer that is alive reaches into it.
    pub(crate) unsafe fn part(&self, start: usize, len: usize) -> &'a mut [T] {
        assert!(start <= self.len && len <= self.len - start, "a part outside its slice");
        // SAFETY: inside the slice, and the caller keeps parts apart.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(start), len) }
    }

    /// A pointer to one place, from which `len` values are written.
    pub(crate) fn pointer(&self, start: usize, len: usize) -> *mut T {
        assert!(start <= self.len && len <= self.len - start, "a pointer outside its slice");
        // SAFETY: inside the slice.
        unsafe { self.start.add(start) }
    }
}
