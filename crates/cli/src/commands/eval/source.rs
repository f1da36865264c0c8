//! Where the scores come from: a file, or the folder of a run.

use std::path::Path;

use anyhow::{Result, bail};
use oddframe::core::{Scope, ScoreTable};
use oddframe::metrics::Normalisation;
use oddframe::pipeline::{Registry, RunFolder};
use oddframe::post::{Chain, Fusion};

use crate::output;

/// Scores to evaluate.
pub(super) struct Source {
    pub(super) scores: ScoreTable,
    /// The folder of their run.
    pub(super) run: Option<RunFolder>,
}

impl Source {
    pub(super) fn read(path: &Path) -> Result<Self> {
        if !path.is_dir() {
            let scores = output::read(path)?.table;
            return Ok(Self { scores, run: None });
        }
        let run = RunFolder::open(path, &Registry::default())?;
        let file = run.scores_file();
        if !file.exists() {
            bail!(
                "{} has no scores.csv, so its run is not finished; `oddframe finish {}` writes it",
                path.display(),
                path.display()
            );
        }
        let scores = output::read(&file)?.table;
        Ok(Self {
            scores,
            run: Some(run),
        })
    }

    /// The normalisations that the recipe of the run applied to the fused scores.
    pub(super) fn normalisations(&self) -> Vec<Normalisation> {
        let Some(run) = &self.run else {
            return Vec::new();
        };
        let recipe = run.recipe();
        let mut found = Vec::new();
        let fused: Vec<_> = recipe.systems.iter().filter(|s| s.fused).collect();
        for system in &fused {
            let field = |name: &str| format!("system.{}.{name}", system.name);
            add_chain(&mut found, &system.post, &field("post"));
            if system.members > 1 {
                add_fusion(&mut found, &system.join, &field("join"));
            }
            add_chain(&mut found, &system.join_post, &field("join_post"));
        }
        if fused.len() > 1 {
            add_fusion(&mut found, &recipe.fuse.how, "fuse.how");
        }
        add_chain(&mut found, &recipe.fuse.post, "fuse.post");
        found
    }
}

/// Operations that set the scale of a series by the series itself.
const NORMALISERS: [&str; 5] = ["minmax", "percentile_clip", "zscore", "robust_z", "rank"];

fn add_chain(found: &mut Vec<Normalisation>, chain: &Chain, place: &str) {
    for step in chain.steps() {
        if NORMALISERS.contains(&step.op().signature().name) {
            found.push(Normalisation {
                step: step.to_string(),
                place: place.to_owned(),
                scope: step.scope(),
            });
        }
    }
}

fn add_fusion(found: &mut Vec<Normalisation>, fusion: &Fusion, place: &str) {
    // Ranks of a table are a normalisation of it.
    if matches!(fusion, Fusion::RankMean) {
        found.push(Normalisation {
            step: fusion.to_string(),
            place: place.to_owned(),
            scope: Scope::WholeSet,
        });
    }
}
