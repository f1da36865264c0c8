//! Gaussian blurring as OpenCV's `GaussianBlur` with a kernel size chosen by sigma, borders mirrored.

use rayon::prelude::*;

use super::Plane;
use super::mirror::mirror;

/// The kernel of sigma 1 for bytes, in 256ths. OpenCV rounds it such that the sum stays 256.
const BYTE_KERNEL: [u16; 7] = [1, 14, 62, 102, 62, 14, 1];

/// The reach of that kernel to each side.
const REACH: usize = BYTE_KERNEL.len() / 2;

/// Blurs pictures of bytes with sigma 1. The result is rounded to bytes, exactly as OpenCV's.
#[derive(Debug, Default)]
pub(crate) struct ByteBlur {
    padded: Vec<u16>,
    /// The picture after blurring its rows, times 256.
    rows: Vec<u16>,
}

impl ByteBlur {
    /// Blurs a picture with `width` pixels in a row into `out`.
    pub(crate) fn blur_into(&mut self, pixels: &[u8], width: usize, out: &mut Vec<u8>) {
        let height = pixels.len() / width;
        self.rows.resize(pixels.len(), 0);
        self.padded.resize(width + 2 * REACH, 0);
        for (row, blurred) in pixels
            .chunks_exact(width)
            .zip(self.rows.chunks_exact_mut(width))
        {
            for (place, padded) in self.padded.iter_mut().enumerate() {
                *padded = if (REACH..REACH + width).contains(&place) {
                    u16::from(row[place - REACH])
                } else {
                    u16::from(row[mirror(place as isize - REACH as isize, width)])
                };
            }
            // At most 255 * 256, which fits 16 bits.
            let p = &self.padded;
            for (x, out) in blurred.iter_mut().enumerate() {
                let w = &p[x..x + BYTE_KERNEL.len()];
                *out = (w[0] + w[6]) + 14 * (w[1] + w[5]) + 62 * (w[2] + w[4]) + 102 * w[3];
            }
        }
        out.resize(pixels.len(), 0);
        for (y, out) in out.chunks_exact_mut(width).enumerate() {
            let near: [&[u16]; 7] = std::array::from_fn(|tap| {
                let y = mirror(y as isize + tap as isize - REACH as isize, height);
                &self.rows[y * width..][..width]
            });
            for (x, out) in out.iter_mut().enumerate() {
                let at = |tap: usize| u32::from(near[tap][x]);
                let sum =
                    (at(0) + at(6)) + 14 * (at(1) + at(5)) + 62 * (at(2) + at(4)) + 102 * at(3);
                *out = ((sum + (1 << 15)) >> 16) as u8;
            }
        }
    }
}

/// Blurs a plane of floats. The kernel reaches four sigma to each side.
pub(crate) fn blur_plane(plane: &Plane<f32>, sigma: f64) -> Plane<f32> {
    let kernel = gaussian_kernel(sigma);
    let reach = kernel.len() / 2;
    let (width, height) = (plane.width, plane.height);
    let mut rows = vec![0.0_f32; plane.values.len()];
    // Products and sums are rounded once, as the fused instructions of OpenCV do.
    rows.par_chunks_exact_mut(width.max(1))
        .zip(plane.values.par_chunks_exact(width.max(1)))
        .for_each(|(out, row)| {
            for (x, out) in out.iter_mut().enumerate() {
                for (tap, weight) in kernel.iter().enumerate() {
                    let place = mirror(x as isize + tap as isize - reach as isize, width);
                    *out = weight.mul_add(row[place], *out);
                }
            }
        });
    let mut out = Plane::new(width, height);
    out.values
        .par_chunks_exact_mut(width.max(1))
        .enumerate()
        .for_each(|(y, out)| {
            for (out, value) in out.iter_mut().zip(&rows[y * width..]) {
                *out = kernel[reach] * value;
            }
            // The kernel is symmetric: two rows at the same distance are added first.
            for distance in 1..=reach {
                let above = mirror(y as isize - distance as isize, height) * width;
                let below = mirror(y as isize + distance as isize, height) * width;
                let pairs = rows[above..].iter().zip(&rows[below..]);
                for (out, (above, below)) in out.iter_mut().zip(pairs) {
                    *out = kernel[reach + distance].mul_add(above + below, *out);
                }
            }
        });
    out
}

/// The kernel of OpenCV for floats: an odd number of taps, about eight sigma.
fn gaussian_kernel(sigma: f64) -> Vec<f32> {
    let taps = (sigma * 8.0 + 1.0).round_ties_even() as usize | 1;
    let middle = (taps / 2) as f64;
    let weights: Vec<f64> = (0..taps)
        .map(|tap| (-0.5 * ((tap as f64 - middle) / sigma).powi(2)).exp())
        .collect();
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| (weight / sum) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_spread_by_the_kernel_and_a_flat_picture_stays() {
        let mut pixels = vec![0; 9 * 9];
        pixels[4 * 9 + 4] = 255;
        let mut out = Vec::new();
        ByteBlur::default().blur_into(&pixels, 9, &mut out);
        // 255 * 102 * 102 / 65536 = 40.48, 255 * 102 * 62 / 65536 = 24.6
        assert_eq!((out[40], out[41], out[49], out[42]), (40, 25, 25, 6));
        ByteBlur::default().blur_into(&[200; 6], 3, &mut out);
        assert_eq!(out, [200; 6]);
    }

    #[test]
    fn kernels_have_the_sizes_of_opencv() {
        assert_eq!(gaussian_kernel(1.0).len(), 9);
        assert_eq!(gaussian_kernel(1.5).len(), 13);
        assert_eq!(gaussian_kernel(0.7).len(), 7);
        let flat = blur_plane(&Plane::from_values(3, vec![2.0; 6]), 1.5);
        assert!(flat.values.iter().all(|v| (v - 2.0).abs() < 1e-6));
    }
}
