//! Draws what is pasted into each slot, and checks that it can be seen.

use oddframe_core::{Frame, Random};

use super::drawn::{Cover, DrawnThing};
use super::insert::Insert;
use super::kind::PseudoKind;
use super::look_change::LookChange;
use super::normal_videos::NormalVideos;
use super::pasted_video::Stretch;
use super::slots::{Content, Slot, slots_of_video};
use crate::Error;
use crate::pasting::{Kind, LENGTH, Paste, Track, draw, find_tracks, free_places};

/// The most tracks of a video.
const MOST_TRACKS: usize = 24;

/// Attempts to fill a slot such that everything can be seen.
const ATTEMPTS: u64 = 4;

/// How many times as fast an object moves, in turn.
const FACTORS: [f64; 3] = [1.5, 2.0, 3.0];

/// A frame shows something when so many pixels change by so many gray levels; pixels in squared heights of a person.
const SEEN_AREA: f64 = 0.02;
const SEEN_LEVELS: u8 = 8;

/// A place for an object is not nearer or farther than by this factor: elsewhere its size alone would be odd.
const ALIKE: f64 = 1.3;

/// How far a drawn thing moves in a frame where nobody was seen, in heights of a person.
const PACE: f64 = 0.06;

/// Draws pseudo-anomalies from what the normal videos show.
pub(super) struct Planner<'a> {
    normal: &'a NormalVideos,
    held_out: &'a [usize],
    /// For each normal video.
    pub(super) tracks: Vec<Vec<Track>>,
    pub(super) free: Vec<(f64, f64)>,
    seed: u64,
}

/// Something drawn for a slot.
struct Drawn {
    kind: PseudoKind,
    insert: Insert,
    detail: String,
}

impl<'a> Planner<'a> {
    pub(super) fn new(normal: &'a NormalVideos, held_out: &'a [usize], seed: u64) -> Self {
        let tracks = normal.found.iter().enumerate().map(|(video, frames)| {
            let mut random = stream(seed, *b"tracks  ", &[video]);
            find_tracks(frames, &normal.geometry.heights, MOST_TRACKS, &mut random)
        });
        Self {
            tracks: tracks.collect(),
            free: free_places(&normal.found, &normal.geometry),
            normal,
            held_out,
            seed,
        }
    }

    /// Whether any object was followed.
    pub(super) fn has_tracks(&self) -> bool {
        self.tracks.iter().any(|tracks| !tracks.is_empty())
    }

    /// The slots of all held-out videos, at most so many of each use in each video.
    pub(super) fn place_slots(&self, each: usize) -> Vec<Slot> {
        let mut slots = Vec::new();
        for video in self.held_out.iter().copied() {
            let frames = self.normal.found[video].len();
            let mut random = stream(self.seed, *b"slots   ", &[video]);
            let tracks = &self.tracks[video];
            slots.extend(slots_of_video(video, frames, tracks, each, &mut random));
        }
        slots
    }

    /// Fills a slot, and returns the position of its video and what can be seen in it.
    pub(super) fn fill(&self, slot: &Slot) -> Result<(usize, Vec<(PseudoKind, Stretch)>), Error> {
        let mut best: Vec<(PseudoKind, Stretch)> = Vec::new();
        for attempt in 0..ATTEMPTS {
            let drawn = self.draw_for(slot, attempt);
            let wanted = drawn.len();
            let seen = self.keep_seen(slot, drawn)?;
            // The first attempt wins among equally good ones.
            if attempt == 0 || seen.len() > best.len() {
                best = seen;
            }
            if best.len() >= wanted {
                break;
            }
        }
        Ok((slot.video, best))
    }

    fn draw_for(&self, slot: &Slot, attempt: u64) -> Vec<Drawn> {
        // Each slot has its own random numbers, so that no thread depends on what others draw.
        let keys = [slot.video, slot.frames.start, attempt as usize];
        match &slot.content {
            Content::Passing { covered } => {
                let mut random = stream(self.seed, *b"passing ", &keys);
                let mut drawn = self.draw_passing(slot, &mut random);
                if *covered {
                    drawn.push(self.draw_cover(&mut random));
                }
                drawn
            }
            Content::Dwelling => {
                let mut random = stream(self.seed, *b"dwelling", &keys);
                let dwelling = self.draw_dwelling(slot, &mut random);
                dwelling.into_iter().collect()
            }
            Content::Own(track) => {
                let mut random = stream(self.seed, *b"own     ", &keys);
                draw_own(slot, track, &mut random)
            }
        }
    }

    /// One object in every way it can move, and a drawn thing in its place.
    fn draw_passing(&self, slot: &Slot, random: &mut Random) -> Vec<Drawn> {
        let thing = DrawnThing::draw_random(random);
        let Some((video, track)) = self.draw_track(slot, random) else {
            let places = self.draw_crossing(random);
            return vec![foreign(thing, places)];
        };
        let factor = FACTORS[(slot.video + slot.number) % FACTORS.len()];
        let free = self.draw_free_place(track, random);
        let ways = [
            (PseudoKind::Control, Kind::AsRecorded, String::new()),
            (
                PseudoKind::Speed,
                Kind::Faster(factor),
                format!("{factor} times as fast"),
            ),
            (PseudoKind::Reversal, Kind::Reversed, String::new()),
            (PseudoKind::Place, Kind::Elsewhere, String::new()),
        ];
        let mut drawn: Vec<Drawn> = ways
            .into_iter()
            .filter_map(|(kind, way, detail)| {
                let paste = Paste::new(way, track.clone(), free)?;
                let insert = Insert::Moving { video, paste };
                Some(Drawn {
                    kind,
                    insert,
                    detail,
                })
            })
            .collect();
        drawn.push(foreign(thing, track.places.clone()));
        drawn
    }

    fn draw_dwelling(&self, slot: &Slot, random: &mut Random) -> Option<Drawn> {
        let (video, track) = self.draw_track(slot, random)?;
        let step = LENGTH / 2;
        Some(Drawn {
            kind: PseudoKind::Dwelling,
            insert: Insert::Standing {
                video,
                frame: track.start + step,
                place: track.places[step],
            },
            detail: format!("{} frames", slot.frames.len()),
        })
    }

    /// A cover anywhere, for videos in which nobody was followed.
    fn draw_cover(&self, random: &mut Random) -> Drawn {
        let (width, foot) = (self.normal.geometry.shape.width(), self.draw_foot(random));
        let x = random.between(0.2, 0.8) * width as f64;
        covered(Cover::draw_random((x, foot), random))
    }

    /// The places of something that crosses the picture on a straight line.
    fn draw_crossing(&self, random: &mut Random) -> Vec<(f64, f64)> {
        let (width, foot) = (self.normal.geometry.shape.width(), self.draw_foot(random));
        let pace = PACE * self.normal.geometry.heights.height_at(foot);
        let middle = random.between(0.3, 0.7) * width as f64;
        let direction = if random.chance(0.5) { 1.0 } else { -1.0 };
        (0..LENGTH)
            .map(|step| {
                let time = step as f64 - LENGTH as f64 / 2.0;
                (middle + direction * pace * time, foot)
            })
            .collect()
    }

    /// The foot row of something in the lower half of the picture.
    fn draw_foot(&self, random: &mut Random) -> f64 {
        random.between(0.5, 0.9) * self.normal.geometry.shape.height() as f64
    }

    /// An object of another moment: of the held-out videos, so that no system has learned its look. Where they show none, one
    /// of the others.
    fn draw_track(&self, slot: &Slot, random: &mut Random) -> Option<(usize, &Track)> {
        let all: Vec<usize> = (0..self.tracks.len()).collect();
        for videos in [self.held_out, &all] {
            let mut tracks = Vec::new();
            for video in videos.iter().copied() {
                let own = self.tracks[video].iter().filter(|track| {
                    // An object that is pasted into its own frames would change nothing.
                    let times = track.start..track.start + LENGTH;
                    video != slot.video
                        || times.end <= slot.frames.start
                        || slot.frames.end <= times.start
                });
                tracks.extend(own.map(|track| (video, track)));
            }
            if let Some(drawn) = draw(&tracks, random) {
                return Some(*drawn);
            }
        }
        None
    }

    /// A place where nobody walks and people have about the height they have on a track; elsewhere if there is none.
    fn draw_free_place(&self, track: &Track, random: &mut Random) -> Option<(f64, f64)> {
        let heights = &self.normal.geometry.heights;
        let own = heights.height_at(track.places[LENGTH / 2].1);
        let alike = |place: &&(f64, f64)| {
            let factor = heights.height_at(place.1) / own;
            (1.0 / ALIKE..ALIKE).contains(&factor)
        };
        let near: Vec<(f64, f64)> = self.free.iter().filter(alike).copied().collect();
        let places = if near.is_empty() { &self.free } else { &near };
        draw(places, random).copied()
    }

    /// Keeps what can be seen in at least half of the frames that count.
    fn keep_seen(
        &self,
        slot: &Slot,
        drawn: Vec<Drawn>,
    ) -> Result<Vec<(PseudoKind, Stretch)>, Error> {
        let base = &self.normal.sources[slot.video];
        let mut changed = vec![Vec::with_capacity(slot.frames.len()); drawn.len()];
        let mut seen = vec![0; drawn.len()];
        let counted = slot.counted_frames();
        let (mut normal, mut pasted) = (Frame::default(), Frame::default());
        // Each frame is read once for everything that is drawn for the slot.
        for (step, index) in slot.frames.clone().enumerate() {
            base.read_into(index, &mut normal)?;
            for (place, drawn) in drawn.iter().enumerate() {
                if !self.normal.fits(&normal) {
                    changed[place].push(false);
                    continue;
                }
                pasted.copy_from(&normal);
                drawn.insert.apply(self.normal, step, &mut pasted)?;
                changed[place].push(pasted.pixels() != normal.pixels());
                if counted.contains(&index) && self.can_be_seen(&drawn.insert, &normal, &pasted) {
                    seen[place] += 1;
                }
            }
        }
        let drawn = drawn.into_iter().zip(changed).zip(seen);
        Ok(drawn
            .filter(|(_, seen)| 2 * seen >= counted.len())
            .map(|((drawn, changed), _)| {
                let stretch = Stretch {
                    frames: slot.frames.clone(),
                    counted: counted.clone(),
                    changed,
                    detail: drawn.detail,
                    insert: drawn.insert,
                };
                (drawn.kind, stretch)
            })
            .collect())
    }

    fn can_be_seen(&self, insert: &Insert, normal: &Frame, pasted: &Frame) -> bool {
        let scale = self.normal.scale();
        let person = self.normal.geometry.heights.height_at(insert.foot());
        let least = SEEN_AREA * person * person * scale.0 * scale.1;
        let channels = normal.shape().channels();
        let pixels = normal.pixels().chunks_exact(channels);
        let differ = pixels.zip(pasted.pixels().chunks_exact(channels));
        let count = differ
            .filter(|(a, b)| a.iter().zip(*b).any(|(a, b)| a.abs_diff(*b) > SEEN_LEVELS))
            .count();
        count as f64 >= least.max(1.0)
    }
}

/// Another look of the object that is there itself, and a cover on its way.
fn draw_own(slot: &Slot, track: &Track, random: &mut Random) -> Vec<Drawn> {
    let change = LookChange::draw_random(slot.video + slot.number, random);
    let cover = Cover::draw_random(track.places[LENGTH / 2], random);
    vec![
        Drawn {
            kind: PseudoKind::Appearance,
            detail: change.name().to_owned(),
            insert: Insert::Changed {
                video: slot.video,
                track: track.clone(),
                change,
            },
        },
        covered(cover),
    ]
}

fn foreign(thing: DrawnThing, places: Vec<(f64, f64)>) -> Drawn {
    Drawn {
        kind: PseudoKind::Foreign,
        detail: thing.name().to_owned(),
        insert: Insert::Drawn { thing, places },
    }
}

fn covered(cover: Cover) -> Drawn {
    Drawn {
        kind: PseudoKind::Occlusion,
        detail: "a part of the view is covered".to_owned(),
        insert: Insert::Covered(cover),
    }
}

/// The random numbers for one purpose.
fn stream(seed: u64, purpose: [u8; 8], keys: &[usize]) -> Random {
    let purpose = u64::from_le_bytes(purpose);
    let keys = keys.iter().map(|key| *key as u64);
    Random::stream(seed, &[purpose].into_iter().chain(keys).collect::<Vec<_>>())
}
