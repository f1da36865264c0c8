//! Scores without something and with it, measured against each other.

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
/// The smoothing of the documents.
pub(crate) const GAUSSIAN: &str = "gaussian(sigma=3) per video";
/// What the documents do to the scores of the LSTM autoencoder.
pub(crate) const ROLLING: &str = "rolling(7) per video | minmax per video";
/// What they do to those of the cuboid autoencoder.
pub(crate) const MOVING: &str = "minmax | moving_average(5) per video";
/// What they do to those of the denoising autoencoder.
pub(crate) const PERCENTILES: &str = "percentile_clip(1, 100) | moving_average(15) per video";

/// What a claim says of the second score.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Claim {
    Better,
    Worse,
    Same,
}

pub(crate) struct Effect {
    pub(crate) number: u8,
    pub(crate) title: &'static str,
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
    /// What is claimed of this pair, where it is not what the effect is about.
    pub(crate) claim: Option<Claim>,
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
    /// What was found: for each pair, and each state of the frames, one comparison.
    pub(crate) fn compare(&self, all: &[Measured]) -> Result<Vec<Comparison>> {
        let mut found = Vec::new();
        for pair in self.pairs {
            let measured = pair.measured(all);
            if measured.is_empty() {
                continue;
            }
            for (before, state) in pair.states {
                let without = pair.without.found(&measured, *before, pair.only)?;
                let with = pair.with.found(&measured, *state, pair.only)?;
                let both: Vec<(Found, Found)> = without.into_iter().zip(with).collect();
                found.push(Comparison {
                    frames: if before == state {
                        state.name().to_owned()
                    } else {
                        format!("{} → {}", before.name(), state.name())
                    },
                    what: with_seeds(pair.what, measured.len(), all.len()),
                    claim: pair.claim.unwrap_or(self.claim),
                    auc: Change::of(&both, |found| found.auc),
                    ap: Change::of(&both, |found| found.ap),
                });
            }
        }
        Ok(found)
    }
}

/// How two scores compare, over all seeds.
pub(crate) struct Comparison {
    pub(crate) frames: String,
    pub(crate) what: String,
    claim: Claim,
    pub(crate) auc: Change,
    pub(crate) ap: Change,
}

/// One figure of both, and how much it changes from seed to seed.
pub(crate) struct Change {
    pub(crate) without: Figure,
    pub(crate) with: Figure,
    pub(crate) by: Figure,
}

impl Change {
    fn of(both: &[(Found, Found)], figure: fn(&Found) -> f64) -> Self {
        let all = |of: &dyn Fn(&(Found, Found)) -> f64| Figure::of(&both.iter().map(of).collect::<Vec<_>>());
        Self {
            without: all(&|(without, _)| figure(without)),
            with: all(&|(_, with)| figure(with)),
            by: all(&|(without, with)| figure(with) - figure(without)),
        }
    }
}

impl Comparison {
    /// Whether AUC and AP change as the claim says.
    pub(crate) fn verdicts(&self) -> [Verdict; 2] {
        [&self.auc, &self.ap].map(|figure| self.claim.verdict(figure.by))
    }
}

/// Whether a change is the documented one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Yes,
    Opposite,
    /// The interval has both in it.
    Open,
}

impl Verdict {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Opposite => "the opposite",
            Self::Open => "not settled",
        }
    }
}

impl Claim {
    fn verdict(self, change: Figure) -> Verdict {
        match (self, change.sign()) {
            (Self::Better, Some(true)) | (Self::Worse, Some(false)) => Verdict::Yes,
            (Self::Same, _) if change.mean.abs() < 1e-9 => Verdict::Yes,
            (_, Some(_)) => Verdict::Opposite,
            (_, None) => Verdict::Open,
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
