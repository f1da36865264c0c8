//! The values that taps read: the input itself, or the input with padded rows.
//!
//! An image of 3 channels gives the inner loop only 3 products for each tap. Where the taps of a kernel row are
//! neighbours, their channels are neighbours too, and the row is read as one tap of `kernel width * channels` values:
//!
//! ```text
//! row of pixels, padding 1     0 0 0  r g b  r g b  r g b  r g b  0 0 0
//! output 0, kernel width 4     <--------- 12 values --------->
//! output 1, stride 2                        <--------- 12 values --------->
//! ```
//!
//! The rows must really hold the zeros of the padding then, so they are copied once.
#![allow(unsafe_code)]

use super::pass::{Pass, Tap};
use crate::aligned::Aligned;
use crate::geometry::Geometry;
use crate::threads::run_parallel;
use crate::volumes::Volumes;
use crate::writer::Writer;

/// With fewer channels than this the inner loop would be too short, so a whole row of taps is read as one.
const FEW_CHANNELS: usize = 16;

/// The grid that taps are read from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source {
    pub(crate) grid: Volumes,
    /// Values read at each tap: the channels of a position, or those of a row of taps.
    pub(crate) depth: usize,
}

impl Source {
    /// The input itself.
    pub(crate) fn unpadded(grid: Volumes) -> Self {
        Self {
            grid,
            depth: grid.channels(),
        }
    }

    /// The big grid with padded rows; `None` where reading taps one by one is fast enough, or where they are not
    /// neighbours.
    pub(crate) fn with_padded_rows(geometry: &Geometry) -> Option<Self> {
        let (big, window) = (geometry.big, &geometry.window);
        let kernel = window.kernel[2];
        if big.channels() >= FEW_CHANNELS || kernel == 1 || window.dilation[2] != 1 {
            return None;
        }
        let [depth, height, width] = big.size();
        let grid = Volumes::new(
            big.batch(),
            [depth, height, width + 2 * window.padding[2]],
            big.channels(),
        )
        .ok()?;
        Some(Self {
            grid,
            depth: kernel * big.channels(),
        })
    }

    /// Changes a pass over the unpadded grid into one over padded rows: a row of taps becomes a single tap.
    pub(crate) fn merge_row_taps(pass: &mut Pass) {
        pass[2].taps = vec![Tap {
            number: 0,
            shift: 0,
        }];
    }
}

/// Copies the rows of `x` into wider rows with zeros on both sides.
pub(crate) fn pad_rows(x: &[f32], from: Volumes, to: Volumes, padded: &mut Aligned) {
    let [depth, height, width] = from.size();
    let channels = from.channels();
    let (row, wide) = (width * channels, to.size()[2] * channels);
    let margin = (wide - row) / 2;
    let values = padded.resize(to.len());
    let rows = depth * height;
    let writer = Writer::new(values);
    run_parallel(from.batch(), &|n, _| {
        // SAFETY: images do not overlap, and an image is written by one task.
        let image = unsafe { writer.part(n * rows * wide, rows * wide) };
        let rows = image
            .chunks_exact_mut(wide)
            .zip(x[n * rows * row..].chunks_exact(row));
        for (to, from) in rows {
            to[..margin].fill(0.0);
            to[margin..margin + row].copy_from_slice(from);
            to[margin + row..].fill(0.0);
        }
    });
}
