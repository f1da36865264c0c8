use crate::actor::Actor;
use crate::camera::Camera;
use crate::course::Placement;

/// More people than a street ever holds at once (see the test of the crowd).
const MOST: usize = 64;

/// Who is in the street in one frame, the farthest first; kept without allocating.
#[derive(Debug)]
pub(crate) struct Cast<'a> {
    present: [Option<(&'a Actor, Placement)>; MOST],
    count: usize,
}

impl<'a> Cast<'a> {
    pub(crate) fn at(actors: &'a [Actor], camera: Camera, t: f64) -> Self {
        let mut cast = Self { present: [None; MOST], count: 0 };
        for actor in actors {
            if let Some(placement) = actor.at(camera, t)
                && cast.count < MOST
            {
                cast.insert(actor, placement);
            }
        }
        cast
    }

    /// Keeps the order by distance; of two equally far ones the first actor is painted first.
    fn insert(&mut self, actor: &'a Actor, placement: Placement) {
        let nearer =
            |other: &Option<(&Actor, Placement)>| other.is_some_and(|o| o.1.spot.z < placement.spot.z);
        let place = self.present[..self.count].iter().position(nearer).unwrap_or(self.count);
        self.count += 1;
        self.present[place..self.count].rotate_right(1);
        self.present[place] = Some((actor, placement));
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &(&'a Actor, Placement)> {
        self.present[..self.count].iter().flatten()
    }
}
