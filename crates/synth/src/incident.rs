//! Abnormal events and the actors that they need.

use oddframe_core::Random;

use crate::AnomalyKind;
use crate::actor::{Actor, Figure, Odd};
use crate::camera::Camera;
use crate::course::{Carried, Course, Manner, Throw, Walk};
use crate::crowd::{ordinary_walk, random_route};
use crate::lane::{Lane, Route};
use crate::outfit::Outfit;

/// The properties of the video in which an incident happens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting<'a> {
    pub(crate) camera: Camera,
    pub(crate) frames_per_s: f64,
    pub(crate) dwell_s: f64,
    /// The lanes in which it may happen.
    pub(crate) lanes: &'a [Lane],
}

/// An abnormal event with all its actors. It begins at frame 0 until it is delayed.
#[derive(Debug, Clone)]
pub(crate) struct Incident {
    pub(crate) kind: AnomalyKind,
    pub(crate) actors: Vec<Actor>,
    /// Its length in frames, if the video lasts that long.
    pub(crate) frames: f64,
}

/// Metres per second.
const RUN: (f64, f64) = (3.3, 4.2);
const RIDE: (f64, f64) = (3.8, 5.2);
/// Metres per second, per second.
const GRAVITY: f64 = 9.81;

impl Incident {
    /// Plans an incident whose abnormal pixels get `tag`.
    pub(crate) fn plan_kind(
        kind: AnomalyKind,
        tag: u8,
        setting: Setting<'_>,
        random: &mut Random,
    ) -> Self {
        let lane = setting.lanes[random.below(setting.lanes.len() as u64) as usize];
        let walk = ordinary_walk(random_route(lane, random), setting.frames_per_s, random);
        let outfit = Outfit::draw_random(random);
        let (mut actors, frames) = match kind {
            AnomalyKind::Loitering => plan_loitering(setting, outfit, walk, random),
            AnomalyKind::Bag => plan_left_bag(setting, outfit, walk, random),
            AnomalyKind::Thrown => plan_throw(setting, outfit, lane, walk, random),
            _ => plan_passing(kind, setting, outfit, walk, random),
        };
        if let Some(first) = actors.first_mut() {
            first.odd = Some(Odd {
                tag,
                from: 0.0,
                until: frames,
            });
        }
        Self {
            kind,
            actors,
            frames,
        }
    }

    /// Moves the incident this many frames later.
    pub(crate) fn delay(&mut self, frames: f64) {
        self.actors.iter_mut().for_each(|actor| actor.delay(frames));
    }
}

/// A random position along a route that is well inside the picture.
fn random_visible_position(route: &Route, camera: Camera, random: &mut Random) -> f64 {
    let (first, last) = route.visible_range(camera);
    first + (last - first) * random.between(0.25, 0.7)
}

/// An actor that is abnormal on its whole way through the picture.
fn plan_passing(
    kind: AnomalyKind,
    setting: Setting<'_>,
    outfit: Outfit,
    walk: Walk,
    random: &mut Random,
) -> (Vec<Actor>, f64) {
    let Setting {
        camera,
        frames_per_s,
        ..
    } = setting;
    let mut figure = Figure::Person;
    let mut outfit = outfit;
    let mut walk = walk;
    match kind {
        AnomalyKind::Running => {
            walk.speed = random.between(RUN.0, RUN.1) / frames_per_s;
            (walk.stride_m, walk.swing) = (2.7, 0.72);
        }
        AnomalyKind::Cyclist => {
            figure = Figure::Cyclist;
            outfit = outfit.dressed_for_cycling(random);
            walk.speed = random.between(RIDE.0, RIDE.1) / frames_per_s;
            walk.stride_m = 4.6;
        }
        AnomalyKind::WrongWay => walk.route = walk.route.reversed(),
        AnomalyKind::Motion => {
            walk.manner = Manner::Hops {
                period: 1.1 * frames_per_s,
            }
        }
        _ if random.chance(0.4) => {
            figure = Figure::Cart;
            outfit = outfit.without_load();
        }
        _ => outfit = outfit.in_costume(random),
    }
    // A wide actor is visible before its middle is.
    let margin = if figure == Figure::Person { 0.2 } else { 1.2 };
    let (first, last) = walk.route.visible_range(camera);
    walk.start = -(first - margin) / walk.speed;
    let frames = (last - first + 2.0 * margin) / walk.speed;
    (vec![Actor::new(figure, outfit, Course::Walk(walk))], frames)
}

/// A person who stands still for a while.
fn plan_loitering(
    setting: Setting<'_>,
    outfit: Outfit,
    walk: Walk,
    random: &mut Random,
) -> (Vec<Actor>, f64) {
    let until = setting.dwell_s * setting.frames_per_s;
    let place = random_visible_position(&walk.route, setting.camera, random);
    let manner = Manner::Pause { from: 0.0, until };
    // Start so that the pause begins at frame 0 of the incident.
    let walk = Walk {
        start: -place / walk.speed,
        manner,
        ..walk
    };
    (
        vec![Actor::new(Figure::Person, outfit, Course::Walk(walk))],
        until,
    )
}

/// A bag that its owner puts down and another person takes later; the bag is abnormal, not the
/// people.
fn plan_left_bag(
    setting: Setting<'_>,
    outfit: Outfit,
    walk: Walk,
    random: &mut Random,
) -> (Vec<Actor>, f64) {
    let taken = setting.dwell_s * setting.frames_per_s;
    let place = random_visible_position(&walk.route, setting.camera, random);
    // Owner and taker pass the same place, at the times when the bag is laid down and taken.
    let owner = Walk {
        start: -place / walk.speed,
        ..walk
    };
    let taker = ordinary_walk(walk.route, setting.frames_per_s, random);
    let taker = Walk {
        start: taken - place / taker.speed,
        ..taker
    };
    let bag = Carried {
        owner,
        laid: 0.0,
        taker,
        taken,
        stoop: 0.5 * setting.frames_per_s,
    };
    let people = [(owner, outfit), (taker, Outfit::draw_random(random))];
    let mut actors = vec![Actor::new(Figure::Bag, outfit, Course::Carried(bag))];
    actors.extend(people.map(|(walk, outfit)| {
        Actor::new(Figure::Person, outfit.without_load(), Course::Walk(walk))
    }));
    (actors, taken)
}

/// An object that a normal person throws across the street.
fn plan_throw(
    setting: Setting<'_>,
    outfit: Outfit,
    lane: Lane,
    walk: Walk,
    random: &mut Random,
) -> (Vec<Actor>, f64) {
    let Setting {
        camera,
        frames_per_s,
        ..
    } = setting;
    let (first, last) = walk.route.visible_range(camera);
    // Early on the way, so that the object is long in view, but not within the alley.
    let share = if lane == Lane::Alley {
        random.between(0.55, 0.7)
    } else {
        random.between(0.15, 0.4)
    };
    let place = first + (last - first) * share;
    let walk = Walk {
        start: -place / walk.speed,
        ..walk
    };
    let spot = walk.route.spot_at(place);
    let along = random.between(3.2, 4.4) / frames_per_s;
    let away = if lane == Lane::Near {
        random.between(0.1, 0.9)
    } else {
        random.between(-0.8, 0.2)
    } / frames_per_s;
    // The object leaves the hand at head height, a little in front of the thrower, and nearer to
    // the camera, so that it is painted over the person.
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
    // The incident ends when the object leaves the picture, after 20 seconds at the latest.
    let longest = 20.0 * frames_per_s;
    let frames = (0..longest as i32).map(f64::from).find(|frame| {
        course
            .placement_at(*frame)
            .is_none_or(|p| !camera.is_in_view(p.spot.x, p.spot.z))
    });
    let frames = frames.unwrap_or(longest);
    let mut thrower = Actor::new(Figure::Person, outfit.without_load(), Course::Walk(walk));
    thrower.gesture = Some(0.0);
    (
        vec![
            Actor::new(Figure::Thrown, outfit, Course::Throw(course)),
            thrower,
        ],
        frames,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn incidents_begin_at_their_time_and_are_visible() {
        let camera = Camera::new(240, 160);
        let setting = Setting {
            camera,
            frames_per_s: 9.0,
            dwell_s: 5.0,
            lanes: &Lane::ALL,
        };
        for (i, kind) in AnomalyKind::ALL.into_iter().enumerate() {
            for seed in 0..20 {
                let random = &mut Random::stream(seed, &[i as u64]);
                let mut incident = Incident::plan_kind(kind, 3, setting, random);
                assert!(
                    incident.frames > 10.0 && incident.frames < 400.0,
                    "{kind} {}",
                    incident.frames
                );
                incident.delay(50.0);
                let odd = incident.actors[0].odd.unwrap();
                assert_eq!((odd.from, odd.until), (50.0, 50.0 + incident.frames));
                assert!(incident.actors[1..].iter().all(|a| a.odd.is_none()));
                let middle = 50.0 + incident.frames / 2.0;
                assert!(
                    incident.actors[0].placement_at(camera, middle).is_some(),
                    "{kind} {seed}"
                );
                assert_eq!(
                    (
                        incident.actors[0].tag_at(middle),
                        incident.actors[0].tag_at(49.0)
                    ),
                    (3, 0)
                );
            }
        }
    }

    #[test]
    fn a_bag_changes_hands_within_reach() {
        let camera = Camera::new(240, 160);
        let setting = Setting {
            camera,
            frames_per_s: 9.0,
            dwell_s: 5.0,
            lanes: &Lane::ALL,
        };
        let incident = Incident::plan_kind(AnomalyKind::Bag, 1, setting, &mut Random::new(4));
        let at = |actor: usize, t| incident.actors[actor].course.placement_at(t).unwrap().spot;
        for (person, t) in [(1, 0.0), (1, -8.0), (2, 45.0), (2, 60.0)] {
            assert!((at(0, t).x - at(person, t).x).abs() < 1e-9, "{person} {t}");
        }
    }
}
