//! Buffers whose vectors do not straddle cache lines.
#![allow(unsafe_code)]

use std::fmt;
use std::ops::{Deref, DerefMut};

/// Values in a cache line of 64 bytes.
const LINE_LEN: usize = 16;

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; LINE_LEN]);

/// A growing buffer of `f32` that starts on a cache line.
#[derive(Clone, Default)]
pub(crate) struct Aligned {
    lines: Vec<Line>,
    len: usize,
}

impl Aligned {
    /// Changes the length; the values are unspecified afterwards. Allocates only when the buffer becomes longer than it
    /// ever was, so that a buffer in a workspace stops allocating once it has served its largest shape.
    pub(crate) fn resize(&mut self, len: usize) -> &mut [f32] {
        let lines = len.div_ceil(LINE_LEN);
        if lines > self.lines.len() {
            self.lines.resize(lines, Line([0.0; LINE_LEN]));
        }
        self.len = len;
        self
    }
}

impl Deref for Aligned {
    type Target = [f32];
    fn deref(&self) -> &[f32] {
        // SAFETY: a Line is LINE_LEN f32 without padding (64 bytes, aligned to 64), and len <= LINE_LEN * lines.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.len) }
    }
}

impl DerefMut for Aligned {
    fn deref_mut(&mut self) -> &mut [f32] {
        // SAFETY: as in `deref`, and the borrow is exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.len) }
    }
}

impl fmt::Debug for Aligned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Aligned({} values)", self.len)
    }
}
