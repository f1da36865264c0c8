//! What inflates figures is recognised, and what does not is left alone.

use super::*;

fn kinds(report: &ConventionReport) -> Vec<&'static str> {
    report.findings.iter().map(Finding::kind).collect()
}

/// Videos of 60 frames whose scores have their own level, and an event in the middle.
fn random_videos(count: usize, seed: u64) -> Vec<Video> {
    let mut random = Random::new(seed);
    let mut videos = Vec::new();
    for index in 0..count {
        let level = random.between(0.0, 3.0);
        let labels: Vec<bool> = (0..60).map(|i| (20..40).contains(&i)).collect();
        let scores = labels
            .iter()
            .map(|abnormal| level + if *abnormal { 0.5 } else { 0.0 } + random.between(0.0, 0.4));
        videos.push((format!("{index}"), labels.clone(), scores.collect()));
    }
    videos
}

#[test]
fn ordinary_scores_have_only_the_warnings_that_always_hold() {
    for seed in 0..5 {
        let report = compare(&random_videos(12, seed), &quick());
        let found = kinds(&report);
        assert_eq!(
            found,
            ["wide_interval", "threshold_from_test_labels"],
            "seed {seed}"
        );
    }
}

#[test]
fn scores_that_were_smoothed_across_videos_are_recognised() {
    for seed in 0..5 {
        let videos = random_videos(12, seed);
        let (mut scores, labels) = tables(&videos);
        let joined: Vec<f64> = scores.values().collect();
        let mut smoothed = joined.clone();
        for _ in 0..9 {
            let before = smoothed.clone();
            for (index, score) in smoothed.iter_mut().enumerate() {
                let near = &before[index.saturating_sub(1)..(index + 2).min(before.len())];
                *score = near.iter().sum::<f64>() / near.len() as f64;
            }
        }
        scores.set_values(&smoothed).unwrap();
        let report = compare_conventions(&scores, &labels, &quick()).unwrap();
        assert!(
            kinds(&report).contains(&"looks_smoothed_across_videos"),
            "seed {seed}: {:?}",
            report.findings
        );
    }
}

#[test]
fn labels_that_are_late_by_one_frame_are_recognised() {
    for shift in [-1_i64, 1] {
        let mut videos = random_videos(12, 7);
        for (_, labels, scores) in &mut videos {
            let level = scores[0];
            for (label, score) in labels.iter().zip(scores.iter_mut()) {
                *score = if *label { 5.0 } else { 1.0 } + 0.01 * level;
            }
            if shift > 0 {
                labels.rotate_right(1);
            } else {
                labels.rotate_left(1);
            }
        }
        let report = compare(&videos, &quick());
        let found = report.findings.iter().find_map(|finding| match finding {
            Finding::ShiftedLabels {
                shift,
                auc,
                still_rising,
                ..
            } => Some((*shift, *auc, *still_rising)),
            _ => None,
        });
        assert_eq!(found, Some((shift, 1.0, false)));
    }
}

#[test]
fn a_rise_up_to_the_largest_shift_is_told_apart() {
    let mut videos = random_videos(12, 7);
    for (_, labels, scores) in &mut videos {
        for (label, score) in labels.iter().zip(scores.iter_mut()) {
            *score = if *label { 5.0 } else { 1.0 };
        }
        labels.rotate_right(3);
    }
    let report = compare(&videos, &quick());
    assert!(report.findings.iter().any(|finding| matches!(
        finding,
        Finding::ShiftedLabels {
            shift: 2,
            still_rising: true,
            ..
        }
    )));
}

#[test]
fn normalised_scores_are_recognised_by_their_range() {
    let scaled = |videos: &[Video]| -> Vec<Video> {
        let scale = |(name, labels, scores): &Video| {
            let low = scores.iter().copied().fold(f64::MAX, f64::min);
            let high = scores.iter().copied().fold(f64::MIN, f64::max);
            let scores = scores.iter().map(|score| (score - low) / (high - low));
            (name.clone(), labels.clone(), scores.collect())
        };
        videos.iter().map(scale).collect()
    };
    let has = |videos: &[Video], scope: Scope| {
        let finding = Finding::LooksNormalised { scope };
        compare(videos, &quick()).findings.contains(&finding)
    };
    let mut videos = scaled(&three_videos());
    assert!(has(&videos, Scope::PerVideo) && !has(&videos, Scope::WholeSet));
    videos[0].2[3] = 0.99;
    assert!(!has(&videos, Scope::PerVideo) && has(&videos, Scope::WholeSet));
    let raw = three_videos();
    assert!(!has(&raw, Scope::PerVideo) && !has(&raw, Scope::WholeSet));

    // What a recipe states is not guessed a second time.
    let stated = Normalisation {
        step: "minmax per video".to_owned(),
        place: "system.frames.post".to_owned(),
        scope: Scope::PerVideo,
    };
    let report = compare(
        &scaled(&three_videos()),
        &quick().with_normalisations(vec![stated]),
    );
    let normalised: Vec<_> = kinds(&report)
        .into_iter()
        .filter(|kind| kind.contains("normalised"))
        .collect();
    assert_eq!(normalised, ["normalised_over_test_videos"]);
}

#[test]
fn one_class_constant_equal_and_training_videos_are_named() {
    let mut videos = random_videos(4, 1);
    videos.push(video("Train005", &[0; 3], &[0.5; 3]));
    videos.push(video("6", &[1; 2], &[0.25, 0.125]));
    videos.push(video("8", &[0; 2], &[0.375, 0.0625]));
    videos.push(("7".to_owned(), videos[2].1.clone(), videos[2].2.clone()));
    let report = compare(&videos, &quick());
    let text: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
    let expected = [
        "the names of 1 video (Train005) are those of training videos",
        "3 of 8 videos have one class (2 only normal frames, 1 only abnormal ones), with 2.3% of all frames",
        "all frames have the same score in 1 video (Train005)",
        "video 7 has exactly the scores of video 2",
    ];
    for sentence in expected {
        assert!(text.iter().any(|found| found == sentence), "{text:?}");
    }
    for finding in &report.findings {
        assert!(!finding.why().is_empty() && !finding.advice().is_empty());
    }
}

#[test]
fn ties_bound_the_auc() {
    let videos = [
        video("1", &[1, 0, 1, 0], &[0.9, 0.5, 0.5, 0.1]),
        video("2", &[1, 0], &[0.5, 0.5]),
    ];
    // Of 9 pairs, 4 are tied: AUC (4 + 4 / 2) / 9, and 1 pair is wrong.
    let report = compare(&videos, &quick());
    let ties = report.findings.iter().find_map(|finding| match finding {
        Finding::TiedScores {
            distinct,
            pair_share,
            low,
            high,
        } => Some((*distinct, *pair_share, *low, *high)),
        _ => None,
    });
    let (distinct, share, low, high) = ties.unwrap();
    assert_eq!((distinct, share), (3, 4.0 / 9.0));
    close(Some(low), 5.0 / 9.0);
    close(Some(high), 1.0);
}
