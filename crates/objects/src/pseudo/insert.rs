use oddframe_core::Frame;

use super::cut_out::FullCutOut;
use super::drawn::{Cover, DrawnThing};
use super::look_change::LookChange;
use super::normal_videos::NormalVideos;
use crate::Error;
use crate::pasting::{Paste, Track};

/// What is pasted into the frames of a slot. Places are those of the analysed picture.
#[derive(Debug, Clone)]
pub(super) enum Insert {
    /// An object of a video moves.
    Moving { video: usize, paste: Paste },
    /// An object of one frame of a video stands still.
    Standing {
        video: usize,
        frame: usize,
        place: (f64, f64),
    },
    /// A drawn thing moves.
    Drawn {
        thing: DrawnThing,
        places: Vec<(f64, f64)>,
    },
    /// A part of the view is covered.
    Covered(Cover),
    /// An object of these very frames changes its look.
    Changed {
        video: usize,
        track: Track,
        change: LookChange,
    },
}

impl Insert {
    /// The foot row of what is pasted, which says how large it is.
    pub(super) fn foot(&self) -> f64 {
        match self {
            Self::Moving { paste, .. } => paste.track.places[0].1,
            Self::Standing { place, .. } => place.1,
            Self::Drawn { places, .. } => places[0].1,
            Self::Covered(cover) => cover.place.1,
            Self::Changed { track, .. } => track.places[0].1,
        }
    }

    /// Pastes it into the frame at this position of the slot.
    pub(super) fn apply(
        &self,
        normal: &NormalVideos,
        step: usize,
        frame: &mut Frame,
    ) -> Result<(), Error> {
        match self {
            Self::Moving { video, paste } => {
                let (from, goal) = paste.step_and_goal(step as f64);
                let place = paste.track.places[from];
                let motion = (goal.0 - place.0, goal.1 - place.1);
                let taken = paste.track.start + from;
                if let Some(object) = FullCutOut::of_object(normal, *video, taken, place)?
                    && object.stays_inside(motion, normal)
                {
                    object.paste(frame, motion);
                }
            }
            Self::Standing {
                video,
                frame: taken,
                place,
            } => {
                if let Some(object) = FullCutOut::of_object(normal, *video, *taken, *place)? {
                    object.paste(frame, (0.0, 0.0));
                }
            }
            Self::Drawn { thing, places } => {
                if let Some(place) = places.get(step) {
                    thing.draw(frame, *place, normal);
                }
            }
            Self::Covered(cover) => cover.draw(frame, normal),
            Self::Changed {
                video,
                track,
                change,
            } => {
                if let Some(place) = track.places.get(step)
                    && let Some(object) =
                        FullCutOut::of_object(normal, *video, track.start + step, *place)?
                {
                    change.apply(&object, frame);
                }
            }
        }
        Ok(())
    }
}
