//! Systems that share networks and frames; unreadable frames.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use oddframe_core::{Error, Frame, FrameSource, Silent, Video};
use oddframe_pipeline::{Data, Recipe, Registry, Runner};
use oddframe_synth::{Preset, Scene, SceneVideo};
use tempfile::tempdir;

use crate::common::{engine, parse, run};

/// Counts how often its frames are decoded.
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

/// The tiny street, and how often its training and test frames were decoded.
fn counted_data() -> (Data, [Arc<AtomicUsize>; 2]) {
    let scene = Scene::new(Preset::Tiny, 1);
    let counts = [Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0))];
    let train = counted(scene.train(), &counts[0]);
    let test = counted(scene.test(), &counts[1]);
    (Data::new("counted", train, test), counts)
}

fn counted(videos: &[SceneVideo], count: &Arc<AtomicUsize>) -> Vec<Box<dyn FrameSource>> {
    videos
        .iter()
        .map(|video| Box::new(Counted(video.clone(), Arc::clone(count))) as _)
        .collect()
}

/// The networks of the quickstart, for one epoch. Its system of objects looks at the beginning of a video before it scores it, so
/// that it needs some frames twice.
fn networks_of_quickstart() -> Recipe {
    let mut recipe = Recipe::quickstart(&Registry::default()).unwrap();
    recipe.systems.retain(|system| system.kind != "objects");
    recipe.set_epochs(1);
    if let Some(flip) = &mut recipe.repair.flip {
        flip.allow_weak = true;
    }
    recipe
}

#[test]
fn the_networks_of_the_quickstart_decode_every_frame_once() {
    let mut recipe = networks_of_quickstart();
    // For larger pictures of the top moments their frames would be read once more.
    recipe.report.pictures = false;
    let (data, [learned, scored]) = counted_data();
    let folder = tempdir().unwrap();
    run(&recipe, &data, folder.path()).unwrap();
    // Two networks, the flip classifier and two systems without a network see 120 frames each.
    assert_eq!(learned.load(Ordering::Relaxed), 120);
    assert_eq!(scored.load(Ordering::Relaxed), 120);
}

#[test]
fn fitting_decodes_every_training_frame_once_and_no_other() {
    let recipe = networks_of_quickstart();
    let (data, [learned, scored]) = counted_data();
    let folder = tempdir().unwrap();
    Runner::new(&Registry::default(), &engine())
        .fit(&recipe, &data, folder.path(), &mut Silent)
        .unwrap();
    assert_eq!(
        (
            learned.load(Ordering::Relaxed),
            scored.load(Ordering::Relaxed)
        ),
        (120, 0)
    );
}

/// `mean` and the first member of `max` learn the same.
const THREE: &str = r#"
report = { pictures = false }

[[system]]
name = "mean"
kind = "conv_ae"
model = { channels = [4], latent = 0 }
input = { width = 16, height = 16 }
train = { epochs = 1 }
score = { pool = "mean" }

[[system]]
name = "max"
members = 2
post = "minmax"
kind = "conv_ae"
model = { channels = [4], latent = 0 }
input = { width = 16, height = 16 }
train = { epochs = 1 }
score = { pool = "max" }

[[system]]
name = "large"
kind = "conv_ae"
model = { channels = [4], latent = 0 }
input = { width = 32, height = 32 }
train = { epochs = 1 }
score = { pool = "max" }
"#;

#[test]
fn systems_that_learn_the_same_are_trained_once() {
    let (data, [learned, scored]) = counted_data();
    let folder = tempdir().unwrap();
    let outcome = run(&parse(THREE), &data, folder.path()).unwrap();

    // Three networks: `max` opens the one of `mean` as its first member.
    let model = folder.path().join("model");
    let weights = |member: &str| model.join(member).join("weights.bpk").exists();
    let members = ["mean.0", "max.0", "max.1", "large.0"];
    assert_eq!(members.map(weights), [true, false, true, true]);
    assert_eq!(
        outcome.systems[0].figures.training[0],
        outcome.systems[1].figures.training[0]
    );
    assert_eq!(
        (
            learned.load(Ordering::Relaxed),
            scored.load(Ordering::Relaxed)
        ),
        (120, 120)
    );
    let tables = outcome.tables();
    assert!(
        tables.iter().all(|table| !table.contains("labels")),
        "nothing is known about the frames: {tables:?}"
    );
}

#[test]
fn an_unreadable_frame_is_an_error_or_replaced_as_the_recipe_says() {
    let folder = tempdir().unwrap();
    let root = folder.path().join("data");
    Scene::new(Preset::Tiny, 1)
        .write(&root, oddframe_synth::WriteOptions::new(), &mut Silent)
        .unwrap();
    let broken = root.join("testing_videos/02/frame_00010.jpg");
    std::fs::write(&broken, "no picture").unwrap();
    let text = "[[system]]\nname = \"a\"\nkind = \"conv_ae\"\nmodel = { channels = [4], latent = 0 }\n\
                input = { width = 16, height = 16 }\ntrain = { epochs = 1 }\n";
    let data = Data::open(&root).unwrap();
    assert!(data.labels().unwrap().is_some() && !data.truth(&mut Silent).unwrap().is_empty());
    let error = run(&parse(text), &data, &folder.path().join("error")).unwrap_err();
    assert!(error.to_string().contains("frame_00010.jpg"), "{error}");

    let settings = ["repair.mend=nearest".parse().unwrap()];
    let nearest = Recipe::parse_with(text, &settings, &Registry::default()).unwrap();
    let out = folder.path().join("nearest");
    let says = "video 02: frame 9 is used in place of frame 10";
    // The warning is still there when the run is resumed: by then the frame is not read again.
    for _ in 0..2 {
        let outcome = run(&nearest, &data, &out).unwrap();
        assert!(
            outcome
                .warnings
                .iter()
                .any(|warning| warning.contains(says)),
            "{:?}",
            outcome.warnings
        );
    }
    // Other files are other data.
    std::fs::remove_file(&broken).unwrap();
    let again = run(&nearest, &Data::open(&root).unwrap(), &out).unwrap_err();
    for part in [
        "another data set",
        "names, sizes and times",
        "--full-digest",
    ] {
        assert!(again.to_string().contains(part), "{again}");
    }
}
