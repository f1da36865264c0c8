/// The camera's height above the ground.
const EYE_M: f64 = 3.0;
/// Focal length in picture heights.
const FOCAL: f64 = 1.3;
/// The distance of the horizon from the top, in picture heights.
const HORIZON: f64 = 0.18;

/// The image of a point on the ground.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    pub(crate) x: f64,
    pub(crate) y: f64,
    /// Pixels per metre there.
    pub(crate) scale: f64,
}

/// A level pinhole camera above level ground; `x` runs to the right and `z` away from the camera,
/// in metres.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Camera {
    width_px: f64,
    height_px: f64,
}

impl Camera {
    pub(crate) fn new(width: usize, height: usize) -> Self {
        Self {
            width_px: width as f64,
            height_px: height as f64,
        }
    }

    /// The image of the ground at (`x`, `z`); `z` must be positive.
    pub(crate) fn project(self, x: f64, z: f64) -> Seen {
        // A pinhole: lengths shrink with the distance, and the ground lies the camera's height
        // below the horizon, seen at the same scale.
        let scale = FOCAL * self.height_px / z;
        Seen {
            x: self.width_px / 2.0 + x * scale,
            y: HORIZON * self.height_px + EYE_M * scale,
            scale,
        }
    }

    /// The point behind a pixel on the upright plane `z` metres away: metres to the right and above
    /// the ground.
    pub(crate) fn unproject_to_plane(self, x_px: f64, y_px: f64, z: f64) -> (f64, f64) {
        let scale = FOCAL * self.height_px / z;
        (
            (x_px - self.width_px / 2.0) / scale,
            EYE_M - (y_px - HORIZON * self.height_px) / scale,
        )
    }

    /// The point of the ground behind a pixel below the horizon: metres to the right and away.
    pub(crate) fn unproject_to_ground(self, x_px: f64, y_px: f64) -> (f64, f64) {
        let below = (y_px - HORIZON * self.height_px).max(0.01);
        let z = FOCAL * self.height_px * EYE_M / below;
        (
            (x_px - self.width_px / 2.0) * z / (FOCAL * self.height_px),
            z,
        )
    }

    /// Whether a person standing at (`x`, `z`) is at least partly inside the picture.
    pub(crate) fn is_in_view(self, x: f64, z: f64) -> bool {
        const HALF_WIDTH_M: f64 = 0.35;
        let seen = self.project(x, z);
        let reach = HALF_WIDTH_M * seen.scale;
        seen.x + reach > 0.0 && seen.x - reach < self.width_px
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unprojecting_and_projecting_a_pixel_gives_the_pixel() {
        let camera = Camera::new(240, 160);
        let (x, z) = camera.unproject_to_ground(31.5, 90.25);
        let seen = camera.project(x, z);
        assert!((seen.x - 31.5).abs() < 1e-9 && (seen.y - 90.25).abs() < 1e-9);
        let (right, up) = camera.unproject_to_plane(31.5, 90.25, z);
        assert!((right - x).abs() < 1e-9 && up.abs() < 1e-9);
    }

    #[test]
    fn farther_objects_are_smaller_and_higher_in_the_picture() {
        let camera = Camera::new(240, 160);
        let (near, far) = (camera.project(1.0, 7.0), camera.project(1.0, 14.0));
        assert_eq!(near.scale, far.scale * 2.0);
        assert!(near.y > far.y && near.x > far.x);
        assert!(
            camera.is_in_view(0.0, 7.0)
                && !camera.is_in_view(6.0, 7.0)
                && camera.is_in_view(6.0, 14.0)
        );
    }
}
