#![allow(unsafe_code)]

use super::pass::{Pass, Tap};
use crate::Volumes;
use crate::aligned::Aligned;
use crate::geometry::Geometry;
use crate::threads::parallel;
use crate::writer::Writer;

/// Fewer channels than this leave the innermost loop too short, so a whole row of taps is read as one.
const FEW_CHANNELS: usize = 16;

/// The grid that taps are read from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source {
    pub(crate) grid: Volumes,
    /// Values read at each tap: the channels, or those of a row of taps that lie side by side.
    pub(crate) depth: usize,
}

impl Source {
    pub(crate) fn plain(grid: Volumes) -> Self {
        Self { grid, depth: grid.channels() }
    }

    /// The big grid padded in width, so that a row of taps lies side by side, where that pays; `None` where not.
    pub(crate) fn merged(geometry: &Geometry) -> Option<Self> {
        let (big, window) = (geometry.big, &geometry.window);
        let kernel = window.kernel[2];
        if big.channels() >= FEW_CHANNELS || kernel == 1 || window.dilation[2] != 1 {
            return None;
        }
        let [depth, height, width] = big.size();
        let grid =
            Volumes::new(big.batch(), [depth, height, width + 2 * window.padding[2]], big.channels()).ok()?;
        Some(Self { grid, depth: kernel * big.channels() })
    }

    /// A pass over the plain grid as one over the merged one.
    pub(crate) fn merge(pass: &mut Pass) {
        pass[2].taps = vec![Tap { number: 0, shift: 0 }];
    }
}

/// Copies rows of `x` into wider ones with zeros on both sides.
pub(crate) fn pad_width(x: &[f32], from: Volumes, to: Volumes, padded: &mut Aligned) {
    let [depth, height, width] = from.size();
    let channels = from.channels();
    let (row, wide) = (width * channels, to.size()[2] * channels);
    let margin = (wide - row) / 2;
    let values = padded.resize(to.len());
    let rows = depth * height;
    let writer = Writer::new(values);
    parallel(from.batch(), &|n, _| {
        // SAFETY: images do not overlap, and an image is written by one task.
        let image = unsafe { writer.part(n * rows * wide, rows * wide) };
        let rows = image.chunks_exact_mut(wide).zip(x[n * rows * row..].chunks_exact(row));
        for (to, from) in rows {
            to[..margin].fill(0.0);
            to[margin..margin + row].copy_from_slice(from);
            to[margin + row..].fill(0.0);
        }
    });
}
