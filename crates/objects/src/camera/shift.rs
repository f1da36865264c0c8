//! The shift of the camera since training, by phase correlation.

use std::f64::consts::TAU;

use super::fourier::{Complex, padded_length, transform_picture};
use crate::image::{Plane, blur_plane, gradient_magnitude};

/// Blurs the pictures before their gradients are taken.
const SIGMA: f64 = 1.5;

/// A correlation below this is too weak to say anything about the shift.
const MIN_RESPONSE: f64 = 0.15;

/// Half the side of the square around the peak whose centroid is the shift.
const REACH: usize = 2;

/// A displacement between two pictures, in pixels, and how well they then agree, up to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Displacement {
    pub(crate) dx: f64,
    pub(crate) dy: f64,
    pub(crate) response: f64,
}

impl Displacement {
    /// Whether the pictures agree well enough to believe the displacement.
    pub(crate) fn is_certain(self) -> bool {
        self.response > MIN_RESPONSE
    }
}

/// How far the second picture is moved against the first: the phase correlation of their gradients, which do not depend on
/// the brightness.
pub(crate) fn find_displacement(first: &Plane<f32>, second: &Plane<f32>) -> Displacement {
    let first = gradient_magnitude(&blur_plane(first, SIGMA));
    let second = gradient_magnitude(&blur_plane(second, SIGMA));
    correlate_phases(&first, &second)
}

/// Phase correlation as OpenCV's `phaseCorrelate` with a Hann window.
///
/// A translation multiplies each frequency by a phase. The product of one spectrum with the conjugate of the other, with every
/// length made 1, holds only these phases, and its inverse transform is a peak at the translation.
fn correlate_phases(first: &Plane<f32>, second: &Plane<f32>) -> Displacement {
    let (columns, rows) = (padded_length(first.width), padded_length(first.height));
    let mut spectrum = windowed_spectrum(first, columns, rows);
    for (value, other) in spectrum
        .iter_mut()
        .zip(windowed_spectrum(second, columns, rows))
    {
        let product = value.times_conjugate(other);
        let length = product.length();
        let scale = length / (length * length + f64::from(f32::EPSILON));
        // The conjugate makes a forward transform the inverse one: of the real result only the sign of nothing changes.
        *value = Complex {
            re: product.re * scale,
            im: -product.im * scale,
        };
    }
    // The highest value is the shift in whole pixels. The centroid of the values around it gives the fraction, because a shift
    // between two pixels spreads the peak over both.
    transform_picture(&mut spectrum, columns);
    let correlation = centre_picture(&spectrum, columns);
    let mut peak = 0;
    for (place, value) in correlation.iter().enumerate() {
        if *value > correlation[peak] {
            peak = place;
        }
    }
    let (x, y) = (peak % columns, peak / columns);
    let (mut sum, mut sum_x, mut sum_y) = (0.0, 0.0, 0.0);
    for y in y.saturating_sub(REACH)..(y + REACH + 1).min(rows) {
        for x in x.saturating_sub(REACH)..(x + REACH + 1).min(columns) {
            let value = correlation[y * columns + x];
            sum += value;
            sum_x += value * x as f64;
            sum_y += value * y as f64;
        }
    }
    let whole = sum + f64::EPSILON;
    Displacement {
        dx: columns as f64 / 2.0 - sum_x / whole,
        dy: rows as f64 / 2.0 - sum_y / whole,
        response: sum / (columns * rows) as f64,
    }
}

/// The real parts of a picture, moved such that the value of no shift is in the centre.
fn centre_picture(values: &[Complex], columns: usize) -> Vec<f64> {
    let rows = values.len() / columns;
    (0..values.len())
        .map(|place| {
            let x = (place % columns + columns - columns / 2) % columns;
            let y = (place / columns + rows - rows / 2) % rows;
            values[y * columns + x].re
        })
        .collect()
}

/// The transform of a picture under a Hann window, padded with zeros.
fn windowed_spectrum(picture: &Plane<f32>, columns: usize, rows: usize) -> Vec<Complex> {
    let (across, down) = (hann(picture.width), hann(picture.height));
    let mut values = vec![Complex::default(); columns * rows];
    for (y, row) in values
        .chunks_exact_mut(columns)
        .take(picture.height)
        .enumerate()
    {
        for (x, value) in row.iter_mut().take(picture.width).enumerate() {
            value.re = f64::from(picture.get(x, y)) * (across[x] * down[y]).sqrt();
        }
    }
    transform_picture(&mut values, columns);
    values
}

fn hann(length: usize) -> Vec<f64> {
    let last = (length.max(2) - 1) as f64;
    (0..length)
        .map(|place| 0.5 * (1.0 - (TAU * place as f64 / last).cos()))
        .collect()
}

#[cfg(test)]
mod tests {
    use oddframe_core::Random;

    use super::*;

    fn texture(width: usize, height: usize, seed: u64) -> Plane<f32> {
        let mut random = Random::new(seed);
        let values = (0..width * height).map(|_| (255.0 * random.unit()) as f32);
        blur_plane(&Plane::from_values(width, values.collect()), 2.0)
    }

    fn cut(from: &Plane<f32>, left: usize, top: usize, width: usize, height: usize) -> Plane<f32> {
        let rows = (top..top + height).flat_map(|y| from.row(y)[left..left + width].to_vec());
        Plane::from_values(width, rows.collect())
    }

    #[test]
    fn a_moved_picture_is_found_where_it_is() {
        let scene = texture(140, 120, 1);
        let first = cut(&scene, 20, 20, 96, 80);
        let second = cut(&scene, 17, 22, 96, 80);
        let found = find_displacement(&first, &second);
        assert!(
            (found.dx - 3.0).abs() < 0.1 && (found.dy + 2.0).abs() < 0.1,
            "{found:?}"
        );
        assert!(found.is_certain());
    }

    #[test]
    fn unrelated_and_flat_pictures_are_uncertain() {
        let found = find_displacement(&texture(96, 80, 1), &texture(96, 80, 2));
        assert!(!found.is_certain(), "{found:?}");
        let flat = Plane::from_values(20, vec![7.0; 400]);
        assert!(!find_displacement(&flat, &flat).is_certain());
    }
}
