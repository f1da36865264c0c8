/// The eye's height above the ground.
const EYE_M: f64 = 3.0;
/// Focal length in picture heights.
const FOCAL: f64 = 1.3;
/// The horizon's place in picture heights from the top.
const HORIZON: f64 = 0.18;

/// Where a place on the ground is seen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    pub(crate) x: f64,
    pub(crate) y: f64,
    /// Pixels in a metre there.
    pub(crate) scale: f64,
}

/// A level pinhole camera above level ground; `x` runs to the right and `z` away from the camera, in metres.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Camera {
    width_px: f64,
    height_px: f64,
}

impl Camera {
    pub(crate) fn new(width: usize, height: usize) -> Self {
        Self { width_px: width as f64, height_px: height as f64 }
    }

    /// Where the ground at (`x`, `z`) is seen; `z` must be positive.
    pub(crate) fn see(self, x: f64, z: f64) -> Seen {
        let scale = FOCAL * self.height_px / z;
        Seen { x: self.width_px / 2.0 + x * scale, y: HORIZON * self.height_px + EYE_M * scale, scale }
    }

    /// What is `z` metres away behind a pixel: metres to the right and metres above the ground.
    pub(crate) fn upright(self, x_px: f64, y_px: f64, z: f64) -> (f64, f64) {
        let scale = FOCAL * self.height_px / z;
        ((x_px - self.width_px / 2.0) / scale, EYE_M - (y_px - HORIZON * self.height_px) / scale)
    }

    /// The ground behind a pixel below the horizon: metres to the right and away.
    pub(crate) fn ground(self, x_px: f64, y_px: f64) -> (f64, f64) {
        let below = (y_px - HORIZON * self.height_px).max(0.01);
        let z = FOCAL * self.height_px * EYE_M / below;
        ((x_px - self.width_px / 2.0) * z / (FOCAL * self.height_px), z)
    }

    /// Whether somebody standing at (`x`, `z`) is at least partly inside the picture.
    pub(crate) fn frames(self, x: f64, z: f64) -> bool {
        const HALF_WIDTH_M: f64 = 0.35;
        let seen = self.see(x, z);
        let reach = HALF_WIDTH_M * seen.scale;
        seen.x + reach > 0.0 && seen.x - reach < self.width_px
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ground_behind_a_pixel_is_seen_at_that_pixel() {
        let camera = Camera::new(240, 160);
        let (x, z) = camera.ground(31.5, 90.25);
        let seen = camera.see(x, z);
        assert!((seen.x - 31.5).abs() < 1e-9 && (seen.y - 90.25).abs() < 1e-9);
        let (right, up) = camera.upright(31.5, 90.25, z);
        assert!((right - x).abs() < 1e-9 && up.abs() < 1e-9);
    }

    #[test]
    fn farther_is_smaller_and_higher() {
        let camera = Camera::new(240, 160);
        let (near, far) = (camera.see(1.0, 7.0), camera.see(1.0, 14.0));
        assert_eq!(near.scale, far.scale * 2.0);
        assert!(near.y > far.y && near.x > far.x);
        assert!(camera.frames(0.0, 7.0) && !camera.frames(6.0, 7.0) && camera.frames(6.0, 14.0));
    }
}
