//! A run small enough to be made again and again.
#![allow(dead_code, reason = "each test file uses its part")]

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use oddframe_core::{Event, Silent};
use oddframe_pipeline::{Data, Engine, Error, Outcome, Recipe, run};

/// Two systems, one of two networks; flips, noise, a validation: a bit of everything.
pub(crate) const RECIPE: &str = r#"
name = "tiny"
seed = 7
scene = { preset = "tiny", seed = 3, damaged = true }
baseline = { width = 24, height = 16 }

[repair.flip]
epochs = 1
batch = 16
model = { side_px = 16 }

[[system]]
name = "frames"
members = 2
post = "minmax"
model = { kind = "conv_ae", channels = [4, 8], latent = 0 }
look = { width = 24, height = 16, color = "rgb", scale = "signed" }
train = { epochs = 2, validation = 0.3, keep = "best", noise = { amplitude = 0.1 } }
score = { pool = "max", channels = "max" }

[[system]]
name = "cuboids"
post = "uniform(3) per video | minmax"
model = { kind = "cuboid_ae", channels = [4, 8] }
look = { width = 16, height = 16 }
window = { frames = 4, train_stride = 2 }
train = { epochs = 1, batch = 8 }
score = { pool = "mean" }

[fuse]
how = "mean"
post = "gaussian(sigma=1) per video | minmax"
"#;

/// Keeps others from training meanwhile: all that train in one process draw from one source of chance.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn recipe() -> Recipe {
    Recipe::parse(RECIPE).unwrap()
}

pub(crate) fn data() -> Data {
    Data::scene(&recipe().scene).unwrap()
}

pub(crate) fn engine() -> Engine {
    Engine::open("flex".parse().unwrap()).unwrap()
}

pub(crate) fn run_in(folder: &Path) -> Result<Outcome, Error> {
    run(&recipe(), &data(), folder, &engine(), &mut Silent)
}

/// Runs until so many epochs are behind, then stops.
pub(crate) fn stopped_after(folder: &Path, epochs: usize) -> Error {
    let mut behind = 0;
    let mut watch = |event: Event<'_>| {
        behind += usize::from(matches!(event, Event::Loss { .. }));
        if behind > epochs { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    run(&recipe(), &data(), folder, &engine(), &mut watch).unwrap_err()
}

pub(crate) fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap()
}
