//! The empty street as a picture.

use oddframe_core::Random;

use crate::background::{FRONT_M, trace_ray};
use crate::brush::{Brush, Veil};
use crate::camera::Camera;
use crate::street::{FURNITURE, paint_furniture};
use crate::surface::{Canvas, Depths};

/// Pixels of margin around the picture: one for the jitter, and one for the interpolation with the
/// next pixel.
pub(crate) const PAD: usize = 2;
/// The camera jitters in steps of 1/16 pixel.
pub(crate) const STEPS: i32 = 16;

/// The empty street, painted once. Every frame of every video starts from it.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) camera: Camera,
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// RGB, with a margin of `PAD` pixels on each side.
    pixels: Vec<u8>,
    /// The distances of the objects that can hide people, of the same size.
    depths: Depths,
}

/// The deviation of the camera from its rest position in a frame, in steps of a pixel's
/// 1/[`STEPS`]; at most one pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Jitter {
    pub(crate) x: i32,
    pub(crate) y: i32,
}

impl Jitter {
    /// The shift in pixels.
    pub(crate) fn shift_px(self) -> (f32, f32) {
        (self.x as f32 / STEPS as f32, self.y as f32 / STEPS as f32)
    }
}

impl Stage {
    /// Paints the street of a scene: the background by ray tracing, then the furniture.
    pub(crate) fn new(width: usize, height: usize, seed: u64) -> Self {
        let camera = Camera::new(width, height);
        let (wide, high) = (width + 2 * PAD, height + 2 * PAD);
        let mut pixels = vec![0; 3 * wide * high];
        let mut depths = Depths::new(wide, high);
        let texture = Random::stream(seed, &[0x57A6E]).bits() as u32;
        // Small pictures need more rays per pixel, because their texture is finer than a pixel.
        let rays = if width < 400 { 3 } else { 2 };
        for y in 0..high {
            for x in 0..wide {
                let mut sum = [0.0; 3];
                let mut front = 0;
                for ray in 0..rays * rays {
                    let [dx, dy] = [ray % rays, ray / rays]
                        .map(|n| (n as f64 + 0.5) / rays as f64 - PAD as f64);
                    let (x_px, y_px) = (x as f64 + dx, y as f64 + dy);
                    let met = trace_ray(camera, texture, x_px, y_px);
                    front += usize::from(met.front);
                    for (sum, c) in sum.iter_mut().zip(met.color) {
                        *sum += c;
                    }
                }
                let at = 3 * (y * wide + x);
                for (out, sum) in pixels[at..at + 3].iter_mut().zip(sum) {
                    *out = (sum / (rays * rays) as f32 + 0.5) as u8;
                }
                // A pixel belongs to a house if most of its rays hit it.
                if 2 * front > rays * rays {
                    depths.set_depth(x, y, FRONT_M as f32);
                }
            }
        }
        let mut canvas = Canvas {
            width: wide,
            pixels: &mut pixels,
        };
        for (thing, x, z) in FURNITURE {
            let pad = PAD as f32;
            // Paint into the picture and into the depths, so that furniture can hide people.
            depths.depth = z as f32;
            paint_furniture(
                &mut Brush {
                    surface: &mut canvas,
                    veil: None,
                    depth: 0.0,
                },
                camera,
                pad,
                thing,
                (x, z),
            );
            paint_furniture(
                &mut Brush {
                    surface: &mut depths,
                    veil: None,
                    depth: 0.0,
                },
                camera,
                pad,
                thing,
                (x, z),
            );
        }
        Self {
            camera,
            width,
            height,
            pixels,
            depths,
        }
    }

    /// The objects that hide people, shifted by the camera's jitter.
    pub(crate) fn veil_for(&self, jitter: Jitter) -> Veil<'_> {
        // The nearest whole pixel.
        let [x, y] = [jitter.x, jitter.y]
            .map(|shift| (PAD as i32 - (shift + STEPS / 2).div_euclid(STEPS)) as usize);
        Veil {
            depths: &self.depths,
            corner: (x, y),
        }
    }

    /// Writes the empty street, shifted by the camera's jitter, to all of `out`.
    pub(crate) fn paint_background(&self, jitter: Jitter, out: &mut [u8]) {
        let row_bytes = 3 * (self.width + 2 * PAD);
        let (from_x, from_y) = (PAD as i32 * STEPS - jitter.x, PAD as i32 * STEPS - jitter.y);
        let (fx, fy) = (
            from_x.rem_euclid(STEPS) as u16,
            from_y.rem_euclid(STEPS) as u16,
        );
        let (x, y) = ((from_x / STEPS) as usize, (from_y / STEPS) as usize);
        let whole = STEPS as u16;
        // Bilinear interpolation. The four weights add up to 256, so that the sum below fits 16
        // bits.
        let weights = [
            (whole - fx) * (whole - fy),
            fx * (whole - fy),
            (whole - fx) * fy,
            fx * fy,
        ];
        for (row, out) in out.chunks_exact_mut(3 * self.width).enumerate() {
            let above = &self.pixels[(y + row) * row_bytes + 3 * x..];
            let below = &self.pixels[(y + row + 1) * row_bytes + 3 * x..];
            let pairs = above
                .iter()
                .zip(&above[3..])
                .zip(below.iter().zip(&below[3..]));
            for (out, ((a, b), (c, d))) in out.iter_mut().zip(pairs) {
                let sum = [a, b, c, d]
                    .into_iter()
                    .zip(weights)
                    .map(|(v, w)| u16::from(*v) * w)
                    .sum::<u16>();
                *out = ((sum + 128) >> 8) as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn street() -> Stage {
        Stage::new(96, 64, 1)
    }

    #[test]
    fn a_jitter_of_a_whole_pixel_shifts_the_picture() {
        let stage = street();
        let paint = |x, y| {
            let mut out = vec![0; 3 * 96 * 64];
            stage.paint_background(Jitter { x, y }, &mut out);
            out
        };
        let (still, moved) = (paint(0, 0), paint(STEPS, -STEPS));
        for y in 0..63 {
            assert_eq!(
                moved[3 * (y * 96 + 1)..3 * (y * 96 + 96)],
                still[3 * (y + 1) * 96..3 * ((y + 1) * 96 + 95)]
            );
        }
        let lower = paint(0, STEPS / 2);
        for i in 3 * 96..6 * 96 {
            let mean = (u16::from(still[i]) + u16::from(still[i - 3 * 96])).div_ceil(2);
            assert_eq!(u16::from(lower[i]), mean);
        }
        let half = paint(STEPS / 2, 0);
        for i in 3..3 * 96 {
            let mean = (u16::from(still[i]) + u16::from(still[i - 3])).div_ceil(2);
            assert_eq!(u16::from(half[i]), mean);
        }
    }

    #[test]
    fn the_street_has_structure() {
        let mut out = vec![0; 3 * 96 * 64];
        street().paint_background(Jitter::default(), &mut out);
        let mean = out.iter().map(|p| f64::from(*p)).sum::<f64>() / out.len() as f64;
        let variance = out
            .iter()
            .map(|p| (f64::from(*p) - mean) * (f64::from(*p) - mean))
            .sum::<f64>();
        assert!((80.0..180.0).contains(&mean), "{mean}");
        assert!((variance / out.len() as f64).sqrt() > 25.0);
    }

    #[test]
    fn the_houses_hide_what_is_behind_them_and_the_alley_does_not() {
        let stage = street();
        let hidden = |x: f64, z: f64, depth: f32| {
            let seen = stage.camera.project(x, z);
            stage
                .depths
                .depth_at(seen.x as usize + PAD, (seen.y - seen.scale) as usize + PAD)
                < depth
        };
        assert!(hidden(-4.0, 30.0, 30.0));
        assert!(!hidden(2.0 * 30.0 / 22.0, 30.0, 30.0));
        assert!(!hidden(-1.0, 18.0, 18.0));
    }
}
