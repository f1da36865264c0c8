//! The plane of samples of one component.

use super::headers::Component;

/// Samples row by row. The rows and their number are padded to whole blocks.
#[derive(Debug)]
pub(super) struct Plane {
    samples: Vec<u8>,
    stride: usize,
    width: usize,
    height: usize,
}

impl Plane {
    /// A plane for a component's samples.
    pub(super) fn new(component: &Component) -> Self {
        let (across, down) = component.block_counts();
        let (width, height) = (component.width, component.height);
        Self {
            samples: vec![0; across * 8 * down * 8],
            stride: across * 8,
            width,
            height,
        }
    }

    /// The samples from a block's first one on, and the distance from one row to the next. `None`
    /// for the padding blocks of the last MCUs, which have no place in the plane.
    #[inline(always)]
    pub(super) fn block_mut(&mut self, column: usize, row: usize) -> Option<(&mut [u8], usize)> {
        // Padding at the right would wrap into the next row. Padding at the bottom lies behind the last
        // sample, where `get_mut` finds nothing.
        if column * 8 >= self.stride {
            return None;
        }
        Some((
            self.samples.get_mut(row * 8 * self.stride + column * 8..)?,
            self.stride,
        ))
    }

    /// A row without its padding. Rows beyond the last one repeat it.
    #[inline(always)]
    pub(super) fn row(&self, y: usize) -> &[u8] {
        &self.samples[y.min(self.height - 1) * self.stride..][..self.width]
    }
}
