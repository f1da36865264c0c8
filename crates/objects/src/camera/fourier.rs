//! The discrete Fourier transform for lengths whose prime factors are 2, 3 and 5.

use std::f64::consts::TAU;

use rayon::prelude::*;

/// A complex number.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Complex {
    pub(super) re: f64,
    pub(super) im: f64,
}

impl Complex {
    fn plus(self, other: Self) -> Self {
        Self {
            re: self.re + other.re,
            im: self.im + other.im,
        }
    }

    fn times(self, other: Self) -> Self {
        Self {
            re: self.re * other.re - self.im * other.im,
            im: self.re * other.im + self.im * other.re,
        }
    }

    pub(super) fn times_conjugate(self, other: Self) -> Self {
        self.times(other.conjugate())
    }

    pub(super) fn conjugate(self) -> Self {
        Self {
            re: self.re,
            im: -self.im,
        }
    }

    pub(super) fn length(self) -> f64 {
        self.re.hypot(self.im)
    }
}

/// The smallest length from `len` on whose prime factors are 2, 3 and 5.
pub(super) fn padded_length(len: usize) -> usize {
    // A power of two ends the search.
    (len..=len.next_power_of_two())
        .find(|length| factorise(*length).is_some())
        .unwrap_or(len)
}

fn factorise(length: usize) -> Option<Vec<usize>> {
    let mut factors = Vec::new();
    let mut rest = length;
    for factor in [2, 3, 5] {
        while rest.is_multiple_of(factor) && rest > 1 {
            factors.push(factor);
            rest /= factor;
        }
    }
    (rest == 1).then_some(factors)
}

/// Transforms rows of one length.
struct Transform {
    factors: Vec<usize>,
    /// The powers of the principal root of unity.
    roots: Vec<Complex>,
}

impl Transform {
    fn new(length: usize) -> Self {
        Self {
            factors: factorise(length).unwrap_or_default(),
            roots: (0..length)
                .map(|power| {
                    let angle = -TAU * power as f64 / length as f64;
                    Complex {
                        re: angle.cos(),
                        im: angle.sin(),
                    }
                })
                .collect(),
        }
    }

    fn run(&self, row: &mut [Complex]) {
        let input = row.to_vec();
        self.split(&input, 1, row, 0);
    }

    /// Cooley and Tukey's method: the transform of every `stride`-th value, from the transforms of `factor` interleaved parts.
    fn split(&self, input: &[Complex], stride: usize, out: &mut [Complex], level: usize) {
        let Some(&factor) = self.factors.get(level) else {
            out[0] = input[0];
            return;
        };
        let part = out.len() / factor;
        for (offset, out) in out.chunks_exact_mut(part).enumerate() {
            self.split(&input[offset * stride..], stride * factor, out, level + 1);
        }
        let length = self.roots.len();
        // A step of one value at this level is a step of `stride` roots.
        for at in 0..part {
            // Each part contributes one value, turned by its distance from the first part. Their sums with further turns by
            // multiples of 1 / factor are the values of the transform that lie `part` apart.
            let mut values = [Complex::default(); 5];
            for (number, value) in values[..factor].iter_mut().enumerate() {
                *value = out[number * part + at].times(self.roots[number * at * stride % length]);
            }
            for block in 0..factor {
                let turn = length / factor;
                let sum = (0..factor).fold(Complex::default(), |sum, number| {
                    sum.plus(values[number].times(self.roots[number * block * turn % length]))
                });
                out[block * part + at] = sum;
            }
        }
    }
}

/// Transforms a picture with `width` values in a row: all rows, then all columns.
pub(super) fn transform_picture(values: &mut Vec<Complex>, width: usize) {
    for length in [width, values.len() / width] {
        let transform = Transform::new(length);
        values
            .par_chunks_exact_mut(length)
            .for_each(|row| transform.run(row));
        let rows = values.len() / length;
        // After two turns rows are rows again.
        let turned = (0..length * rows).map(|place| values[place % rows * length + place / rows]);
        *values = turned.collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_padded_to_small_factors() {
        assert_eq!(
            [7, 97, 131, 202, 240, 1].map(padded_length),
            [8, 100, 135, 216, 240, 1]
        );
    }

    #[test]
    fn the_transform_is_the_defining_sum() {
        for length in [1, 2, 6, 15, 40] {
            let values: Vec<Complex> = (0..length)
                .map(|i| Complex {
                    re: (i * i % 7) as f64,
                    im: (i % 3) as f64,
                })
                .collect();
            let mut found = values.clone();
            Transform::new(length).run(&mut found);
            for (k, found) in found.iter().enumerate() {
                let sum = values
                    .iter()
                    .enumerate()
                    .fold(Complex::default(), |sum, (i, v)| {
                        let angle = -TAU * (i * k) as f64 / length as f64;
                        let (im, re) = angle.sin_cos();
                        sum.plus(v.times(Complex { re, im }))
                    });
                let error = (found.re - sum.re).hypot(found.im - sum.im);
                assert!(error < 1e-9, "{length} {k}");
            }
        }
    }

    #[test]
    fn a_picture_is_transformed_along_both_axes() {
        // A wave along x only has one column of two peaks.
        let mut values: Vec<Complex> = (0..24)
            .map(|i| Complex {
                re: (TAU * f64::from(i % 6) / 6.0).cos(),
                im: 0.0,
            })
            .collect();
        transform_picture(&mut values, 6);
        assert!((values[1].re - 12.0).abs() < 1e-9 && (values[5].re - 12.0).abs() < 1e-9);
        assert!(values[6..].iter().all(|v| v.length() < 1e-9));
    }
}
