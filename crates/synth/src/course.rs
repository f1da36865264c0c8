//! The courses of actors through the street.

use crate::lane::{Route, Spot};
use crate::wave::sine_of_turns;

/// The position and the posture of an actor at a time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Placement {
    pub(crate) spot: Spot,
    /// Metres above the ground.
    pub(crate) up: f64,
    /// The phase of the double step, or of the spin of a thrown object, in turns.
    pub(crate) phase: f64,
    /// The swing of the legs, as the sine of the angle.
    pub(crate) swing: f64,
}

/// The manner in which a person follows a route. Times are frames since the video began.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Manner {
    /// At one speed.
    Steady,
    /// Stands still for a while.
    Pause { from: f64, until: f64 },
    /// Stands and hops in turn, swerving from side to side.
    Hops { period: f64 },
}

/// A walk along a route.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Walk {
    pub(crate) route: Route,
    /// The time at which the walk passes the route's first point.
    pub(crate) start: f64,
    /// Metres per frame.
    pub(crate) speed: f64,
    pub(crate) manner: Manner,
    /// Metres per double step.
    pub(crate) stride_m: f64,
    pub(crate) swing: f64,
}

/// The height of a hop.
const HOP_M: f64 = 0.4;
/// The swerve of a hop.
const SWERVE_M: f64 = 0.55;
/// The fraction of a hop's period that is spent standing.
const HOP_REST: f64 = 0.35;

impl Walk {
    /// Metres travelled since the start, negative before it.
    fn distance_travelled(&self, t: f64) -> f64 {
        let since = t - self.start;
        match self.manner {
            Manner::Steady => since * self.speed,
            Manner::Pause { from, until } => {
                (since - (t - from).clamp(0.0, until - from)) * self.speed
            }
            Manner::Hops { period } => {
                // Each period begins with a rest; the whole distance of the period is covered in
                // the leap.
                let cycle = (since / period).floor();
                let leap = ((since / period - cycle - HOP_REST) / (1.0 - HOP_REST)).max(0.0);
                (cycle + leap) * period * self.speed
            }
        }
    }

    /// The placement at a time; `None` before the start and after the end of the route.
    pub(crate) fn placement_at(&self, t: f64) -> Option<Placement> {
        let s = self.distance_travelled(t);
        if s < 0.0 || s > self.route.length() {
            return None;
        }
        let mut spot = self.route.spot_at(s);
        let phase = s / self.stride_m;
        match self.manner {
            Manner::Pause { from, until } if t >= from && t < until => {
                // Looks around and shifts from foot to foot.
                let turn = (t - from) / (until - from) * 1.5;
                spot.heading = (sine_of_turns(turn + 0.1), -sine_of_turns(turn + 0.35));
                spot.x += 0.12 * sine_of_turns(turn * 2.0);
                Some(Placement {
                    spot,
                    up: 0.0,
                    phase,
                    swing: 0.04,
                })
            }
            Manner::Hops { period } => {
                let hops = (t - self.start) / period;
                let leap = ((hops - hops.floor() - HOP_REST) / (1.0 - HOP_REST)).max(0.0);
                // A parabola over the leap, and a swerve to alternating sides.
                let up = HOP_M * 4.0 * leap * (1.0 - leap);
                let swerve = SWERVE_M * sine_of_turns(hops * 0.5);
                spot.x += swerve * -spot.heading.1;
                spot.z += swerve * spot.heading.0;
                Some(Placement {
                    spot,
                    up,
                    phase: 0.22,
                    swing: if up > 0.0 { self.swing } else { 0.05 },
                })
            }
            Manner::Steady | Manner::Pause { .. } => Some(Placement {
                spot,
                up: 0.0,
                phase,
                swing: self.swing,
            }),
        }
    }

    fn delay(&mut self, frames: f64) {
        self.start += frames;
        if let Manner::Pause { from, until } = &mut self.manner {
            *from += frames;
            *until += frames;
        }
    }
}

/// The flight of a thrown object, which bounces and rolls on. Speeds are metres per frame.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Throw {
    pub(crate) from: f64,
    pub(crate) x: f64,
    pub(crate) z: f64,
    pub(crate) up: f64,
    pub(crate) speed: (f64, f64, f64),
    /// Metres per frame, per frame.
    pub(crate) gravity: f64,
}

/// The fraction of the speed that remains after a bounce.
const BOUNCE: f64 = 0.55;

impl Throw {
    /// The placement at a time; `None` before the throw.
    pub(crate) fn placement_at(&self, t: f64) -> Option<Placement> {
        let since = t - self.from;
        if since < 0.0 {
            return None;
        }
        let (x, z) = (self.x + self.speed.0 * since, self.z + self.speed.1 * since);
        let spot = Spot {
            x,
            z,
            heading: (1.0, 0.0),
        };
        Some(Placement {
            spot,
            up: self.height_at(since),
            phase: since * 0.11,
            swing: 0.0,
        })
    }

    /// The height above the ground, some frames after the throw: a parabola from bounce to bounce.
    fn height_at(&self, since: f64) -> f64 {
        let (mut left, mut up, mut rise) = (since, self.up, self.speed.2);
        // After four bounces the object rolls.
        for _ in 0..4 {
            // The positive root of the parabola: the time until the object hits the ground.
            let flight = (rise + (rise * rise + 2.0 * self.gravity * up).sqrt()) / self.gravity;
            if left < flight {
                return up + rise * left - self.gravity / 2.0 * left * left;
            }
            left -= flight;
            rise = (self.gravity * flight - rise) * BOUNCE;
            up = 0.0;
        }
        0.0
    }
}

/// The course of a bag that one person puts down and another takes along.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Carried {
    pub(crate) owner: Walk,
    pub(crate) laid: f64,
    pub(crate) taker: Walk,
    pub(crate) taken: f64,
    /// Frames that putting it down or lifting it takes.
    pub(crate) stoop: f64,
}

/// The height of a carried bag.
const HANGS_M: f64 = 0.36;

impl Carried {
    fn placement_at(&self, t: f64) -> Option<Placement> {
        // Nearer in time to the owner or to the taker; before it is laid down and after it is
        // taken, the bag moves along.
        let (walk, when, away) = if t - self.laid < self.taken - t {
            (&self.owner, t.min(self.laid), self.laid - t)
        } else {
            (&self.taker, t.max(self.taken), t - self.taken)
        };
        let mut placement = walk.placement_at(when)?;
        // Slightly nearer than the carrier, so that it is painted over him.
        placement.spot.z -= 0.06;
        placement.up = HANGS_M * (away / self.stoop).clamp(0.0, 1.0);
        Some(placement)
    }
}

/// The course of any actor.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Course {
    Walk(Walk),
    Throw(Throw),
    Carried(Carried),
}

impl Course {
    /// The placement at a time; `None` when the actor is not in the street.
    pub(crate) fn placement_at(&self, t: f64) -> Option<Placement> {
        match self {
            Self::Walk(walk) => walk.placement_at(t),
            Self::Throw(throw) => throw.placement_at(t),
            Self::Carried(bag) => bag.placement_at(t),
        }
    }

    /// Moves the course this many frames later.
    pub(crate) fn delay(&mut self, frames: f64) {
        match self {
            Self::Walk(walk) => walk.delay(frames),
            Self::Throw(throw) => throw.from += frames,
            Self::Carried(bag) => {
                bag.owner.delay(frames);
                bag.taker.delay(frames);
                bag.laid += frames;
                bag.taken += frames;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lane::Lane;

    fn walk(manner: Manner) -> Walk {
        Walk {
            route: Lane::Near.route(),
            start: 10.0,
            speed: 0.2,
            manner,
            stride_m: 1.4,
            swing: 0.4,
        }
    }

    #[test]
    fn every_manner_advances_without_jumps() {
        for manner in [
            Manner::Steady,
            Manner::Pause {
                from: 40.0,
                until: 60.0,
            },
            Manner::Hops { period: 9.0 },
        ] {
            let mut course = Course::Walk(walk(manner));
            let before = course.placement_at(55.0).unwrap();
            course.delay(7.0);
            assert_eq!(course.placement_at(62.0).unwrap().spot.x, before.spot.x);
            assert!(course.placement_at(16.9).is_none() && course.placement_at(17.0).is_some());
            let xs: Vec<f64> = (17..130)
                .map(|t| course.placement_at(f64::from(t)).unwrap().spot.x)
                .collect();
            assert!(
                xs.windows(2).all(|w| (w[1] - w[0]).abs() < 0.45),
                "{manner:?}"
            );
            assert!(xs[112] - xs[0] > 15.0, "{manner:?}");
        }
    }

    #[test]
    fn a_pause_stands_still_and_then_goes_on() {
        let walk = walk(Manner::Pause {
            from: 40.0,
            until: 60.0,
        });
        assert_eq!(walk.distance_travelled(40.0), walk.distance_travelled(60.0));
        assert!((walk.distance_travelled(65.0) - 7.0).abs() < 1e-12);
    }

    #[test]
    fn what_is_thrown_rises_falls_and_bounces_lower() {
        let throw = Throw {
            from: 3.0,
            x: 0.0,
            z: 8.0,
            up: 1.5,
            speed: (0.5, 0.0, 0.4),
            gravity: 0.1,
        };
        assert!(throw.placement_at(2.9).is_none());
        let heights: Vec<f64> = (30..1_000)
            .map(|t| throw.placement_at(f64::from(t) / 10.0).unwrap().up)
            .collect();
        let peaks: Vec<f64> = heights
            .windows(3)
            .filter(|w| w[1] > w[0] && w[1] > w[2])
            .map(|w| w[1])
            .collect();
        assert!(
            peaks.len() == 4 && peaks.windows(2).all(|w| w[1] < 0.5 * w[0]),
            "{peaks:?}"
        );
        assert!(heights.iter().all(|h| *h > -1e-9 && *h < 2.4) && heights[900] == 0.0);
    }

    #[test]
    fn a_bag_lies_where_it_was_laid_until_it_is_taken() {
        let owner = walk(Manner::Steady);
        let taker = Walk {
            start: 60.0,
            speed: 0.25,
            ..owner
        };
        let arrival = |walk: &Walk| walk.start + 9.0 / walk.speed;
        let (laid, taken) = (arrival(&owner), arrival(&taker));
        let bag = Carried {
            owner,
            laid,
            taker,
            taken,
            stoop: 3.0,
        };
        let lying: Vec<Placement> = (laid as i32..=taken as i32)
            .map(|t| bag.placement_at(f64::from(t)).unwrap())
            .collect();
        assert!(
            lying
                .iter()
                .all(|p| (p.spot.x - lying[0].spot.x).abs() < 1e-9 && p.up == 0.0)
        );
        assert!(
            bag.placement_at(laid - 10.0).unwrap().up > 0.3
                && bag.placement_at(taken + 10.0).unwrap().up > 0.3
        );
    }
}
