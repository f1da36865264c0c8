use crate::background::{ALLEY_M, FRONT_M};
use crate::camera::Camera;

/// A place on the ground and the way ahead there, in metres; the heading has length 1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot {
    pub(crate) x: f64,
    pub(crate) z: f64,
    pub(crate) heading: (f64, f64),
}

/// A way of two straight parts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Route {
    points: [(f64, f64); 3],
}

impl Route {
    /// The same way, this much to the right and away.
    #[must_use]
    pub(crate) fn moved(self, x: f64, z: f64) -> Self {
        Self { points: self.points.map(|p| (p.0 + x, p.1 + z)) }
    }

    /// The same way, walked from its end.
    #[must_use]
    pub(crate) fn reversed(self) -> Self {
        let [a, b, c] = self.points;
        Self { points: [c, b, a] }
    }

    /// The place `s` metres along; the way goes on straight before its start and after its end.
    pub(crate) fn at(&self, s: f64) -> Spot {
        let [a, b, c] = self.points;
        let (first, first_length) = direction(a, b);
        let (second, _) = direction(b, c);
        let (from, heading, along) =
            if s < first_length { (a, first, s) } else { (b, second, s - first_length) };
        Spot { x: from.0 + heading.0 * along, z: from.1 + heading.1 * along, heading }
    }

    /// Its length.
    pub(crate) fn length(&self) -> f64 {
        let [a, b, c] = self.points;
        direction(a, b).1 + direction(b, c).1
    }

    /// Where along it somebody is first and last seen.
    pub(crate) fn seen(&self, camera: Camera) -> (f64, f64) {
        const STEP_M: f64 = 0.1;
        let steps = (self.length() / STEP_M) as usize;
        let visible = |step: &usize| {
            let spot = self.at(*step as f64 * STEP_M);
            let at_front = spot.x * FRONT_M / spot.z;
            let hidden = spot.z > FRONT_M && (at_front < ALLEY_M.0 - 0.2 || at_front > ALLEY_M.1 + 0.2);
            camera.frames(spot.x, spot.z) && !hidden
        };
        let first = (0..steps).find(visible).unwrap_or(0);
        let last = (0..steps).rev().find(visible).unwrap_or(steps);
        (first as f64 * STEP_M, (last + 1) as f64 * STEP_M)
    }
}

fn direction(a: (f64, f64), b: (f64, f64)) -> ((f64, f64), f64) {
    let (dx, dz) = (b.0 - a.0, b.1 - a.1);
    let length = (dx * dx + dz * dz).sqrt();
    ((dx / length, dz / length), length)
}

/// The three ways people take, each in one direction only.
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

    /// The middle of the lane, in the direction everybody takes.
    pub(crate) fn route(self) -> Route {
        let points = match self {
            Self::Near => [(-12.0, 7.2), (0.0, 7.6), (12.0, 7.4)],
            Self::Middle => [(16.0, 10.7), (0.0, 11.1), (-16.0, 10.5)],
            Self::Alley => [(6.3, 34.0), (1.5, 20.0), (-12.0, 8.0)],
        };
        Route { points }
    }

    /// How far from its middle people walk: to the right, and away.
    pub(crate) fn spread(self) -> (f64, f64) {
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
    fn routes_bend_without_a_jump() {
        for lane in Lane::ALL {
            let route = lane.route();
            let mut before = route.at(0.0);
            for i in 1..=(route.length() * 10.0) as usize {
                let spot = route.at(i as f64 * 0.1);
                let step = ((spot.x - before.x), (spot.z - before.z));
                assert!(((step.0 * step.0 + step.1 * step.1).sqrt() - 0.1).abs() < 0.01, "{lane:?} {i}");
                before = spot;
            }
            let back = route.reversed().at(route.length());
            assert!((back.x - route.at(0.0).x).abs() < 1e-9);
        }
    }

    #[test]
    fn everybody_starts_and_ends_out_of_sight() {
        for (w, h) in [(96, 64), (240, 160), (640, 360)] {
            let camera = Camera::new(w, h);
            for lane in Lane::ALL {
                for (side, route) in [(0, lane.route()), (1, lane.route().reversed())] {
                    let (first, last) = route.seen(camera);
                    assert!(first > 0.3 && last < route.length() - 0.3, "{lane:?} {side} {w} {first} {last}");
                    assert!(last - first > 6.0);
                }
            }
        }
    }
}
