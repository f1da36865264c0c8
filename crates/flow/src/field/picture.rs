use std::f64::consts::PI;

use oddframe_core::{Frame, FrameShape, PixelFormat};

use super::Flow;
use crate::Error;

/// The colour wheel of the Middlebury flow benchmark (Baker et al., 2011): the number of hues between red, yellow,
/// green, cyan, blue, magenta and red again. Hues that look alike get fewer steps.
const STEPS: [usize; 6] = [15, 6, 4, 11, 13, 6];
const HUES: usize = 55;

/// Motion beyond this is taken for "unknown", as in the files of that benchmark, and painted black.
const UNKNOWN: f32 = 1e9;

/// One hue of the wheel, each channel between 0 and 1.
fn hue(number: usize) -> [f64; 3] {
    let mut first = 0;
    for (sector, steps) in STEPS.into_iter().enumerate() {
        if number < first + steps {
            // One channel is full, one rises or falls, one is empty. The levels are the benchmark's whole numbers.
            let level = (255 * (number - first) / steps) as f64 / 255.0;
            return match sector {
                0 => [1.0, level, 0.0],
                1 => [1.0 - level, 1.0, 0.0],
                2 => [0.0, 1.0, level],
                3 => [0.0, 1.0 - level, 1.0],
                4 => [level, 0.0, 1.0],
                _ => [1.0, 0.0, 1.0 - level],
            };
        }
        first += steps;
    }
    [0.0; 3]
}

/// The colour of a motion that is given in units of the maximum.
fn color(wheel: &[[f64; 3]; HUES], dx: f32, dy: f32) -> [u8; 3] {
    let (dx, dy) = (f64::from(dx), f64::from(dy));
    let radius = dx.hypot(dy);
    // The angle of the opposite direction, from -1 to 1, is a place on the wheel.
    let angle = (-dy).atan2(-dx) / PI;
    let place = f64::midpoint(angle, 1.0) * (HUES - 1) as f64;
    let low = (place as usize).min(HUES - 1);
    let share = place - low as f64;
    let (low, high) = (wheel[low], wheel[(low + 1) % HUES]);
    let mut pixel = [0; 3];
    for (channel, pixel) in pixel.iter_mut().enumerate() {
        let full = (1.0 - share) * low[channel] + share * high[channel];
        let value = if radius <= 1.0 {
            1.0 - radius * (1.0 - full) // still is white
        } else {
            full * 0.75 // beyond the maximum is darker
        };
        *pixel = (255.0 * value) as u8;
    }
    pixel
}

impl Flow {
    /// Paints the flow as an RGB picture with the colour wheel of the Middlebury benchmark: the hue is the direction,
    /// the saturation the speed, white is still.
    ///
    /// Without `max_motion` the longest vector of the flow has full saturation. For the frames of a video give one
    /// value, so that equal colours mean equal speeds; faster motion is then painted darker.
    ///
    /// ```
    /// use oddframe_flow::Flow;
    ///
    /// let mut flow = Flow::new(16, 16);
    /// flow.planes_mut().0[0] = 2.0; // one pixel moves to the right
    /// let picture = flow.to_picture(None)?;
    /// assert_eq!(&picture.pixels()[..3], [255, 0, 0]);
    /// assert_eq!(&picture.pixels()[3..6], [255, 255, 255]);
    /// # Ok::<(), oddframe_flow::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the flow has no pixels or a side longer than a frame can have, or when `max_motion` is not above 0.
    pub fn to_picture(&self, max_motion: Option<f32>) -> Result<Frame, Error> {
        if self.width == 0 || self.height == 0 {
            return Err(Error::EmptyFlow {
                width: self.width,
                height: self.height,
            });
        }
        let max_motion = max_motion.unwrap_or_else(|| {
            let known = self.magnitudes().filter(|m| *m <= UNKNOWN);
            let longest = known.fold(0.0, f32::max);
            if longest > 0.0 { longest } else { 1.0 }
        });
        let in_range = max_motion > 0.0 && max_motion.is_finite();
        Error::check_option("max_motion", max_motion.into(), in_range, "above 0")?;
        let shape =
            FrameShape::new(self.width, self.height, PixelFormat::Rgb).map_err(Error::Picture)?;
        let wheel = std::array::from_fn(hue);
        let mut picture = Frame::new(shape);
        let pixels = picture.pixels_mut().chunks_exact_mut(3);
        for (pixel, (dx, dy)) in pixels.zip(self.dx.iter().zip(&self.dy)) {
            if dx.abs() <= UNKNOWN && dy.abs() <= UNKNOWN {
                pixel.copy_from_slice(&color(&wheel, dx / max_motion, dy / max_motion));
            }
        }
        Ok(picture)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixel(dx: f32, dy: f32, max_motion: Option<f32>) -> [u8; 3] {
        let mut flow = Flow::new(1, 1);
        flow.planes_mut().0[0] = dx;
        flow.planes_mut().1[0] = dy;
        let picture = flow.to_picture(max_motion).unwrap();
        picture.pixels().try_into().unwrap()
    }

    #[test]
    fn directions_have_the_colours_of_the_benchmark() {
        // Computed with the benchmark's own rules: 55 hues, the angle of (-dx, -dy).
        assert_eq!(pixel(1.0, 0.0, None), [255, 0, 0]);
        assert_eq!(pixel(0.0, 1.0, None), [255, 229, 0]);
        assert_eq!(pixel(-1.0, 0.0, None), [0, 209, 255]);
        assert_eq!(pixel(0.0, -1.0, None), [88, 0, 255]);
    }

    #[test]
    fn half_the_maximum_is_half_saturated_and_more_than_it_is_darker() {
        assert_eq!(pixel(1.0, 0.0, Some(2.0)), [255, 127, 127]);
        assert_eq!(pixel(4.0, 0.0, Some(2.0)), [191, 0, 0]);
        assert_eq!(pixel(0.0, 0.0, None), [255, 255, 255]);
    }

    #[test]
    fn unknown_motion_is_black_and_does_not_count_for_the_maximum() {
        let mut flow = Flow::new(3, 1);
        flow.planes_mut().0.copy_from_slice(&[1.0, 1e10, f32::NAN]);
        let picture = flow.to_picture(None).unwrap();
        assert_eq!(picture.pixels(), [255, 0, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn pictures_of_nothing_and_impossible_maxima_are_refused() {
        assert!(matches!(
            Flow::default().to_picture(None),
            Err(Error::EmptyFlow { .. })
        ));
        for maximum in [0.0, -1.0, f32::NAN, f32::INFINITY] {
            assert!(matches!(
                Flow::new(2, 2).to_picture(Some(maximum)),
                Err(Error::InvalidOption { .. })
            ));
        }
    }
}
