//! Systems that share networks, frames and scores; data of many shapes.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::{alone, engine};
use oddframe_core::{Error, Frame, FrameSource, Silent, Video};
use oddframe_pipeline::{Data, Recipe, run};
use oddframe_synth::{Preset, Scene, SceneVideo};
use tempfile::tempdir;

/// Counts how often its frames are read.
struct Counted(SceneVideo, Arc<AtomicUsize>);

impl FrameSource for Counted {
    fn video(&self) -> &Video {
        self.0.video()
    }
    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), Error> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.read_into(index, out)
    }
}

const THREE: &str = r#"
[[system]]
name = "mean"
model = { kind = "conv_ae", channels = [4], latent = 0 }
look = { width = 16, height = 16 }
train = { epochs = 1 }
score = { pool = "mean" }

[[system]]
name = "max"
members = 2
post = "minmax"
model = { kind = "conv_ae", channels = [4], latent = 0 }
look = { width = 16, height = 16 }
train = { epochs = 1 }
score = { pool = "max" }

[[system]]
name = "large"
model = { kind = "conv_ae", channels = [4], latent = 0 }
look = { width = 32, height = 32 }
train = { epochs = 1 }
score = { pool = "max" }
"#;

#[test]
fn a_network_is_trained_once_and_a_frame_decoded_once_for_all() {
    let _alone = alone();
    let scene = Scene::new(Preset::Tiny, 1);
    let (learned, scored) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let videos = |videos: &[SceneVideo], count: &Arc<AtomicUsize>| {
        let source =
            |video: &SceneVideo| Box::new(Counted(video.clone(), Arc::clone(count))) as Box<dyn FrameSource>;
        videos.iter().map(source).collect()
    };
    let data = Data::new("counted", videos(scene.train(), &learned), videos(scene.test(), &scored));
    let folder = tempdir().unwrap();
    let outcome = run(&Recipe::parse(THREE).unwrap(), &data, folder.path(), &engine(), &mut Silent).unwrap();

    // Three networks: `max` has its first from `mean`.
    let trained = std::fs::read_dir(folder.path().join("model")).unwrap();
    let trained = trained.filter(|e| e.as_ref().unwrap().path().extension().is_some_and(|e| e == "bpk"));
    assert_eq!(trained.count(), 3);
    assert!(!folder.path().join("model/max.0.bpk").exists());
    assert_eq!(outcome.systems[2].training[0], outcome.systems[3].training[0]);
    // 120 frames each: once for the typical frame, once for all networks ...
    assert_eq!(learned.load(Ordering::Relaxed), 2 * 120);
    // ... and once for each system with no network, once for all others.
    assert_eq!(scored.load(Ordering::Relaxed), 3 * 120);
    assert!(
        outcome.tables().iter().all(|table| !table.title.contains("labels")),
        "nothing is known of the frames"
    );
}

#[test]
fn an_unreadable_frame_is_an_error_or_mended_as_the_recipe_says() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let root = folder.path().join("data");
    Scene::new(Preset::Tiny, 1).write(&root, oddframe_synth::WriteOptions::new(), &mut Silent).unwrap();
    let broken = root.join("testing_videos/02/frame_00010.jpg");
    std::fs::write(&broken, "no picture").unwrap();
    let text = "[[system]]\nname = \"a\"\nmodel = { kind = \"conv_ae\", channels = [4], latent = 0 }\n\
                look = { width = 16, height = 16 }\ntrain = { epochs = 1 }\n";
    let data = Data::open(&root).unwrap();
    assert!(data.labels().is_some() && !data.truth().is_empty());
    let out = folder.path().join("error");
    let error = run(&Recipe::parse(text).unwrap(), &data, &out, &engine(), &mut Silent).unwrap_err();
    assert!(error.to_string().contains("frame_00010.jpg"), "{error}");

    let mended = Recipe::parse_with(text, &["repair.mend=nearest".parse().unwrap()]).unwrap();
    let outcome = run(&mended, &data, &folder.path().join("nearest"), &engine(), &mut Silent).unwrap();
    let says = "video 02: frame 9 stands in for frame 10";
    assert!(outcome.warnings.iter().any(|warning| warning.contains(says)), "{:?}", outcome.warnings);
    // Other bytes are other data.
    std::fs::remove_file(&broken).unwrap();
    let data = Data::open(&root).unwrap();
    let again = run(&mended, &data, &folder.path().join("nearest"), &engine(), &mut Silent).unwrap_err();
    assert!(again.to_string().contains("another data"), "{again}");
}
