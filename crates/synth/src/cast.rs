//! The actors that are visible in one frame.

use crate::actor::Actor;
use crate::camera::Camera;
use crate::course::Placement;

/// More actors than the street ever holds at once (see the test of the crowd).
const MAX_ACTORS: usize = 64;

/// The actors in one frame, the farthest first, in a fixed array.
#[derive(Debug)]
pub(crate) struct Cast<'a> {
    present: [Option<(&'a Actor, Placement)>; MAX_ACTORS],
    count: usize,
}

impl<'a> Cast<'a> {
    /// The actors that are in view at a time.
    pub(crate) fn at_time(actors: &'a [Actor], camera: Camera, t: f64) -> Self {
        let mut cast = Self {
            present: [None; MAX_ACTORS],
            count: 0,
        };
        for actor in actors {
            if let Some(placement) = actor.placement_at(camera, t)
                && cast.count < MAX_ACTORS
            {
                cast.insert_by_distance(actor, placement);
            }
        }
        cast
    }

    /// Inserts an actor behind those that are farther away. Of two at the same distance the first
    /// actor stays first.
    fn insert_by_distance(&mut self, actor: &'a Actor, placement: Placement) {
        let place = self.present[..self.count]
            .iter()
            .position(|other| other.is_some_and(|(_, other)| other.spot.z < placement.spot.z))
            .unwrap_or(self.count);
        self.count += 1;
        self.present[place..self.count].rotate_right(1);
        self.present[place] = Some((actor, placement));
    }

    /// The actors, the farthest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &(&'a Actor, Placement)> {
        self.present[..self.count].iter().flatten()
    }
}
