use oddframe_core::Random;

use crate::AnomalyKind;
use crate::actor::{Actor, Figure, Odd};
use crate::camera::Camera;
use crate::course::{Carried, Course, Manner, Throw, Walk};
use crate::crowd::{stray, stroll};
use crate::lane::{Lane, Route};
use crate::look::Look;

/// What an incident needs to know of the video it happens in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting<'a> {
    pub(crate) camera: Camera,
    pub(crate) frames_per_s: f64,
    pub(crate) dwell_s: f64,
    /// Where it may happen.
    pub(crate) lanes: &'a [Lane],
}

/// Something abnormal that happens, with everybody it takes; it begins at frame 0 until it is delayed.
#[derive(Debug, Clone)]
pub(crate) struct Incident {
    pub(crate) kind: AnomalyKind,
    pub(crate) actors: Vec<Actor>,
    /// Frames it lasts, if the video does.
    pub(crate) frames: f64,
}

/// Metres a second.
const RUN: (f64, f64) = (3.3, 4.2);
const RIDE: (f64, f64) = (3.8, 5.2);
/// Metres in a second, in a second.
const GRAVITY: f64 = 9.81;

impl Incident {
    /// Stages an incident whose abnormal pixels get `tag`.
    pub(crate) fn stage(kind: AnomalyKind, tag: u8, setting: Setting<'_>, random: &mut Random) -> Self {
        let lane = setting.lanes[random.below(setting.lanes.len() as u64) as usize];
        let walk = stroll(stray(lane, random), setting.frames_per_s, random);
        let look = Look::draw(random);
        let (mut actors, frames) = match kind {
            AnomalyKind::Loitering => loiter(setting, look, walk, random),
            AnomalyKind::Bag => leave_bag(setting, look, walk, random),
            AnomalyKind::Thrown => throw(setting, look, lane, walk, random),
            _ => pass(kind, setting, look, walk, random),
        };
        if let Some(first) = actors.first_mut() {
            first.odd = Some(Odd { tag, from: 0.0, until: frames });
        }
        Self { kind, actors, frames }
    }

    /// Lets everything happen this many frames later.
    pub(crate) fn delay(&mut self, frames: f64) {
        self.actors.iter_mut().for_each(|actor| actor.delay(frames));
    }
}

/// A place along a route that is well inside the picture.
fn inside(route: &Route, camera: Camera, random: &mut Random) -> f64 {
    let (first, last) = route.seen(camera);
    first + (last - first) * random.between(0.25, 0.7)
}

/// Somebody who is abnormal from one side of the picture to the other.
fn pass(
    kind: AnomalyKind,
    setting: Setting<'_>,
    look: Look,
    walk: Walk,
    random: &mut Random,
) -> (Vec<Actor>, f64) {
    let Setting { camera, frames_per_s, .. } = setting;
    let mut figure = Figure::Person;
    let mut look = look;
    let mut walk = walk;
    match kind {
        AnomalyKind::Running => {
            walk.speed = random.between(RUN.0, RUN.1) / frames_per_s;
            (walk.stride_m, walk.swing) = (2.7, 0.72);
        }
        AnomalyKind::Cyclist => {
            figure = Figure::Cyclist;
            look = look.sporty(random);
            walk.speed = random.between(RIDE.0, RIDE.1) / frames_per_s;
            walk.stride_m = 4.6;
        }
        AnomalyKind::WrongWay => walk.route = walk.route.reversed(),
        AnomalyKind::Motion => walk.manner = Manner::Hops { period: 1.1 * frames_per_s },
        _ if random.chance(0.4) => {
            figure = Figure::Cart;
            look = look.unburdened();
        }
        _ => look = look.costumed(random),
    }
    // What is wide is seen before its middle is.
    let margin = if figure == Figure::Person { 0.2 } else { 1.2 };
    let (first, last) = walk.route.seen(camera);
    walk.start = -(first - margin) / walk.speed;
    let frames = (last - first + 2.0 * margin) / walk.speed;
    (vec![Actor::new(figure, look, Course::Walk(walk))], frames)
}

fn loiter(setting: Setting<'_>, look: Look, walk: Walk, random: &mut Random) -> (Vec<Actor>, f64) {
    let until = setting.dwell_s * setting.frames_per_s;
    let place = inside(&walk.route, setting.camera, random);
    let manner = Manner::Pause { from: 0.0, until };
    let walk = Walk { start: -place / walk.speed, manner, ..walk };
    (vec![Actor::new(Figure::Person, look, Course::Walk(walk))], until)
}

fn leave_bag(setting: Setting<'_>, look: Look, walk: Walk, random: &mut Random) -> (Vec<Actor>, f64) {
    let taken = setting.dwell_s * setting.frames_per_s;
    let place = inside(&walk.route, setting.camera, random);
    let owner = Walk { start: -place / walk.speed, ..walk };
    let taker = stroll(walk.route, setting.frames_per_s, random);
    let taker = Walk { start: taken - place / taker.speed, ..taker };
    let bag = Carried { owner, laid: 0.0, taker, taken, stoop: 0.5 * setting.frames_per_s };
    let people = [(owner, look), (taker, Look::draw(random))];
    let mut actors = vec![Actor::new(Figure::Bag, look, Course::Carried(bag))];
    actors
        .extend(people.map(|(walk, look)| Actor::new(Figure::Person, look.unburdened(), Course::Walk(walk))));
    (actors, taken)
}

fn throw(setting: Setting<'_>, look: Look, lane: Lane, walk: Walk, random: &mut Random) -> (Vec<Actor>, f64) {
    let Setting { camera, frames_per_s, .. } = setting;
    let (first, last) = walk.route.seen(camera);
    // Thrown from early on the way, so that it is long in sight, but not from within the alley.
    let share = if lane == Lane::Alley { random.between(0.55, 0.7) } else { random.between(0.15, 0.4) };
    let place = first + (last - first) * share;
    let walk = Walk { start: -place / walk.speed, ..walk };
    let spot = walk.route.at(place);
    let along = random.between(3.2, 4.4) / frames_per_s;
    let away =
        if lane == Lane::Near { random.between(0.1, 0.9) } else { random.between(-0.8, 0.2) } / frames_per_s;
    let course = Throw {
        from: 0.0,
        x: spot.x + 0.4 * spot.heading.0,
        z: spot.z - 0.05,
        up: 1.65,
        speed: (
            along * if spot.heading.0 < 0.0 { -1.0 } else { 1.0 },
            away,
            random.between(3.4, 4.6) / frames_per_s,
        ),
        gravity: GRAVITY / (frames_per_s * frames_per_s),
    };
    let gone = |frame: &i32| course.at(f64::from(*frame)).is_none_or(|p| !camera.frames(p.spot.x, p.spot.z));
    let frames = (0..(20.0 * frames_per_s) as i32).find(gone).map_or(20.0 * frames_per_s, f64::from);
    let mut thrower = Actor::new(Figure::Person, look.unburdened(), Course::Walk(walk));
    thrower.gesture = Some(0.0);
    (vec![Actor::new(Figure::Thrown, look, Course::Throw(course)), thrower], frames)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn incidents_begin_where_they_say_and_are_seen() {
        let camera = Camera::new(240, 160);
        let setting = Setting { camera, frames_per_s: 9.0, dwell_s: 5.0, lanes: &Lane::ALL };
        for (i, kind) in AnomalyKind::ALL.into_iter().enumerate() {
            for seed in 0..20 {
                let random = &mut Random::stream(seed, &[i as u64]);
                let mut incident = Incident::stage(kind, 3, setting, random);
                assert!(incident.frames > 10.0 && incident.frames < 400.0, "{kind} {}", incident.frames);
                incident.delay(50.0);
                let odd = incident.actors[0].odd.unwrap();
                assert_eq!((odd.from, odd.until), (50.0, 50.0 + incident.frames));
                assert!(incident.actors[1..].iter().all(|a| a.odd.is_none()));
                let middle = 50.0 + incident.frames / 2.0;
                assert!(incident.actors[0].at(camera, middle).is_some(), "{kind} {seed}");
                assert_eq!((incident.actors[0].tag(middle), incident.actors[0].tag(49.0)), (3, 0));
            }
        }
    }

    #[test]
    fn a_bag_changes_hands_within_reach() {
        let camera = Camera::new(240, 160);
        let setting = Setting { camera, frames_per_s: 9.0, dwell_s: 5.0, lanes: &Lane::ALL };
        let incident = Incident::stage(AnomalyKind::Bag, 1, setting, &mut Random::new(4));
        let at = |actor: usize, t| incident.actors[actor].course.at(t).unwrap().spot;
        for (person, t) in [(1, 0.0), (1, -8.0), (2, 45.0), (2, 60.0)] {
            assert!((at(0, t).x - at(person, t).x).abs() < 1e-9, "{person} {t}");
        }
    }
}
