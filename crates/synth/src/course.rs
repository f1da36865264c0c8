use crate::lane::{Route, Spot};
use crate::wave::wave;

/// Where somebody is in a frame, and in which attitude.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Placement {
    pub(crate) spot: Spot,
    /// Metres above the ground.
    pub(crate) up: f64,
    /// Where in the double step, or in the spin of a thrown thing, in turns.
    pub(crate) phase: f64,
    /// How far the legs swing, as the sine of the angle.
    pub(crate) swing: f64,
}

/// How somebody follows a route. Times are frames since the video began.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Manner {
    /// At one speed.
    Steady,
    /// Stands still in between.
    Pause { from: f64, until: f64 },
    /// Stands and leaps in turn, swerving from side to side.
    Hops { period: f64 },
}

/// A person on the way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Walk {
    pub(crate) route: Route,
    /// When the route's first point is passed.
    pub(crate) start: f64,
    /// Metres in a frame.
    pub(crate) speed: f64,
    pub(crate) manner: Manner,
    /// Metres in a double step.
    pub(crate) stride_m: f64,
    pub(crate) swing: f64,
}

/// How high a hop goes.
const HOP_M: f64 = 0.4;
/// How far a hopper swerves.
const SWERVE_M: f64 = 0.55;
/// The share of a hop's period that is spent standing.
const HOP_REST: f64 = 0.35;

impl Walk {
    /// Metres travelled, negative before the start.
    fn travelled(&self, t: f64) -> f64 {
        let since = t - self.start;
        match self.manner {
            Manner::Steady => since * self.speed,
            Manner::Pause { from, until } => (since - (t - from).clamp(0.0, until - from)) * self.speed,
            Manner::Hops { period } => {
                let cycle = (since / period).floor();
                let leap = ((since / period - cycle - HOP_REST) / (1.0 - HOP_REST)).max(0.0);
                (cycle + leap) * period * self.speed
            }
        }
    }

    /// Where the walker is; nothing before the start and after the end of the route.
    pub(crate) fn at(&self, t: f64) -> Option<Placement> {
        let s = self.travelled(t);
        if s < 0.0 || s > self.route.length() {
            return None;
        }
        let mut spot = self.route.at(s);
        let phase = s / self.stride_m;
        match self.manner {
            Manner::Pause { from, until } if t >= from && t < until => {
                // Looks around, shifting from foot to foot.
                let turn = (t - from) / (until - from) * 1.5;
                spot.heading = (wave(turn + 0.1), -wave(turn + 0.35));
                spot.x += 0.12 * wave(turn * 2.0);
                Some(Placement { spot, up: 0.0, phase, swing: 0.04 })
            }
            Manner::Hops { period } => {
                let hops = (t - self.start) / period;
                let leap = ((hops - hops.floor() - HOP_REST) / (1.0 - HOP_REST)).max(0.0);
                let up = HOP_M * 4.0 * leap * (1.0 - leap);
                let swerve = SWERVE_M * wave(hops * 0.5);
                spot.x += swerve * -spot.heading.1;
                spot.z += swerve * spot.heading.0;
                Some(Placement { spot, up, phase: 0.22, swing: if up > 0.0 { self.swing } else { 0.05 } })
            }
            Manner::Steady | Manner::Pause { .. } => {
                Some(Placement { spot, up: 0.0, phase, swing: self.swing })
            }
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

/// A thing in free flight that bounces and rolls on. Speeds are metres in a frame.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Throw {
    pub(crate) from: f64,
    pub(crate) x: f64,
    pub(crate) z: f64,
    pub(crate) up: f64,
    pub(crate) speed: (f64, f64, f64),
    /// Metres in a frame, in a frame.
    pub(crate) gravity: f64,
}

/// The share of its speed that a bounce leaves.
const BOUNCE: f64 = 0.55;

impl Throw {
    pub(crate) fn at(&self, t: f64) -> Option<Placement> {
        let since = t - self.from;
        if since < 0.0 {
            return None;
        }
        let (x, z) = (self.x + self.speed.0 * since, self.z + self.speed.1 * since);
        let spot = Spot { x, z, heading: (1.0, 0.0) };
        Some(Placement { spot, up: self.height(since), phase: since * 0.11, swing: 0.0 })
    }

    fn height(&self, since: f64) -> f64 {
        let (mut left, mut up, mut rise) = (since, self.up, self.speed.2);
        // After four bounces it rolls.
        for _ in 0..4 {
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

/// A bag that one person puts down and another takes along.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Carried {
    pub(crate) owner: Walk,
    pub(crate) laid: f64,
    pub(crate) taker: Walk,
    pub(crate) taken: f64,
    /// Frames it takes to put it down or to lift it.
    pub(crate) stoop: f64,
}

/// How high a carried bag hangs.
const HANGS_M: f64 = 0.36;

impl Carried {
    fn at(&self, t: f64) -> Option<Placement> {
        let (walk, when, away) = if t - self.laid < self.taken - t {
            (&self.owner, t.min(self.laid), self.laid - t)
        } else {
            (&self.taker, t.max(self.taken), t - self.taken)
        };
        let mut placement = walk.at(when)?;
        // A hand's breadth nearer than the carrier, so that it is seen.
        placement.spot.z -= 0.06;
        placement.up = HANGS_M * (away / self.stoop).clamp(0.0, 1.0);
        Some(placement)
    }
}

/// How anything moves.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Course {
    Walk(Walk),
    Throw(Throw),
    Carried(Carried),
}

impl Course {
    /// Where it is; nothing when it is not in the street.
    pub(crate) fn at(&self, t: f64) -> Option<Placement> {
        match self {
            Self::Walk(walk) => walk.at(t),
            Self::Throw(throw) => throw.at(t),
            Self::Carried(bag) => bag.at(t),
        }
    }

    /// Lets everything happen this many frames later.
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
        Walk { route: Lane::Near.route(), start: 10.0, speed: 0.2, manner, stride_m: 1.4, swing: 0.4 }
    }

    #[test]
    fn every_manner_advances_without_jumps() {
        for manner in
            [Manner::Steady, Manner::Pause { from: 40.0, until: 60.0 }, Manner::Hops { period: 9.0 }]
        {
            let mut course = Course::Walk(walk(manner));
            let before = course.at(55.0).unwrap();
            course.delay(7.0);
            assert_eq!(course.at(62.0).unwrap().spot.x, before.spot.x);
            assert!(course.at(16.9).is_none() && course.at(17.0).is_some());
            let xs: Vec<f64> = (17..130).map(|t| course.at(f64::from(t)).unwrap().spot.x).collect();
            assert!(xs.windows(2).all(|w| (w[1] - w[0]).abs() < 0.45), "{manner:?}");
            assert!(xs[112] - xs[0] > 15.0, "{manner:?}");
        }
    }

    #[test]
    fn a_pause_stands_still_and_then_goes_on() {
        let walk = walk(Manner::Pause { from: 40.0, until: 60.0 });
        assert_eq!(walk.travelled(40.0), walk.travelled(60.0));
        assert!((walk.travelled(65.0) - 7.0).abs() < 1e-12);
    }

    #[test]
    fn what_is_thrown_rises_falls_and_bounces_lower() {
        let throw = Throw { from: 3.0, x: 0.0, z: 8.0, up: 1.5, speed: (0.5, 0.0, 0.4), gravity: 0.1 };
        assert!(throw.at(2.9).is_none());
        let heights: Vec<f64> = (30..1_000).map(|t| throw.at(f64::from(t) / 10.0).unwrap().up).collect();
        let peaks: Vec<f64> =
            heights.windows(3).filter(|w| w[1] > w[0] && w[1] > w[2]).map(|w| w[1]).collect();
        assert!(peaks.len() == 4 && peaks.windows(2).all(|w| w[1] < 0.5 * w[0]), "{peaks:?}");
        assert!(heights.iter().all(|h| *h > -1e-9 && *h < 2.4) && heights[900] == 0.0);
    }

    #[test]
    fn a_bag_lies_where_it_was_laid_until_it_is_taken() {
        let owner = walk(Manner::Steady);
        let taker = Walk { start: 60.0, speed: 0.25, ..owner };
        let arrival = |walk: &Walk| walk.start + 9.0 / walk.speed;
        let (laid, taken) = (arrival(&owner), arrival(&taker));
        let bag = Carried { owner, laid, taker, taken, stoop: 3.0 };
        let lying: Vec<Placement> =
            (laid as i32..=taken as i32).map(|t| bag.at(f64::from(t)).unwrap()).collect();
        assert!(lying.iter().all(|p| (p.spot.x - lying[0].spot.x).abs() < 1e-9 && p.up == 0.0));
        assert!(bag.at(laid - 10.0).unwrap().up > 0.3 && bag.at(taken + 10.0).unwrap().up > 0.3);
    }
}
