//! Properties of every operation for all scores.

use oddframe_core::{FrameNumber, Origin, PostStep, ScoreTable, VideoScores};
use oddframe_post::{Chain, Fusion, Step};
use proptest::collection::vec;
use proptest::prelude::*;

/// Smoothers that are weighted sums.
const LINEAR: [&str; 9] = [
    "gaussian(sigma=3)",
    "gaussian(sigma=0.8, truncate=2)",
    "uniform(4)",
    "uniform(5)",
    "moving_average(6)",
    "rolling(7)",
    "rolling(4)",
    "savgol(5, 2)",
    "ema(0.3)",
];

fn table(videos: &[&[f64]]) -> ScoreTable {
    let video = |(id, values): (usize, &&[f64])| {
        let numbers = (0..values.len() as u64).map(FrameNumber).collect();
        let origins = vec![Origin::Computed; values.len()];
        VideoScores::from_parts(
            id.to_string().as_str().into(),
            numbers,
            values.to_vec(),
            origins,
        )
        .unwrap()
    };
    ScoreTable::new(videos.iter().enumerate().map(video).collect()).unwrap()
}

fn apply(step: &str, series: &[f64]) -> Vec<f64> {
    let mut table = table(&[series]);
    step.parse::<Step>().unwrap().apply(&mut table).unwrap();
    table.values().collect()
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-11
}

/// Scores with ties.
fn scores() -> impl Strategy<Value = Vec<f64>> {
    vec(
        prop_oneof![-1.0..1.0, (0..4_i32).prop_map(|v| f64::from(v) / 4.0)],
        5..80,
    )
}

/// The text of a chain with varying blanks and styles.
fn chain_text() -> impl Strategy<Value = String> {
    let number = prop_oneof![(1..60_u32).prop_map(f64::from), 1e-3..50.0];
    let argument = |name: &'static str| {
        prop_oneof![
            Just(String::new()),
            Just(format!("{name}=")),
            Just(format!(" {name} = "))
        ]
    };
    let step = prop_oneof![
        (argument("sigma"), number).prop_map(|(name, v)| format!("gaussian({name}{v})")),
        (argument("window"), 1..99_u32).prop_map(|(name, v)| format!("rolling ({name}{v} )")),
        (argument("order"), 0..5_u32).prop_map(|(name, v)| format!("savgol(7,{name}{v})")),
        (0.0..49.0, 50.0..100.0).prop_map(|(lo, hi)| format!("percentile_clip(hi={hi}, lo={lo})")),
        Just("gaussian(2, truncate=3.5)".to_string()),
        Just("minmax()".to_string()),
        Just("rank".to_string()),
    ];
    let scoped =
        (step, prop_oneof![Just(""), Just("  per video")]).prop_map(|(step, scope)| step + scope);
    vec(scoped, 1..6).prop_map(|steps| steps.join("|"))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn linear_smoothers_are_linear(
        pairs in vec((-1.0..1.0, -1.0..1.0), 5..80), by in -3.0..3.0, which in 0..LINEAR.len()
    ) {
        let (a, b): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
        let mixed: Vec<f64> = pairs.iter().map(|(a, b)| a + by * b).collect();
        let (a, b) = (apply(LINEAR[which], &a), apply(LINEAR[which], &b));
        let mixed = apply(LINEAR[which], &mixed);
        for i in 0..mixed.len() {
            prop_assert!(near(mixed[i], a[i] + by * b[i]), "{} at {i}", LINEAR[which]);
        }
    }

    #[test]
    fn smoothers_keep_constants(value in -5.0..5.0, len in 5..80_usize) {
        for step in LINEAR.into_iter().filter(|s| !s.starts_with("moving")).chain(["median(5)", "median(4)"]) {
            let smooth = apply(step, &vec![value; len]);
            prop_assert!(smooth.iter().all(|v| near(*v, value)), "{step}: {smooth:?}");
        }
    }

    #[test]
    fn mirrored_smoothers_keep_the_sum(series in vec(-1.0..1.0, 1..80), window in 0..20_usize) {
        let window = 2 * window + 1;
        for step in ["gaussian(0.7)", "gaussian(3)", "gaussian(30)", &format!("uniform({window})")] {
            let smooth = apply(step, &series);
            let (before, after) = (series.iter().sum::<f64>(), smooth.iter().sum());
            prop_assert!(near(before, after), "{step}: {before} became {after}");
        }
    }

    #[test]
    fn smoothers_with_odd_windows_commute_with_reversal(series in scores()) {
        let reversed: Vec<f64> = series.iter().rev().copied().collect();
        for step in ["gaussian(3)", "uniform(5)", "moving_average(7)", "rolling(7)", "median(5)", "savgol(5, 3)", "ema(0.2)"] {
            let (there, back) = (apply(step, &series), apply(step, &reversed));
            prop_assert!(there.iter().zip(back.iter().rev()).all(|(a, b)| near(*a, *b)), "{step}");
        }
    }

    #[test]
    fn videos_do_not_influence_each_other(a in scores(), b in scores(), c in scores()) {
        let others = ["minmax", "percentile_clip(5, 90)", "zscore", "robust_z", "rank", "round(2)", "median(3)"];
        for step in LINEAR.into_iter().chain(others) {
            let step = format!("{step} per video");
            let mut together = table(&[&a, &b, &c]);
            step.parse::<Step>().unwrap().apply(&mut together).unwrap();
            let alone: Vec<f64> = [&a, &b, &c].into_iter().flat_map(|series| apply(&step, series)).collect();
            prop_assert_eq!(together.values().collect::<Vec<_>>(), alone, "{}", step);
        }
    }

    #[test]
    fn medians_are_scores_of_the_video(series in scores(), window in 1..20_usize) {
        let smooth = apply(&format!("median({window})"), &series);
        prop_assert!(smooth.iter().all(|v| series.contains(v)));
    }

    #[test]
    fn minmax_reaches_from_0_to_1_and_keeps_the_order(series in scores()) {
        let scaled = apply("minmax over all", &series);
        prop_assert!(scaled.iter().all(|v| (0.0..=1.0).contains(v)));
        if series.iter().any(|v| *v != series[0]) {
            prop_assert!(scaled.contains(&0.0) && scaled.contains(&1.0));
            prop_assert_eq!(apply("rank", &scaled), apply("rank", &series));
        }
        let clipped = apply("percentile_clip(10, 80)", &series);
        prop_assert!(clipped.iter().all(|v| (0.0..=1.0).contains(v)));
    }

    #[test]
    fn z_scores_have_mean_0_and_deviation_1(series in vec(-1.0..1.0, 3..80)) {
        let z = apply("zscore", &series);
        prop_assert!(near(z.iter().sum(), 0.0));
        prop_assert!(near(z.iter().map(|v| v * v).sum::<f64>(), z.len() as f64));
    }

    #[test]
    fn ranks_do_not_depend_on_the_order_of_scores(
        (series, shuffled) in scores().prop_flat_map(|s| {
            let pairs: Vec<(usize, f64)> = s.iter().copied().enumerate().collect();
            (Just(s), Just(pairs).prop_shuffle())
        })
    ) {
        let ranks = apply("rank", &series);
        let moved = apply("rank", &shuffled.iter().map(|(_, v)| *v).collect::<Vec<_>>());
        for ((from, _), rank) in shuffled.iter().zip(moved) {
            prop_assert_eq!(ranks[*from], rank);
        }
    }

    #[test]
    fn ranks_count_lower_scores(series in scores()) {
        for (score, rank) in series.iter().zip(apply("rank", &series)) {
            let below = series.iter().filter(|v| *v < score).count();
            let ties = series.iter().filter(|v| *v == score).count();
            prop_assert_eq!(rank, (below as f64 + 0.5 * (ties as f64 + 1.0)) / series.len() as f64);
        }
    }

    #[test]
    fn printed_chains_parse_to_the_same_chain(text in chain_text()) {
        let chain: Chain = text.parse().unwrap();
        let printed = chain.to_string();
        let again: Chain = printed.parse().unwrap();
        prop_assert_eq!(&again, &chain);
        prop_assert_eq!(again.to_string(), printed);
        prop_assert_eq!(chain.steps().len(), text.split('|').count());
        for (step, again) in chain.steps().iter().zip(again.steps()) {
            prop_assert_eq!(step.op().parameter_values(), again.op().parameter_values());
            prop_assert_eq!(step.scope(), again.scope());
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "(?s).{0,40}", near in "[a-z_|(),=0-9. \u{e9}\t-]{0,40}") {
        for text in [&text, &near, &format!("gaussian({near}"), &format!("rank {text}")] {
            for error in [text.parse::<Chain>().err(), text.parse::<Fusion>().err()].into_iter().flatten() {
                prop_assert!(text.is_char_boundary(error.offset()));
                prop_assert_eq!(error.to_string().lines().count(), 3, "{}", error);
            }
        }
    }

    #[test]
    fn fusions_are_their_formulas(pairs in vec((0.0..1.0_f64, 0.0..1.0_f64), 1..40)) {
        let (a, b): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
        let tables = [table(&[&a]), table(&[&b])];
        let fuse = |how: &str| -> Vec<f64> {
            how.parse::<Fusion>().unwrap().fuse(&tables).unwrap().values().collect()
        };
        let (mean, weighted, product) = (fuse("mean"), fuse("weighted(0.3,0.7)"), fuse("product"));
        for (i, (a, b)) in pairs.iter().copied().enumerate() {
            prop_assert_eq!(fuse("max")[i], a.max(b));
            prop_assert_eq!(mean[i], 0.5 * (a + b));
            prop_assert_eq!(weighted[i], 0.3 * a + 0.7 * b);
            prop_assert_eq!(product[i], a * b);
        }
    }
}
