use std::ops::Range;

use crate::Volumes;
use crate::geometry::Geometry;

/// Which way values flow through a geometry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// From the big grid to the small one: a convolution, or the input gradient of a transposed one.
    Gather,
    /// From the small grid to the big one: a transposed convolution, or the input gradient of a convolution.
    Spread,
}

impl Direction {
    /// The way a gradient flows.
    pub(crate) fn back(self) -> Self {
        match self {
            Self::Gather => Self::Spread,
            Self::Spread => Self::Gather,
        }
    }

    /// The grid values come from, and the one they go to.
    pub(crate) fn ends(self, geometry: &Geometry) -> (Volumes, Volumes) {
        match self {
            Self::Gather => (geometry.big, geometry.small),
            Self::Spread => (geometry.small, geometry.big),
        }
    }
}

/// A tap along one axis: its number in the kernel, and what it adds to a scaled output position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tap {
    pub(crate) number: usize,
    pub(crate) shift: isize,
}

/// A pass along one axis: output positions `first + q * step` for q below `count`, each of which sums over input
/// positions `q * scale + shift` of its taps.
#[derive(Debug, Clone)]
pub(crate) struct AxisPass {
    pub(crate) count: usize,
    pub(crate) first: usize,
    pub(crate) step: usize,
    pub(crate) scale: usize,
    pub(crate) taps: Vec<Tap>,
}

impl AxisPass {
    /// The input position of a tap for output `q`, where it lies on a grid of `input` positions.
    #[inline]
    pub(crate) fn at(&self, q: usize, tap: Tap, input: usize) -> Option<usize> {
        usize::try_from((q * self.scale) as isize + tap.shift).ok().filter(|&p| p < input)
    }

    /// Those of some outputs whose input position for a tap lies on a grid of `input` positions.
    pub(crate) fn on_grid(&self, outputs: Range<usize>, tap: Tap, input: usize) -> Range<usize> {
        let first = ((-tap.shift).max(0) as usize).div_ceil(self.scale);
        let end = ((input as isize - tap.shift).max(0) as usize).div_ceil(self.scale);
        outputs.start.max(first)..outputs.end.min(end)
    }
}

/// Output positions that share their taps, along all three axes.
pub(crate) type Pass = [AxisPass; 3];

/// The passes of an operation: one for a gather; for a spread one for every remainder by the stride.
pub(crate) fn passes(geometry: &Geometry, direction: Direction) -> Vec<Pass> {
    let [depth, height, width] = [0, 1, 2].map(|axis| axis_passes(geometry, direction, axis));
    let mut all = Vec::with_capacity(depth.len() * height.len() * width.len());
    for d in &depth {
        for h in &height {
            for w in &width {
                all.push([d.clone(), h.clone(), w.clone()]);
            }
        }
    }
    all
}

fn axis_passes(geometry: &Geometry, direction: Direction, axis: usize) -> Vec<AxisPass> {
    let window = &geometry.window;
    let (kernel, stride) = (window.kernel[axis], window.stride[axis]);
    let (padding, dilation) = (window.padding[axis] as isize, window.dilation[axis] as isize);
    match direction {
        Direction::Gather => {
            let taps =
                (0..kernel).map(|k| Tap { number: k, shift: k as isize * dilation - padding }).collect();
            vec![AxisPass { count: geometry.small.size()[axis], first: 0, step: 1, scale: stride, taps }]
        }
        Direction::Spread => {
            let big = geometry.big.size()[axis];
            let pass = |first: usize| {
                let from = |k: usize| first as isize + padding - k as isize * dilation;
                let taps = (0..kernel)
                    .filter(|&k| from(k).rem_euclid(stride as isize) == 0)
                    .map(|k| Tap { number: k, shift: from(k).div_euclid(stride as isize) })
                    .collect();
                AxisPass { count: (big - first).div_ceil(stride), first, step: stride, scale: 1, taps }
            };
            (0..stride.min(big)).map(pass).collect()
        }
    }
}
