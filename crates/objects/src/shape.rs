//! The size and the shading of an object: what histograms of gradients leave out, because they are made from crops of one
//! size and normalised by contrast.

use std::ops::Range;

use oddframe_core::Random;

use crate::objects::FoundObject;
use crate::remembered::{bounds_of_folds, choose_remembered, forget_surplus};

/// Measures of an object.
pub(crate) const MEASURES: usize = 8;

/// The distance of an object is the mean of those to so many nearest known ones: with few measures a single one is near by
/// chance.
const NEAREST: usize = 3;

/// The smallest deviation of a measure; one that never changes has none.
const LEAST_DEVIATION: f64 = 1e-6;

/// The covered pixels of a frame, which differ from the background.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Foreground<'a> {
    pub(crate) width: usize,
    /// With 1 for each covered pixel.
    pub(crate) covered: &'a [u8],
    /// Of each pixel from the background, without the change of the light.
    pub(crate) differences: &'a [f32],
    pub(crate) blurred: &'a [u8],
}

impl Foreground<'_> {
    /// The measures of an object: brightness, contrast and texture of its covered pixels, and how much is covered where a
    /// person would be, around the person, around the feet and above the head. `person` is the height of one who stands there.
    pub(crate) fn measure(&self, object: FoundObject, person: f64) -> [f32; MEASURES] {
        let (centre, foot) = (object.centre(), object.foot());
        let around = |beside: f64, above: f64, below: f64| {
            self.area(
                (centre - beside * person, centre + beside * person),
                (foot - above * person, foot + below * person),
            )
        };
        let body = around(0.35, 1.05, 0.05);
        let sums = self.sum_covered(&body);
        let count = sums.count.max(1.0);
        let mean = sums.differences / count;
        let variance = sums.squares / count - mean * mean;
        let measures = [
            mean,
            variance.max(0.0).sqrt(),
            sums.across / count,
            sums.down / count,
            count / body.pixels(),
            self.covered_share(&around(0.9, 1.5, 0.3)),
            self.covered_share(&around(0.9, 0.6, 0.1)),
            self.covered_share(&around(0.4, 1.6, -0.9)),
        ];
        measures.map(|measure| measure as f32)
    }

    /// A part of the picture, cut at its edges.
    fn area(&self, (left, right): (f64, f64), (top, bottom): (f64, f64)) -> Area {
        let (width, height) = (self.width as f64, self.height() as f64);
        Area {
            columns: left.clamp(0.0, width) as usize..right.clamp(0.0, width) as usize,
            rows: top.clamp(0.0, height) as usize..bottom.clamp(0.0, height) as usize,
        }
    }

    fn height(&self) -> usize {
        self.covered.len() / self.width
    }

    fn sum_covered(&self, area: &Area) -> Sums {
        let mut sums = Sums::default();
        let bottom = self.height() - 1;
        for y in area.rows.clone() {
            let rows = [y, y.saturating_sub(1), (y + 1).min(bottom)];
            let [row, above, below] =
                rows.map(|row| &self.blurred[row * self.width..][..self.width]);
            for x in area.columns.clone() {
                let at = y * self.width + x;
                if self.covered[at] == 0 {
                    continue;
                }
                let difference = f64::from(self.differences[at]);
                sums.count += 1.0;
                sums.differences += difference;
                sums.squares += difference * difference;
                // Between both neighbours, at the edges of the picture between the pixel itself and its neighbour.
                let (left, right) = (x.saturating_sub(1), (x + 1).min(self.width - 1));
                sums.across += gradient(row[left], row[right], right - left);
                sums.down += gradient(above[x], below[x], rows[2] - rows[1]);
            }
        }
        sums
    }

    fn covered_share(&self, area: &Area) -> f64 {
        let covered: usize = area
            .rows
            .clone()
            .map(|y| {
                let row = &self.covered[y * self.width..][area.columns.clone()];
                row.iter().copied().map(usize::from).sum::<usize>()
            })
            .sum();
        covered as f64 / area.pixels()
    }
}

/// The change from one level to another that is so many pixels away, for each of these.
fn gradient(from: u8, to: u8, pixels: usize) -> f64 {
    f64::from(from.abs_diff(to)) / pixels.max(1) as f64
}

/// Sums over covered pixels.
#[derive(Debug, Default)]
struct Sums {
    count: f64,
    differences: f64,
    squares: f64,
    /// Of the gradients in both directions.
    across: f64,
    down: f64,
}

/// Rows and columns of a picture.
struct Area {
    columns: Range<usize>,
    rows: Range<usize>,
}

impl Area {
    fn pixels(&self) -> f64 {
        (self.columns.len() * self.rows.len()).max(1) as f64
    }
}

/// The shapes of the training objects.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shapes {
    pub(crate) means: [f32; MEASURES],
    pub(crate) deviations: [f32; MEASURES],
    /// The remembered objects in standard deviations from the mean, those of each fold together.
    pub(crate) rows: Vec<[f32; MEASURES]>,
}

impl Shapes {
    /// Learns from the objects of each fold. Also returns where the remembered objects of each fold lie.
    pub(crate) fn learn(folds: &[Vec<&[[f32; MEASURES]]>], seed: u64) -> (Self, Vec<Range<usize>>) {
        let objects: Vec<(usize, [f32; MEASURES])> = folds
            .iter()
            .enumerate()
            .flat_map(|(fold, slices)| {
                let objects = slices.iter().copied().flatten();
                objects.map(move |object| (fold, *object))
            })
            .collect();
        let count = objects.len().max(1) as f64;
        let means: [f64; MEASURES] = std::array::from_fn(|at| {
            let sum: f64 = objects
                .iter()
                .map(|(_, object)| f64::from(object[at]))
                .sum();
            sum / count
        });
        let deviations: [f64; MEASURES] = std::array::from_fn(|at| {
            let squares = objects.iter().map(|(_, object)| {
                let difference = f64::from(object[at]) - means[at];
                difference * difference
            });
            (squares.sum::<f64>() / count).sqrt() + LEAST_DEVIATION
        });
        let mut shapes = Self {
            means: means.map(|mean| mean as f32),
            deviations: deviations.map(|deviation| deviation as f32),
            rows: Vec::new(),
        };
        let chosen = choose_remembered(
            objects.len(),
            Random::stream(seed, &[u64::from_le_bytes(*b"shape   ")]),
        );
        let kept = chosen.iter().map(|place| objects[*place].1);
        shapes.rows = kept.map(|object| shapes.standardise(object)).collect();
        let owners: Vec<usize> = chosen.iter().map(|place| objects[*place].0).collect();
        (shapes, bounds_of_folds(&owners, folds.len()))
    }

    /// Remembers further normal objects.
    pub(crate) fn remember(&mut self, objects: impl Iterator<Item = [f32; MEASURES]>) {
        let standardised: Vec<_> = objects.map(|object| self.standardise(object)).collect();
        self.rows.extend(standardised);
        forget_surplus(&mut self.rows);
    }

    fn standardise(&self, object: [f32; MEASURES]) -> [f32; MEASURES] {
        std::array::from_fn(|at| (object[at] - self.means[at]) / self.deviations[at])
    }

    /// The mean distance of an object to the nearest remembered ones, of which a range may not count. None when nothing is
    /// remembered.
    pub(crate) fn distance(
        &self,
        object: [f32; MEASURES],
        without: Option<Range<usize>>,
    ) -> Option<f64> {
        let query = self.standardise(object);
        let without = without.unwrap_or(0..0);
        let mut nearest = [f32::INFINITY; NEAREST];
        for row in self.rows[..without.start]
            .iter()
            .chain(&self.rows[without.end..])
        {
            let pairs = row.iter().zip(&query);
            let distance: f32 = pairs.map(|(a, b)| (a - b) * (a - b)).sum();
            if distance < nearest[NEAREST - 1] {
                // The new one takes the place of the farthest and moves up to its own.
                nearest[NEAREST - 1] = distance;
                nearest.sort_unstable_by(f32::total_cmp);
            }
        }
        let known: Vec<f64> = nearest
            .iter()
            .filter(|distance| distance.is_finite())
            .map(|distance| f64::from(*distance).sqrt())
            .collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_measured() {
        let (width, height) = (40, 40);
        // A block of 8 by 20 pixels, 50 brighter than the background, in a picture of one level.
        let inside = |x: usize, y: usize| (16..24).contains(&x) && (10..30).contains(&y);
        let pixels: Vec<(usize, usize)> = (0..width * height)
            .map(|place| (place % width, place / width))
            .collect();
        let covered: Vec<u8> = pixels.iter().map(|(x, y)| inside(*x, *y).into()).collect();
        let differences: Vec<f32> = covered.iter().map(|c| 50.0 * f32::from(*c)).collect();
        let blurred: Vec<u8> = covered.iter().map(|c| 100 + 50 * c).collect();
        let frame = Foreground {
            width,
            covered: &covered,
            differences: &differences,
            blurred: &blurred,
        };
        let object = FoundObject {
            left: 16.0,
            top: 10.0,
            width: 8.0,
            height: 20.0,
        };
        let [mean, deviation, across, down, body, _, _, head] = frame.measure(object, 20.0);
        assert_eq!((mean, deviation), (50.0, 0.0));
        // Only the outline has gradients: 25 on 40 of 160 pixels across, on 16 of 160 down.
        assert!((across - 25.0 * 40.0 / 160.0).abs() < 1e-4);
        assert!((down - 25.0 * 16.0 / 160.0).abs() < 1e-4);
        // 14 by 22 pixels around a person; nothing above row 12 of the block but two of its rows.
        assert!((body - 160.0 / (14.0 * 22.0)).abs() < 1e-4);
        assert!((head - 16.0 / (16.0 * 12.0)).abs() < 1e-4);
        // At the edge of the picture nothing breaks.
        let outside = FoundObject {
            left: -3.0,
            top: 30.0,
            width: 4.0,
            height: 30.0,
        };
        assert!(frame.measure(outside, 20.0).iter().all(|m| m.is_finite()));
    }

    #[test]
    fn an_unknown_shape_is_far() {
        let usual: Vec<[f32; MEASURES]> = (0..50)
            .map(|i| std::array::from_fn(|at| 1.0 + 0.1 * ((i + at) % 5) as f32))
            .collect();
        let folds = [vec![&usual[..25]], vec![&usual[25..]]];
        let (shapes, bounds) = Shapes::learn(&folds, 1);
        assert_eq!(bounds, [0..25, 25..50]);
        assert_eq!(shapes.distance(usual[3], None), Some(0.0));
        assert!(shapes.distance([3.0; MEASURES], Some(0..25)).unwrap() > 5.0);
        let (empty, _) = Shapes::learn(&[Vec::new()], 1);
        assert_eq!(empty.distance([0.0; MEASURES], None), None);
        // Of two known shapes the mean of both counts.
        let (two, _) = Shapes::learn(&[vec![&[[0.0; MEASURES], [2.0; MEASURES]]]], 1);
        let distance = two.distance([0.0; MEASURES], None).unwrap();
        assert!(
            (distance - (MEASURES as f64).sqrt()).abs() < 1e-3,
            "{distance}"
        );
    }
}
