//! What the documents claim, each as pairs of scores: without and with.

use std::fmt::Write as _;

use anyhow::Result;
use oddframe::core::{ScoreTable, VideoScores};
use oddframe::metrics::evaluate;
use oddframe::post::Fusion;

use crate::experiment::after;
use crate::figures::{Figure, with_seeds};
use crate::measure::Measured;
use crate::sets::Set;
use crate::sets::State::{self, Clean, Damaged, Repaired};

/// What a claim says of the second score.
#[derive(Debug, Clone, Copy)]
enum Claim {
    Better,
    Worse,
    Same,
}

pub(crate) struct Effect {
    pub(crate) number: u8,
    claim: Claim,
    pairs: Vec<Pair>,
}

/// Scores without what the claim is about, and with it.
struct Pair {
    what: &'static str,
    without: Scores,
    with: Scores,
    /// The test frames of either.
    states: &'static [(State, State)],
    /// The street's videos that it is about; none for all videos of any set.
    only: Option<&'static [u64]>,
}

/// Scores made of those of systems.
struct Scores {
    systems: Vec<&'static str>,
    /// Steps for each, before they are fused.
    each: &'static str,
    fusion: &'static str,
    /// Steps after that.
    then: &'static str,
}

const ALL: &[(State, State)] = &[(Clean, Clean), (Damaged, Damaged), (Repaired, Repaired)];
const REPAIR: &[(State, State)] = &[(Damaged, Repaired)];

/// The chain without steps.
pub(crate) const RAW: &str = "none";
const GAUSSIAN: &str = "gaussian(sigma=3) per video";
const SCALES: &[&str] = &["small_max", "conv_max", "large_max"];
/// The street's videos with something that moves oddly and the one with nothing odd, and those with something that
/// looks odd.
const MOTION: &[u64] = &[1, 2, 3, 7, 8];
const APPEARANCE: &[u64] = &[4, 5, 6, 8];

/// The twelve, in the order of the documents.
pub(crate) fn all() -> Vec<Effect> {
    let effect = |number, claim, pairs| Effect { number, claim, pairs };
    vec![
        effect(
            1,
            Claim::Better,
            vec![
                pair("conv_ae 128: mean → MAX", one("conv_mean", RAW), one("conv_max", RAW), ALL),
                pair("conv_ae 64: mean → MAX", one("small_mean", RAW), one("small_max", RAW), ALL),
                pair("conv_ae 256: mean → MAX", one("large_mean", RAW), one("large_max", RAW), ALL),
            ],
        ),
        effect(
            2,
            Claim::Better,
            vec![
                pair("conv_ae 128: mean → worst patch", one("conv_mean", RAW), one("conv_top1", RAW), ALL),
                pair(
                    "conv_ae 128: mean → 5 worst patches",
                    one("conv_mean", RAW),
                    one("conv_top5", RAW),
                    ALL,
                ),
                pair(
                    "difference AE: mean → worst patch",
                    one("difference_mean", RAW),
                    one("difference_top1", RAW),
                    ALL,
                ),
                pair(
                    "difference, no network: mean → worst patch",
                    one("energy_mean", RAW),
                    one("energy_top1", RAW),
                    ALL,
                ),
            ],
        ),
        effect(
            3,
            Claim::Better,
            vec![
                pair("conv_ae 128, MAX", one("conv_max", RAW), one("conv_max", GAUSSIAN), ALL),
                pair("conv_ae 128, worst patch", one("conv_top1", RAW), one("conv_top1", GAUSSIAN), ALL),
                pair(
                    "difference AE, worst patch",
                    one("difference_top1", RAW),
                    one("difference_top1", GAUSSIAN),
                    ALL,
                ),
                pair("cuboid AE", one("cuboid", RAW), one("cuboid", GAUSSIAN), ALL),
                pair(
                    "difference, no network, worst patch",
                    one("energy_top1", RAW),
                    one("energy_top1", GAUSSIAN),
                    ALL,
                ),
            ],
        ),
        effect(
            4,
            Claim::Better,
            vec![
                pair(
                    "128 alone → MAX of 64, 128, 256",
                    scales(&["conv_max"], "max"),
                    scales(SCALES, "max"),
                    ALL,
                ),
                pair(
                    "256 alone → MAX of 64, 128, 256",
                    scales(&["large_max"], "max"),
                    scales(SCALES, "max"),
                    ALL,
                ),
                pair("mean of the three → MAX of them", scales(SCALES, "mean"), scales(SCALES, "max"), ALL),
            ],
        ),
        effect(
            5,
            Claim::Worse,
            vec![pair("mean error: conv_ae 128 → U-Net", one("conv_mean", RAW), one("unet_mean", RAW), ALL)],
        ),
        effect(
            6,
            Claim::Worse,
            vec![
                per_video(
                    "conv_ae 128, worst patch",
                    "conv_top1",
                    "gaussian(sigma=3) per video | minmax",
                    "gaussian(sigma=3) per video | minmax per video",
                ),
                per_video(
                    "LSTM AE",
                    "lstm",
                    "rolling(7) per video | minmax",
                    "rolling(7) per video | minmax per video",
                ),
                per_video(
                    "cuboid AE",
                    "cuboid",
                    "moving_average(5) per video | minmax",
                    "moving_average(5) per video | minmax per video",
                ),
                per_video(
                    "difference, no network, mean",
                    "energy_mean",
                    "rolling(7) per video | minmax",
                    "rolling(7) per video | minmax per video",
                ),
                per_video(
                    "mean frame, no network, mean",
                    "typical_mean",
                    "rolling(7) per video | minmax",
                    "rolling(7) per video | minmax per video",
                ),
            ],
        ),
        effect(
            7,
            Claim::Better,
            vec![
                repair("conv_ae 128, mean", "conv_mean", RAW),
                repair("conv_ae 128, MAX", "conv_max", RAW),
                repair("conv_ae 128, worst patch", "conv_top1", RAW),
                repair("cuboid AE", "cuboid", "minmax | moving_average(5) per video"),
                repair("denoising AE", "denoising", "percentile_clip(1, 100) | moving_average(15) per video"),
                repair("LSTM AE", "lstm", "rolling(7) per video | minmax per video"),
                repair("difference AE, worst patch", "difference_top1", RAW),
                repair("difference, no network, worst patch", "energy_top1", RAW),
                repair("mean frame, no network, worst patch", "typical_top1", RAW),
            ],
        ),
        effect(
            8,
            Claim::Better,
            vec![pair(
                "cuboid AE: clean cuboids → four in ten noisy",
                one("cuboid_clean", "minmax | moving_average(5) per video"),
                one("cuboid", "minmax | moving_average(5) per video"),
                ALL,
            )],
        ),
        effect(
            9,
            Claim::Better,
            vec![
                pair(
                    "denoising AE: 5 frames → 15",
                    one("denoising", "percentile_clip(1, 100) | moving_average(5) per video"),
                    one("denoising", "percentile_clip(1, 100) | moving_average(15) per video"),
                    ALL,
                ),
                pair(
                    "cuboid AE: 5 frames → 15",
                    one("cuboid", "minmax | moving_average(5) per video"),
                    one("cuboid", "minmax | moving_average(15) per video"),
                    ALL,
                ),
            ],
        ),
        effect(
            10,
            Claim::Worse,
            vec![
                pair(
                    "difference AE: nearest score → 0",
                    one("difference_top1", RAW),
                    one("difference_zero", RAW),
                    ALL,
                ),
                pair(
                    "no network: nearest score → 0",
                    one("energy_top1", RAW),
                    one("energy_top1_zero", RAW),
                    ALL,
                ),
            ],
        ),
        effect(
            11,
            Claim::Same,
            vec![
                pair(
                    "conv_ae 128, worst patch: raw → rank",
                    one("conv_top1", RAW),
                    one("conv_top1", "rank"),
                    ALL,
                ),
                pair("cuboid AE: raw → rank", one("cuboid", RAW), one("cuboid", "rank"), ALL),
                pair("ensemble of three networks: min-max → rank", ensemble("minmax"), ensemble("rank"), ALL),
            ],
        ),
        effect(
            12,
            Claim::Worse,
            vec![
                pair(
                    "worst patch: conv_ae 128 → difference AE",
                    one("conv_top1", RAW),
                    one("difference_top1", RAW),
                    ALL,
                ),
                pair(
                    "no network: mean frame → difference",
                    one("typical_top1", RAW),
                    one("energy_top1", RAW),
                    ALL,
                ),
                Pair {
                    only: Some(MOTION),
                    ..pair(
                        "odd motion: conv_ae 128 → difference AE",
                        one("conv_top1", RAW),
                        one("difference_top1", RAW),
                        ALL,
                    )
                },
                Pair {
                    only: Some(APPEARANCE),
                    ..pair(
                        "odd looks: conv_ae 128 → difference AE",
                        one("conv_top1", RAW),
                        one("difference_top1", RAW),
                        ALL,
                    )
                },
            ],
        ),
    ]
}

fn pair(what: &'static str, without: Scores, with: Scores, states: &'static [(State, State)]) -> Pair {
    Pair { what, without, with, states, only: None }
}

/// One system's scores, after these steps.
fn one(system: &'static str, then: &'static str) -> Scores {
    Scores { systems: vec![system], each: RAW, fusion: "mean", then }
}

/// Networks of several scales, fused and smoothed as the contest's were.
fn scales(systems: &[&'static str], fusion: &'static str) -> Scores {
    let each = "percentile_clip(0, 99) | minmax";
    Scores { systems: systems.to_vec(), each, fusion, then: "gaussian(sigma=3) per video | minmax" }
}

/// Three unlike networks, each brought to one range in this way.
fn ensemble(each: &'static str) -> Scores {
    Scores { systems: vec!["conv_top1", "cuboid", "difference_top1"], each, fusion: "mean", then: RAW }
}

/// The last step over all videos, then in each video.
fn per_video(what: &'static str, system: &'static str, over_all: &'static str, within: &'static str) -> Pair {
    pair(what, one(system, over_all), one(system, within), ALL)
}

fn repair(what: &'static str, system: &'static str, then: &'static str) -> Pair {
    pair(what, one(system, then), one(system, then), REPAIR)
}

impl Pair {
    /// The seeds that it was measured with.
    fn measured<'a>(&self, all: &'a [Measured]) -> Vec<&'a Measured> {
        let has = |one: &&Measured| {
            // Ped2's videos are not sorted by what is odd in them.
            let sorted = self.only.is_none() || one.set == Set::Street;
            sorted && one.has(&self.without.systems) && one.has(&self.with.systems)
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
        for pair in &self.pairs {
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
