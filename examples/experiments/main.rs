//! Measures the twelve effects that the documents claim: on the synthetic street and on UCSD Ped2, on clean
//! test frames, on damaged ones, and on damaged ones after flip repair, with several seeds.
//!
//! `cargo run --release --example experiments -- --ped2 ../shared/data/ped2`
//!
//! Trains and scores what is missing, and writes the figures into docs/experiments.md. The recipes of the
//! systems are in the folder of this file.

mod compare;
mod effects;
#[path = "../experiment/mod.rs"]
mod experiment;
mod figures;
mod measure;
mod options;
mod page;
mod sets;
mod tables;

use anyhow::Result;
use oddframe::nn::{Kernels, OnBackend};

use self::measure::{Measured, measure_group, read_results};
use self::options::Options;
use self::page::Page;
use self::sets::{Group, Set};

fn main() -> Result<()> {
    let options = Options::parse()?;
    if !options.render {
        options.device.run(MeasureAll(&options))??;
    }
    let mut page = Page::read(&options.page)?;
    for set in Set::ALL {
        let measured = read_results(&options, set)?;
        if measured.is_empty() {
            eprintln!(
                "{}: no results yet, so its tables stay as they are",
                set.name()
            );
            continue;
        }
        for (name, table) in render_tables(set, &measured)? {
            page.replace_table(&format!("{} {name}", set.name()), &table)?;
        }
    }
    page.write()
}

/// The tables of a data set whose systems were measured, each with the name of its place in the page.
fn render_tables(set: Set, measured: &[Measured]) -> Result<Vec<(String, String)>> {
    let mut rendered = Vec::new();
    let flow = tables::effect(&effects::FLOW, measured)?;
    if let Some(table) = flow {
        rendered.push(("effect 12, optical flow".to_owned(), table));
    }
    if let Some(table) = tables::own_system(measured)? {
        rendered.push(("objects".to_owned(), table));
    }
    // All other tables compare systems of the first group of the data set.
    if !measured.iter().all(|one| one.has_scores_of(&["conv_mean"])) {
        return Ok(rendered);
    }
    rendered.extend([
        ("how".to_owned(), tables::conditions(measured)?),
        ("summary".to_owned(), tables::summary(measured)?),
        ("learned".to_owned(), tables::trainings(measured)),
        ("systems".to_owned(), tables::systems(set, measured)?),
        ("reactions".to_owned(), tables::reactions(measured)?),
    ]);
    for effect in effects::ALL {
        let table = tables::effect(&effect, measured)?;
        let table = table.unwrap_or_else(|| "Not measured.\n".to_owned());
        rendered.push((format!("effect {}", effect.number), table));
    }
    Ok(rendered)
}

/// Measures all groups on one device.
struct MeasureAll<'a>(&'a Options);

impl OnBackend for MeasureAll<'_> {
    type Output = Result<()>;

    fn on<B: Kernels>(self, device: B::Device) -> Result<()> {
        // All groups with the first seed come before any group with the second, so that a program that is
        // stopped leaves results of every group.
        for groups in Group::ALL {
            for seed in 1..=self.0.seeds {
                for group in groups.iter().filter(|group| self.0.includes(**group)) {
                    measure_group::<B>(self.0, *group, seed, &device)?;
                }
            }
        }
        Ok(())
    }
}
