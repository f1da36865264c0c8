//! Compares the scores without a technique with those with it.

use anyhow::Result;
use oddframe::core::{ScoreTable, VideoScores};
use oddframe::metrics::evaluate;
use oddframe::post::Fusion;

use crate::experiment::post_process;
use crate::figures::{Figure, name_with_seeds};
use crate::measure::Measured;
use crate::sets::Set;
use crate::sets::State;

/// The chain without steps.
pub(crate) const RAW: &str = "none";
/// The smoothing of the documents.
pub(crate) const GAUSSIAN: &str = "gaussian(sigma=3) per video";
/// The documented post-processing of the LSTM autoencoder.
pub(crate) const ROLLING: &str = "rolling(7) per video | minmax per video";
/// The documented post-processing of the cuboid autoencoder.
pub(crate) const MOVING: &str = "minmax | moving_average(5) per video";
/// The documented post-processing of the denoising autoencoder.
pub(crate) const PERCENTILES: &str = "percentile_clip(1, 100) | moving_average(15) per video";

/// What a document claims about the scores with a technique, compared with those without it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Claim {
    Better,
    Worse,
    Same,
}

/// A documented effect, and the pairs of scores that show it.
pub(crate) struct Effect {
    pub(crate) number: u8,
    pub(crate) title: &'static str,
    pub(crate) claim: Claim,
    pub(crate) pairs: &'static [Pair],
}

/// Scores without the technique that the claim is about, and with it.
pub(crate) struct Pair {
    /// What is compared, in a few words.
    pub(crate) what: &'static str,
    pub(crate) without: Scores,
    pub(crate) with: Scores,
    /// The states of the test frames, without and with the technique.
    pub(crate) states: &'static [(State, State)],
    /// The claim about this pair, where it differs from that of the effect.
    pub(crate) claim: Option<Claim>,
    /// The numbers of the street's videos that are compared; none for all videos of every data set.
    pub(crate) only: Option<&'static [u64]>,
}

/// Scores that are computed from the raw scores of systems.
pub(crate) struct Scores {
    pub(crate) systems: &'static [&'static str],
    /// The post-processing of each system, before the fusion.
    pub(crate) each: &'static str,
    pub(crate) fusion: &'static str,
    /// The post-processing of the fused scores.
    pub(crate) then: &'static str,
}

impl Pair {
    /// The results that have scores of all systems of the pair.
    fn select_results<'a>(&self, all: &'a [Measured]) -> Vec<&'a Measured> {
        all.iter().filter(|one| self.applies_to(one)).collect()
    }

    fn applies_to(&self, measured: &Measured) -> bool {
        // Only on the street is it known which kind of anomaly each video has.
        let has_videos = self.only.is_none() || measured.set == Set::Street;
        let systems = [self.without.systems, self.with.systems];
        has_videos
            && systems
                .iter()
                .all(|systems| measured.has_scores_of(systems))
    }
}

impl Effect {
    /// One comparison for each pair and each state of the frames.
    pub(crate) fn compare(&self, all: &[Measured]) -> Result<Vec<Comparison>> {
        let mut comparisons = Vec::new();
        for pair in self.pairs {
            let measured = pair.select_results(all);
            if measured.is_empty() {
                continue;
            }
            for (before, state) in pair.states {
                let without = pair.without.evaluate(&measured, *before, pair.only)?;
                let with = pair.with.evaluate(&measured, *state, pair.only)?;
                let both: Vec<(Quality, Quality)> = without.into_iter().zip(with).collect();
                comparisons.push(Comparison {
                    frames: if before == state {
                        state.name().to_owned()
                    } else {
                        format!("{} → {}", before.name(), state.name())
                    },
                    what: name_with_seeds(pair.what, measured.len(), all.len()),
                    claim: pair.claim.unwrap_or(self.claim),
                    auc: Change::between(&both, |quality| quality.auc),
                    ap: Change::between(&both, |quality| quality.ap),
                });
            }
        }
        Ok(comparisons)
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

/// One figure without and with the technique, and the change, which is computed for each seed.
pub(crate) struct Change {
    pub(crate) without: Figure,
    pub(crate) with: Figure,
    pub(crate) by: Figure,
}

impl Change {
    fn between(both: &[(Quality, Quality)], figure: fn(&Quality) -> f64) -> Self {
        let without: Vec<f64> = both.iter().map(|(without, _)| figure(without)).collect();
        let with: Vec<f64> = both.iter().map(|(_, with)| figure(with)).collect();
        let by: Vec<f64> = with
            .iter()
            .zip(&without)
            .map(|(with, without)| with - without)
            .collect();
        Self {
            without: Figure::of(&without),
            with: Figure::of(&with),
            by: Figure::of(&by),
        }
    }
}

impl Comparison {
    /// Whether the AUC and the AP change as claimed.
    pub(crate) fn verdicts(&self) -> [Verdict; 2] {
        [&self.auc, &self.ap].map(|figure| self.claim.verdict(figure.by))
    }
}

/// Whether a change is the documented one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Yes,
    Opposite,
    /// The interval of the change contains zero.
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

/// How well scores agree with the labels.
struct Quality {
    auc: f64,
    ap: f64,
}

impl Scores {
    /// The quality of the scores for each seed, on all videos or only on those with these numbers.
    fn evaluate(
        &self,
        measured: &[&Measured],
        state: State,
        only: Option<&[u64]>,
    ) -> Result<Vec<Quality>> {
        let mut all = Vec::new();
        for one in measured {
            let mut scores = self.compute(one, state)?;
            if let Some(only) = only {
                let videos: &[VideoScores] = scores.videos();
                let kept = videos
                    .iter()
                    .filter(|video| video.id().number().is_some_and(|n| only.contains(&n)));
                scores = ScoreTable::new(kept.cloned().collect())?;
            }
            let found = evaluate(&scores, &one.labels)?;
            all.push(Quality {
                auc: found.micro_auc,
                ap: found.ap,
            });
        }
        Ok(all)
    }

    fn compute(&self, measured: &Measured, state: State) -> Result<ScoreTable> {
        let mut processed = Vec::new();
        for system in self.systems {
            processed.push(post_process(self.each, measured.scores(state, system)?)?);
        }
        let fused = self.fusion.parse::<Fusion>()?.fuse(&processed)?;
        post_process(self.then, &fused)
    }
}
