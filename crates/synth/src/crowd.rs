//! The normal people of a video.

use oddframe_core::Random;

use crate::actor::{Actor, Figure};
use crate::course::{Course, Manner, Walk};
use crate::lane::{Lane, Route};
use crate::outfit::Outfit;

/// The speeds of people on foot, in metres per second.
const WALK_M_PER_S: (f64, f64) = (1.15, 1.5);
/// The probability that a second person walks next to somebody.
const PAIR_CHANCE: f64 = 0.1;
/// The distance of two people who walk together.
const PAIR_DISTANCE_M: f64 = 0.62;

/// A route along a lane, at a random distance from its middle.
pub(crate) fn random_route(lane: Lane, random: &mut Random) -> Route {
    let (x, z) = lane.max_offset();
    lane.route()
        .shifted_by(random.between(-x, x), random.between(-z, z))
}

/// A walk at an ordinary speed that passes the route's first point at frame 0.
pub(crate) fn ordinary_walk(route: Route, frames_per_s: f64, random: &mut Random) -> Walk {
    let speed = random.between(WALK_M_PER_S.0, WALK_M_PER_S.1) / frames_per_s;
    let stride_m = random.between(1.3, 1.5);
    Walk {
        route,
        start: 0.0,
        speed,
        manner: Manner::Steady,
        stride_m,
        swing: 0.42,
    }
}

/// Plans the normal people of a video of `frames` frames; `sparse` stretches the time between them.
pub(crate) fn plan_crowd(
    frames: f64,
    frames_per_s: f64,
    sparse: f64,
    random: &mut Random,
) -> Vec<Actor> {
    let mut people = Vec::new();
    for lane in Lane::ALL {
        // Seconds between one person and the next: a steady stream, so that merely counting people
        // gives no useful score.
        let (least_s, most_s) = match lane {
            Lane::Near => (5.8, 7.8),
            Lane::Middle => (5.2, 7.2),
            Lane::Alley => (6.0, 9.0),
        };
        // Start as early as the slowest walk is long, so that the street is as full at the start as
        // later.
        let mut start = -lane.route().length() / WALK_M_PER_S.0 * frames_per_s;
        loop {
            start += frames_per_s * sparse * random.between(least_s, most_s);
            if start >= frames {
                break;
            }
            let walk = Walk {
                start,
                ..ordinary_walk(random_route(lane, random), frames_per_s, random)
            };
            people.push(Actor::new(
                Figure::Person,
                Outfit::draw_random(random),
                Course::Walk(walk),
            ));
            // A companion walks on the same route at the same speed, slightly shifted.
            if random.chance(PAIR_CHANCE) {
                let (x, z) = if lane == Lane::Alley {
                    (PAIR_DISTANCE_M, 0.0)
                } else {
                    (0.0, PAIR_DISTANCE_M)
                };
                let late = random.between(-0.2, 0.2) * frames_per_s;
                let beside = Walk {
                    route: walk.route.shifted_by(x, z),
                    start: start + late,
                    ..walk
                };
                people.push(Actor::new(
                    Figure::Person,
                    Outfit::draw_random(random),
                    Course::Walk(beside),
                ));
            }
        }
    }
    people
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::camera::Camera;

    #[test]
    fn the_street_is_equally_full_at_the_start_and_the_end_and_never_overfull() {
        let camera = Camera::new(240, 160);
        let mut seen = [0; 2];
        for seed in 0..40 {
            let people = plan_crowd(400.0, 9.0, 1.0, &mut Random::new(seed));
            let count = |t: f64| {
                people
                    .iter()
                    .filter(|a| a.placement_at(camera, t).is_some())
                    .count()
            };
            seen[0] += count(0.0);
            seen[1] += count(399.0);
            assert!((0..400).all(|t| count(f64::from(t)) < 40));
        }
        let [start, end] = seen.map(|n| f64::from(n as u32) / 40.0);
        assert!(
            (5.0..16.0).contains(&start) && (start - end).abs() < 2.0,
            "{start} {end}"
        );
    }
}
