//! The routes that people take.

use crate::background::{ALLEY_M, FRONT_M};
use crate::camera::Camera;

/// A position on the ground in metres, and the heading there, of length 1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot {
    pub(crate) x: f64,
    pub(crate) z: f64,
    pub(crate) heading: (f64, f64),
}

/// A route of two straight parts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Route {
    points: [(f64, f64); 3],
}

impl Route {
    /// The route, shifted to the right and away from the camera.
    #[must_use]
    pub(crate) fn shifted_by(self, x: f64, z: f64) -> Self {
        Self {
            points: self.points.map(|p| (p.0 + x, p.1 + z)),
        }
    }

    /// The route in the other direction.
    #[must_use]
    pub(crate) fn reversed(self) -> Self {
        let [a, b, c] = self.points;
        Self { points: [c, b, a] }
    }

    /// The spot after `s` metres. Before its start and after its end the route continues straight.
    pub(crate) fn spot_at(&self, s: f64) -> Spot {
        let [a, b, c] = self.points;
        let (first, first_length) = direction_and_length(a, b);
        let (second, _) = direction_and_length(b, c);
        let (from, heading, along) = if s < first_length {
            (a, first, s)
        } else {
            (b, second, s - first_length)
        };
        Spot {
            x: from.0 + heading.0 * along,
            z: from.1 + heading.1 * along,
            heading,
        }
    }

    /// The length in metres.
    pub(crate) fn length(&self) -> f64 {
        let [a, b, c] = self.points;
        direction_and_length(a, b).1 + direction_and_length(b, c).1
    }

    /// The first and the last position along the route, in metres, at which a person is visible.
    pub(crate) fn visible_range(&self, camera: Camera) -> (f64, f64) {
        const STEP_M: f64 = 0.1;
        // A search in steps from both ends: the kink of the route, the sides of the picture and the
        // house fronts would each need a case of their own in a formula.
        let steps = (self.length() / STEP_M) as usize;
        let first = (0..steps).find(|step| self.is_visible_at(*step as f64 * STEP_M, camera));
        let last = (0..steps)
            .rev()
            .find(|step| self.is_visible_at(*step as f64 * STEP_M, camera));
        (
            first.unwrap_or(0) as f64 * STEP_M,
            (last.unwrap_or(steps) + 1) as f64 * STEP_M,
        )
    }

    /// Whether a person is visible after `s` metres: in the picture, and not behind the house
    /// fronts.
    fn is_visible_at(&self, s: f64, camera: Camera) -> bool {
        let spot = self.spot_at(s);
        // Project the position along the line of sight to the plane of the house fronts.
        let at_front = spot.x * FRONT_M / spot.z;
        let hidden = spot.z > FRONT_M && (at_front < ALLEY_M.0 - 0.2 || at_front > ALLEY_M.1 + 0.2);
        camera.is_in_view(spot.x, spot.z) && !hidden
    }
}

/// The direction from `a` to `b`, of length 1, and their distance.
fn direction_and_length(a: (f64, f64), b: (f64, f64)) -> ((f64, f64), f64) {
    let (dx, dz) = (b.0 - a.0, b.1 - a.1);
    let length = (dx * dx + dz * dz).sqrt();
    ((dx / length, dz / length), length)
}

/// The three lanes of people, each in one direction only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Near the camera, from left to right.
    Near,
    /// Across the square, from right to left.
    Middle,
    /// Out of the alley and to the left, towards the camera.
    Alley,
}

impl Lane {
    pub(crate) const ALL: [Self; 3] = [Self::Near, Self::Middle, Self::Alley];

    /// The middle of the lane, in its direction.
    pub(crate) fn route(self) -> Route {
        let points = match self {
            Self::Near => [(-12.0, 7.2), (0.0, 7.6), (12.0, 7.4)],
            Self::Middle => [(16.0, 10.7), (0.0, 11.1), (-16.0, 10.5)],
            Self::Alley => [(6.3, 34.0), (1.5, 20.0), (-12.0, 8.0)],
        };
        Route { points }
    }

    /// The largest distance of people from its middle: to the right, and away from the camera.
    pub(crate) fn max_offset(self) -> (f64, f64) {
        match self {
            Self::Near => (0.0, 0.45),
            Self::Middle => (0.0, 0.6),
            Self::Alley => (0.45, 0.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_continuous() {
        for lane in Lane::ALL {
            let route = lane.route();
            let mut before = route.spot_at(0.0);
            for i in 1..=(route.length() * 10.0) as usize {
                let spot = route.spot_at(i as f64 * 0.1);
                let step = ((spot.x - before.x), (spot.z - before.z));
                assert!(
                    ((step.0 * step.0 + step.1 * step.1).sqrt() - 0.1).abs() < 0.01,
                    "{lane:?} {i}"
                );
                before = spot;
            }
            let back = route.reversed().spot_at(route.length());
            assert!((back.x - route.spot_at(0.0).x).abs() < 1e-9);
        }
    }

    #[test]
    fn routes_start_and_end_outside_the_picture() {
        for (w, h) in [(96, 64), (240, 160), (640, 360)] {
            let camera = Camera::new(w, h);
            for lane in Lane::ALL {
                for (side, route) in [(0, lane.route()), (1, lane.route().reversed())] {
                    let (first, last) = route.visible_range(camera);
                    assert!(
                        first > 0.3 && last < route.length() - 0.3,
                        "{lane:?} {side} {w} {first} {last}"
                    );
                    assert!(last - first > 6.0);
                }
            }
        }
    }
}
