//! The colours of objects: how rare they are among those of all training objects.
//!
//! ```text
//! covered pixels of an object ─▶ brightness x blue x red, 6 x 24 x 24 bins ─▶ palette: how many pixels in each bin
//! palettes of the training ────▶ one histogram, each object counts once ─▶ smoothed ─▶ -ln of the share of each bin
//!                                                                                        │
//!                       the rarity of an object: the mean of that over its pixels ◀──────┘
//! ```

use oddframe_core::{Frame, FrameShape, PixelFormat};

use crate::grid::{gaussian_weights, smooth_lines};
use crate::objects::FoundObject;

/// The steps of brightness and of each of the two colour differences.
const BRIGHTNESSES: usize = 6;
const CHROMAS: usize = 24;

/// The colours that are told apart: bins of brightness, blue and red.
pub(crate) const SHAPE: [usize; 3] = [BRIGHTNESSES, CHROMAS, CHROMAS];

/// Their number.
const COLORS: usize = BRIGHTNESSES * CHROMAS * CHROMAS;

/// Levels of a colour difference in a bin. Differences beyond 72 levels, which few things have, share the last bins.
const CHROMA_STEP: i32 = 6;
const WIDEST_CHROMA: i32 = CHROMA_STEP * CHROMAS as i32 / 2;

/// The reach of a pixel into neighbouring bins of brightness and of the colour differences, as standard deviations: light and
/// noise move colours by about a bin.
const BRIGHTNESS_SIGMA: f64 = 0.7;
const CHROMA_SIGMA: f64 = 1.0;

/// The farthest bins that a pixel counts in, in standard deviations.
const FURTHEST: f64 = 4.0;

/// The share of the histogram that is spread evenly over all bins, so that no colour is impossible.
const EVEN_SHARE: f64 = 1e-3;

/// Objects with fewer covered pixels have no palette: a few pixels at an outline have the colours of any mixture.
const FEWEST_PIXELS: usize = 5;

/// The bin of a colour.
fn bin_of([red, green, blue]: [u8; 3]) -> u16 {
    // The colour space of JPEG, with factors in units of 1/65,536. The differences lie between -128 and 127.
    let [red, green, blue] = [red, green, blue].map(i32::from);
    let brightness = (19_595 * red + 38_470 * green + 7_471 * blue) >> 16;
    let blueness = (-11_059 * red - 21_709 * green + 32_768 * blue) >> 16;
    let redness = (32_768 * red - 27_439 * green - 5_329 * blue) >> 16;
    let chroma = |difference: i32| {
        let place = (difference + WIDEST_CHROMA).div_euclid(CHROMA_STEP);
        place.clamp(0, CHROMAS as i32 - 1) as usize
    };
    let brightness = brightness as usize * BRIGHTNESSES / 256;
    ((brightness * CHROMAS + chroma(blueness)) * CHROMAS + chroma(redness)) as u16
}

/// Writes the bin of each covered pixel of the analysed picture to `bins`, 0 for the others. A frame without any colour, as
/// from a camera at night, gives none. The frame is displaced by `moved` pixels of the analysed picture against it.
///
/// # Shapes
/// `covered`: 1 for each covered pixel of the analysed picture of `shape`, which may be smaller than the frame.
pub(crate) fn find_colors(
    frame: &Frame,
    shape: FrameShape,
    covered: &[u8],
    moved: (f64, f64),
    bins: &mut Vec<u16>,
) {
    bins.clear();
    if frame.shape().format() != PixelFormat::Rgb {
        return;
    }
    let (width, height) = (shape.width(), shape.height());
    let (from_width, from_height) = (frame.shape().width(), frame.shape().height());
    bins.resize(covered.len(), 0);
    let (right, down) = (moved.0.round() as isize, moved.1.round() as isize);
    let mut has_color = false;
    let rows = covered
        .chunks_exact(width)
        .zip(bins.chunks_exact_mut(width));
    for (y, (covered, bins)) in rows.enumerate() {
        // One pixel of the frame stands for those that were averaged: a histogram needs no sharp picture.
        let y = y.saturating_add_signed(down).min(height - 1);
        let row = frame.row((2 * y + 1) * from_height / (2 * height));
        let pixels = row.as_chunks::<3>().0;
        for (x, (covered, bin)) in covered.iter().zip(bins).enumerate() {
            if *covered != 0 {
                let x = x.saturating_add_signed(right).min(width - 1);
                let pixel = pixels[(2 * x + 1) * from_width / (2 * width)];
                has_color |= pixel[0] != pixel[1] || pixel[1] != pixel[2];
                *bin = bin_of(pixel);
            }
        }
    }
    if !has_color {
        bins.clear();
    }
}

/// How many covered pixels of an object have each colour. Empty without colours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Palette(Vec<(u16, u16)>);

impl Palette {
    /// Counts the colours of an object.
    pub(crate) fn of_object(
        object: FoundObject,
        width: usize,
        covered: &[u8],
        bins: &[u16],
    ) -> Self {
        let mut own = Vec::new();
        let columns =
            object.left as usize..((object.left + object.width).ceil() as usize).min(width);
        let rows = object.top as usize..object.foot().ceil() as usize;
        // Without colours there are no rows of bins.
        let lines = covered.chunks_exact(width).zip(bins.chunks_exact(width));
        for (covered, bins) in lines.take(rows.end).skip(rows.start) {
            let pixels = covered[columns.clone()].iter().zip(&bins[columns.clone()]);
            own.extend(pixels.filter(|(c, _)| **c != 0).map(|(_, bin)| *bin));
        }
        if own.len() < FEWEST_PIXELS {
            return Self::default();
        }
        own.sort_unstable();
        let runs = own.chunk_by(|a, b| a == b);
        Self(
            runs.map(|run| (run[0], run.len().min(usize::from(u16::MAX)) as u16))
                .collect(),
        )
    }

    fn pixels(&self) -> f64 {
        self.0.iter().map(|(_, count)| f64::from(*count)).sum()
    }
}

/// The colours of the training objects.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Colors {
    /// For each colour the sum of the shares that objects have of it.
    pub(crate) counts: Vec<f32>,
}

impl Default for Colors {
    fn default() -> Self {
        Self {
            counts: vec![0.0; COLORS],
        }
    }
}

impl Colors {
    /// Learns from the objects of each fold. Also returns what each fold contributes.
    pub(crate) fn learn(folds: &[Vec<&[Palette]>]) -> (Self, Vec<Self>) {
        let mut all = Self::default();
        let mut parts = Vec::with_capacity(folds.len());
        for fold in folds {
            let mut part = Self::default();
            part.add(fold.iter().copied().flatten());
            for (sum, count) in all.counts.iter_mut().zip(&part.counts) {
                *sum += count;
            }
            parts.push(part);
        }
        (all, parts)
    }

    /// Adds normal objects.
    pub(crate) fn add<'a>(&mut self, palettes: impl Iterator<Item = &'a Palette>) {
        for palette in palettes {
            let pixels = palette.pixels();
            for (color, count) in &palette.0 {
                self.counts[usize::from(*color)] += (f64::from(*count) / pixels) as f32;
            }
        }
    }

    /// How rare each colour is; `without` is a fold that does not count. None when no object had colours.
    pub(crate) fn rarities(&self, without: Option<&Self>) -> Option<ColorRarities> {
        let mut counts = self.counts.clone();
        if let Some(without) = without {
            for (count, other) in counts.iter_mut().zip(&without.counts) {
                // Sums in another order may differ in the last bit.
                *count = (*count - other).max(0.0);
            }
        }
        let total: f64 = counts.iter().copied().map(f64::from).sum();
        // Less than an object is what rounding leaves of none.
        if total < 0.5 {
            return None;
        }
        let brightness = gaussian_weights(BRIGHTNESS_SIGMA, FURTHEST);
        let chroma = gaussian_weights(CHROMA_SIGMA, FURTHEST);
        // Each axis in turn: bins that lie `step` values apart, within blocks of all their bins.
        for (step, bins, weights) in [
            (CHROMAS * CHROMAS, BRIGHTNESSES, &brightness),
            (CHROMAS, CHROMAS, &chroma),
            (1, CHROMAS, &chroma),
        ] {
            for block in counts.chunks_exact_mut(step * bins) {
                let source = block.to_vec();
                smooth_lines(&source, block, weights, step);
            }
        }
        let even = EVEN_SHARE / COLORS as f64;
        Some(ColorRarities(
            counts
                .iter()
                .map(|count| -(f64::from(*count) / total + even).ln() as f32)
                .collect(),
        ))
    }
}

/// `-ln` of the share of each colour.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ColorRarities(Vec<f32>);

impl ColorRarities {
    /// How rare the colours of an object are. None without colours.
    pub(crate) fn of(&self, palette: &Palette) -> Option<f64> {
        let pixels = palette.pixels();
        let sum: f64 = palette
            .0
            .iter()
            .map(|(color, count)| f64::from(self.0[usize::from(*color)]) * f64::from(*count))
            .sum();
        (pixels > 0.0).then(|| sum / pixels)
    }

    /// The share of what is known whose colour is less rare than this.
    pub(crate) fn share_below(&self, rarity: f64, known: &Colors) -> f64 {
        let (mut below, mut all) = (0.0, 0.0);
        for (own, count) in self.0.iter().zip(&known.counts) {
            all += f64::from(*count);
            if f64::from(*own) < rarity {
                below += f64::from(*count);
            }
        }
        below / all.max(f64::MIN_POSITIVE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_have_the_bins_of_their_brightness_and_differences() {
        let place = |color| {
            let bin = usize::from(bin_of(color));
            [
                bin / (CHROMAS * CHROMAS),
                bin / CHROMAS % CHROMAS,
                bin % CHROMAS,
            ]
        };
        assert_eq!(place([0, 0, 0]), [0, 12, 12]);
        assert_eq!(place([255, 255, 255])[0], 5);
        // Pure blue and pure red are beyond the widest difference.
        assert_eq!(place([0, 0, 255])[1..], [23, 8]);
        assert_eq!(place([255, 0, 0])[2], 23);
        assert_eq!(place([0, 255, 0])[1..], [0, 0]);
    }

    /// A frame of one colour, all covered.
    fn bins_of(color: [u8; 3], (width, height): (usize, usize)) -> Vec<u16> {
        let shape = FrameShape::new(2 * width, 2 * height, PixelFormat::Rgb).unwrap();
        let pixels = color.repeat(4 * width * height);
        let frame = Frame::from_pixels(shape, oddframe_core::FrameNumber(0), pixels).unwrap();
        let analysed = FrameShape::new(width, height, PixelFormat::Gray).unwrap();
        let mut bins = vec![7];
        find_colors(
            &frame,
            analysed,
            &vec![1; width * height],
            (0.0, 0.0),
            &mut bins,
        );
        bins
    }

    const OBJECT: FoundObject = FoundObject {
        left: 2.0,
        top: 1.0,
        width: 4.0,
        height: 6.0,
    };

    fn palette_of(color: [u8; 3]) -> Palette {
        Palette::of_object(OBJECT, 8, &[1; 64], &bins_of(color, (8, 8)))
    }

    #[test]
    fn an_object_has_the_colours_of_its_covered_pixels() {
        let red = palette_of([200, 30, 30]);
        assert_eq!(red.0, [(bin_of([200, 30, 30]), 24)]);
        // Gray frames have no colours, and too few pixels no palette.
        assert!(bins_of([90, 90, 90], (8, 8)).is_empty());
        assert_eq!(palette_of([90, 90, 90]), Palette::default());
        let mut covered = [0; 64];
        covered[8 + 2..8 + 6].fill(1);
        let few = Palette::of_object(OBJECT, 8, &covered, &bins_of([200, 30, 30], (8, 8)));
        assert_eq!(few, Palette::default());
    }

    #[test]
    fn an_unknown_colour_is_rare() {
        let [red, blue, orange] = [[200, 30, 30], [60, 60, 150], [250, 150, 20]].map(palette_of);
        let folds: [&[Palette]; 2] = [&[red.clone(), blue.clone()], &[red.clone(), red.clone()]];
        let (colors, parts) = Colors::learn(&folds.map(|fold| vec![fold]));
        assert!((colors.counts.iter().sum::<f32>() - 4.0).abs() < 1e-4);
        let rarities = colors.rarities(None).unwrap();
        let of = |palette| rarities.of(palette).unwrap();
        assert!(of(&red) < of(&blue) && of(&blue) + 3.0 < of(&orange));
        // Three of four objects are red, and -ln falls with the share.
        assert!((of(&blue) - of(&red) - 3.0_f64.ln()).abs() < 0.05);
        assert_eq!(rarities.share_below(of(&orange), &colors), 1.0);
        assert!((rarities.share_below(of(&blue), &colors) - 0.75).abs() < 1e-6);
        // Without the first fold nobody wore blue.
        let second = colors.rarities(Some(&parts[0])).unwrap();
        assert!(second.of(&blue).unwrap() > of(&blue) + 2.0);
        assert_eq!(second.of(&Palette::default()), None);
        assert!(Colors::default().rarities(None).is_none());
        assert!(parts[0].rarities(Some(&parts[0])).is_none());
    }
}
