//! Scores without something and with it, measured against each other.

use std::fmt::Write as _;

use anyhow::Result;
use oddframe::core::{ScoreTable, VideoScores};
use oddframe::metrics::evaluate;
use oddframe::post::Fusion;

use crate::experiment::after;
use crate::figures::{Figure, with_seeds};
use crate::measure::Measured;
use crate::sets::Set;
use crate::sets::State;

/// The chain without steps.
pub(crate) const RAW: &str = "none";

/// What a claim says of the second score.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Claim {
    Better,
    Worse,
    Same,
}

pub(crate) struct Effect {
    pub(crate) number: u8,
    pub(crate) claim: Claim,
    pub(crate) pairs: &'static [Pair],
}

/// Scores without what the claim is about, and with it.
pub(crate) struct Pair {
    pub(crate) what: &'static str,
    pub(crate) without: Scores,
    pub(crate) with: Scores,
    /// The test frames of either.
    pub(crate) states: &'static [(State, State)],
    /// The street's videos that it is about; none for all videos of any set.
    pub(crate) only: Option<&'static [u64]>,
}

/// Scores made of those of systems.
pub(crate) struct Scores {
    pub(crate) systems: &'static [&'static str],
    /// Steps for each, before they are fused.
    pub(crate) each: &'static str,
    pub(crate) fusion: &'static str,
    /// Steps after that.
    pub(crate) then: &'static str,
}

impl Pair {
    /// The seeds that it was measured with.
    fn measured<'a>(&self, all: &'a [Measured]) -> Vec<&'a Measured> {
        let has = |one: &&Measured| {
            // Ped2's videos are not sorted by what is odd in them.
            let sorted = self.only.is_none() || one.set == Set::Street;
            sorted && one.has(self.without.systems) && one.has(self.with.systems)
        };
        all.iter().filter(has).collect()
    }
}

impl Effect {
    /// What was found, a row for each pair and state of the frames.
    pub(crate) fn table(&self, all: &[Measured]) -> Result<String> {
        let mut table = "| test frames | compared | micro AUC | change | AP | change | as documented |\n\
                         |---|---|---|---|---|---|---|\n"
            .to_owned();
        for pair in self.pairs {
            let measured = pair.measured(all);
            if measured.is_empty() {
                continue;
            }
            for (before, state) in pair.states {
                let found = |scores: &Scores, state| scores.found(&measured, state, pair.only);
                let (without, with) = (found(&pair.without, *before)?, found(&pair.with, *state)?);
                let column = |of: fn(&Found) -> f64| {
                    let (without, with): (Vec<f64>, Vec<f64>) =
                        (without.iter().map(of).collect(), with.iter().map(of).collect());
                    let changes: Vec<f64> = with.iter().zip(&without).map(|(b, a)| b - a).collect();
                    (Figure::of(&without), Figure::of(&with), Figure::of(&changes))
                };
                let (auc, ap) = (column(|found| found.auc), column(|found| found.ap));
                let states = if before == state {
                    state.name().to_owned()
                } else {
                    format!("{} → {}", before.name(), state.name())
                };
                let verdict = match (self.claim.verdict(auc.2), self.claim.verdict(ap.2)) {
                    (auc, ap) if auc == ap => auc.to_owned(),
                    (auc, ap) => format!("AUC {auc}, AP {ap}"),
                };
                let what = with_seeds(pair.what, measured.len(), all.len());
                writeln!(
                    table,
                    "| {states} | {what} | {:.3} → {:.3} | {} | {:.3} → {:.3} | {} | {verdict} |",
                    auc.0.mean,
                    auc.1.mean,
                    auc.2.change(),
                    ap.0.mean,
                    ap.1.mean,
                    ap.2.change(),
                )?;
            }
        }
        Ok(table)
    }
}

impl Claim {
    fn verdict(self, change: Figure) -> &'static str {
        match (self, change.sign()) {
            (Self::Better, Some(true)) | (Self::Worse, Some(false)) => "yes",
            (Self::Better, Some(false)) | (Self::Worse, Some(true)) => "the opposite",
            (Self::Same, _) if change.mean.abs() < 1e-9 => "yes",
            (Self::Same, Some(_)) => "no",
            (_, None) if change.half.is_none() => "no change",
            (_, None) => "not settled",
        }
    }
}

/// How well scores do.
struct Found {
    auc: f64,
    ap: f64,
}

impl Scores {
    /// How well they do, seed by seed, on these videos.
    fn found(&self, measured: &[&Measured], state: State, only: Option<&[u64]>) -> Result<Vec<Found>> {
        let mut all = Vec::new();
        for one in measured {
            let mut scores = self.of(one, state)?;
            if let Some(only) = only {
                let kept = |video: &&VideoScores| video.id().number().is_some_and(|n| only.contains(&n));
                scores = ScoreTable::new(scores.videos().iter().filter(kept).cloned().collect())?;
            }
            let found = evaluate(&scores, &one.labels)?;
            all.push(Found { auc: found.micro_auc, ap: found.ap });
        }
        Ok(all)
    }

    fn of(&self, measured: &Measured, state: State) -> Result<ScoreTable> {
        let raw = self.systems.iter().map(|system| after(self.each, measured.scores(state, system)?));
        let fused = self.fusion.parse::<Fusion>()?.fuse(&raw.collect::<Result<Vec<_>>>()?)?;
        after(self.then, &fused)
    }
}
