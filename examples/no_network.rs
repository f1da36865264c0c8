//! From frames to a checked submission with no network: an introduction to the library.
//!
//! `cargo run --release --example no_network -- [--data DIR] [--labels FILE-OR-DIR] [--out submission.csv]`
//!
//! Without `--data` the frames come from the synthetic street. `--on-bad-frame nearest` scores on where a file
//! is damaged, and says which frame stood in.

mod common;

use std::env::temp_dir;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use oddframe::baseline::{DifferenceEnergy, Typical, TypicalDistance};
use oddframe::core::{EdgePolicy, FrameSource, PostStep};
use oddframe::frames::{Filter, Prepare};
use oddframe::metrics::evaluate;
use oddframe::post::Chain;
use oddframe::score::AnyPool;
use oddframe::submit::{FileFormat, Ids, Schema, check_path, write_scores};

fn main() -> Result<()> {
    // 1. Videos: sources of numbered frames, from a folder or from the synthetic street.
    let options = common::Options::parse()?;
    let data = common::Data::open(&options)?;

    // 2. Systems: what they look at, how the error map becomes one number, what an edge frame gets.
    let look = Prepare::new(128, 128)?.with_filter(Filter::Antialiased);
    let mut systems = Vec::new();
    for text in ["mean", "topk(patch=16, stride=16, k=1)"] {
        let pool: AnyPool = text.parse()?;
        let difference = DifferenceEnergy::new(look, pool, EdgePolicy::Nearest);
        systems.push((format!("difference energy, {text}"), data.fit_and_score(&difference)?));
        if !data.train().is_empty() {
            let distance = TypicalDistance::new(look, pool, Typical::Mean);
            systems.push((format!("distance to mean frame, {text}"), data.fit_and_score(&distance)?));
        }
    }

    data.report_substitutes();

    // 3. Post-processing and metrics: one score for every frame, compared with the labels.
    let labels = data.labels(&systems[0].1)?;
    let mut best = 0.0_f64;
    for (name, raw) in &systems {
        for text in ["none", "gaussian(sigma=3) per video", "rolling(7) per video | minmax per video"] {
            let mut scores = raw.clone();
            text.parse::<Chain>()?.apply(&mut scores)?;
            if let Some(labels) = &labels {
                let found = evaluate(&scores, labels)?;
                best = best.max(found.micro_auc);
                println!("micro AUC {:.4}  AP {:.4}  {name} | {text}", found.micro_auc, found.ap);
            }
        }
    }

    ensure!(labels.is_none() || best > 0.6, "no system found anything");

    // 4. A submission: written whole or not at all, then checked against the frames that exist. The system is
    //    chosen beforehand; choosing the best by these labels would be cheating.
    let mut scores = systems[0].1.clone();
    "gaussian(sigma=3) per video | minmax".parse::<Chain>()?.apply(&mut scores)?;
    let out = options.get("--out").map_or_else(|| temp_dir().join("no_network.csv"), PathBuf::from);
    write_scores(&out, &scores, &FileFormat::Submission(Schema::default()))?;
    let expected = Ids::from_videos(&data.test().into_iter().map(FrameSource::video).collect::<Vec<_>>())?;
    let report = check_path(&out, &Schema::default(), &expected)?;
    println!("{}: {report}", out.display());
    ensure!(report.is_valid(), "the submission is not valid");
    Ok(())
}
