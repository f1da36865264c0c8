//! `VideoPatchCore` on small videos.

use std::fmt::Write;
use std::fs;
use std::ops::ControlFlow;
use std::sync::Arc;

use oddframe_boxes::DetectionTable;
use oddframe_core::{
    Error, Event, FrameNumber, FrameShape, FrameSource, ModelFolder, Origin, PixelFormat, Rect,
    Silent, System,
};
use oddframe_memory::{BoxSource, MotionPooling, Quirks, VideoPatchCore, VideoPatchCoreSettings};

use crate::colour_blocks::{colour_blocks, poisoned_blocks};
use crate::walkers::{Scored, Walker, fit, score};

const HEADER: &str = "video,frame,x1,y1,x2,y2,confidence,class\n";

fn settings() -> VideoPatchCoreSettings {
    VideoPatchCoreSettings {
        channels: 8,
        spatial_grid: 4,
        spatial_rows: 60,
        temporal_rows: 40,
        global_rows: 20,
        crop_size: 16,
        noise_share: 0.0,
        ..VideoPatchCoreSettings::default()
    }
}

/// The boxes of all frames of these videos.
fn boxes_of(walkers: &[&Walker]) -> BoxSource {
    let mut text = HEADER.to_string();
    for walker in walkers {
        (0..walker.numbers().len()).for_each(|index| text += &walker.row(index));
    }
    BoxSource::Table(Arc::new(DetectionTable::parse(&text).unwrap()))
}

fn folder() -> (tempfile::TempDir, ModelFolder) {
    let folder = tempfile::tempdir().unwrap();
    let model = ModelFolder::create(folder.path()).unwrap();
    (folder, model)
}

fn system(settings: VideoPatchCoreSettings, boxes: BoxSource) -> VideoPatchCore {
    VideoPatchCore::new(settings, boxes, colour_blocks(1)).unwrap()
}

fn red(name: &str, frames: u64) -> Walker {
    Walker {
        colour: [250, 20, 20],
        ..Walker::new(name, frames)
    }
}

#[test]
fn unusual_people_score_higher_and_the_boxes_say_who() {
    let (_folder, model) = folder();
    let (normal, unusual) = (Walker::new("07", 80), red("1", 25));
    // Motion is remembered as it is scored: the mean of the published system is far from every maximum.
    let alike = VideoPatchCoreSettings {
        training_motion: MotionPooling::Max,
        ..settings()
    };
    let boxes = boxes_of(&[&normal, &unusual]);
    let system = self::system(alike.clone(), boxes.clone());
    fit(&system, &normal, &model).unwrap();
    let mut scorer = system.open(&model).unwrap();
    let usual = score(&mut *scorer, &normal).unwrap();
    let greatest = usual.values().into_iter().fold(0.0, f64::max);
    let scored = score(&mut *scorer, &unusual).unwrap();
    let least = scored.values().into_iter().fold(f64::INFINITY, f64::min);
    assert!(least > 10.0 * greatest, "{least} {greatest}");

    // Two clips of ten frames; the remaining five borrow from the last frame of the second.
    let values = scored.values();
    assert_eq!(values.len(), 25);
    assert!(values[..10].iter().all(|v| *v == values[0]));
    assert!(values[10..].iter().all(|v| *v == values[10]));
    assert_eq!(scored.settled_early, 20);
    assert!(
        scored.scores[..20]
            .iter()
            .all(|s| s.origin == Origin::Computed)
    );
    let from = FrameNumber(19);
    assert!(
        scored.scores[20..]
            .iter()
            .all(|s| s.origin == Origin::Borrowed { from })
    );

    // The box of the middle frame, with the score of its own person: 0.7 of it and 0.3 of the scene are the clip's.
    let first = &scored.scores[3];
    let left = unusual.left(5) as f64;
    let area = Rect {
        left,
        top: 20.0,
        right: left + 6.0,
        bottom: 34.0,
    };
    assert_eq!(first.boxes.len(), 1);
    assert_eq!(first.boxes[0].area, area);
    assert!(0.7 * first.boxes[0].score <= first.value);
    // The reason names the part that adds most; here nothing else counts.
    let appearance = VideoPatchCoreSettings {
        spatial_weight: 1.0,
        local_weight: 1.0,
        ..alike
    };
    let mut scorer = self::system(appearance, boxes).open(&model).unwrap();
    let scored = score(&mut *scorer, &unusual).unwrap();
    assert_eq!(scored.scores[3].value, scored.scores[3].boxes[0].score);
    let reason = scored.scores[3].reason.as_ref().unwrap();
    assert_eq!(reason.cue, "appearance");
    assert!(
        reason
            .sentence
            .starts_with("a person's appearance; nearest normal: the clip from frame ")
            && reason.sentence.contains(" of video 07, box ("),
        "{}",
        reason.sentence
    );
}

#[test]
fn unusual_motion_counts() {
    let (_folder, model) = folder();
    let normal = Walker::new("07", 80);
    let fast = Walker {
        step: 5,
        ..Walker::new("1", 20)
    };
    let moving = VideoPatchCoreSettings {
        spatial_weight: 0.0,
        local_weight: 1.0,
        training_motion: MotionPooling::Max,
        ..settings()
    };
    let system = system(moving, boxes_of(&[&normal, &fast]));
    fit(&system, &normal, &model).unwrap();
    let mut scorer = system.open(&model).unwrap();
    let usual = score(&mut *scorer, &normal).unwrap().values();
    let scored = score(&mut *scorer, &fast).unwrap();
    let greatest = usual.into_iter().fold(0.0, f64::max);
    let fast_score = scored.values()[0];
    assert!(fast_score > greatest, "{fast_score} {greatest}");
    assert_eq!(scored.scores[0].reason.as_ref().unwrap().cue, "motion");
}

fn first_reason(scored: &Scored) -> &str {
    &scored.scores[0].reason.as_ref().unwrap().sentence
}

#[test]
fn without_boxes_the_scene_alone_decides() {
    let (_folder, model) = folder();
    let (normal, unusual) = (Walker::new("07", 80), red("1", 20));
    let with = system(settings(), boxes_of(&[&normal, &unusual]));
    fit(&with, &normal, &model).unwrap();
    let boxed = score(&mut *with.open(&model).unwrap(), &unusual).unwrap();
    // The table has rows of the second clip alone.
    let mut text = HEADER.to_string();
    (10..20).for_each(|index| text += &unusual.row(index));
    let table = DetectionTable::parse(&text).unwrap();
    let partly = system(settings(), BoxSource::Table(Arc::new(table)));
    let partly = score(&mut *partly.open(&model).unwrap(), &unusual).unwrap();
    assert!(partly.values()[0] < boxed.values()[0]);
    assert!(partly.values()[0] > 0.0 && partly.scores[0].boxes.is_empty());
    assert_eq!(partly.scores[0].reason.as_ref().unwrap().cue, "scene");
    assert_eq!(partly.values()[10], boxed.values()[10]);
    // No row of the video at all.
    let none = system(settings(), boxes_of(&[&normal]));
    let none = score(&mut *none.open(&model).unwrap(), &unusual).unwrap();
    assert_eq!(none.values()[0], partly.values()[0]);
    assert!(none.scores.iter().all(|score| score.boxes.is_empty()));
    let note = "; the file of boxes has no row of this video";
    assert!(
        first_reason(&none).ends_with(note),
        "{}",
        first_reason(&none)
    );
    assert!(!first_reason(&partly).contains(note));
}

/// The first three frames of a video, continued by hand with the last of them.
struct Held(Walker, oddframe_core::Video);
impl FrameSource for Held {
    fn video(&self) -> &oddframe_core::Video {
        &self.1
    }
    fn read_into(&self, index: usize, out: &mut oddframe_core::Frame) -> Result<(), Error> {
        self.0.read_into(index.min(2), out)?;
        out.relabel(self.number_at(index)?, None);
        Ok(())
    }
}

#[test]
fn a_video_shorter_than_a_clip_repeats_its_last_frame() {
    let (_folder, model) = folder();
    let normal = Walker::new("07", 40);
    let short = red("1", 3);
    let held = Held(short.clone(), red("2", 10).video().clone());
    let mut text = HEADER.to_string();
    (0..40).for_each(|index| text += &normal.row(index));
    text += &short.row(2);
    text += &short.row(2).replace("1,2,", "2,5,");
    let table = DetectionTable::parse(&text).unwrap();
    let system = system(settings(), BoxSource::Table(Arc::new(table)));
    fit(&system, &normal, &model).unwrap();
    let mut scorer = system.open(&model).unwrap();
    let scored = score(&mut *scorer, &short).unwrap();
    assert_eq!((scored.scores.len(), scored.settled_early), (3, 0));
    assert_eq!(scored.scores[0].boxes.len(), 1);
    assert!(scored.scores.iter().all(|s| s.origin == Origin::Computed));
    let held = score(&mut *scorer, &held).unwrap();
    assert_eq!(scored.values()[0], held.values()[0]);
}

#[test]
fn the_foreground_proposer_needs_no_file() {
    let (folder, model) = folder();
    let normal = Walker::new("07", 80);
    let system = system(settings(), BoxSource::Foreground);
    fit(&system, &normal, &model).unwrap();
    assert!(folder.path().join("foreground.bin").exists());
    let mut scorer = system.open(&model).unwrap();
    let usual = score(&mut *scorer, &normal).unwrap().values();
    let scored = score(&mut *scorer, &red("1", 20)).unwrap();
    let greatest = usual.into_iter().fold(0.0, f64::max);
    assert!(scored.values()[0] > greatest);
    assert_eq!(scored.scores[0].boxes.len(), 1);
}

#[test]
fn boxes_of_other_videos_or_of_nobody_are_errors() {
    let (_folder, model) = folder();
    let normal = Walker::new("07", 20);
    let other = Walker::new("08", 20);
    let BoxSource::Table(table) = boxes_of(&[&normal, &other]) else {
        panic!("a table");
    };
    let tables = BoxSource::Tables {
        training: Arc::clone(&table),
        scoring: table,
    };
    let error = fit(&system(settings(), tables), &normal, &model).unwrap_err();
    assert!(error.to_string().contains("unknown videos: 08"), "{error}");

    let strict = VideoPatchCoreSettings {
        min_confidence: 0.95,
        ..settings()
    };
    let error = fit(&system(strict, boxes_of(&[&normal])), &normal, &model).unwrap_err();
    assert!(
        error.to_string().contains("none of the 2 training clips")
            && error.to_string().contains("0.95"),
        "{error}"
    );
    let bicycles = VideoPatchCoreSettings {
        classes: vec!["bicycle".into()],
        ..settings()
    };
    assert!(fit(&system(bicycles, boxes_of(&[&normal])), &normal, &model).is_err());

    // A table of both kinds of videos has some of the training videos.
    let error = fit(&system(settings(), boxes_of(&[&other])), &normal, &model)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("unknown videos: 08") && error.contains("such as 07"),
        "{error}"
    );

    // Files are read when the system is built.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("boxes.csv");
    fs::write(&path, "video,frame,x1,y1,x2,y2,score,class\n").unwrap();
    let path = path.display().to_string();
    let named = VideoPatchCoreSettings {
        boxes: path.clone(),
        training_boxes: Some(path.clone()),
        ..settings()
    };
    let error = BoxSource::open(&named).unwrap_err().to_string();
    assert!(error.contains("boxes.csv: line 1: column `confidence` is missing"));
    // Test videos often have the names of training videos.
    let scoring = VideoPatchCoreSettings {
        training_boxes: None,
        ..named.clone()
    };
    let error = BoxSource::open(&scoring).unwrap_err().to_string();
    assert!(error.contains("training_boxes names none"), "{error}");
    fs::write(&path, HEADER).unwrap();
    assert!(matches!(BoxSource::open(&named), Ok(BoxSource::Table(_))));
    let half = VideoPatchCoreSettings {
        training_boxes: Some(named.boxes),
        ..settings()
    };
    assert!(
        BoxSource::open(&half)
            .unwrap_err()
            .to_string()
            .contains("training_boxes")
    );
}

#[test]
fn boxes_over_the_edge_are_counted_once_for_each_clip() {
    let (_folder, model) = folder();
    let normal = Walker::new("07", 23);
    let mut text = HEADER.to_string();
    for index in 0..23 {
        text += &normal.row(index);
        for columns in ["-3,20,9,34", "900,20,909,34"] {
            writeln!(text, "07,{index},{columns},0.9,person").unwrap();
        }
    }
    let table = DetectionTable::parse(&text).unwrap();
    let system = system(settings(), BoxSource::Table(Arc::new(table)));
    let mut warnings = Vec::new();
    let mut observer = |event: Event<'_>| {
        if let Event::Warned { message } = event {
            warnings.push(message.to_owned());
        }
        ControlFlow::Continue(())
    };
    let prepared = oddframe_frames::prepared(system.input(), &normal).unwrap();
    system.fit(&[&*prepared], &model, &mut observer).unwrap();
    // Two clips, each with the boxes of its middle frame.
    assert_eq!(
        warnings,
        [
            "of the boxes of the training clips, 2 reached over the edges of their frames and were cut, and 2 were \
             wholly outside and were dropped"
        ]
    );
}

#[test]
fn a_video_of_another_size_than_the_background_is_named() {
    /// A gray street that is half as wide as that of the walkers.
    struct Narrow(oddframe_core::Video);
    impl FrameSource for Narrow {
        fn video(&self) -> &oddframe_core::Video {
            &self.0
        }
        fn read_into(&self, index: usize, out: &mut oddframe_core::Frame) -> Result<(), Error> {
            out.reset(self.0.shape(), self.number_at(index)?);
            out.pixels_mut().fill(120);
            Ok(())
        }
    }
    let (_folder, model) = folder();
    let normal = Walker::new("07", 40);
    let system = system(settings(), BoxSource::Foreground);
    fit(&system, &normal, &model).unwrap();
    let shape = FrameShape::new(36, 48, PixelFormat::Rgb).unwrap();
    let numbers = (0..20).map(FrameNumber).collect();
    let narrow = Narrow(oddframe_core::Video::new("02".into(), shape, numbers).unwrap());
    let error = score(&mut *system.open(&model).unwrap(), &narrow)
        .err()
        .unwrap();
    assert!(
        error
            .to_string()
            .contains("video 02, frame 0 has 36x48 pixels, but the background has 72x48"),
        "{error}"
    );
}

#[test]
fn a_memory_of_scenes_that_would_be_too_large_is_refused_before_the_boxes_are_used() {
    let (_folder, model) = folder();
    let normal = Walker::new("07", 80);
    let limited = VideoPatchCoreSettings {
        global_rows: 1,
        spatial_rows: 1,
        temporal_rows: 1,
        memory_limit: 10_000,
        ..settings()
    };
    let system = system(limited, boxes_of(&[&normal]));
    let error = fit(&system, &normal, &model).unwrap_err().to_string();
    // Eight clips with ten vectors each.
    assert!(error.contains("(80 rows of 32 values)"), "{error}");
}

#[test]
fn another_backbone_or_other_features_are_refused() {
    let (_folder, model) = folder();
    let normal = Walker::new("07", 40);
    let boxes = boxes_of(&[&normal]);
    fit(&system(settings(), boxes.clone()), &normal, &model).unwrap();
    let other = VideoPatchCore::new(settings(), boxes.clone(), colour_blocks(2)).unwrap();
    let error = other.open(&model).err().unwrap().to_string();
    assert!(
        error.contains("colour blocks 1") && error.contains("colour blocks 2"),
        "{error}"
    );
    let mixed = VideoPatchCoreSettings {
        quirks: Quirks {
            mixed_axes: true,
            ..Quirks::default()
        },
        ..settings()
    };
    assert!(system(mixed, boxes.clone()).open(&model).is_err());
    // What only scoring uses may change.
    let weights = VideoPatchCoreSettings {
        local_weight: 0.5,
        power: 1.0,
        top_patches: 3,
        ..settings()
    };
    assert!(system(weights, boxes).open(&model).is_ok());
}

#[test]
fn quirks_change_the_scores_only_where_they_apply() {
    let normal = Walker::new("07", 40);
    let unusual = red("1", 20);
    let alone = boxes_of(&[&normal, &unusual]);
    // A second box: an empty piece of the street.
    let mut text = HEADER.to_string();
    for walker in [&normal, &unusual] {
        for index in 0..walker.numbers().len() {
            text += &walker.row(index);
            let empty = format!("{},{index},50,2,56,12,0.9,person\n", walker.id());
            text += &empty;
        }
    }
    let two = BoxSource::Table(Arc::new(DetectionTable::parse(&text).unwrap()));
    let score_with = |quirks, boxes: &BoxSource| {
        let (_folder, model) = folder();
        let system = system(
            VideoPatchCoreSettings {
                quirks,
                ..settings()
            },
            boxes.clone(),
        );
        fit(&system, &normal, &model).unwrap();
        score(&mut *system.open(&model).unwrap(), &unusual)
            .unwrap()
            .values()
    };
    let mixed = Quirks {
        mixed_axes: true,
        ..Quirks::default()
    };
    let joined = Quirks {
        joined_pyramid: true,
        ..Quirks::default()
    };
    let plain = score_with(Quirks::default(), &alone);
    assert_eq!(score_with(mixed, &alone), plain, "one person has one order");
    assert_ne!(score_with(mixed, &two), score_with(Quirks::default(), &two));
    assert_ne!(score_with(joined, &alone), plain);
}

#[test]
fn training_is_repeatable_and_noise_is_remembered() {
    let normal = Walker::new("07", 40);
    let files = |noise_share| {
        let (folder, model) = folder();
        let noisy = VideoPatchCoreSettings {
            noise_share,
            ..settings()
        };
        fit(&system(noisy, boxes_of(&[&normal])), &normal, &model).unwrap();
        ["spatial", "temporal", "global"]
            .map(|name| fs::read(folder.path().join(format!("{name}.safetensors"))).unwrap())
    };
    assert_eq!(files(0.5), files(0.5));
    assert_ne!(files(0.0), files(1.0));
}

#[test]
fn a_feature_that_is_no_number_is_named_with_its_frame() {
    let (_folder, model) = folder();
    let dark = Walker {
        street: vec![120, 120, 120, 9, 120],
        ..Walker::new("07", 20)
    };
    let system = VideoPatchCore::new(
        settings(),
        boxes_of(&[&dark]),
        poisoned_blocks(1, 9, f32::NAN),
    )
    .unwrap();
    let error = fit(&system, &dark, &model).unwrap_err().to_string();
    assert!(
        error.contains("video 07, frame 3: the backbone gives the feature NaN"),
        "{error}"
    );
}

#[test]
fn impossible_settings_are_named() {
    let with = |change: fn(&mut VideoPatchCoreSettings)| {
        let mut settings = settings();
        change(&mut settings);
        VideoPatchCore::new(settings, BoxSource::Foreground, colour_blocks(1))
            .unwrap_err()
            .to_string()
    };
    assert!(with(|s| s.clip_frames = 3).contains("clip_frames is 3"));
    assert!(with(|s| s.clip_frames = 1001).contains("clip_frames is 1001"));
    assert!(with(|s| s.spatial_grid = 9).contains("spatial_grid is 9"));
    assert!(with(|s| s.maps = [0, 2]).contains("map 2"));
    assert!(with(|s| s.channels = 33).contains("channels is 33"));
    assert!(with(|s| s.spatial_rows = 0).contains("spatial_rows is 0"));
    assert!(with(|s| s.noise_share = 1.5).contains("noise_share is 1.5"));
    assert!(with(|s| s.local_weight = f64::NAN).contains("local_weight is NaN"));
    assert!(with(|s| s.power = f64::INFINITY).contains("power is inf"));
    assert!(with(|s| s.grow_width = -1.0).contains("grow_width is -1"));
    assert!(with(|s| s.foreground.max_share = 0.0).contains("max_share is 0"));
    let (_folder, model) = folder();
    let system = system(settings(), BoxSource::Foreground);
    assert!(matches!(
        system.fit(&[], &model, &mut Silent),
        Err(Error::Nothing { .. })
    ));
}
