//! From frames to a checked submission without a network: an introduction to the library.
//!
//! `cargo run --release --example no_network -- [--data DIR] [--labels FILE-OR-DIR] [--out submission.csv]`
//!
//! Without `--data` the frames come from the synthetic street. With it, the labels are those of the data set's
//! `labels.csv` unless `--labels` names others. `--on-bad-frame nearest` replaces damaged frames by their nearest
//! neighbours and says which.

mod common;

use std::env::temp_dir;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use oddframe::baseline::{
    FrameDifference, FrameDifferenceSettings, TypicalFrame, TypicalFrameSettings,
};
use oddframe::core::{FrameSource, PostStep};
use oddframe::metrics::evaluate;
use oddframe::post::Chain;
use oddframe::score::AnyPool;
use oddframe::submit::{FileFormat, Ids, Schema, check_path, write_scores};

fn main() -> Result<()> {
    // 1. Videos: sources of numbered frames, from a folder or from the synthetic street.
    let options = common::Options::parse()?;
    let data = common::Data::open(&options)?;

    // 2. Systems: each has its settings (what it sees of a frame, how the squared differences of all pixels
    //    become one number), learns from the training videos, and opens a scorer. One pass decodes every test
    //    frame once for all.
    let mut systems: Vec<common::NamedSystem> = Vec::new();
    for text in ["mean", "topk(patch=16, stride=16, k=1)"] {
        let pool: AnyPool = text.parse()?;
        let difference = FrameDifferenceSettings {
            pool,
            ..FrameDifferenceSettings::default()
        };
        systems.push((
            format!("difference energy, {text}"),
            Box::new(FrameDifference::new(difference)?),
        ));
        if data.has_training_videos() {
            let distance = TypicalFrameSettings {
                pool,
                ..TypicalFrameSettings::default()
            };
            systems.push((
                format!("distance to mean frame, {text}"),
                Box::new(TypicalFrame::new(distance)?),
            ));
        }
    }
    let systems = data.fit_and_score(systems)?;

    // 3. Post-processing and metrics: one score for every frame, compared with the labels.
    let labels = data.labels(&systems[0].1)?;
    let mut best = 0.0_f64;
    for (name, raw) in &systems {
        for text in [
            "none",
            "gaussian(sigma=3) per video",
            "rolling(7) per video | minmax per video",
        ] {
            let mut scores = raw.clone();
            text.parse::<Chain>()?.apply(&mut scores)?;
            if let Some(labels) = &labels {
                let found = evaluate(&scores, labels)?;
                best = best.max(found.micro_auc);
                println!(
                    "micro AUC {:.4}  AP {:.4}  {name} | {text}",
                    found.micro_auc, found.ap
                );
            }
        }
    }

    ensure!(
        labels.is_none() || best > 0.6,
        "no system is better than chance"
    );

    // 4. A submission: the file is written completely or not at all, and then checked against the frames that
    //    exist. The system is chosen beforehand; choosing the best one by these labels would be cheating.
    let mut scores = systems[0].1.clone();
    "gaussian(sigma=3) per video | minmax"
        .parse::<Chain>()?
        .apply(&mut scores)?;
    let out = options
        .get("--out")
        .map_or_else(|| temp_dir().join("no_network.csv"), PathBuf::from);
    write_scores(&out, &scores, &FileFormat::Submission(Schema::default()))?;
    let expected = Ids::from_videos(
        &data
            .test()
            .into_iter()
            .map(FrameSource::video)
            .collect::<Vec<_>>(),
    )?;
    let report = check_path(&out, &Schema::default(), &expected)?;
    println!("{}: {report}", out.display());
    ensure!(report.is_valid(), "the submission is not valid");
    Ok(())
}
