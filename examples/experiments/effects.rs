//! What the documents claim, each as pairs of scores: without and with.

use crate::compare::{Claim, Effect, GAUSSIAN, MOVING, PERCENTILES, Pair, RAW, ROLLING, Scores};
use crate::sets::State::{self, Clean, Damaged, Repaired};

const EACH: &[(State, State)] = &[(Clean, Clean), (Damaged, Damaged), (Repaired, Repaired)];
const REPAIR: &[(State, State)] = &[(Damaged, Repaired)];

const SCALES: &[&str] = &["small_max", "conv_max", "large_max"];
/// The street's videos with something that moves oddly and the one with nothing odd, and those with something that
/// looks odd.
const MOTION: &[u64] = &[1, 2, 3, 7, 8];
const APPEARANCE: &[u64] = &[4, 5, 6, 8];

/// The twelve, in the order of the documents.
pub(crate) const ALL: [Effect; 12] = [
    Effect { number: 1, title: "MAX error over mean error", claim: Claim::Better, pairs: MAX },
    Effect { number: 2, title: "the worst patches over the mean", claim: Claim::Better, pairs: PATCHES },
    Effect { number: 3, title: "Gaussian smoothing of each video", claim: Claim::Better, pairs: SMOOTHING },
    Effect { number: 4, title: "the highest of three scales", claim: Claim::Better, pairs: SCALES_FUSED },
    Effect { number: 5, title: "skip connections hurt", claim: Claim::Worse, pairs: SKIPS },
    Effect { number: 6, title: "a range for each video hurts", claim: Claim::Worse, pairs: RANGES },
    Effect { number: 7, title: "flip repair helps every system", claim: Claim::Better, pairs: FLIP_REPAIR },
    Effect {
        number: 8,
        title: "four noisy cuboids in ten over clean ones",
        claim: Claim::Better,
        pairs: NOISE,
    },
    Effect {
        number: 9,
        title: "a longer average for the denoising AE",
        claim: Claim::Better,
        pairs: LONGER_AVERAGE,
    },
    Effect { number: 10, title: "a first frame of zero costs", claim: Claim::Worse, pairs: FIRST_FRAME },
    Effect {
        number: 11,
        title: "ranks change nothing, and steady an ensemble",
        claim: Claim::Same,
        pairs: RANKS,
    },
    Effect { number: 12, title: "reconstruction over motion", claim: Claim::Worse, pairs: MOTION_OR_LOOKS },
];

const MAX: &[Pair] = &[
    pair("conv_ae 128: mean → MAX", one(&["conv_mean"], RAW), one(&["conv_max"], RAW), EACH),
    pair("conv_ae 64: mean → MAX", one(&["small_mean"], RAW), one(&["small_max"], RAW), EACH),
    pair("conv_ae 256: mean → MAX", one(&["large_mean"], RAW), one(&["large_max"], RAW), EACH),
];

const PATCHES: &[Pair] = &[
    pair("conv_ae 128: mean → worst patch", one(&["conv_mean"], RAW), one(&["conv_top1"], RAW), EACH),
    pair("conv_ae 128: mean → 5 worst patches", one(&["conv_mean"], RAW), one(&["conv_top5"], RAW), EACH),
    pair(
        "difference AE: mean → worst patch",
        one(&["difference_mean"], RAW),
        one(&["difference_top1"], RAW),
        EACH,
    ),
    pair(
        "difference, no network: mean → worst patch",
        one(&["energy_mean"], RAW),
        one(&["energy_top1"], RAW),
        EACH,
    ),
];

const SMOOTHING: &[Pair] = &[
    pair("conv_ae 128, MAX", one(&["conv_max"], RAW), one(&["conv_max"], GAUSSIAN), EACH),
    pair("conv_ae 128, worst patch", one(&["conv_top1"], RAW), one(&["conv_top1"], GAUSSIAN), EACH),
    pair(
        "difference AE, worst patch",
        one(&["difference_top1"], RAW),
        one(&["difference_top1"], GAUSSIAN),
        EACH,
    ),
    pair("cuboid AE", one(&["cuboid"], RAW), one(&["cuboid"], GAUSSIAN), EACH),
    pair(
        "difference, no network, worst patch",
        one(&["energy_top1"], RAW),
        one(&["energy_top1"], GAUSSIAN),
        EACH,
    ),
];

const SCALES_FUSED: &[Pair] = &[
    pair("128 alone → MAX of 64, 128, 256", scales(&["conv_max"], "max"), scales(SCALES, "max"), EACH),
    pair("256 alone → MAX of 64, 128, 256", scales(&["large_max"], "max"), scales(SCALES, "max"), EACH),
    pair("mean of the three → MAX of them", scales(SCALES, "mean"), scales(SCALES, "max"), EACH),
];

const SKIPS: &[Pair] =
    &[pair("mean error: conv_ae 128 → U-Net", one(&["conv_mean"], RAW), one(&["unet_mean"], RAW), EACH)];

const RANGES: &[Pair] = &[
    per_video(
        "conv_ae 128, worst patch",
        &["conv_top1"],
        "gaussian(sigma=3) per video | minmax",
        "gaussian(sigma=3) per video | minmax per video",
    ),
    per_video("LSTM AE", &["lstm"], "rolling(7) per video | minmax", ROLLING),
    per_video(
        "cuboid AE",
        &["cuboid"],
        "moving_average(5) per video | minmax",
        "moving_average(5) per video | minmax per video",
    ),
    per_video("difference, no network, mean", &["energy_mean"], "rolling(7) per video | minmax", ROLLING),
    per_video("mean frame, no network, mean", &["typical_mean"], "rolling(7) per video | minmax", ROLLING),
];

const FLIP_REPAIR: &[Pair] = &[
    repair("conv_ae 128, mean", &["conv_mean"], RAW),
    repair("conv_ae 128, MAX", &["conv_max"], RAW),
    repair("conv_ae 128, worst patch", &["conv_top1"], RAW),
    repair("cuboid AE", &["cuboid"], MOVING),
    repair("denoising AE", &["denoising"], PERCENTILES),
    repair("LSTM AE", &["lstm"], ROLLING),
    repair("difference AE, worst patch", &["difference_top1"], RAW),
    repair("difference, no network, worst patch", &["energy_top1"], RAW),
    repair("mean frame, no network, worst patch", &["typical_top1"], RAW),
];

const NOISE: &[Pair] = &[pair(
    "cuboid AE: clean cuboids → four in ten noisy",
    one(&["cuboid_clean"], MOVING),
    one(&["cuboid"], MOVING),
    EACH,
)];

const LONGER_AVERAGE: &[Pair] = &[
    pair(
        "denoising AE: 5 frames → 15",
        one(&["denoising"], "percentile_clip(1, 100) | moving_average(5) per video"),
        one(&["denoising"], PERCENTILES),
        EACH,
    ),
    pair(
        "cuboid AE: 5 frames → 15",
        one(&["cuboid"], MOVING),
        one(&["cuboid"], "minmax | moving_average(15) per video"),
        EACH,
    ),
];

const FIRST_FRAME: &[Pair] = &[
    pair(
        "difference AE: nearest score → 0",
        one(&["difference_top1"], RAW),
        one(&["difference_zero"], RAW),
        EACH,
    ),
    pair("no network: nearest score → 0", one(&["energy_top1"], RAW), one(&["energy_top1_zero"], RAW), EACH),
];

const RANKS: &[Pair] = &[
    pair("conv_ae 128, worst patch: raw → rank", one(&["conv_top1"], RAW), one(&["conv_top1"], "rank"), EACH),
    pair("cuboid AE: raw → rank", one(&["cuboid"], RAW), one(&["cuboid"], "rank"), EACH),
    Pair {
        claim: Some(Claim::Better),
        ..pair("ensemble of three networks: min-max → rank", ensemble("minmax"), ensemble("rank"), EACH)
    },
];

const MOTION_OR_LOOKS: &[Pair] = &[
    pair(
        "worst patch: conv_ae 128 → difference AE",
        one(&["conv_top1"], RAW),
        one(&["difference_top1"], RAW),
        EACH,
    ),
    pair(
        "no network: mean frame → difference",
        one(&["typical_top1"], RAW),
        one(&["energy_top1"], RAW),
        EACH,
    ),
    Pair {
        claim: Some(Claim::Better),
        only: Some(MOTION),
        ..pair(
            "odd motion: conv_ae 128 → difference AE",
            one(&["conv_top1"], RAW),
            one(&["difference_top1"], RAW),
            EACH,
        )
    },
    Pair {
        only: Some(APPEARANCE),
        ..pair(
            "odd looks: conv_ae 128 → difference AE",
            one(&["conv_top1"], RAW),
            one(&["difference_top1"], RAW),
            EACH,
        )
    },
];

const fn pair(what: &'static str, without: Scores, with: Scores, states: &'static [(State, State)]) -> Pair {
    Pair { what, without, with, states, claim: None, only: None }
}

/// One system's scores, after these steps.
const fn one(system: &'static [&'static str], then: &'static str) -> Scores {
    Scores { systems: system, each: RAW, fusion: "mean", then }
}

/// Networks of several scales, fused and smoothed as the contest's were.
const fn scales(systems: &'static [&'static str], fusion: &'static str) -> Scores {
    let each = "percentile_clip(0, 99) | minmax";
    Scores { systems, each, fusion, then: "gaussian(sigma=3) per video | minmax" }
}

/// Three unlike networks, each brought to one range in this way.
const fn ensemble(each: &'static str) -> Scores {
    Scores { systems: &["conv_top1", "cuboid", "difference_top1"], each, fusion: "mean", then: RAW }
}

/// The last step over all videos, then in each video.
const fn per_video(
    what: &'static str,
    system: &'static [&'static str],
    over_all: &'static str,
    within: &'static str,
) -> Pair {
    pair(what, one(system, over_all), one(system, within), EACH)
}

const fn repair(what: &'static str, system: &'static [&'static str], then: &'static str) -> Pair {
    pair(what, one(system, then), one(system, then), REPAIR)
}
