//! The samples of one component.

use super::layout::Component;

/// Samples row by row, in whole blocks.
#[derive(Debug)]
pub(super) struct Plane {
    samples: Vec<u8>,
    stride: usize,
    width: usize,
    height: usize,
}

impl Plane {
    pub(super) fn new(component: &Component) -> Self {
        let (across, down) = component.blocks();
        let (width, height) = (component.width, component.height);
        Self { samples: vec![0; across * 8 * down * 8], stride: across * 8, width, height }
    }

    /// From a block's first sample on, and from one row to the next; nothing where no block is.
    #[inline(always)]
    pub(super) fn block_mut(&mut self, column: usize, row: usize) -> Option<(&mut [u8], usize)> {
        if column * 8 >= self.stride {
            return None;
        }
        Some((self.samples.get_mut(row * 8 * self.stride + column * 8..)?, self.stride))
    }

    /// A row without what fills up its last block. Rows beyond the last one are the last one.
    #[inline(always)]
    pub(super) fn row(&self, y: usize) -> &[u8] {
        &self.samples[y.min(self.height - 1) * self.stride..][..self.width]
    }
}
