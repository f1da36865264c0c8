//! A factor for every channel of every image.

use crate::columns::Columns;
use crate::error::{Error, check_length};
use crate::partition::for_each_part;
use crate::simd::{Lanes, Simd, Step, Token, Vector, map_slices};

/// Multiplies every channel of every image by a factor of its own, as channel dropout does. The gradient is the same
/// product of the output's gradient.
///
/// Values are `[images, positions, channels]`, factors `[images, channels]`.
///
/// ```
/// // One image of two positions with two channels.
/// let mut values = [1.0, 2.0, 3.0, 4.0];
/// oddframe_kernels::scale_channels(&mut values, &[0.0, 10.0], 2)?;
/// assert_eq!(values, [0.0, 20.0, 0.0, 40.0]);
/// # Ok::<(), oddframe_kernels::Error>(())
/// ```
///
/// # Errors
/// No channels, images or positions, or slices whose lengths are not those of whole images.
pub fn scale_channels(values: &mut [f32], factors: &[f32], channels: usize) -> Result<(), Error> {
    scale_channels_with_simd(Simd::detect(), values, factors, channels)
}

pub(crate) fn scale_channels_with_simd(
    simd: Simd,
    values: &mut [f32],
    factors: &[f32],
    channels: usize,
) -> Result<(), Error> {
    let images = Images::new(values.len(), factors, channels)?;
    let parts = values.chunks_mut(images.len()).enumerate();
    let parts: Vec<_> = parts
        .flat_map(|(image, values)| {
            let pieces = values.chunks_mut(images.columns.piece_len());
            pieces.map(move |piece| (image, piece))
        })
        .collect();
    for_each_part(parts.into_iter(), |(image, values)| {
        let row = &images.rows[image];
        map_slices(simd, &Multiply, row.len(), [], [row], [values]);
    });
    Ok(())
}

/// [`scale_channels`] that writes to `scaled` and leaves `values` unchanged.
///
/// # Errors
/// As [`scale_channels`], and a `scaled` of another length than `values`.
pub fn scale_channels_into(
    values: &[f32],
    factors: &[f32],
    channels: usize,
    scaled: &mut [f32],
) -> Result<(), Error> {
    scale_channels_into_with_simd(Simd::detect(), values, factors, channels, scaled)
}

pub(crate) fn scale_channels_into_with_simd(
    simd: Simd,
    values: &[f32],
    factors: &[f32],
    channels: usize,
    scaled: &mut [f32],
) -> Result<(), Error> {
    check_length("the scaled values", scaled.len(), values.len())?;
    let images = Images::new(values.len(), factors, channels)?;
    let of_images = values
        .chunks(images.len())
        .zip(scaled.chunks_mut(images.len()));
    let parts: Vec<_> = of_images
        .enumerate()
        .flat_map(|(image, (values, scaled))| {
            let piece = images.columns.piece_len();
            let pieces = values.chunks(piece).zip(scaled.chunks_mut(piece));
            pieces.map(move |pieces| (image, pieces))
        })
        .collect();
    for_each_part(parts.into_iter(), |(image, (values, scaled))| {
        let row = &images.rows[image];
        map_slices(simd, &Multiply, row.len(), [values], [row], [scaled]);
    });
    Ok(())
}

/// The shape of one image, and the factors of each image, repeated across a row of it.
struct Images {
    columns: Columns,
    rows: Vec<Vec<f32>>,
}

impl Images {
    fn new(values: usize, factors: &[f32], channels: usize) -> Result<Self, Error> {
        // Without channels or images there is no image: `Columns` refuses it.
        let images = factors.len() / channels.max(1);
        let positions = values / (images * channels).max(1);
        let columns = Columns::new(if images == 0 { 0 } else { positions }, channels)?;
        check_length("the factors", factors.len(), images * channels)?;
        check_length("the values", values, images * columns.len())?;
        let rows = factors.chunks(channels);
        let rows = rows
            .map(|factors| columns.repeat_channels(factors.iter().copied()))
            .collect();
        Ok(Self { columns, rows })
    }

    /// Values of an image.
    fn len(&self) -> usize {
        self.columns.len()
    }
}

struct Multiply;

impl Step<0, 1, 1> for Multiply {
    #[inline(always)]
    fn step_lanes<V: Vector>(
        &self,
        _: Token<V>,
        _: [Lanes<V>; 0],
        [factor]: [Lanes<V>; 1],
        [value]: [Lanes<V>; 1],
    ) -> [Lanes<V>; 1] {
        [value * factor]
    }
}

impl Step<1, 1, 1> for Multiply {
    #[inline(always)]
    fn step_lanes<V: Vector>(
        &self,
        _: Token<V>,
        [value]: [Lanes<V>; 1],
        [factor]: [Lanes<V>; 1],
        _: [Lanes<V>; 1],
    ) -> [Lanes<V>; 1] {
        [value * factor]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_length_error, noise, run_guarded};

    /// Every shape here: rows of several positions, of one, images of one and of several pieces.
    const SHAPES: [[usize; 3]; 7] = [
        [1, 1, 1],
        [3, 5, 3],
        [2, 64, 32],
        [4, 1, 100],
        [2, 3, 2049],
        [1, 9, 129],
        [2, 4096, 16],
    ];

    #[test]
    fn every_value_is_multiplied_by_the_factor_of_its_image_and_channel() {
        for [images, positions, channels] in SHAPES {
            if cfg!(miri) && images * positions * channels > 500 {
                continue;
            }
            let values = noise(images * positions * channels, 1);
            let factors = noise(images * channels, 2);
            let expected: Vec<f32> = values
                .iter()
                .enumerate()
                .map(|(at, value)| {
                    let image = at / (positions * channels);
                    value * factors[image * channels + at % channels]
                })
                .collect();
            for &simd in Simd::available() {
                let (scaled, done) = run_guarded(&values, |values| {
                    scale_channels_with_simd(simd, values, &factors, channels)
                });
                done.unwrap();
                assert_eq!(scaled, expected, "in place, {simd:?}");
                let (scaled, done) = run_guarded(&vec![f32::NAN; values.len()], |scaled| {
                    scale_channels_into_with_simd(simd, &values, &factors, channels, scaled)
                });
                done.unwrap();
                assert_eq!(scaled, expected, "{simd:?}");
            }
        }
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        let zero = |factors: &[f32], channels| {
            matches!(
                scale_channels(&mut [1.0; 6], factors, channels),
                Err(Error::Zero { .. })
            )
        };
        assert!(zero(&[1.0; 3], 0) && zero(&[], 3));
        assert!(matches!(
            scale_channels(&mut [], &[1.0], 1),
            Err(Error::Zero { .. })
        ));
        assert_length_error(scale_channels(&mut [1.0; 6], &[1.0; 4], 3), "the factors");
        assert_length_error(scale_channels(&mut [1.0; 7], &[1.0; 3], 3), "the values");
        assert_length_error(
            scale_channels_into(&[1.0; 6], &[1.0; 3], 3, &mut [0.0; 5]),
            "the scaled values",
        );
    }
}
