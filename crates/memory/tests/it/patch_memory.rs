//! `PatchMemory` on small videos.

use std::fs;
use std::sync::Arc;

use oddframe_core::{
    Error, Frame, FrameNumber, FrameSource, ModelFolder, Origin, PreparedFrame, Settled,
    SharedError, Silent, StreamInfo, System,
};
use oddframe_memory::{
    BankOptions, ExtractFeatures, ExtractorFactory, MapShape, PatchMemory, PatchMemorySettings,
};

use crate::colour_blocks::{colour_blocks, poisoned_blocks};
use crate::walkers::{Walker, fit, score};

fn settings() -> PatchMemorySettings {
    PatchMemorySettings {
        bank: BankOptions {
            size: 200,
            ..BankOptions::default()
        },
        batch: 4,
        ..PatchMemorySettings::default()
    }
}

fn system(settings: PatchMemorySettings) -> PatchMemory {
    PatchMemory::new(settings, colour_blocks(1)).unwrap()
}

fn folder() -> (tempfile::TempDir, ModelFolder) {
    let folder = tempfile::tempdir().unwrap();
    let model = ModelFolder::create(folder.path()).unwrap();
    (folder, model)
}

#[test]
fn an_unusual_colour_scores_higher_and_names_the_nearest_frame() {
    let (_folder, model) = folder();
    let system = system(settings());
    let normal = Walker::new("07", 30);
    fit(&system, &normal, &model).unwrap();
    let mut scorer = system.open(&model).unwrap();
    let usual = score(&mut *scorer, &normal).unwrap();
    let red = Walker {
        colour: [250, 20, 20],
        ..Walker::new("1", 30)
    };
    let unusual = score(&mut *scorer, &red).unwrap();
    let greatest = usual.values().into_iter().fold(0.0, f64::max);
    assert!(unusual.values().iter().all(|value| *value > 3.0 * greatest));
    // Batches of four: 28 of 30 frames are settled early.
    assert_eq!((unusual.scores.len(), unusual.settled_early), (30, 28));
    let reason = unusual.scores[5].reason.as_ref().unwrap();
    assert_eq!(reason.cue, "appearance");
    assert!(
        reason.sentence.starts_with("nearest normal: frame ")
            && reason.sentence.contains("of video 07, distance ")
            && reason.sentence.ends_with(" times the usual"),
        "{}",
        reason.sentence
    );
    // The map has the resolution of the patches, and its maximum is the score.
    let map = &unusual.maps[5];
    assert_eq!(
        (map.width, map.values.len(), map.number),
        (8, 64, FrameNumber(5))
    );
    let top = map.values.iter().copied().fold(0.0, f32::max);
    assert_eq!(f64::from(top), unusual.values()[5]);
}

#[test]
fn a_bank_of_all_patches_knows_its_own_frames() {
    let (_folder, model) = folder();
    let all = PatchMemorySettings {
        bank: BankOptions {
            size: 10_000,
            ..BankOptions::default()
        },
        ..settings()
    };
    let normal = Walker::new("07", 9);
    fit(&system(all.clone()), &normal, &model).unwrap();
    let mut scorer = system(all).open(&model).unwrap();
    let scored = score(&mut *scorer, &normal).unwrap();
    assert_eq!(scored.values(), vec![0.0; 9]);
}

#[test]
fn pools_and_powers_change_the_scores_alone() {
    let (_folder, model) = folder();
    let mean = PatchMemorySettings {
        top_patches: 64,
        power: 2.0,
        ..settings()
    };
    let systems = [system(settings()), system(mean)];
    assert!(systems[0].training_key().is_some());
    assert_eq!(systems[0].training_key(), systems[1].training_key());
    let strided = system(PatchMemorySettings {
        frame_stride: 2,
        ..settings()
    });
    assert_ne!(systems[0].training_key(), strided.training_key());
    let normal = Walker::new("07", 12);
    fit(&systems[0], &normal, &model).unwrap();
    let red = Walker {
        colour: [250, 20, 20],
        ..Walker::new("1", 3)
    };
    let mut scorer = systems[1].open(&model).unwrap();
    let scored = score(&mut *scorer, &red).unwrap();
    for (value, map) in scored.values().iter().zip(&scored.maps) {
        let sum: f64 = map.values.iter().map(|v| f64::from(*v)).sum();
        assert!((value - (sum / 64.0).powi(2)).abs() < 1e-9);
    }
}

#[test]
fn borrowed_pixels_are_marked_and_not_remembered() {
    struct Borrowing(Walker);
    impl FrameSource for Borrowing {
        fn video(&self) -> &oddframe_core::Video {
            self.0.video()
        }
        fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
            self.0.read_into(index, out)?;
            out.lend_to(out.number(), FrameNumber(99));
            Ok(())
        }
    }
    let (_folder, model) = folder();
    let system = system(settings());
    let borrowing = Borrowing(Walker::new("07", 4));
    let error = fit(&system, &borrowing, &model).unwrap_err().to_string();
    assert!(error.contains("there are no features"), "{error}");
    fit(&system, &borrowing.0, &model).unwrap();
    let mut scorer = system.open(&model).unwrap();
    let scored = score(&mut *scorer, &borrowing).unwrap();
    let from = FrameNumber(99);
    assert!(
        scored
            .scores
            .iter()
            .all(|score| score.origin == Origin::Borrowed { from })
    );
}

#[test]
fn a_trained_folder_is_not_trained_again_and_another_backbone_is_refused() {
    let (folder, model) = folder();
    let system = system(settings());
    let file = folder.path().join("bank.safetensors");
    assert!(system.open(&model).is_err());
    fit(&system, &Walker::new("07", 5), &model).unwrap();
    let trained = fs::read(&file).unwrap();
    fit(&system, &Walker::new("08", 9), &model).unwrap();
    assert_eq!(fs::read(&file).unwrap(), trained);
    let other = PatchMemory::new(settings(), colour_blocks(2)).unwrap();
    let error = other.open(&model).err().unwrap().to_string();
    assert!(
        error.contains("colour blocks 1") && error.contains("colour blocks 2"),
        "{error}"
    );
    // Other maps are other features, also of the same backbone.
    let other = PatchMemory::new(
        PatchMemorySettings {
            maps: vec![1],
            ..settings()
        },
        colour_blocks(1),
    );
    assert!(other.unwrap().open(&model).is_err());
}

#[test]
fn the_same_training_gives_the_same_bytes() {
    let files = [folder(), folder()].map(|(folder, model)| {
        fit(&system(settings()), &Walker::new("07", 12), &model).unwrap();
        fs::read(folder.path().join("bank.safetensors")).unwrap()
    });
    assert_eq!(files[0], files[1]);
}

#[test]
fn a_feature_that_is_too_large_is_named_with_its_frame() {
    let (_folder, model) = folder();
    let system = PatchMemory::new(settings(), poisoned_blocks(1, 9, 4e17)).unwrap();
    let dark = Walker {
        street: vec![120, 9, 120],
        ..Walker::new("07", 4)
    };
    let error = fit(&system, &dark, &model).unwrap_err().to_string();
    assert!(
        error.contains("video 07, frame 1: the backbone gives the feature "),
        "{error}"
    );
}

#[test]
fn a_bank_that_would_be_too_large_is_refused_before_a_frame_is_read() {
    struct Unreadable(Walker);
    impl FrameSource for Unreadable {
        fn video(&self) -> &oddframe_core::Video {
            self.0.video()
        }
        fn read_into(&self, _: usize, _: &mut Frame) -> Result<(), Error> {
            panic!("a frame is read")
        }
    }
    let (_folder, model) = folder();
    let limited = |prefilter| {
        system(PatchMemorySettings {
            bank: BankOptions {
                size: 10,
                prefilter,
                memory_limit: 100_000,
                ..BankOptions::default()
            },
            frame_stride: 2,
            ..settings()
        })
    };
    // 15 frames of 8x8 positions.
    let normal = Unreadable(Walker::new("07", 29));
    let error = fit(&limited(None), &normal, &model)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("(960 rows of 32 values), more than memory_limit = 100000"),
        "{error}"
    );
    fit(&limited(Some(100)), &normal.0, &model).unwrap();
}

#[test]
fn a_map_without_values_is_an_error() {
    struct Flat([MapShape; 1]);
    impl ExtractFeatures for Flat {
        fn image_size(&self) -> (usize, usize) {
            (8, 8)
        }
        fn maps(&self) -> &[MapShape] {
            &self.0
        }
        fn identity(&self) -> &'static str {
            "flat"
        }
        fn extract(&mut self, _: &[u8], _: &mut [Vec<f32>]) -> Result<(), SharedError> {
            Ok(())
        }
    }
    let flat = MapShape {
        height: 0,
        width: 8,
        channels: 4,
    };
    let extractor: ExtractorFactory = Arc::new(move || Ok(Box::new(Flat([flat]))));
    let error = PatchMemory::new(settings(), extractor).unwrap_err();
    assert_eq!(error.to_string(), "map 0 of the backbone has no values");
}

#[test]
fn a_feature_that_is_no_number_is_named_with_its_frame() {
    let (_folder, model) = folder();
    let system = PatchMemory::new(settings(), poisoned_blocks(1, 9, f32::NAN)).unwrap();
    let dark = Walker {
        street: vec![120, 120, 120, 9],
        ..Walker::new("07", 8)
    };
    let error = fit(&system, &dark, &model).unwrap_err().to_string();
    assert!(
        error.contains("video 07, frame 3: the backbone gives the feature NaN"),
        "{error}"
    );
    fit(&system, &Walker::new("07", 8), &model).unwrap();
    let mut scorer = system.open(&model).unwrap();
    let error = score(&mut *scorer, &dark).err().unwrap().to_string();
    assert!(error.contains("video 07, frame 3"), "{error}");
    // The scorer goes on with the next video.
    assert_eq!(
        score(&mut *scorer, &Walker::new("08", 5))
            .unwrap()
            .scores
            .len(),
        5
    );
}

#[test]
fn impossible_settings_and_missing_images_are_errors() {
    let refused = |settings| PatchMemory::new(settings, colour_blocks(1)).unwrap_err();
    let with = |change: fn(&mut PatchMemorySettings)| {
        let mut settings = settings();
        change(&mut settings);
        refused(settings).to_string()
    };
    assert!(with(|s| s.batch = 0).contains("batch is 0"));
    assert!(with(|s| s.frame_stride = 0).contains("frame_stride is 0"));
    assert!(with(|s| s.top_patches = 0).contains("top_patches is 0"));
    assert!(with(|s| s.batch = 1001).contains("batch is 1001"));
    assert!(with(|s| s.power = 0.0).contains("power is 0"));
    assert!(with(|s| s.power = 33.0).contains("power is 33"));
    assert!(with(|s| s.maps = vec![2]).contains("map 2"));
    assert!(with(|s| s.channels = Some(33)).contains("channels is 33"));
    assert!(with(|s| s.bank.size = 0).contains("size is 0"));
    let broken = PatchMemory::new(settings(), Arc::new(|| Err("no weights".into())));
    assert!(broken.unwrap_err().to_string().contains("no weights"));

    let (_folder, model) = folder();
    let system = system(settings());
    assert!(matches!(
        system.fit(&[], &model, &mut Silent),
        Err(Error::Nothing { .. })
    ));
    fit(&system, &Walker::new("07", 5), &model).unwrap();
    let mut scorer = system.open(&model).unwrap();
    scorer.start(&StreamInfo::new("1".into())).unwrap();
    let frame = PreparedFrame {
        index: 0,
        number: FrameNumber(4),
        time: None,
        image: None,
    };
    let error = scorer.push(&frame, &mut Settled::new()).unwrap_err();
    assert!(error.to_string().contains("frame 4 has no image"));
}

#[test]
fn a_cancelled_training_leaves_no_bank() {
    let (_folder, model) = folder();
    let system = system(settings());
    let walker = Walker::new("07", 30);
    let normal = oddframe_frames::prepared(system.input(), &walker).unwrap();
    let mut stop = |event: oddframe_core::Event<'_>| match event {
        oddframe_core::Event::Advanced { done: 20 } => std::ops::ControlFlow::Break(()),
        _ => std::ops::ControlFlow::Continue(()),
    };
    let stopped = system.fit(&[&*normal], &model, &mut stop);
    assert!(matches!(stopped, Err(Error::Interrupted)));
    assert!(!model.has("bank.safetensors"));
}
