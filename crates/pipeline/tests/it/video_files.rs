//! Data that is video files. Skipped where ffmpeg is not installed.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;

use oddframe_core::{Event, FrameSource, Silent};
use oddframe_pipeline::{Data, Error, Registry, RunFolder, Runner};
use oddframe_synth::{Preset, Scene, WriteOptions};
use tempfile::tempdir;

use crate::common::{engine, parse};

const RECIPE: &str = "[[system]]\nname = \"a\"\nkind = \"conv_ae\"\nmodel = { channels = [4], latent = 0 }\n\
                      input = { width = 16, height = 16, color = \"rgb\" }\ntrain = { epochs = 1 }\n";

/// Runs ffmpeg; false when it is not installed.
fn run_ffmpeg(arguments: &[&str], input: &Path, options: &[&str], output: &Path) -> bool {
    fs::create_dir_all(output.parent().unwrap()).unwrap();
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin"]).args(arguments);
    let ran = command
        .arg("-i")
        .arg(input)
        .args(options)
        .arg(output)
        .status();
    match ran {
        Ok(status) => {
            assert!(status.success(), "{}", output.display());
            true
        }
        Err(error) => {
            println!("skipped: ffmpeg: {error}");
            false
        }
    }
}

/// Writes the street, each video as a file and as the frames that ffmpeg extracts from it; false without ffmpeg.
fn write_street(files: &Path, frames: &Path) -> bool {
    let street = tempdir().unwrap();
    let scene = Scene::new(Preset::Tiny, 1);
    let root = street.path().join("data");
    scene
        .write(&root, WriteOptions::new(), &mut Silent)
        .unwrap();
    let data = oddframe_frames::Dataset::open(&root).unwrap();
    for (split, videos) in [("train", data.train()), ("test", data.test())] {
        for video in videos {
            let name = video.id().name();
            let images = video.folder().join("*.jpg");
            let file = files.join(split).join(format!("{name}.mp4"));
            let options = ["-c:v", "mpeg4", "-q:v", "2"];
            if !run_ffmpeg(&["-pattern_type", "glob"], &images, &options, &file) {
                return false;
            }
            let extracted = frames.join(split).join(name).join("%06d.png");
            let options = ["-fps_mode", "passthrough", "-start_number", "0"];
            run_ffmpeg(&[], &file, &options, &extracted);
        }
    }
    true
}

/// The smallest useful settings of each kind: every kind of the registry needs an entry.
const SETTINGS: &[(&str, &str)] = &[
    ("frame_difference", "width = 24\nheight = 16"),
    ("typical_frame", "width = 24\nheight = 16"),
    ("objects", "switch = { slow = 0.4, spread = 0.35 }"),
    (
        "conv_ae",
        "model = { channels = [4], latent = 0 }\ninput = { width = 16, height = 16, color = \"rgb\" }\ntrain = { epochs = 1 }",
    ),
    (
        "unet",
        "model = { channels = [4, 8], latent = 4 }\ninput = { width = 16, height = 16 }\ntrain = { epochs = 1 }",
    ),
    (
        "conv3d_ae",
        "model = { channels = [4, 8], latent = 4 }\ninput = { width = 16, height = 16 }\nwindow = { frames = 4 }\ntrain = { epochs = 1 }",
    ),
    (
        "conv_lstm",
        "model = { channels = [4, 8], hidden = 4 }\ninput = { width = 16, height = 16 }\nwindow = { frames = 4, align = \"last\" }\ntrain = { epochs = 1 }",
    ),
    (
        "cuboid_ae",
        "model = { channels = [4, 8] }\ninput = { width = 16, height = 16 }\nwindow = { frames = 4 }\ntrain = { epochs = 1 }",
    ),
    (
        "denoising_ae",
        "model = { channels = [4, 8] }\ninput = { width = 16, height = 16 }\nwindow = { frames = 4 }\ntrain = { epochs = 1 }",
    ),
    (
        "lstm_ae",
        "model = { hidden = 8 }\ninput = { width = 16, height = 16 }\nwindow = { frames = 4 }\ntrain = { epochs = 1 }",
    ),
    (
        "flow_ae",
        "flow = \"farneback\"\nframes = { width = 48, height = 32 }\ninput = { width = 24, height = 16 }\n\
         farneback = { winsize = 9 }\nmodel = { channels = [4, 8], latent = 0 }\ntrain = { epochs = 1 }",
    ),
    (
        "raft_gru",
        "flow = \"dis\"\nframes = { width = 48, height = 32 }\ninput = { width = 12, height = 8 }\n\
         model = { hidden = 6 }\nwindow = { flows = 4 }\ntrain = { epochs = 1 }",
    ),
    (
        "lstm_features",
        "backbone = \"mobilenet_v2\"\nweights = \"random\"\nmodel = { hidden = 8, output = \"linear\" }\n\
         window = { frames = 4 }\ntrain = { epochs = 1 }",
    ),
    (
        "patch_memory",
        "backbone = \"mobilenet_v2\"\nweights = \"random\"\nmemory = { frame_stride = 10, bank = { size = 50 } }",
    ),
    (
        "video_patch_core",
        "backbone = \"mobilenet_v2\"\nweights = \"random\"\n\
         memory = { spatial_rows = 50, temporal_rows = 20, global_rows = 20 }",
    ),
];

/// A recipe with one system of every kind of the registry, named after its kind.
fn recipe_of_all_kinds(registry: &Registry) -> String {
    let systems = registry.kinds().map(|kind| {
        let entry = SETTINGS.iter().find(|(name, _)| *name == kind);
        let (_, settings) = entry.unwrap_or_else(|| panic!("SETTINGS lacks `{kind}`"));
        format!("[[system]]\nname = \"{kind}\"\nkind = \"{kind}\"\n{settings}\n")
    });
    let systems: Vec<String> = systems.collect();
    format!("seed = 3\nbaselines = false\n{}", systems.concat())
}

#[test]
fn every_kind_scores_video_files_like_their_extracted_frames() {
    let folder = tempdir().unwrap();
    let (files, frames) = (folder.path().join("files"), folder.path().join("frames"));
    if !write_street(&files, &frames) {
        return;
    }
    // Fifteen systems learn from two videos and score one: that is enough, and the others would take a minute.
    for name in ["train/03", "test/02", "test/03"] {
        fs::remove_file(files.join(name).with_extension("mp4")).unwrap();
        fs::remove_dir_all(frames.join(name)).unwrap();
    }
    let (registry, engine) = (Registry::default(), engine());
    let recipe = parse(&recipe_of_all_kinds(&registry));
    let runner = Runner::new(&registry, &engine);
    let runs = [files, frames].map(|root| {
        let data = Data::open(&root).unwrap();
        let name = format!("run-{}", root.file_name().unwrap().display());
        let out = folder.path().join(name);
        runner.run(&recipe, &data, &out, &mut Silent).unwrap();
        RunFolder::open(&out, &registry).unwrap()
    });
    // Whatever a system says of a frame is equal: scores to the last digit, boxes and reasons.
    let read_all = |run: &RunFolder, system: &str| {
        let entries = fs::read_dir(run.raw_scores_folder(system, 0)).unwrap();
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let contents = paths.iter().map(|path| {
            let name = path.file_name().unwrap().display().to_string();
            (name, fs::read_to_string(path).unwrap())
        });
        contents.collect::<Vec<_>>()
    };
    for kind in registry.kinds() {
        let [of_files, of_frames] = [&runs[0], &runs[1]].map(|run| read_all(run, kind));
        let lines = of_files.iter().map(|(_, text)| text.lines().count());
        assert!(lines.sum::<usize>() > 40, "{kind}: {of_files:?}");
        assert!(of_files == of_frames, "{kind}: {of_files:?} {of_frames:?}");
    }
}

#[test]
fn a_single_file_is_scored_and_its_damage_is_a_warning() {
    let folder = tempdir().unwrap();
    let (files, frames) = (folder.path().join("files"), folder.path().join("frames"));
    if !write_street(&files, &frames) {
        return;
    }
    let test = fs::read_dir(files.join("test")).unwrap();
    let file = test.map(|entry| entry.unwrap().path()).min().unwrap();
    let cut = folder.path().join("cut.avi");
    let data = Data::open(&file).unwrap();
    let frames = data.test().unwrap()[0].numbers().len();
    assert!(matches!(data.train(), Err(Error::NoVideos { .. })));
    // In AVI the index comes last, so that a cut file still opens.
    assert!(run_ffmpeg(&[], &file, &["-c", "copy"], &cut));
    let bytes = fs::read(&cut).unwrap();
    fs::write(&cut, &bytes[..bytes.len() * 2 / 3]).unwrap();
    let data = Data::open(&cut).unwrap();
    assert!(data.test().unwrap()[0].numbers().len() < frames);

    let (registry, engine, recipe) = (Registry::default(), engine(), parse(RECIPE));
    let runner = Runner::new(&registry, &engine);
    let model = folder.path().join("model");
    runner
        .fit(&recipe, &Data::open(&files).unwrap(), &model, &mut Silent)
        .unwrap();
    let model = oddframe_pipeline::Model::open(&model, &registry, &engine).unwrap();
    let mut warnings = Vec::new();
    let mut observer = |event: Event<'_>| {
        if let Event::Warned { message } = event {
            warnings.push(message.to_owned());
        }
        ControlFlow::Continue(())
    };
    runner
        .score_share(
            model.folder(),
            &data,
            oddframe_pipeline::Share::ALL,
            &folder.path().join("scores"),
            &mut observer,
        )
        .unwrap();
    assert!(
        warnings.iter().any(|w| w.contains("cut.avi is damaged")),
        "{warnings:?}"
    );
}

#[test]
fn the_start_of_a_recording_is_learned_and_times_stay_those_of_the_recording() {
    let folder = tempdir().unwrap();
    let (files, frames) = (folder.path().join("files"), folder.path().join("frames"));
    if !write_street(&files, &frames) {
        return;
    }
    // Without training videos beside them, the recordings of a folder are all to be scored.
    let recordings = files.join("test");
    let data = Data::open(&recordings)
        .unwrap()
        .learn_from_start(0.5)
        .unwrap();
    let (normal, scored) = (data.train().unwrap(), data.test().unwrap());
    let numbers = |video: &dyn FrameSource| video.numbers().iter().map(|n| n.0).collect::<Vec<_>>();
    assert_eq!(numbers(normal[0]), (0..20).collect::<Vec<_>>());
    assert_eq!(numbers(scored[0]), (20..40).collect::<Vec<_>>());

    let (registry, engine) = (Registry::default(), engine());
    let recipe = parse(
        "[calibration]\nheld_out = 0.6\nfalse_alarms_per_hour = 90000\n[[system]]\nname = \"a\"\nkind = \"frame_difference\"",
    );
    let run = folder.path().join("run");
    Runner::new(&registry, &engine)
        .run(&recipe, &data, &run, &mut Silent)
        .unwrap();
    let run = oddframe_pipeline::RunFolder::open(&run, &registry).unwrap();
    let record = &run.record().data.test[0];
    assert_eq!(
        (record.first_frame, record.frames_per_second),
        (20, Some(25.0))
    );
    // Frame 30 of the recording is shown 1.2 seconds after its start, not after the start of what is scored.
    assert_eq!(record.seconds_of(30, 10.0), 1.2);
    let events = run.read_events().unwrap();
    assert!(!events.is_empty());
    for event in events {
        assert_eq!(event.start_seconds, Some(event.start as f64 / 25.0));
    }
}

#[test]
fn a_file_that_is_no_video_and_a_folder_of_nothing_are_errors() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("notes.txt"), "milk").unwrap();
    let error = Data::open(folder.path()).unwrap_err();
    assert!(
        error.to_string().contains("holds no known data set"),
        "{error}"
    );
    let error = Data::open(&folder.path().join("notes.txt")).unwrap_err();
    let message = error.to_string();
    assert!(matches!(error, Error::Video(_)), "{message}");
    assert!(
        message.contains("notes.txt") || message.contains("ffmpeg"),
        "{message}"
    );
}
