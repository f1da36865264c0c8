use oddframe_core::Random;

use crate::actor::{Actor, Figure};
use crate::course::{Course, Manner, Walk};
use crate::lane::{Lane, Route};
use crate::look::Look;

/// Speeds of people on foot, in metres a second.
const WALK_M_PER_S: (f64, f64) = (1.15, 1.5);
/// How often one more walks beside somebody.
const PAIR: f64 = 0.1;
/// How far apart two who walk together are.
const BESIDE_M: f64 = 0.62;

/// A way along a lane, at a random distance from its middle.
pub(crate) fn stray(lane: Lane, random: &mut Random) -> Route {
    let (x, z) = lane.spread();
    lane.route().moved(random.between(-x, x), random.between(-z, z))
}

/// Somebody who walks at an ordinary speed, passing the route's first point at frame 0.
pub(crate) fn stroll(route: Route, frames_per_s: f64, random: &mut Random) -> Walk {
    let speed = random.between(WALK_M_PER_S.0, WALK_M_PER_S.1) / frames_per_s;
    let stride_m = random.between(1.3, 1.5);
    Walk { route, start: 0.0, speed, manner: Manner::Steady, stride_m, swing: 0.42 }
}

/// The ordinary people of a video that shows `frames` frames; `sparse` stretches the time between them.
pub(crate) fn crowd(frames: f64, frames_per_s: f64, sparse: f64, random: &mut Random) -> Vec<Actor> {
    let mut people = Vec::new();
    for lane in Lane::ALL {
        // Seconds between one and the next: a steady stream, so that a score that merely counts people is of
        // little use.
        let (least_s, most_s) = match lane {
            Lane::Near => (5.8, 7.8),
            Lane::Middle => (5.2, 7.2),
            Lane::Alley => (6.0, 9.0),
        };
        // Nobody takes longer over a lane, so that the street is as full at the start as later.
        let mut start = -lane.route().length() / WALK_M_PER_S.0 * frames_per_s;
        loop {
            start += frames_per_s * sparse * random.between(least_s, most_s);
            if start >= frames {
                break;
            }
            let walk = Walk { start, ..stroll(stray(lane, random), frames_per_s, random) };
            people.push(Actor::new(Figure::Person, Look::draw(random), Course::Walk(walk)));
            if random.chance(PAIR) {
                let (x, z) = if lane == Lane::Alley { (BESIDE_M, 0.0) } else { (0.0, BESIDE_M) };
                let late = random.between(-0.2, 0.2) * frames_per_s;
                let beside = Walk { route: walk.route.moved(x, z), start: start + late, ..walk };
                people.push(Actor::new(Figure::Person, Look::draw(random), Course::Walk(beside)));
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
    fn the_street_is_as_full_at_the_start_as_later_and_never_crammed() {
        let camera = Camera::new(240, 160);
        let mut seen = [0; 2];
        for seed in 0..40 {
            let people = crowd(400.0, 9.0, 1.0, &mut Random::new(seed));
            let count = |t: f64| people.iter().filter(|a| a.at(camera, t).is_some()).count();
            seen[0] += count(0.0);
            seen[1] += count(399.0);
            assert!((0..400).all(|t| count(f64::from(t)) < 40));
        }
        let [start, end] = seen.map(|n| f64::from(n as u32) / 40.0);
        assert!((5.0..16.0).contains(&start) && (start - end).abs() < 2.0, "{start} {end}");
    }
}
