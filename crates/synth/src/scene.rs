use std::sync::{Arc, OnceLock};

use oddframe_core::{Error, FrameShape, Labels, PixelFormat, Random, Track, Video, VideoId};

use crate::actor::Actor;
use crate::crowd::plan_crowd;
use crate::damage::plan_damage;
use crate::incident::{Incident, Setting};
use crate::light::Unrest;
use crate::numbers::frame_numbers;
use crate::preset::{Settings, Timeline};
use crate::schedule::{frame_span, schedule_incidents};
use crate::shot::Shot;
use crate::stage::Stage;
use crate::{FrameDamage, Preset, SceneVideo};

/// The keys of the two parts of the data set in all random streams.
const TRAIN: u64 = 1;
const TEST: u64 = 2;

/// A street seen by one fixed camera: normal training videos, and test videos with anomalies.
///
/// The same preset and seed give the same bytes on every platform, whatever the order in which
/// frames are read.
///
/// ```
/// use oddframe_core::FrameSource;
/// use oddframe_synth::{Preset, Scene};
///
/// let scene = Scene::new(Preset::Tiny, 42);
/// assert_eq!((scene.train().len(), scene.test().len()), (3, 3));
/// let frame = scene.train()[0].read(0)?;
/// assert_eq!(frame, Scene::new(Preset::Tiny, 42).train()[0].read(0)?);
/// # Ok::<(), oddframe_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Scene {
    preset: Preset,
    seed: u64,
    train: Vec<SceneVideo>,
    test: Vec<SceneVideo>,
}

impl Scene {
    /// Paints the empty street and plans the events of every video. Frames are painted when they
    /// are read.
    pub fn new(preset: Preset, seed: u64) -> Self {
        expect_possible(Self::try_new(preset, seed))
    }

    fn try_new(preset: Preset, seed: u64) -> Result<Self, Error> {
        let settings = preset.settings();
        let stage = Arc::new(Stage::new(settings.width, settings.height, seed));
        let setting = Setting {
            camera: stage.camera,
            frames_per_s: settings.frames_per_s,
            dwell_s: settings.dwell_s,
            lanes: settings.lanes,
        };
        // Training and test, incidents and damage have random streams of their own.
        let incidents =
            schedule_incidents(&settings, setting, &mut Random::stream(seed, &[TEST, 0x31]));
        let lengths: Vec<usize> = settings
            .test
            .iter()
            .map(|timeline| timeline.frames)
            .collect();
        let damage = if settings.damaged {
            plan_damage(&lengths, &mut Random::stream(seed, &[TEST, 0x32]))
        } else {
            vec![Vec::new(); lengths.len()]
        };
        let builder = Builder {
            settings: &settings,
            stage: &stage,
            seed,
        };
        let train = settings.train.iter().enumerate();
        let train = train
            .map(|(i, t)| builder.build_video(TRAIN, i, *t, Vec::new(), 0, Vec::new()))
            .collect::<Result<_, _>>()?;
        // Track identifiers continue from video to video.
        let mut tracks = 1;
        let mut test = Vec::with_capacity(lengths.len());
        for (i, (incidents, damage)) in incidents.into_iter().zip(damage).enumerate() {
            let first_track = tracks;
            tracks += incidents.len() as u64;
            test.push(builder.build_video(
                TEST,
                i,
                settings.test[i],
                incidents,
                first_track,
                damage,
            )?);
        }
        Ok(Self {
            preset,
            seed,
            train,
            test,
        })
    }

    /// The preset of the scene.
    pub fn preset(&self) -> Preset {
        self.preset
    }

    /// The seed of the scene.
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

    /// The labels and tracks of the test videos, without masks: [`SceneVideo::mask`] and
    /// [`SceneVideo::labels_with_masks`] paint those on demand.
    pub fn labels(&self) -> Labels {
        expect_possible(self.collect_labels())
    }

    /// The labels of all videos. An error in one video is not skipped.
    fn collect_labels(&self) -> Result<Labels, Error> {
        let videos = self
            .test
            .iter()
            .map(SceneVideo::labels)
            .collect::<Result<_, _>>()?;
        let tracks: Vec<Track> = self.test.iter().flat_map(SceneVideo::tracks).collect();
        Ok(Labels::new(videos)?.with_tracks(tracks))
    }
}

/// Unwraps a result that cannot fail, because presets describe possible videos with distinct names.
fn expect_possible<T>(made: Result<T, Error>) -> T {
    match made {
        Ok(made) => made,
        Err(error) => unreachable!("presets describe possible scenes: {error}"),
    }
}

/// The common parts of all videos of a scene.
struct Builder<'a> {
    settings: &'a Settings,
    stage: &'a Arc<Stage>,
    seed: u64,
}

impl Builder<'_> {
    fn build_video(
        &self,
        split: u64,
        place: usize,
        timeline: Timeline,
        incidents: Vec<Incident>,
        first_track: u64,
        damage: Vec<FrameDamage>,
    ) -> Result<SceneVideo, Error> {
        let keys = [split, place as u64];
        let [mut crowd_random, mut number_random] =
            [0x33, 0x34].map(|purpose| Random::stream(self.seed, &[split, place as u64, purpose]));
        let frames_per_s = self.settings.frames_per_s;
        let mut actors: Vec<Actor> = plan_crowd(
            frame_span(timeline),
            frames_per_s,
            self.settings.sparse,
            &mut crowd_random,
        );
        let kinds = (first_track..)
            .zip(&incidents)
            .map(|(track, i)| (track, i.kind))
            .collect();
        actors.extend(incidents.into_iter().flat_map(|incident| incident.actors));
        let id = VideoId::new(&format!("{:02}", place + 1));
        let shape = FrameShape::new(self.settings.width, self.settings.height, PixelFormat::Rgb)?;
        Ok(SceneVideo {
            shot: Shot {
                video: Video::new(id, shape, frame_numbers(timeline, &mut number_random))?,
                stage: Arc::clone(self.stage),
                actors: actors.into(),
                unrest: Unrest {
                    seed: self.seed,
                    video: keys,
                    frames_per_s,
                },
            },
            kinds,
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
            let scene = Scene::try_new(preset, 1).unwrap();
            let settings = preset.settings();
            assert_eq!(
                (scene.train.len(), scene.test.len()),
                (settings.train.len(), settings.test.len())
            );
        }
    }

    #[test]
    fn an_error_in_the_labels_of_one_video_is_reported() {
        let mut scene = Scene::new(Preset::Tiny, 1);
        assert_eq!(scene.collect_labels().unwrap().videos().len(), 3);
        let whole = scene.test[1].clone();
        scene.test[1].truth = OnceLock::from(Truth { frames: Vec::new() });
        assert!(matches!(
            scene.collect_labels(),
            Err(Error::Length {
                expected: 40,
                found: 0,
                ..
            })
        ));
        scene.test[1] = whole.clone();
        scene.test.push(whole);
        assert!(matches!(
            scene.collect_labels(),
            Err(Error::DuplicateVideo { .. })
        ));
    }
}
