//! What each cue is worth: the AUC of the system with other smoothings, with each cue alone, and without each.
//!
//! `cargo run --release -p oddframe-objects --example ablation -- [ped2=DIR] [ped2warp=DIR] [streets=FIRST..=LAST] [short]`
//!
//! `ped2warp` is Ped2 through a homography that shrinks the far end to 40 % of its width. `short` leaves the ablation out and
//! prints only the line of the setting. Each data set is one column; a street is drawn into a temporary folder first.

mod warped;

use std::path::Path;

use oddframe_core::{
    FrameInput, FrameSource, ModelFolder, ScoreTable, ScoredVideo, Silent, System,
};
use oddframe_frames::{Dataset, FolderVideo, FramePass, prepared, score_videos};
use oddframe_labels::{VideoFrames, read_labels};
use oddframe_metrics::{evaluate, padded_macro_auc};
use oddframe_objects::{CueWeights, ObjectSettings, Objects};
use oddframe_synth::{Preset, Scene, WriteOptions};

use self::warped::Warped;

type Failure = Box<dyn std::error::Error>;

/// A way of scoring with a model that is fitted once.
struct Variant {
    name: String,
    settings: ObjectSettings,
}

/// All variants, or only the setting.
fn variants(short: bool) -> Vec<Variant> {
    let setting = ObjectSettings::default();
    let mut variants = vec![Variant {
        name: "all cues".into(),
        settings: setting,
    }];
    if short {
        return variants;
    }
    for sigma in [0.0, 2.0, 8.0] {
        variants.push(Variant {
            name: format!("all cues, sigma {sigma}"),
            settings: ObjectSettings { sigma, ..setting },
        });
    }
    variants.push(Variant {
        name: "all cues, causal".into(),
        settings: ObjectSettings {
            causal: true,
            ..setting
        },
    });
    let all = CueWeights::default();
    let none = CueWeights {
        motion: 0.0,
        body: 0.0,
        appearance: 0.0,
        shape: 0.0,
        dwelling: 0.0,
    };
    let cues = [
        (
            "motion",
            CueWeights {
                motion: 1.0,
                ..none
            },
            CueWeights { motion: 0.0, ..all },
        ),
        (
            "body",
            CueWeights { body: 1.0, ..none },
            CueWeights { body: 0.0, ..all },
        ),
        (
            "appearance",
            CueWeights {
                appearance: 1.0,
                ..none
            },
            CueWeights {
                appearance: 0.0,
                ..all
            },
        ),
        (
            "shape",
            CueWeights { shape: 1.0, ..none },
            CueWeights { shape: 0.0, ..all },
        ),
        (
            "dwelling",
            CueWeights {
                dwelling: 1.0,
                ..none
            },
            CueWeights {
                dwelling: 0.0,
                ..all
            },
        ),
    ];
    for (cue, alone, without) in cues {
        for (name, weights) in [
            (format!("{cue} alone"), alone),
            (format!("without {cue}"), without),
        ] {
            variants.push(Variant {
                name,
                settings: ObjectSettings { weights, ..setting },
            });
        }
    }
    variants
}

/// The micro AUC, and the macro AUC with one 0 and one 1 added to each video.
type Aucs = (f64, f64);

/// Fits on the training videos of a data set and scores its test videos with every variant.
fn measure(root: &Path, warped: bool, variants: &[Variant]) -> Result<Vec<Aucs>, Failure> {
    let data = Dataset::open(root)?;
    let system = Objects::new(ObjectSettings::default())?;
    let train = read(data.train(), system.input(), warped)?;
    let test = read(data.test(), system.input(), warped)?;
    let train: Vec<&dyn FrameSource> = train.iter().map(AsRef::as_ref).collect();
    let test: Vec<&dyn FrameSource> = test.iter().map(AsRef::as_ref).collect();
    let folder = tempfile::tempdir()?;
    let model = ModelFolder::create(folder.path())?;
    system.fit(&train, &model, &mut Silent)?;
    let mut aucs = Vec::with_capacity(variants.len());
    for variant in variants {
        let mut scorers = [Objects::new(variant.settings)?.open(&model)?];
        let scored = score_videos(&test, &mut scorers, FramePass::new(), &mut Silent)?;
        let scores = scored.into_iter().flatten().map(ScoredVideo::into_scores);
        let table = ScoreTable::new(scores.collect())?;
        let frames: Vec<VideoFrames> = table.videos().iter().map(VideoFrames::from).collect();
        let labels = read_labels(&root.join("labels.csv"), &frames)?.labels;
        aucs.push((
            evaluate(&table, &labels)?.micro_auc,
            padded_macro_auc(&table, &labels)?,
        ));
    }
    Ok(aucs)
}

/// The gray frames of some videos.
fn read(
    videos: &[FolderVideo],
    input: FrameInput,
    warped: bool,
) -> Result<Vec<Box<dyn FrameSource + '_>>, Failure> {
    let videos = videos.iter().map(|video| {
        let gray = prepared(input, video)?;
        Ok(if warped {
            Box::new(Warped::new(gray)?)
        } else {
            gray
        })
    });
    videos.collect()
}

fn main() -> Result<(), Failure> {
    let (mut sets, mut short) = (Vec::new(), false);
    let drawn = tempfile::tempdir()?;
    for word in std::env::args().skip(1) {
        match word.split_once('=') {
            Some(("ped2", folder)) => sets.push(("Ped2".to_owned(), folder.into(), false)),
            Some(("ped2warp", folder)) => sets.push(("ped2warp".to_owned(), folder.into(), true)),
            Some(("streets", seeds)) => {
                let (first, last) = seeds.split_once("..=").ok_or("seeds are FIRST..=LAST")?;
                for seed in first.parse()?..=last.parse::<u64>()? {
                    let folder = drawn.path().join(seed.to_string());
                    let scene = Scene::new(Preset::Small, seed);
                    scene.write(&folder, WriteOptions::new(), &mut Silent)?;
                    sets.push((format!("street {seed}"), folder, false));
                }
            }
            _ if word == "short" => short = true,
            _ => {
                return Err(format!("`{word}` is no data set: see the top of this example").into());
            }
        }
    }
    let variants = variants(short);
    let mut columns: Vec<Vec<Aucs>> = Vec::new();
    for (name, folder, warped) in &sets {
        let aucs = measure(folder, *warped, &variants)?;
        println!("{name}: {:.4} / {:.4}", aucs[0].0, aucs[0].1);
        columns.push(aucs);
    }
    println!("\nmicro AUC / macro AUC with one 0 and one 1 added to each video\n");
    let names: Vec<&str> = sets.iter().map(|(name, ..)| name.as_str()).collect();
    println!(
        "| | {} |\n|---|{}",
        names.join(" | "),
        "---|".repeat(names.len())
    );
    for (row, variant) in variants.iter().enumerate() {
        let cells = columns
            .iter()
            .map(|column| format!("{:.3} / {:.3}", column[row].0, column[row].1));
        println!(
            "| {} | {} |",
            variant.name,
            cells.collect::<Vec<_>>().join(" | ")
        );
    }
    if short && columns.len() > 1 {
        let mean = columns.iter().map(|column| column[0].0).sum::<f64>() / columns.len() as f64;
        println!("\nmean micro AUC of the {} sets: {mean:.4}", columns.len());
    }
    Ok(())
}
