//! What a data set's folder holds beside its videos.

use std::fs;

use oddframe_core::{Event, FrameSource, Silent};
use oddframe_pipeline::{Data, Model, Registry, Runner, Share, finish, use_labels};
use oddframe_synth::{Preset, Scene, WriteOptions};
use tempfile::tempdir;

use crate::common::{engine, parse};

const SMALL: &str = "[[system]]\nname = \"a\"\nkind = \"conv_ae\"\nmodel = { channels = [4], latent = 0 }\n\
                     input = { width = 16, height = 16 }\ntrain = { epochs = 1 }\n";

#[test]
fn files_that_only_share_a_name_with_labels_or_truth_break_nothing_that_does_not_need_them() {
    let folder = tempdir().unwrap();
    let root = folder.path().join("data");
    Scene::new(Preset::Tiny, 1)
        .write(&root, WriteOptions::new(), &mut Silent)
        .unwrap();
    let real_labels = folder.path().join("real.csv");
    fs::copy(root.join("labels.csv"), &real_labels).unwrap();
    for name in ["labels.csv", "noise.csv", "flips.csv"] {
        fs::write(root.join(name), "shopping list\nmilk\n").unwrap();
    }
    let (registry, engine, recipe) = (Registry::default(), engine(), parse(SMALL));
    let runner = Runner::new(&registry, &engine);
    let model = folder.path().join("model");
    runner
        .fit(&recipe, &Data::open(&root).unwrap(), &model, &mut Silent)
        .unwrap();
    let data = Data::open(&root).unwrap();
    let scorer = Model::open(&model, &registry, &engine).unwrap();
    scorer
        .score(&data.test().unwrap(), None, &mut Silent)
        .unwrap();

    // Scoring a share needs no labels; `finish` accepts them later.
    let (model, shares) = (scorer.folder(), folder.path().join("shares"));
    let mut run_folder = runner
        .score_share(model, &data, Share::ALL, &shares, &mut Silent)
        .unwrap();
    use_labels(&mut run_folder, &real_labels, None).unwrap();
    let outcome = finish(&mut run_folder, &mut Silent).unwrap();
    assert!(outcome.fused.figures.evaluation.is_some());

    let error = runner
        .run(&recipe, &data, &folder.path().join("run"), &mut Silent)
        .unwrap_err()
        .to_string();
    assert!(error.contains("labels.csv"), "{error}");
    let data = Data::open(&root)
        .unwrap()
        .with_labels(&real_labels, None)
        .unwrap();
    let mut warnings = Vec::new();
    let mut observer = |event: Event<'_>| {
        if let Event::Warned { message } = event {
            warnings.push(message.to_owned());
        }
        std::ops::ControlFlow::Continue(())
    };
    let outcome = runner
        .run(&recipe, &data, &folder.path().join("run"), &mut observer)
        .unwrap();
    assert!(outcome.fused.figures.evaluation.is_some());
    for name in ["noise.csv", "flips.csv"] {
        let named = warnings
            .iter()
            .any(|warning| warning.contains(name) && warning.contains("ignored"));
        assert!(named, "{name}: {warnings:?}");
    }
}

#[test]
fn a_file_of_other_videos_is_ignored_with_a_reason_that_fits_it() {
    let folder = tempdir().unwrap();
    let root = folder.path().join("data");
    Scene::new(Preset::Tiny, 1)
        .write(&root, WriteOptions::new(), &mut Silent)
        .unwrap();
    fs::write(root.join("noise.csv"), "video,frame,noisy\n01,0,1\n").unwrap();
    let mut warnings = Vec::new();
    let mut observer = |event: Event<'_>| {
        if let Event::Warned { message } = event {
            warnings.push(message.to_owned());
        }
        std::ops::ControlFlow::Continue(())
    };
    let truth = Data::open(&root).unwrap().truth(&mut observer).unwrap();
    assert!(truth.noisy.is_none() && truth.flipped.is_some());
    assert!(
        warnings.len() == 1
            && warnings[0]
                .ends_with("noise.csv says nothing about frame 1 of video 01; the file is ignored"),
        "{warnings:?}"
    );
}

#[test]
fn the_quick_digest_reads_no_file_and_the_full_one_is_of_their_contents() {
    let folder = tempdir().unwrap();
    let roots = [folder.path().join("one"), folder.path().join("two")];
    for root in &roots {
        Scene::new(Preset::Tiny, 1)
            .write(root, WriteOptions::new(), &mut Silent)
            .unwrap();
    }
    let digest = |place: usize, full| {
        Data::open(&roots[place])
            .unwrap()
            .digest(full, &mut Silent)
            .unwrap()
    };
    let described = [false, true].map(|full| digest(0, full).to_string());
    assert!(described[0].ends_with(" of the names, sizes and times of all files"));
    assert!(described[1].ends_with(" of the contents of all files"));
    assert_eq!(digest(0, false), digest(0, false));
    // The same contents, written at another time.
    assert_eq!(digest(0, true), digest(1, true));
    assert_ne!(digest(0, false).sha256, digest(1, false).sha256);
}

#[test]
fn a_test_video_of_one_frame_is_scored() {
    let folder = tempdir().unwrap();
    let root = folder.path().join("data");
    Scene::new(Preset::Tiny, 1)
        .write(&root, WriteOptions::new(), &mut Silent)
        .unwrap();
    let single = root.join("testing_videos/77");
    fs::create_dir(&single).unwrap();
    fs::copy(
        root.join("testing_videos/02/frame_00010.jpg"),
        single.join("frame_00010.jpg"),
    )
    .unwrap();
    fs::remove_file(root.join("labels.csv")).unwrap();
    let (registry, engine) = (Registry::default(), engine());
    let out = folder.path().join("run");
    let outcome = Runner::new(&registry, &engine)
        .run(
            &parse(SMALL),
            &Data::open(&root).unwrap(),
            &out,
            &mut Silent,
        )
        .unwrap();
    assert_eq!(outcome.fused.scores.video(&"77".into()).unwrap().len(), 1);
}

#[test]
fn windows_that_find_no_place_between_the_gaps_of_a_video_are_refused_before_training() {
    let folder = tempdir().unwrap();
    let root = folder.path().join("data");
    Scene::new(Preset::Tiny, 1)
        .write(&root, WriteOptions::new(), &mut Silent)
        .unwrap();
    for lost in (4..40).step_by(5) {
        let frame = format!("testing_videos/02/frame_{lost:05}.jpg");
        fs::remove_file(root.join(frame)).unwrap();
    }
    fs::remove_file(root.join("labels.csv")).unwrap();
    let (registry, engine) = (Registry::default(), engine());
    for (short, says) in [
        (
            "skip",
            "video 02: none of its 32 usable frames gets a score",
        ),
        (
            "error",
            "video 02 has only 4 usable frames between two gaps",
        ),
    ] {
        let window =
            format!("{SMALL}window = {{ frames = 5, gaps = \"break\", short = \"{short}\" }}\n");
        let (data, out) = (Data::open(&root).unwrap(), folder.path().join(short));
        let error = Runner::new(&registry, &engine)
            .run(&parse(&window), &data, &out, &mut Silent)
            .unwrap_err()
            .to_string();
        assert!(error.contains(says), "{error}");
        assert!(!out.exists(), "nothing is left behind");
    }
}

#[test]
fn videos_whose_numbers_collide_get_a_submission_with_whole_names() {
    let folder = tempdir().unwrap();
    let root = folder.path().join("data");
    Scene::new(Preset::Tiny, 1)
        .write(&root, WriteOptions::new(), &mut Silent)
        .unwrap();
    let test = root.join("testing_videos");
    fs::rename(test.join("01"), test.join("01_0014")).unwrap();
    fs::rename(test.join("02"), test.join("02_0014")).unwrap();
    fs::remove_file(root.join("labels.csv")).unwrap();
    let out = folder.path().join("run");
    let (registry, engine) = (Registry::default(), engine());
    let outcome = Runner::new(&registry, &engine)
        .run(
            &parse(SMALL),
            &Data::open(&root).unwrap(),
            &out,
            &mut Silent,
        )
        .unwrap();
    let submission = fs::read_to_string(out.join("submission.csv")).unwrap();
    assert!(
        submission.lines().nth(1).unwrap().starts_with("01_0014_"),
        "{submission:.200}"
    );
    assert_eq!(submission.lines().count(), 1 + outcome.fused.scores.len());
    assert!(
        outcome
            .warnings
            .iter()
            .any(|warning| warning.contains("02_0014")),
        "{:?}",
        outcome.warnings
    );
}

fn tiny_videos(scene: &Scene) -> Vec<Box<dyn FrameSource>> {
    let videos = scene.test().iter();
    videos.map(|video| Box::new(video.clone()) as _).collect()
}

#[test]
fn the_first_share_of_every_video_is_learned_and_the_rest_scored() {
    let scene = Scene::new(Preset::Tiny, 3);
    let data = Data::new("recordings", Vec::new(), tiny_videos(&scene));
    let whole: Vec<usize> = scene
        .test()
        .iter()
        .map(|video| video.numbers().len())
        .collect();
    let data = data.learn_from_start(0.25).unwrap();
    let lengths = |videos: Vec<&dyn FrameSource>| -> Vec<usize> {
        videos.iter().map(|video| video.numbers().len()).collect()
    };
    let (normal, scored) = (
        lengths(data.train().unwrap()),
        lengths(data.test().unwrap()),
    );
    assert_eq!(normal, [10, 10, 10]);
    for ((whole, normal), scored) in whole.iter().zip(normal).zip(scored) {
        assert_eq!(*whole, normal + scored);
    }
    // Other shares are other data to a resumed run.
    let digest = |share| {
        let data = Data::new("recordings", Vec::new(), tiny_videos(&scene));
        data.learn_from_start(share)
            .unwrap()
            .digest(false, &mut Silent)
            .unwrap()
    };
    assert_ne!(digest(0.25), digest(0.5));
}

#[test]
fn a_start_that_leaves_nothing_or_is_not_needed_is_refused() {
    let scene = Scene::new(Preset::Tiny, 3);
    for share in [0.0, 1.0, -0.5, f64::NAN, f64::INFINITY] {
        let data = Data::new("recordings", Vec::new(), tiny_videos(&scene));
        let error = data.learn_from_start(share).unwrap_err().to_string();
        assert!(error.contains("above 0 and below 1"), "{error}");
    }
    let data = Data::new("both", tiny_videos(&scene), tiny_videos(&scene));
    let error = data.learn_from_start(0.5).unwrap_err().to_string();
    assert!(error.starts_with("both has training videos"), "{error}");
}
