//! What each cue is worth: the AUC of the system with other smoothings, with each cue alone, and without each; on the street also
//! for each kind of event.
//!
//! `cargo run --release -p oddframe-objects --example ablation -- [ped2=DIR] [ped2warp=DIR] [streets=FIRST..=LAST] [shake=PIXELS] [short]`
//!
//! `ped2warp` is Ped2 through a homography that shrinks the far end to 40 % of its width. `shake` moves each frame of
//! the training and test videos by up to so many pixels, as a camera that shakes does. `short` leaves the ablation out and
//! prints only the line of the setting. Each data set is one column; a street is drawn into a temporary folder first.

mod distorted;
mod measure;
mod variants;

use oddframe_core::Silent;
use oddframe_synth::{AnomalyKind, Preset, Scene, WriteOptions};

use self::distorted::Distortion;
use self::measure::{Figures, Set, measure_variants};
use self::variants::{Variant, list_variants};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let (mut sets, mut short, mut shaking) = (Vec::new(), false, None);
    let drawn = tempfile::tempdir()?;
    for word in std::env::args().skip(1) {
        match word.split_once('=') {
            Some((name @ ("ped2" | "ped2warp"), folder)) => sets.push(Set {
                name: name.to_owned(),
                folder: folder.into(),
                distortions: (name == "ped2warp")
                    .then_some(Distortion::Perspective)
                    .into_iter()
                    .collect(),
                street: None,
            }),
            Some(("streets", seeds)) => {
                let (first, last) = seeds.split_once("..=").ok_or("seeds are FIRST..=LAST")?;
                for seed in first.parse()?..=last.parse::<u64>()? {
                    sets.push(draw_street(seed, drawn.path())?);
                }
            }
            Some(("shake", pixels)) => {
                let reach = pixels.parse();
                let reach = reach.map_err(|_| format!("shake is PIXELS, not `{pixels}`"))?;
                shaking = Some(Distortion::Shaking(reach));
            }
            _ if word == "short" => short = true,
            _ => {
                return Err(format!("`{word}` is no data set: see the top of this example").into());
            }
        }
    }
    for set in &mut sets {
        set.distortions.extend(shaking);
    }
    let variants = list_variants(short);
    let mut columns: Vec<Vec<Figures>> = Vec::new();
    for set in &sets {
        let figures = measure_variants(set, &variants)?;
        println!(
            "{}: {:.4} / {:.4}",
            set.name, figures[0].micro, figures[0].padded_macro
        );
        columns.push(figures);
    }
    print_variants(&sets, &variants, &columns);
    print_kinds(&columns);
    Ok(())
}

fn draw_street(seed: u64, root: &std::path::Path) -> Result<Set, Failure> {
    let folder = root.join(seed.to_string());
    let street = Scene::new(Preset::Small, seed);
    street.write(&folder, WriteOptions::new(), &mut Silent)?;
    Ok(Set {
        name: format!("street {seed}"),
        folder,
        distortions: Vec::new(),
        street: Some(street),
    })
}

fn print_variants(sets: &[Set], variants: &[Variant], columns: &[Vec<Figures>]) {
    println!("\nmicro AUC / macro AUC with one 0 and one 1 added to each video\n");
    let names: Vec<&str> = sets.iter().map(|set| set.name.as_str()).collect();
    let line = "---|".repeat(names.len());
    println!("| | {} |\n|---|{line}", names.join(" | "));
    for (row, variant) in variants.iter().enumerate() {
        let cells = columns.iter().map(|column| {
            let figures = &column[row];
            format!("{:.3} / {:.3}", figures.micro, figures.padded_macro)
        });
        println!(
            "| {} | {} |",
            variant.name,
            cells.collect::<Vec<_>>().join(" | ")
        );
    }
    let streets: Vec<f64> = columns
        .iter()
        .filter(|column| !column[0].kinds.is_empty())
        .map(|column| column[0].micro)
        .collect();
    if streets.len() > 1 {
        let mean = streets.iter().sum::<f64>() / streets.len() as f64;
        println!(
            "\nmean micro AUC of the {} streets: {mean:.4}",
            streets.len()
        );
    }
}

/// The mean AUC of each kind of event over the streets, with the setting.
fn print_kinds(columns: &[Vec<Figures>]) {
    let found: Vec<(AnomalyKind, f64)> = columns
        .iter()
        .flat_map(|column| column[0].kinds.iter().copied())
        .collect();
    if found.is_empty() {
        return;
    }
    println!("\nevents of the streets, frames of each kind against all normal frames\n");
    println!("| kind | streets | mean AUC | lowest |\n|---|---|---|---|");
    for kind in AnomalyKind::ALL {
        let of_kind = found.iter().filter(|(other, _)| *other == kind);
        let aucs: Vec<f64> = of_kind.map(|(_, auc)| *auc).collect();
        if !aucs.is_empty() {
            let mean = aucs.iter().sum::<f64>() / aucs.len() as f64;
            let lowest = aucs.iter().copied().fold(1.0, f64::min);
            println!("| {kind} | {} | {mean:.3} | {lowest:.3} |", aucs.len());
        }
    }
}
