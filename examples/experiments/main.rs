//! The twelve effects that the documents claim, measured: on the synthetic street and on UCSD Ped2, on clean test
//! frames, on damaged ones and on damaged ones after flip repair, with several seeds.
//!
//! `cargo run --release --example experiments -- --ped2 ../shared/data/ped2` trains what is not trained yet, scores what
//! is not scored yet, and writes the figures into docs/experiments.md. The recipes of the networks are beside this file.

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

use self::measure::measure;
use self::options::Options;
use self::page::Page;
use self::sets::{Group, Set};

fn main() -> Result<()> {
    let options = Options::parse()?;
    if !options.render {
        options.device.run(Measure(&options))??;
    }
    let mut page = Page::read(&options.page)?;
    for set in Set::ALL {
        let measured = measure::measured(&options, set)?;
        if measured.is_empty() {
            eprintln!("{}: nothing is measured, its tables stay as they are", set.name());
            continue;
        }
        let mut put = |name: &str, table: String| page.put(&format!("{} {name}", set.name()), &table);
        put("how", tables::how(&measured)?)?;
        put("summary", tables::summary(&measured)?)?;
        put("learned", tables::learned(&measured))?;
        put("systems", tables::systems(set, &measured)?)?;
        put("reactions", tables::reactions(&measured)?)?;
        for effect in effects::ALL {
            put(&format!("effect {}", effect.number), tables::effect(&effect, &measured)?)?;
        }
    }
    page.write()
}

struct Measure<'a>(&'a Options);

impl OnBackend for Measure<'_> {
    type Output = Result<()>;

    fn on<B: Kernels>(self, device: B::Device) -> Result<()> {
        // Everything with the first seed before anything with the second: whenever it is stopped, there is something to
        // show.
        for groups in Group::ALL {
            for seed in 1..=self.0.seeds {
                for group in groups.iter().filter(|group| self.0.has(group.set)) {
                    measure::<B>(self.0, *group, seed, &device)?;
                }
            }
        }
        Ok(())
    }
}
