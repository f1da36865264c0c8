use std::sync::{Arc, OnceLock};

use oddframe_core::{Error, FrameShape, Labels, PixelFormat, Random, Track, Video, VideoId};

use crate::actor::Actor;
use crate::crowd::crowd;
use crate::damage::plan;
use crate::incident::{Incident, Setting};
use crate::light::Unrest;
use crate::numbers::numbers;
use crate::preset::{Settings, Timeline};
use crate::schedule::{schedule, span};
use crate::stage::Stage;
use crate::{FrameDamage, Preset, SceneVideo};

/// Keys of the two parts of the data set in every random stream.
const TRAIN: u64 = 1;
const TEST: u64 = 2;

/// A street seen by one fixed camera: normal training videos, and test videos with anomalies.
///
/// The same preset and seed give the same bytes on every platform, in whatever order frames are read.
#[derive(Debug, Clone)]
pub struct Scene {
    preset: Preset,
    seed: u64,
    train: Vec<SceneVideo>,
    test: Vec<SceneVideo>,
}

impl Scene {
    /// Builds the street and plans what happens in every video; frames are painted when they are read.
    pub fn new(preset: Preset, seed: u64) -> Self {
        sure(Self::plan(preset, seed))
    }

    fn plan(preset: Preset, seed: u64) -> Result<Self, Error> {
        let settings = preset.settings();
        let stage = Arc::new(Stage::new(settings.width, settings.height, seed));
        let setting = Setting {
            camera: stage.camera,
            frames_per_s: settings.frames_per_s,
            dwell_s: settings.dwell_s,
            lanes: settings.lanes,
        };
        let incidents = schedule(&settings, setting, &mut Random::stream(seed, &[TEST, 0x31]));
        let lengths: Vec<usize> = settings.test.iter().map(|timeline| timeline.frames).collect();
        let damage = if settings.damaged {
            plan(&lengths, &mut Random::stream(seed, &[TEST, 0x32]))
        } else {
            vec![Vec::new(); lengths.len()]
        };
        let builder = Builder { settings: &settings, stage: &stage, seed };
        let train = settings.train.iter().enumerate();
        let train = train
            .map(|(i, t)| builder.video(TRAIN, i, *t, Vec::new(), 0, Vec::new()))
            .collect::<Result<_, _>>()?;
        let mut tracks = 1;
        let mut test = Vec::with_capacity(lengths.len());
        for (i, (incidents, damage)) in incidents.into_iter().zip(damage).enumerate() {
            let first_track = tracks;
            tracks += incidents.len() as u64;
            test.push(builder.video(TEST, i, settings.test[i], incidents, first_track, damage)?);
        }
        Ok(Self { preset, seed, train, test })
    }

    /// How large a data set this is.
    pub fn preset(&self) -> Preset {
        self.preset
    }

    /// The seed it was made from.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The training videos, all normal.
    pub fn train(&self) -> &[SceneVideo] {
        &self.train
    }

    /// The test videos.
    pub fn test(&self) -> &[SceneVideo] {
        &self.test
    }

    /// Labels and tracks of the test videos, without masks: those are painted on demand by
    /// [`SceneVideo::mask`] and [`SceneVideo::labels_with_masks`].
    pub fn labels(&self) -> Labels {
        sure(self.gather())
    }

    /// All labels, or why there are none: no video is left out.
    fn gather(&self) -> Result<Labels, Error> {
        let videos = self.test.iter().map(SceneVideo::labels).collect::<Result<_, _>>()?;
        let tracks: Vec<Track> = self.test.iter().flat_map(SceneVideo::tracks).collect();
        Ok(Labels::new(videos)?.with_tracks(tracks))
    }
}

/// What cannot fail, since presets describe possible videos with names of their own: the only place that says so.
fn sure<T>(made: Result<T, Error>) -> T {
    match made {
        Ok(made) => made,
        Err(error) => unreachable!("presets describe possible scenes: {error}"),
    }
}

/// What all videos of a scene have in common.
struct Builder<'a> {
    settings: &'a Settings,
    stage: &'a Arc<Stage>,
    seed: u64,
}

impl Builder<'_> {
    fn video(
        &self,
        split: u64,
        place: usize,
        timeline: Timeline,
        incidents: Vec<Incident>,
        first_track: u64,
        damage: Vec<FrameDamage>,
    ) -> Result<SceneVideo, Error> {
        let keys = [split, place as u64];
        let stream = |purpose: u64| Random::stream(self.seed, &[split, place as u64, purpose]);
        let frames_per_s = self.settings.frames_per_s;
        let mut actors: Vec<Actor> =
            crowd(span(timeline), frames_per_s, self.settings.sparse, &mut stream(0x33));
        let kinds = (first_track..).zip(&incidents).map(|(track, i)| (track, i.kind)).collect();
        actors.extend(incidents.into_iter().flat_map(|incident| incident.actors));
        let id = VideoId::new(&format!("{:02}", place + 1));
        let shape = FrameShape::new(self.settings.width, self.settings.height, PixelFormat::Rgb)?;
        Ok(SceneVideo {
            video: Video::new(id, shape, numbers(timeline, &mut stream(0x34)))?,
            stage: Arc::clone(self.stage),
            actors: actors.into(),
            kinds,
            unrest: Unrest { seed: self.seed, video: keys, frames_per_s },
            damage,
            truth: OnceLock::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::truth::Truth;

    #[test]
    fn every_preset_describes_a_possible_scene() {
        for preset in Preset::ALL {
            let scene = Scene::plan(preset, 1).unwrap();
            let settings = preset.settings();
            assert_eq!((scene.train.len(), scene.test.len()), (settings.train.len(), settings.test.len()));
        }
    }

    #[test]
    fn labels_of_no_video_are_lost() {
        let mut scene = Scene::new(Preset::Tiny, 1);
        assert_eq!(scene.gather().unwrap().videos().len(), 3);
        let whole = scene.test[1].clone();
        scene.test[1].truth = OnceLock::from(Truth { frames: Vec::new() });
        assert!(matches!(scene.gather(), Err(Error::Length { expected: 40, found: 0, .. })));
        scene.test[1] = whole.clone();
        scene.test.push(whole);
        assert!(matches!(scene.gather(), Err(Error::DuplicateVideo { .. })));
    }
}
