//! How high a person is in each row of the picture.

use oddframe_boxes::{HeightProfile, Labeller, Region};

use crate::image::{Rectangle, close_mask};
use crate::statistics::percentile;

/// The bands of rows in which heights are collected.
const BANDS: usize = 20;

/// The fewest people that say how high people in a band are.
const PEOPLE_IN_BAND: usize = 8;

/// The fewest bands that determine a line.
const BANDS_FOR_LINE: usize = 3;

/// The percentile of the heights of a band; below the median, because people who overlap form one high region.
const PERCENTILE: f64 = 25.0;

/// The assumed height of a person, as a fraction of the frame height, before any was seen.
const UNKNOWN_HEIGHT: f64 = 1.0 / 6.0;

/// A region with a smaller share of the frame's area is too small to be measured.
const SMALLEST_SHARE: f64 = 0.0007;

/// Joins the parts of a person: 5 rows by 3 columns.
const CLOSING: Rectangle = Rectangle {
    rows: 5,
    columns: 3,
};

/// The foot row and the height of a region that has the form of one person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Person {
    foot: f64,
    height: f64,
}

/// Measures the people in a mask of moving pixels, which it closes first.
pub(super) fn measure_people(
    mask: &mut [u8],
    width: usize,
    labeller: &mut Labeller,
) -> Vec<Person> {
    close_mask(mask, width, CLOSING);
    labeller.label(mask, width);
    let (height, smallest) = (mask.len() / width, SMALLEST_SHARE * mask.len() as f64);
    let people = labeller.regions().iter().filter(|region| {
        // A walking person is between 1.4 and 4 times as high as wide; a region at the edge may be cut.
        let form = region.height() as f64 / region.width() as f64;
        let inside = region.left > 1
            && region.top > 1
            && region.right + 1 < width
            && region.bottom + 1 < height;
        region.pixels as f64 > smallest && form > 1.4 && form < 4.0 && inside
    });
    people
        .map(|region: &Region| Person {
            foot: region.bottom as f64,
            height: region.height() as f64,
        })
        .collect()
}

/// Fits the height of a person by foot row: a line through the bands of rows, limited to the heights of the bands.
pub(super) fn fit_heights(people: &[Person], frame_height: usize) -> HeightProfile {
    let band_rows = frame_height as f64 / BANDS as f64;
    let mut bands = Vec::new();
    for band in 0..BANDS {
        let rows = band as f64 * band_rows..(band + 1) as f64 * band_rows;
        let inside = people.iter().filter(|person| rows.contains(&person.foot));
        let mut heights: Vec<f64> = inside.map(|person| person.height).collect();
        if heights.len() >= PEOPLE_IN_BAND {
            bands.push(Band {
                foot: (band as f64 + 0.5) * band_rows,
                height: percentile(&mut heights, PERCENTILE),
                weight: (heights.len() as f64).sqrt(),
            });
        }
    }
    if bands.is_empty() {
        return HeightProfile::constant(frame_height as f64 * UNKNOWN_HEIGHT);
    }
    fit_line(&bands)
}

/// The usual height in a band of rows.
struct Band {
    foot: f64,
    height: f64,
    weight: f64,
}

fn fit_line(bands: &[Band]) -> HeightProfile {
    let total: f64 = bands.iter().map(|band| band.weight).sum();
    let mean = bands
        .iter()
        .map(|band| band.weight * band.height)
        .sum::<f64>()
        / total;
    // The weighted least squares of NumPy's `polyfit`, in which weights count squared.
    let squares: f64 = bands.iter().map(|band| band.weight.powi(2)).sum();
    let (mut foot, mut height) = (0.0, 0.0);
    for band in bands {
        foot += band.weight.powi(2) * band.foot / squares;
        height += band.weight.powi(2) * band.height / squares;
    }
    let (mut products, mut spread) = (0.0, 0.0);
    let (mut low, mut high) = (f64::INFINITY, 0.0_f64);
    for band in bands {
        let weight = band.weight.powi(2);
        products += weight * (band.foot - foot) * (band.height - height);
        spread += weight * (band.foot - foot).powi(2);
        low = low.min(band.height);
        high = high.max(band.height);
    }
    let slope = products / spread;
    // People are never smaller nearer to a camera that stands upright.
    let line = if bands.len() >= BANDS_FOR_LINE && slope >= 0.0 {
        HeightProfile::from_line(height - slope * foot, slope, low, high)
    } else {
        HeightProfile::from_line(mean, 0.0, low, high)
    };
    line.unwrap_or_else(|| HeightProfile::constant(mean))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(count: usize, foot: f64, height: f64) -> Vec<Person> {
        vec![Person { foot, height }; count]
    }

    #[test]
    fn nobody_seen_is_a_sixth_of_the_frame() {
        assert_eq!(
            fit_heights(&people(7, 50.0, 9.0), 120).height_at(60.0),
            20.0
        );
    }

    #[test]
    fn a_line_goes_through_three_bands_and_stays_within_them() {
        let seen = [(10, 52.0, 10.0), (20, 102.0, 20.0), (8, 152.0, 30.0)];
        let seen: Vec<_> = seen
            .into_iter()
            .flat_map(|(n, foot, h)| people(n, foot, h))
            .collect();
        let heights = fit_heights(&seen, 200);
        assert!((heights.height_at(105.0) - 20.0).abs() < 1e-9);
        assert!((heights.height_at(130.0) - 25.0).abs() < 1e-9);
        assert_eq!(heights.height_at(199.0), 30.0);
    }

    #[test]
    fn a_line_that_falls_towards_the_camera_is_not_believed() {
        let seen = [(16, 52.0, 30.0), (16, 102.0, 20.0), (16, 152.0, 10.0)];
        let seen: Vec<_> = seen
            .into_iter()
            .flat_map(|(n, foot, h)| people(n, foot, h))
            .collect();
        assert_eq!(fit_heights(&seen, 200).height_at(190.0), 20.0);
    }

    #[test]
    fn upright_regions_inside_the_frame_are_people() {
        let (width, height) = (40, 40);
        let mut mask = vec![0; width * height];
        // One person of 4 by 10 pixels; one of the same form at the left edge.
        for y in 10..20 {
            mask[y * width + 20..][..4].fill(1);
            mask[y * width..][..4].fill(1);
        }
        let found = measure_people(&mut mask, width, &mut Labeller::default());
        assert_eq!(found, people(1, 20.0, 10.0));
    }
}
