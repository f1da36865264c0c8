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
    /// Fewer products, by the minimal filtering of S. Winograd: for windows that are square along height and width and have 2
    /// or 3 taps there for each step of the stride, such as 3 by 3 with stride 1 or 2, and 4 by 4 with stride 2. Along the
    /// depth they may have any size.
    Winograd(WinogradTile),
}

/// How often the weights of a plan are packed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Packing {
    /// Once for many calls, as in scoring.
    Once,
    /// For each call, as in training.
    EachCall,
}

/// Least height and width of the smaller grid: the tiles of smaller ones lie beside the image for the most part.
const LEAST_SIDE: usize = 7;
/// The same for windows with several taps along the depth. The planes of smaller volumes are few, and many taps along the
/// depth meet the padding, which the direct method skips.
const LEAST_VOLUME_SIDE: usize = 14;
/// Images of at least this height and width run faster with larger tiles: these have fewer products, but larger weights.
const LARGE_SIDE: usize = 28;

impl ConvMethod {
    /// The fastest method for a shape. It does not depend on the batch, so that an image gives the same results alone and in
    /// a batch. `cargo bench -p oddframe-kernels --bench winograd` measures what the rule is taken from.
    ///
    /// With few channels, the transforms take longer than the products that they save. With very many channels, the weights are
    /// so large that reading them takes longer, and more so where they are transformed for each call. Narrow vectors multiply
    /// more slowly, so they gain more.
    pub(super) fn fastest(
        geometry: &Geometry,
        direction: Direction,
        simd: Simd,
        packing: Packing,
    ) -> Self {
        let Some(shape) = Shape::new(geometry) else {
            return Self::Direct;
        };
        let (_, output) = direction.ends(geometry);
        // A panel of weights that spans several phases multiplies the taps that only some of them have.
        let tile = match direction {
            Direction::Spread if output.channels() < simd.panel_width(4 * output.channels()) => {
                WinogradTile::Three
            }
            _ => WinogradTile::Four,
        };
        let few_weights = match packing {
            Packing::Once => shape.pairs <= 512 * 512,
            Packing::EachCall => shape.pairs <= 128 * 256 || shape.side >= LARGE_SIDE,
        };
        match shape.window {
            (3, 1) if !shape.deep && shape.least >= 32 => Self::Winograd(WinogradTile::Four),
            (3, 2) if !shape.deep && shape.least >= 32 && few_weights && simd.lanes() <= 8 => {
                Self::Winograd(tile)
            }
            (4, 2) if few_weights => Self::Winograd(tile),
            (4, 2) if shape.pairs <= 256 * 512 && direction == Direction::Gather => {
                Self::Winograd(WinogradTile::Two)
            }
            _ => Self::Direct,
        }
    }

    /// The fastest method for the gradient of the weights.
    pub(super) fn fastest_gradient(geometry: &Geometry) -> Self {
        let Some(shape) = Shape::new(geometry) else {
            return Self::Direct;
        };
        let large = shape.side >= LARGE_SIDE;
        match shape.window {
            (3, 1) if shape.least < 32 || shape.deep => Self::Direct,
            (3, 1 | 2) | (4, 2) if large => Self::Winograd(WinogradTile::Four),
            (4, 2) if shape.deep => Self::Direct,
            (4, 2) if shape.side >= 14 && (128 * 256..256 * 512).contains(&shape.pairs) => {
                Self::Winograd(WinogradTile::Four)
            }
            (3, 1) | (4, 2) if shape.pairs <= 256 * 512 => Self::Winograd(WinogradTile::Two),
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

/// What the rules ask of a layer that may be faster with fewer products.
struct Shape {
    /// Taps and stride along the width; a plan checks that the height has the same.
    window: (usize, usize),
    /// Whether the window has several taps along the depth.
    deep: bool,
    /// The shorter side of the smaller grid.
    side: usize,
    /// The smaller number of channels, and the number of pairs of channels.
    least: usize,
    pairs: usize,
}

impl Shape {
    /// `None` where the direct method is faster for certain, or the only one that is wanted.
    fn new(geometry: &Geometry) -> Option<Self> {
        let [_, height, width] = geometry.small.size();
        let (big, small) = (geometry.big.channels(), geometry.small.channels());
        let window = &geometry.window;
        let shape = Self {
            window: (window.kernel[2], window.stride[2]),
            deep: window.kernel[0] > 1,
            side: height.min(width),
            least: big.min(small),
            pairs: big * small,
        };
        let least_side = if shape.deep {
            LEAST_VOLUME_SIDE
        } else {
            LEAST_SIDE
        };
        let worth = shape.side >= least_side && shape.least >= 16 && shape.pairs >= 32 * 32;
        (worth && !is_direct_only()).then_some(shape)
    }
}

/// Whether the environment variable `ODDFRAME_CONVOLUTION` is `direct`. It is read once.
fn is_direct_only() -> bool {
    static DIRECT: OnceLock<bool> = OnceLock::new();
    *DIRECT.get_or_init(|| {
        std::env::var("ODDFRAME_CONVOLUTION").is_ok_and(|method| method == "direct")
    })
}
