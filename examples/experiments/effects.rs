//! The effects that the documents claim, each as pairs of scores without and with a technique.

use crate::compare::{Claim, Effect, GAUSSIAN, MOVING, PERCENTILES, Pair, RAW, ROLLING, Scores};
use crate::sets::State::{self, Clean, Damaged, Repaired};

const EACH: &[(State, State)] = &[(Clean, Clean), (Damaged, Damaged), (Repaired, Repaired)];
const REPAIR: &[(State, State)] = &[(Damaged, Repaired)];

const SCALES: &[&str] = &["small_max", "conv_max", "large_max"];
/// The numbers of the street's videos with anomalous motion, and of the one without an anomaly.
const MOTION: &[u64] = &[1, 2, 3, 7, 8];
/// The numbers of the street's videos with an anomalous appearance, and of the one without an anomaly.
const APPEARANCE: &[u64] = &[4, 5, 6, 8];

/// The twelve effects, in the order of the documents.
pub(crate) const ALL: [Effect; 12] = [
    Effect {
        number: 1,
        title: "MAX error over mean error",
        claim: Claim::Better,
        pairs: MAX,
    },
    Effect {
        number: 2,
        title: "the worst patches over the mean",
        claim: Claim::Better,
        pairs: PATCHES,
    },
    Effect {
        number: 3,
        title: "Gaussian smoothing of each video",
        claim: Claim::Better,
        pairs: SMOOTHING,
    },
    Effect {
        number: 4,
        title: "the highest of three scales",
        claim: Claim::Better,
        pairs: SCALES_FUSED,
    },
    Effect {
        number: 5,
        title: "skip connections hurt",
        claim: Claim::Worse,
        pairs: SKIPS,
    },
    Effect {
        number: 6,
        title: "a range for each video hurts",
        claim: Claim::Worse,
        pairs: RANGES,
    },
    Effect {
        number: 7,
        title: "flip repair helps every system",
        claim: Claim::Better,
        pairs: FLIP_REPAIR,
    },
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
    Effect {
        number: 10,
        title: "a first frame of zero costs",
        claim: Claim::Worse,
        pairs: FIRST_FRAME,
    },
    Effect {
        number: 11,
        title: "ranks change nothing, and steady an ensemble",
        claim: Claim::Same,
        pairs: RANKS,
    },
    Effect {
        number: 12,
        title: "reconstruction over motion",
        claim: Claim::Worse,
        pairs: MOTION_OR_LOOKS,
    },
];

/// Effect 12 as documented, with optical flow as the measure of motion. Its systems are a group of their own.
pub(crate) const FLOW: Effect = Effect {
    number: 12,
    title: "reconstruction over optical flow",
    claim: Claim::Worse,
    pairs: LOOKS_OR_FLOW,
};

const MAX: &[Pair] = &[
    pair(
        "conv_ae 128: mean → MAX",
        single(&["conv_mean"], RAW),
        single(&["conv_max"], RAW),
        EACH,
    ),
    pair(
        "conv_ae 64: mean → MAX",
        single(&["small_mean"], RAW),
        single(&["small_max"], RAW),
        EACH,
    ),
    pair(
        "conv_ae 256: mean → MAX",
        single(&["large_mean"], RAW),
        single(&["large_max"], RAW),
        EACH,
    ),
];

const PATCHES: &[Pair] = &[
    pair(
        "conv_ae 128: mean → worst patch",
        single(&["conv_mean"], RAW),
        single(&["conv_top1"], RAW),
        EACH,
    ),
    pair(
        "conv_ae 128: mean → 5 worst patches",
        single(&["conv_mean"], RAW),
        single(&["conv_top5"], RAW),
        EACH,
    ),
    pair(
        "difference AE: mean → worst patch",
        single(&["difference_mean"], RAW),
        single(&["difference_top1"], RAW),
        EACH,
    ),
    pair(
        "difference, no network: mean → worst patch",
        single(&["energy_mean"], RAW),
        single(&["energy_top1"], RAW),
        EACH,
    ),
];

const SMOOTHING: &[Pair] = &[
    pair(
        "conv_ae 128, MAX",
        single(&["conv_max"], RAW),
        single(&["conv_max"], GAUSSIAN),
        EACH,
    ),
    pair(
        "conv_ae 128, worst patch",
        single(&["conv_top1"], RAW),
        single(&["conv_top1"], GAUSSIAN),
        EACH,
    ),
    pair(
        "difference AE, worst patch",
        single(&["difference_top1"], RAW),
        single(&["difference_top1"], GAUSSIAN),
        EACH,
    ),
    pair(
        "cuboid AE",
        single(&["cuboid"], RAW),
        single(&["cuboid"], GAUSSIAN),
        EACH,
    ),
    pair(
        "difference, no network, worst patch",
        single(&["energy_top1"], RAW),
        single(&["energy_top1"], GAUSSIAN),
        EACH,
    ),
];

const SCALES_FUSED: &[Pair] = &[
    pair(
        "128 alone → MAX of 64, 128, 256",
        fused_scales(&["conv_max"], "max"),
        fused_scales(SCALES, "max"),
        EACH,
    ),
    pair(
        "256 alone → MAX of 64, 128, 256",
        fused_scales(&["large_max"], "max"),
        fused_scales(SCALES, "max"),
        EACH,
    ),
    pair(
        "mean of the three → MAX of them",
        fused_scales(SCALES, "mean"),
        fused_scales(SCALES, "max"),
        EACH,
    ),
];

const SKIPS: &[Pair] = &[pair(
    "mean error: conv_ae 128 → U-Net",
    single(&["conv_mean"], RAW),
    single(&["unet_mean"], RAW),
    EACH,
)];

const RANGES: &[Pair] = &[
    normalisation_pair(
        "conv_ae 128, worst patch",
        &["conv_top1"],
        "gaussian(sigma=3) per video | minmax",
        "gaussian(sigma=3) per video | minmax per video",
    ),
    normalisation_pair(
        "LSTM AE",
        &["lstm"],
        "rolling(7) per video | minmax",
        ROLLING,
    ),
    normalisation_pair(
        "cuboid AE",
        &["cuboid"],
        "moving_average(5) per video | minmax",
        "moving_average(5) per video | minmax per video",
    ),
    normalisation_pair(
        "difference, no network, mean",
        &["energy_mean"],
        "rolling(7) per video | minmax",
        ROLLING,
    ),
    normalisation_pair(
        "mean frame, no network, mean",
        &["typical_mean"],
        "rolling(7) per video | minmax",
        ROLLING,
    ),
];

const FLIP_REPAIR: &[Pair] = &[
    repair_pair("conv_ae 128, mean", &["conv_mean"], RAW),
    repair_pair("conv_ae 128, MAX", &["conv_max"], RAW),
    repair_pair("conv_ae 128, worst patch", &["conv_top1"], RAW),
    repair_pair("cuboid AE", &["cuboid"], MOVING),
    repair_pair("denoising AE", &["denoising"], PERCENTILES),
    repair_pair("LSTM AE", &["lstm"], ROLLING),
    repair_pair("difference AE, worst patch", &["difference_top1"], RAW),
    repair_pair("difference, no network, worst patch", &["energy_top1"], RAW),
    repair_pair(
        "mean frame, no network, worst patch",
        &["typical_top1"],
        RAW,
    ),
];

const NOISE: &[Pair] = &[pair(
    "cuboid AE: clean cuboids → four in ten noisy",
    single(&["cuboid_clean"], MOVING),
    single(&["cuboid"], MOVING),
    EACH,
)];

const LONGER_AVERAGE: &[Pair] = &[
    pair(
        "denoising AE: 5 frames → 15",
        single(
            &["denoising"],
            "percentile_clip(1, 100) | moving_average(5) per video",
        ),
        single(&["denoising"], PERCENTILES),
        EACH,
    ),
    pair(
        "cuboid AE: 5 frames → 15",
        single(&["cuboid"], MOVING),
        single(&["cuboid"], "minmax | moving_average(15) per video"),
        EACH,
    ),
];

const FIRST_FRAME: &[Pair] = &[
    pair(
        "difference AE: nearest score → 0",
        single(&["difference_top1"], RAW),
        single(&["difference_zero"], RAW),
        EACH,
    ),
    pair(
        "no network: nearest score → 0",
        single(&["energy_top1"], RAW),
        single(&["energy_top1_zero"], RAW),
        EACH,
    ),
];

const RANKS: &[Pair] = &[
    pair(
        "conv_ae 128, worst patch: raw → rank",
        single(&["conv_top1"], RAW),
        single(&["conv_top1"], "rank"),
        EACH,
    ),
    pair(
        "cuboid AE: raw → rank",
        single(&["cuboid"], RAW),
        single(&["cuboid"], "rank"),
        EACH,
    ),
    Pair {
        claim: Some(Claim::Better),
        ..pair(
            "ensemble of three networks: min-max → rank",
            ensemble("minmax"),
            ensemble("rank"),
            EACH,
        )
    },
];

const MOTION_OR_LOOKS: &[Pair] = &[
    pair(
        "worst patch: conv_ae 128 → difference AE",
        single(&["conv_top1"], RAW),
        single(&["difference_top1"], RAW),
        EACH,
    ),
    pair(
        "no network: mean frame → difference",
        single(&["typical_top1"], RAW),
        single(&["energy_top1"], RAW),
        EACH,
    ),
    on_odd_motion(
        "odd motion: conv_ae 128 → difference AE",
        single(&["conv_top1"], RAW),
        single(&["difference_top1"], RAW),
    ),
    on_odd_looks(
        "odd looks: conv_ae 128 → difference AE",
        single(&["conv_top1"], RAW),
        single(&["difference_top1"], RAW),
    ),
];

const LOOKS_OR_FLOW: &[Pair] = &[
    pair(
        "worst patch: conv_ae 128 → flow AE",
        single(&["looks_top1"], RAW),
        single(&["flow_top1"], RAW),
        EACH,
    ),
    on_odd_motion(
        "odd motion: conv_ae 128 → flow AE",
        single(&["looks_top1"], RAW),
        single(&["flow_top1"], RAW),
    ),
    on_odd_looks(
        "odd looks: conv_ae 128 → flow AE",
        single(&["looks_top1"], RAW),
        single(&["flow_top1"], RAW),
    ),
    on_odd_motion(
        "odd motion: conv_ae 128 → GRU on flow",
        single(&["looks_top1"], RAW),
        single(&["flow_gru"], RAW),
    ),
    on_odd_looks(
        "odd looks: conv_ae 128 → GRU on flow",
        single(&["looks_top1"], RAW),
        single(&["flow_gru"], RAW),
    ),
];

const fn pair(
    what: &'static str,
    without: Scores,
    with: Scores,
    states: &'static [(State, State)],
) -> Pair {
    Pair {
        what,
        without,
        with,
        states,
        claim: None,
        only: None,
    }
}

/// Compares reconstruction with motion on the videos with anomalous motion, where motion is claimed to be better.
const fn on_odd_motion(what: &'static str, looks: Scores, motion: Scores) -> Pair {
    Pair {
        claim: Some(Claim::Better),
        only: Some(MOTION),
        ..pair(what, looks, motion, EACH)
    }
}

/// Compares reconstruction with motion on the videos with an anomalous appearance.
const fn on_odd_looks(what: &'static str, looks: Scores, motion: Scores) -> Pair {
    Pair {
        only: Some(APPEARANCE),
        ..pair(what, looks, motion, EACH)
    }
}

/// The scores of one system after these steps.
const fn single(system: &'static [&'static str], then: &'static str) -> Scores {
    Scores {
        systems: system,
        each: RAW,
        fusion: "mean",
        then,
    }
}

/// Networks of several scales, fused and smoothed as documented.
const fn fused_scales(systems: &'static [&'static str], fusion: &'static str) -> Scores {
    let each = "percentile_clip(0, 99) | minmax";
    Scores {
        systems,
        each,
        fusion,
        then: "gaussian(sigma=3) per video | minmax",
    }
}

/// Three different networks, each normalised in this way.
const fn ensemble(each: &'static str) -> Scores {
    Scores {
        systems: &["conv_top1", "cuboid", "difference_top1"],
        each,
        fusion: "mean",
        then: RAW,
    }
}

/// The scores of one system normalised over all videos, and within each video.
const fn normalisation_pair(
    what: &'static str,
    system: &'static [&'static str],
    over_all: &'static str,
    within: &'static str,
) -> Pair {
    pair(what, single(system, over_all), single(system, within), EACH)
}

/// The scores of one system on damaged frames, and on repaired ones.
const fn repair_pair(
    what: &'static str,
    system: &'static [&'static str],
    then: &'static str,
) -> Pair {
    pair(what, single(system, then), single(system, then), REPAIR)
}
