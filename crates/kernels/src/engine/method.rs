use std::sync::OnceLock;

use super::winograd::{WinogradGradientPlan, WinogradPlan, WinogradTile};
use crate::geometry::{Direction, Geometry};
use crate::simd::Simd;

/// How a convolution multiplies.
///
/// [`Conv`](crate::Conv) takes the method that is fastest for its shape; [`Conv::with_method`](crate::Conv::with_method)
/// selects another one. All methods give the same results up to rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConvMethod {
    /// Every weight with every value that it meets.
    Direct,
    /// Fewer products, by the minimal filtering of S. Winograd: for square windows over images with 2 or 3 taps for each
    /// step of the stride, such as 3 by 3 with stride 1, and 4 by 4 with stride 2.
    Winograd(WinogradTile),
}

/// Least height and width of the smaller grid: the tiles of smaller ones lie beside the image for the most part.
const LEAST_SIDE: usize = 7;
/// Images of at least this height and width run faster with larger tiles: these have fewer products, but larger weights.
const LARGE_SIDE: usize = 28;

impl ConvMethod {
    /// The fastest method for a shape. It does not depend on the batch, so that an image gives the same results alone and in
    /// a batch. `cargo bench -p oddframe-kernels --bench winograd` measures what the rule is taken from.
    ///
    /// Where there are few channels, the transforms take longer than the products they save; where there are very many,
    /// reading the larger weights does.
    pub(super) fn fastest(geometry: &Geometry, direction: Direction) -> Self {
        let Some([side, least, pairs]) = winograd_shape(geometry) else {
            return Self::Direct;
        };
        match (window_axis(geometry), direction) {
            ((3, 1), _) if least >= 32 => Self::Winograd(WinogradTile::Four),
            ((4, 2), Direction::Gather) if side >= LARGE_SIDE => Self::Winograd(WinogradTile::Four),
            ((4, 2), Direction::Gather) if pairs <= 256 * 512 => Self::Winograd(WinogradTile::Two),
            ((4, 2), Direction::Spread)
                if pairs <= 64 * 128 || (side >= 14 && pairs <= 128 * 256) =>
            {
                Self::Winograd(WinogradTile::Three)
            }
            _ => Self::Direct,
        }
    }

    /// The fastest method for the gradient of the weights.
    pub(super) fn fastest_gradient(geometry: &Geometry) -> Self {
        let Some([side, least, pairs]) = winograd_shape(geometry) else {
            return Self::Direct;
        };
        match window_axis(geometry) {
            (3, 1) if least < 32 => Self::Direct,
            (3, 1) if side >= LARGE_SIDE => Self::Winograd(WinogradTile::Four),
            (4, 2) if side >= LARGE_SIDE => Self::Winograd(WinogradTile::Three),
            (3, 1) | (4, 2) if pairs <= 256 * 512 => Self::Winograd(WinogradTile::Two),
            _ => Self::Direct,
        }
    }

    /// The plan, where the method is not direct and serves this window.
    pub(super) fn winograd_plan(
        self,
        geometry: &Geometry,
        direction: Direction,
        simd: Simd,
    ) -> Option<WinogradPlan> {
        match self {
            Self::Direct => None,
            Self::Winograd(tile) => WinogradPlan::new(geometry, direction, tile, simd),
        }
    }

    /// The same for the gradient of the weights.
    pub(super) fn gradient_plan(
        self,
        geometry: &Geometry,
        simd: Simd,
    ) -> Option<WinogradGradientPlan> {
        match self {
            Self::Direct => None,
            Self::Winograd(tile) => WinogradGradientPlan::new(geometry, tile, simd),
        }
    }
}

/// The shorter side of the smaller grid, the smaller number of channels and the number of pairs of channels, where fewer
/// products may be faster.
fn winograd_shape(geometry: &Geometry) -> Option<[usize; 3]> {
    let [_, height, width] = geometry.small.size();
    let (big, small) = (geometry.big.channels(), geometry.small.channels());
    let (side, least, pairs) = (height.min(width), big.min(small), big * small);
    let worth = side >= LEAST_SIDE && least >= 16 && pairs >= 32 * 32;
    (worth && !is_direct_only()).then_some([side, least, pairs])
}

/// Taps and stride along the width; a plan checks that the height has the same.
fn window_axis(geometry: &Geometry) -> (usize, usize) {
    (geometry.window.kernel[2], geometry.window.stride[2])
}

/// Whether the environment variable `ODDFRAME_CONVOLUTION` is `direct`. It is read once.
fn is_direct_only() -> bool {
    static DIRECT: OnceLock<bool> = OnceLock::new();
    *DIRECT.get_or_init(|| {
        std::env::var("ODDFRAME_CONVOLUTION").is_ok_and(|method| method == "direct")
    })
}
