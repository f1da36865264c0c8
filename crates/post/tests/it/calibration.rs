//! Calibration against scipy, against distributions that are known, and its properties for all scores.

use oddframe_core::Random;
use oddframe_post::{
    AlarmRate, Calibration, Dspot, EventOptions, GeneralisedPareto, NormalVideo, Spot,
};
use proptest::collection::vec;
use proptest::prelude::*;

fn near(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * b.abs().max(1.0)
}

/// Values with these quantiles at (i + 1/2) / n.
fn quantiles(tail: GeneralisedPareto, count: usize) -> Vec<f64> {
    let places = (0..count).map(|place| (place as f64 + 0.5) / count as f64);
    places.map(|share| tail.excess_at(share)).collect()
}

/// Independent scores of which a share 10^−x is above x.
fn exponential(seed: u64, count: usize) -> Vec<f64> {
    let mut random = Random::new(seed);
    (0..count).map(|_| -(1.0 - random.unit()).log10()).collect()
}

#[test]
fn survival_and_its_inverse_are_those_of_scipy() {
    // scipy 1.17.1: genpareto.sf(x, c, scale=s), genpareto.logsf and genpareto.isf.
    for (shape, scale, excess, survival, log) in [
        (
            0.3,
            2.0,
            5.0,
            0.154_836_437_712_651_85,
            -1.865_385_959_784_742_2,
        ),
        (0.0, 0.5, 3.0, 0.002_478_752_176_666_358_5, -6.0),
        (
            -0.4,
            1.5,
            2.0,
            0.148_770_544_453_931_98,
            -1.905_350_130_117_241_7,
        ),
        (
            1.2,
            0.1,
            40.0,
            0.005_819_411_970_024_94,
            -5.146_556_058_421_468,
        ),
        (-0.4, 1.5, 4.0, 0.0, f64::NEG_INFINITY),
    ] {
        let tail = GeneralisedPareto::new(shape, scale).unwrap();
        assert!(near(tail.survival(excess), survival, 1e-15));
        assert!(tail.log_survival(excess) == log || near(tail.log_survival(excess), log, 1e-14));
    }
    for (shape, scale, probability, excess) in [
        (0.3, 2.0, 1e-6, 413.971_562_986_795_4),
        (0.0, 0.5, 1e-3, 3.453_877_639_491_068_4),
        (-0.4, 1.5, 0.01, 3.155_665_052_827_082),
    ] {
        let tail = GeneralisedPareto::new(shape, scale).unwrap();
        assert!(near(tail.excess_at(probability), excess, 1e-14));
    }
}

#[test]
fn the_likelihood_is_highest_where_scipy_finds_it() {
    // The maximum of the sum of scipy 1.17.1's genpareto.logpdf, found with scipy.optimize.minimize from genpareto.fit on;
    // the moments with numpy.
    for (shape, scale, likelihood, moments) in [
        (
            0.3,
            2.0,
            [0.286_418_504_269_449_7, 2.019_651_508_292_004],
            [0.293_191_108_092_007_55, 1.984_935_403_541_396_4],
        ),
        (
            0.0,
            0.7,
            [-0.016_474_670_861_149_218, 0.709_488_649_585_167_6],
            [0.010_747_161_614_000_467, 0.690_479_038_594_352_7],
        ),
        (
            -0.25,
            1.5,
            [-0.269_856_106_680_623_93, 1.526_326_806_602_800_4],
            [-0.233_184_711_750_708_2, 1.478_877_178_864_455_7],
        ),
        (
            0.9,
            0.05,
            [0.888_341_452_248_635_7, 0.050_308_845_286_300_69],
            [0.748_317_809_470_431, 0.055_090_588_207_468_46],
        ),
    ] {
        let excesses = quantiles(GeneralisedPareto::new(shape, scale).unwrap(), 120);
        let fitted = GeneralisedPareto::fit_likelihood(&excesses)
            .unwrap()
            .unwrap();
        assert!(near(fitted.shape(), likelihood[0], 1e-6), "{fitted:?}");
        assert!(near(fitted.scale(), likelihood[1], 1e-6), "{fitted:?}");
        assert_eq!(GeneralisedPareto::fit(&excesses).unwrap(), fitted);
        let fitted = GeneralisedPareto::fit_moments(&excesses).unwrap().unwrap();
        assert!(near(fitted.shape(), moments[0], 1e-12), "{fitted:?}");
        assert!(near(fitted.scale(), moments[1], 1e-12), "{fitted:?}");
    }
}

#[test]
fn excesses_that_are_hard_to_fit_still_give_a_tail() {
    // Few: by their moments.
    let few = [0.1, 0.5, 0.2, 1.4];
    assert_eq!(
        GeneralisedPareto::fit(&few).unwrap(),
        GeneralisedPareto::fit_moments(&few).unwrap().unwrap()
    );
    // Equal: exponential. Evenly spread, as a tail that ends suddenly: the likelihood has no maximum.
    let equal = GeneralisedPareto::fit(&[2.0; 80]).unwrap();
    assert_eq!((equal.shape(), equal.scale()), (0.0, 2.0));
    let even: Vec<f64> = (1..=200).map(|place| f64::from(place) / 200.0).collect();
    assert_eq!(GeneralisedPareto::fit_likelihood(&even).unwrap(), None);
    assert!(near(
        GeneralisedPareto::fit(&even).unwrap().shape(),
        -1.0,
        0.05
    ));
    for (bad, says) in [
        (vec![], "no tail to fit"),
        (vec![0.0; 9], "no tail to fit"),
        (vec![1.0, -1.0], "index 1 is -1"),
        (vec![f64::NAN], "index 0 is NaN"),
        (vec![f64::MAX; 2], "no tail to fit"),
    ] {
        let error = GeneralisedPareto::fit(&bad).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
    assert!(GeneralisedPareto::new(0.1, 0.0).is_err());
    assert!(GeneralisedPareto::new(f64::NAN, 1.0).is_err());
}

#[test]
fn rare_scores_are_as_rare_as_their_distribution_says() {
    let calibration = Calibration::fit(&exponential(1, 20_000)).unwrap();
    for (score, tolerance) in [
        (0.2, 0.01),
        (1.0, 0.02),
        (2.0, 0.05),
        (4.0, 0.3),
        (6.0, 0.6),
    ] {
        let found = calibration.calibrate(score);
        assert!((found - score).abs() < tolerance, "{score}: {found}");
    }
    // A heavy tail: one in 10^x is above 10^(x / 2).
    let heavy: Vec<f64> = exponential(2, 20_000)
        .iter()
        .map(|x| 10_f64.powf(x / 2.0))
        .collect();
    let calibration = Calibration::fit(&heavy).unwrap();
    assert!((calibration.tail().shape() - 0.5).abs() < 0.06);
    assert!((calibration.calibrate(1000.0) - 6.0).abs() < 0.4);
    // Even scores end at 1. A score above them is rare, not impossible.
    let even: Vec<f64> = (0..1000).map(|place| f64::from(place) / 1000.0).collect();
    let calibration = Calibration::fit(&even).unwrap();
    let (near_end, beyond) = (calibration.calibrate(1.0), calibration.calibrate(3.0));
    assert!(near_end > 1.5 && beyond > near_end + 5.0 && beyond.is_finite());
}

#[test]
fn few_and_constant_scores_are_calibrated_or_refused() {
    assert!(
        Calibration::fit(&[1.0; 9])
            .unwrap_err()
            .to_string()
            .contains("9 scores of normal frames")
    );
    let bad = Calibration::fit(&[f64::INFINITY; 20])
        .unwrap_err()
        .to_string();
    assert!(bad.contains("index 0 is inf"), "{bad}");
    let constant = Calibration::fit(&[0.25; 500]).unwrap();
    assert!(constant.is_constant());
    assert_eq!(
        (constant.calibrate(0.25), constant.calibrate(0.1)),
        (0.0, 0.0)
    );
    assert!(constant.calibrate(0.5) > 0.0 && constant.calibrate(1.0) > constant.calibrate(0.5));
    // One frame in a hundred is at 1, all others at 0: no excess is above the start of the tail.
    let mut two = vec![0.0; 990];
    two.extend([1.0; 10]);
    let two = Calibration::fit(&two).unwrap();
    assert!(near(two.calibrate(1.0), 2.0, 1e-12));
    assert!(two.calibrate(2.0) > two.calibrate(1.0));
    assert!((0.0..2.0).contains(&two.calibrate(0.5)));
    assert!(!two.is_constant());
    let extreme = [f64::MIN, f64::MAX, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
    let extreme = Calibration::fit(&extreme).unwrap();
    assert!(extreme.calibrate(f64::MAX).is_finite() && extreme.calibrate(1e300).is_finite());
}

#[test]
fn the_alarms_of_independent_scores_are_counted_and_extrapolated() {
    let options = EventOptions::new(0.0).unwrap();
    let videos: Vec<Vec<f64>> = (0..12).map(|seed| exponential(seed, 5000)).collect();
    let videos: Vec<NormalVideo<'_>> = videos
        .iter()
        .map(|scores| NormalVideo {
            scores,
            frames_per_second: 25.0,
        })
        .collect();
    let rate = AlarmRate::measure(&videos, options, 3).unwrap();
    assert!(near(rate.hours(), 60_000.0 / 90_000.0, 1e-12));
    assert!(
        (2.5..4.5).contains(&rate.counted_up_to()),
        "{}",
        rate.counted_up_to()
    );
    for threshold in [1.0, 2.0, 3.0, 5.0] {
        // A frame starts an event when it is above and the one before is not.
        let share = 10_f64.powf(-threshold);
        let expected = 90_000.0 * share * (1.0 - share);
        let [low, high] = rate.interval(threshold).unwrap();
        assert!(
            low <= expected && expected <= high,
            "{threshold}: {low} {expected} {high}"
        );
        let found = rate.per_hour(threshold);
        assert!(low <= found && found <= high);
        assert!((rate.threshold(found) - threshold).abs() < 1e-6);
    }
    // The same events last 10 frames each: as many alarms of ten times the frames.
    let wide: Vec<f64> = exponential(5, 6000)
        .iter()
        .flat_map(|score| [*score; 10])
        .collect();
    let wide = NormalVideo {
        scores: &wide,
        frames_per_second: 25.0,
    };
    let wide = AlarmRate::measure(&[wide], options, 3).unwrap();
    let (found, expected) = (wide.per_hour(2.0), 9000.0 * 0.01 * 0.99);
    assert!((found / expected - 1.0).abs() < 0.3, "{found} {expected}");
}

#[test]
fn the_alarm_rate_of_little_or_odd_footage_is_defined() {
    let options = EventOptions::new(0.0).unwrap();
    let measure = |scores: &[f64], frames_per_second| {
        let video = NormalVideo {
            scores,
            frames_per_second,
        };
        AlarmRate::measure(&[video], options, 0)
    };
    let constant = measure(&[0.0; 100], 25.0).unwrap();
    assert_eq!(constant.interval(1.0), None);
    assert!(near(constant.per_hour(0.0), 900.0, 1e-12));
    assert!(near(constant.per_hour(2.0), 9.0, 1e-9));
    assert!(near(constant.threshold(0.9), 3.0, 1e-9));
    let single = measure(&[3.0], 25.0).unwrap();
    assert!(single.threshold(1.0) > 3.0);
    assert!(
        measure(&[], 25.0)
            .unwrap_err()
            .to_string()
            .contains("0 scores")
    );
    assert!(measure(&[f64::NAN], 25.0).is_err());
    assert!(
        measure(&[1.0], 0.0)
            .unwrap_err()
            .to_string()
            .contains("frames per second")
    );
}

#[test]
fn spot_raises_a_few_times_as_many_alarms_as_the_risk_says() {
    let mut alarms = 0;
    for seed in 11..19 {
        let mut spot = Spot::new(1e-3, 1000).unwrap();
        assert_eq!(spot.threshold(), None);
        let scores = exponential(seed, 11_000);
        alarms += scores
            .into_iter()
            .filter_map(|score| spot.push(score))
            .count();
        let threshold = spot.threshold().unwrap();
        assert!((2.3..3.5).contains(&threshold), "{threshold}");
        let alarm = spot.push(9.0).unwrap();
        assert_eq!((alarm.score, alarm.threshold), (9.0, threshold));
        // Neither an alarm nor what is no number teaches anything.
        assert_eq!(spot.push(f64::NAN), None);
        assert_eq!(spot.threshold(), Some(threshold));
    }
    // The risk stands for 80 of 80,000. False alarms are not learned, which lowers the thresholds.
    assert!((80..280).contains(&alarms), "{alarms}");
    for bad in [0.0, 0.02, f64::NAN] {
        assert!(Spot::new(bad, 1000).is_err());
    }
    assert!(Spot::new(1e-3, 99).is_err());
}

#[test]
fn dspot_notices_what_a_drift_hides_from_spot() {
    // The level falls by 20 while scores spread over about 4.
    let falling: Vec<f64> = exponential(12, 20_000)
        .iter()
        .enumerate()
        .map(|(place, score)| score - place as f64 / 1000.0)
        .collect();
    let mut spot = Spot::new(1e-4, 1000).unwrap();
    let mut dspot = Dspot::new(1e-4, 1000, 100).unwrap();
    let of_dspot = falling
        .iter()
        .filter_map(|score| {
            spot.push(*score);
            dspot.push(*score)
        })
        .count();
    // The risk stands for 2.
    assert!(of_dspot < 12, "{of_dspot}");
    let odd = -20.0 + 9.0;
    assert_eq!(spot.push(odd), None);
    let alarm = dspot.push(odd).unwrap();
    assert!((-18.0..-14.0).contains(&alarm.threshold), "{alarm:?}");
    assert!(Dspot::new(1e-4, 1000, 0).is_err());
}

/// Scores on a grid, with many ties and some repeated value.
fn normal_scores() -> impl Strategy<Value = Vec<f64>> {
    vec(
        prop_oneof![
            3 => (-200..200_i32).prop_map(|v| f64::from(v) / 64.0),
            1 => Just(0.5),
            1 => (0..50_i32).prop_map(|v| f64::from(v * v) / 64.0),
        ],
        10..300,
    )
}

proptest! {
    #[test]
    fn calibration_is_continuous_and_never_falls(normal in normal_scores()) {
        let calibration = Calibration::fit(&normal).unwrap();
        let mut last = 0.0;
        for place in -260..3000 {
            let score = f64::from(place) / 64.0;
            let calibrated = calibration.calibrate(score);
            prop_assert!(calibrated >= last, "{} at {}", calibrated, score);
            prop_assert!(calibrated.is_finite());
            let before = calibration.calibrate(score - 1e-9);
            prop_assert!((calibrated - before).abs() < 1e-3, "a step at {}: {} {}", score, before, calibrated);
            last = calibrated;
        }
        let highest = normal.iter().copied().fold(f64::MIN, f64::max);
        prop_assert!(calibration.calibrate(highest + 2.0) > calibration.calibrate(highest + 1.0));
    }

    #[test]
    fn below_the_tail_it_is_the_share_of_normal_scores(normal in normal_scores()) {
        let calibration = Calibration::fit(&normal).unwrap();
        for score in normal.iter().filter(|score| **score <= calibration.tail_start()) {
            let share = normal.iter().filter(|other| *other >= score).count() as f64 / normal.len() as f64;
            let error = calibration.calibrate(*score) + share.log10();
            prop_assert!(error.abs() < 1.0 / 512.0, "{} at {}", error, score);
        }
    }

    #[test]
    fn the_inverse_gives_the_score_back(normal in normal_scores(), above in 0.0..20.0) {
        let calibration = Calibration::fit(&normal).unwrap();
        let lowest = normal.iter().copied().fold(f64::MAX, f64::min);
        let score = lowest + above;
        let back = calibration.score_at(calibration.calibrate(score));
        prop_assert!(near(back, score, 1e-6), "{} {}", back, score);
    }

    #[test]
    fn the_unit_of_the_scores_does_not_matter(normal in normal_scores(), above in 0.0..9.0) {
        // A power of 2 and a small integer change no rounding.
        let other: Vec<f64> = normal.iter().map(|score| score * 8.0 + 3.0).collect();
        let (one, other) = (Calibration::fit(&normal).unwrap(), Calibration::fit(&other).unwrap());
        prop_assume!(!one.is_constant());
        let (a, b) = (one.calibrate(above), other.calibrate(above * 8.0 + 3.0));
        prop_assert!(near(a, b, 1e-6), "{} {}", a, b);
    }

    #[test]
    fn fewer_alarms_need_a_higher_threshold(scores in vec(0.0..3.0_f64, 1..400), rates in vec(1e-3..1e5, 2..9)) {
        let video = NormalVideo { scores: &scores, frames_per_second: 10.0 };
        let options = EventOptions::new(1.0).unwrap().with_end(0.5).unwrap().with_join(3);
        let rate = AlarmRate::measure(&[video], options, 1).unwrap();
        let mut rates = rates;
        rates.sort_by(f64::total_cmp);
        let thresholds: Vec<f64> = rates.iter().map(|asked| rate.threshold(*asked)).collect();
        prop_assert!(thresholds.windows(2).all(|w| w[0] >= w[1]), "{:?}", thresholds);
        for (asked, threshold) in rates.iter().zip(&thresholds) {
            prop_assert!(rate.per_hour(*threshold) <= asked * (1.0 + 1e-6));
        }
    }
}

#[cfg(feature = "serde")]
#[test]
fn a_calibration_is_read_back_equal_and_checked() {
    let calibration = Calibration::fit(&exponential(4, 700)).unwrap();
    let text = serde_json::to_string(&calibration).unwrap();
    let back: Calibration = serde_json::from_str(&text).unwrap();
    assert_eq!(back, calibration);
    let scores = exponential(5, 100);
    assert!(
        scores
            .iter()
            .all(|score| back.calibrate(*score) == calibration.calibrate(*score))
    );
    for (knots, tail) in [
        ("[]", "{\"shape\": 0.0, \"scale\": 1.0}"),
        ("[[0.0, 0.5]]", "{\"shape\": 0.0, \"scale\": 1.0}"),
        (
            "[[0.0, 0.0], [0.0, 1.0]]",
            "{\"shape\": 0.0, \"scale\": 1.0}",
        ),
        (
            "[[0.0, 0.0], [1.0, 0.0]]",
            "{\"shape\": 0.0, \"scale\": 1.0}",
        ),
        ("[[0.0, 0.0]]", "{\"shape\": -0.5, \"scale\": 1.0}"),
        ("[[0.0, 0.0]]", "{\"shape\": 0.0, \"scale\": 0.0}"),
    ] {
        let text =
            format!("{{\"scores\": 9, \"knots\": {knots}, \"tail\": {tail}, \"tail_scores\": 1}}");
        assert!(
            serde_json::from_str::<Calibration>(&text).is_err(),
            "{text}"
        );
    }
}
