//! What is measured of one picture.

use crate::gradients::{COARSE_WIDTH, Gradients, WIDTH, pool_cells};
use crate::noise::noise_level;
use crate::reference::{Edges, Reference, StrongEdges, block_energies};

/// A block is flat when its energy is below this share of that of the reference: its contrast is below a third.
const FLAT: f64 = 0.1;

/// Sharpness is measured relative to a contrast of the coarse edges of at least this share of the usual one.
const LEAST_CONTRAST: f64 = 0.05;

/// The measures of one picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Measures {
    /// The mean gray level.
    pub(crate) brightness: f64,
    /// The standard deviation of the noise, in gray levels: from neighbouring pixels, and from every second one.
    pub(crate) noise: [f64; 2],
    /// The correlation of the coarse edges with those of the reference, from left to right and from top to bottom. Apart,
    /// because in a scene of long horizontal edges a turn of the camera shows in the vertical ones alone.
    pub(crate) agreement: [f64; 2],
    /// The same with the reference upside down: the smaller of both axes.
    pub(crate) upside_down: f64,
    /// The contrast of the fine edges of the reference, divided by that of the coarse ones. Blur takes the fine ones away
    /// first; brightness and contrast change both alike.
    pub(crate) sharpness: f64,
    /// The share of the blocks with structure that are flat.
    pub(crate) flat: f64,
}

impl Measures {
    /// Measures a picture of [`WIDTH`] by [`crate::gradients::HEIGHT`] gray pixels.
    pub(crate) fn new(pixels: &[u8], reference: &Reference) -> Self {
        let coarse = Gradients::new(&pool_cells(pixels), COARSE_WIDTH);
        let upside_down = reference.upside_down.iter().map(|edges| {
            let [x, y] = correlate(&coarse, edges);
            x.min(y)
        });
        let contrast = coarse_contrast(&coarse, &reference.coarse);
        Self {
            brightness: mean_brightness(pixels, &reference.counted),
            noise: [1, 2].map(|spacing| noise_level(pixels, &reference.counted, spacing)),
            agreement: correlate(&coarse, &reference.coarse),
            upside_down: upside_down.fold(-1.0, f64::max),
            sharpness: fine_contrast(pixels, &reference.fine) / contrast.max(LEAST_CONTRAST),
            flat: flat_share(&coarse, reference),
        }
    }
}

/// The mean absolute difference between two pictures, in gray levels.
pub(crate) fn mean_change(before: &[u8], after: &[u8]) -> f64 {
    let differences = before.iter().zip(after);
    let sum: u64 = differences
        .map(|(before, after)| u64::from(before.abs_diff(*after)))
        .sum();
    sum as f64 / before.len() as f64
}

fn mean_brightness(pixels: &[u8], counted: &[u8]) -> f64 {
    let (mut sum, mut count) = (0_u64, 0_u64);
    for (pixel, counts) in pixels.iter().zip(counted) {
        sum += u64::from(*pixel) * u64::from(*counts);
        count += u64::from(*counts);
    }
    sum as f64 / count.max(1) as f64
}

/// The correlation of gradients with those of the reference, for both axes.
fn correlate(gradients: &Gradients, reference: &Edges) -> [f64; 2] {
    [
        (&gradients.x, &reference.gradients.x),
        (&gradients.y, &reference.gradients.y),
    ]
    .map(|(own, expected)| {
        // The cosine of the angle between both edge pictures, taken as vectors: it does not change with brightness or contrast. The
        // edges of the reference are zero where pixels do not count, which takes these out of two of the sums; the third needs
        // the weights.
        let (mut both, mut own_square, mut expected_square) = (0.0_f64, 0.0_f64, 0.0_f64);
        for ((own, expected), weight) in own.iter().zip(expected).zip(&reference.weights) {
            both += f64::from(own * expected);
            own_square += f64::from(weight * own * own);
            expected_square += f64::from(expected * expected);
        }
        ratio(both, (own_square * expected_square).sqrt())
    })
}

/// The contrast of the fine edges of the reference in a picture: 1 when they are as strong as in the reference.
fn fine_contrast(pixels: &[u8], reference: &StrongEdges) -> f64 {
    let difference =
        |before: usize, after: usize| 0.5 * (f32::from(pixels[after]) - f32::from(pixels[before]));
    // The edges of the picture projected onto those of the reference: what else the picture shows at these places has other
    // directions and cancels out in the sum, unlike in a sum of squares.
    let products = reference.places.iter().map(|(place, x, y)| {
        // A strong edge never lies on the border.
        let own_x = difference(place - 1, place + 1);
        let own_y = difference(place - WIDTH, place + WIDTH);
        f64::from(own_x * x + own_y * y)
    });
    ratio(products.sum(), reference.energy)
}

/// The same for coarse edges.
fn coarse_contrast(gradients: &Gradients, reference: &Edges) -> f64 {
    let expected = &reference.gradients;
    let (mut both, mut square) = (0.0_f64, 0.0_f64);
    for place in 0..gradients.x.len() {
        let (x, y) = (expected.x[place], expected.y[place]);
        both += f64::from(gradients.x[place] * x + gradients.y[place] * y);
        square += f64::from(x * x + y * y);
    }
    ratio(both, square)
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

fn flat_share(gradients: &Gradients, reference: &Reference) -> f64 {
    let weighted = |values: &[f32]| {
        let values = values.iter().zip(&reference.coarse.weights);
        values.map(|(value, weight)| value * weight).collect()
    };
    let energies = block_energies(&Gradients {
        x: weighted(&gradients.x),
        y: weighted(&gradients.y),
    });
    let (mut flat, mut blocks) = (0, 0);
    for (energy, expected) in energies.iter().zip(&reference.blocks) {
        if let Some(expected) = expected {
            blocks += 1;
            flat += usize::from(*energy < FLAT * expected);
        }
    }
    f64::from(flat as u32) / f64::from(blocks.max(1) as u32)
}
