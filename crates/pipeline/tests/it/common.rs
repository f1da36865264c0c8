//! A run small enough to be repeated in every test.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use oddframe_core::{Event, Silent};
use oddframe_pipeline::{Data, Engine, Error, Outcome, Recipe, Registry, Runner};
use tempfile::tempdir;

/// Two systems, one of them with two members; flip repair, noise, validation: a bit of everything.
pub(crate) const RECIPE: &str = r#"
name = "tiny"
seed = 7
scene = { preset = "tiny", seed = 3, damaged = true }

[repair.flip]
allow_weak = true
epochs = 1
batch = 16
model = { side_px = 16 }

[[system]]
name = "frames"
kind = "conv_ae"
members = 2
post = "minmax"
model = { channels = [4, 8], latent = 0 }
input = { width = 24, height = 16, color = "rgb", scale = "signed" }
train = { epochs = 2, validation = 0.3, keep = "best", noise = { amplitude = 0.1 } }
score = { pool = "max", channels = "max" }

[[system]]
name = "cuboids"
kind = "cuboid_ae"
post = "uniform(3) per video | minmax"
model = { channels = [4, 8] }
input = { width = 16, height = 16 }
window = { frames = 4, train_stride = 2 }
train = { epochs = 1, batch = 8 }
score = { pool = "mean" }

[[system]]
name = "frame_difference"
kind = "frame_difference"
fused = false
width = 24
height = 16

[[system]]
name = "typical_frame"
kind = "typical_frame"
fused = false
width = 24
height = 16

[fuse]
how = "mean"
post = "gaussian(sigma=1) per video | minmax"
"#;

pub(crate) fn recipe() -> Recipe {
    parse(RECIPE)
}

pub(crate) fn parse(text: &str) -> Recipe {
    Recipe::parse(text, &Registry::default()).unwrap()
}

pub(crate) fn data() -> Data {
    Data::scene(&recipe().scene).unwrap()
}

pub(crate) fn engine() -> Engine {
    Engine::open("flex".parse().unwrap()).unwrap()
}

pub(crate) fn run(recipe: &Recipe, data: &Data, folder: &Path) -> Result<Outcome, Error> {
    Runner::new(&Registry::default(), &engine()).run(recipe, data, folder, &mut Silent)
}

pub(crate) fn run_in(folder: &Path) -> Result<Outcome, Error> {
    run(&recipe(), &data(), folder)
}

/// Runs until this many epochs are done, then cancels.
pub(crate) fn cancel_after_epochs(folder: &Path, epochs: usize) -> Error {
    let mut done = 0;
    let mut observer = |event: Event<'_>| {
        done += usize::from(matches!(event, Event::Loss { .. }));
        if done > epochs {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    Runner::new(&Registry::default(), &engine())
        .run(&recipe(), &data(), folder, &mut observer)
        .unwrap_err()
}

pub(crate) fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap()
}

/// The error, with its causes, of a run of one system of this kind with these lines of settings.
pub(crate) fn error_of(kind: &str, lines: &str) -> String {
    let text = format!(
        "baselines = false\nscene = {{ preset = \"tiny\" }}\n[[system]]\nname = \"one\"\nkind = \"{kind}\"\n{lines}\n"
    );
    let recipe = match Recipe::parse(&text, &Registry::default()) {
        Ok(recipe) => recipe,
        Err(error) => return error.to_string(),
    };
    let (folder, data) = (tempdir().unwrap(), Data::scene(&recipe.scene).unwrap());
    let Err(error) = run(&recipe, &data, folder.path()) else {
        return "no error".to_owned();
    };
    with_causes(&error)
}

/// The message of an error and those of its causes.
pub(crate) fn with_causes(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
