//! How much do moving objects tell, without a network? What stands out from the background is judged by its speed, direction,
//! look, size, colours and how long it stays.
//!
//! `cargo run --release --example objects -- [--data DIR] [--device flex]`
//!
//! `objects.toml` is the recipe of the same experiment.

mod experiment;

use anyhow::Result;
use experiment::{Experiment, Options, Progress, Table, run_experiment, score_in_one_pass};
use oddframe::core::{ModelFolder, System};
use oddframe::frames::prepared;
use oddframe::nn::Kernels;
use oddframe::objects::{ObjectSettings, Objects};

struct MovingObjects;

impl Experiment for MovingObjects {
    const QUESTION: &'static str = "How much do moving objects tell, without a network?";

    fn run<B: Kernels>(options: &Options, _: &B::Device) -> Result<()> {
        let (data, mut progress) = (options.data()?, Progress::new());

        // 1. The system sees frames in their own size. It learns what moves where in the normal videos.
        let settings = ObjectSettings {
            seed: options.seed,
            ..ObjectSettings::default()
        };
        let system = Objects::new(settings)?;
        let folder = tempfile::tempdir()?;
        let model = ModelFolder::create(folder.path())?;
        let mut videos = Vec::new();
        for video in data.train()? {
            videos.push(prepared(system.input(), video)?);
        }
        let videos: Vec<_> = videos.iter().map(AsRef::as_ref).collect();
        system.fit(&videos, &model, &mut progress)?;

        // 2. The same model scores recorded video, and video of which only the past is known.
        let live = Objects::new(ObjectSettings {
            causal: true,
            ..settings
        })?;
        let scorers = vec![system.open(&model)?, live.open(&model)?];
        let scored = score_in_one_pass(&data.test()?, scorers, &mut progress)?;

        let mut table = Table::new(&data, &mut progress)?;
        table.add_row("objects", "-", &scored[0])?;
        table.add_row("objects, causal", "-", &scored[1])?;
        table.print()?;
        options.write_output(&scored[0])
    }
}

fn main() -> Result<()> {
    run_experiment::<MovingObjects>()
}
