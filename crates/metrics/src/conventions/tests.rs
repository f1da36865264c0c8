use std::fmt;

use oddframe_core::{
    FrameNumber, Labels, Origin, PostStep, Random, Scope, ScoreTable, VideoLabels, VideoScores,
    Warning,
};
use proptest::prelude::*;

use super::*;
use crate::BootstrapOptions;

mod pitfalls;

/// Name, labels and scores of a video.
type Video = (String, Vec<bool>, Vec<f64>);

fn video(name: &str, labels: &[u8], scores: &[f64]) -> Video {
    let labels = labels.iter().map(|label| *label == 1).collect();
    (name.to_owned(), labels, scores.to_vec())
}

fn three_videos() -> [Video; 3] {
    [
        video(
            "1",
            &[0, 0, 1, 1, 1, 0, 0, 0],
            &[0.1, 0.4, 0.35, 0.8, 0.7, 0.3, 0.2, 0.15],
        ),
        video("2", &[0, 1, 1, 0, 1, 0], &[0.2, 0.9, 0.4, 0.5, 0.5, 0.05]),
        video("10", &[0; 5], &[0.3, 0.6, 0.7, 0.65, 0.1]),
    ]
}

fn tables(videos: &[Video]) -> (ScoreTable, Labels) {
    let (mut scores, mut all) = (Vec::new(), Vec::new());
    for (name, labels, values) in videos {
        let numbers: Vec<_> = (0..values.len() as u64).map(FrameNumber).collect();
        let origins = vec![Origin::Computed; values.len()];
        let id = name.as_str().into();
        scores.push(VideoScores::from_parts(id, numbers.clone(), values.clone(), origins).unwrap());
        let id = name.as_str().into();
        all.push(VideoLabels::new(id, numbers, labels.clone()).unwrap());
    }
    (ScoreTable::new(scores).unwrap(), Labels::new(all).unwrap())
}

fn quick<'a>() -> ConventionOptions<'a> {
    ConventionOptions::new().with_bootstrap(BootstrapOptions::default().with_resamples(200))
}

fn compare(videos: &[Video], options: &ConventionOptions<'_>) -> ConventionReport {
    let (scores, labels) = tables(videos);
    compare_conventions(&scores, &labels, options).unwrap()
}

/// The mean of each score and its neighbours, per video.
struct NeighbourMean;

impl fmt::Display for NeighbourMean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("neighbour_mean per video")
    }
}

impl PostStep for NeighbourMean {
    fn apply(&self, scores: &mut ScoreTable) -> Result<Vec<Warning>, oddframe_core::Error> {
        scores.update(Scope::PerVideo, |series| {
            let before = series.to_vec();
            for (index, score) in series.iter_mut().enumerate() {
                let near = &before[index.saturating_sub(1)..(index + 2).min(before.len())];
                *score = near.iter().sum::<f64>() / near.len() as f64;
            }
        })?;
        Ok(Vec::new())
    }
}

fn close(value: Option<f64>, expected: f64) {
    let value = value.unwrap();
    assert!((value - expected).abs() < 1e-12, "{value} {expected}");
}

// All values are those of scikit-learn 1.9.1 for the same arrays.
#[test]
fn every_figure_equals_scikit_learn() {
    let options = quick().with_edge_frames(1).with_smoothing(&NeighbourMean);
    let report = compare(&three_videos(), &options);
    let value = |convention| report.figure(convention).unwrap().value;
    close(value(Convention::MicroAuc), 0.826_923_076_923_077);
    close(value(Convention::MacroAuc), 0.883_333_333_333_333_3);
    close(value(Convention::PaddedMacroAuc), 0.954_861_111_111_111_2);
    close(
        value(Convention::MicroAucMinMaxPerVideo),
        0.788_461_538_461_538_4,
    );
    close(
        value(Convention::MicroAucSmoothedPerVideo),
        0.782_051_282_051_281_9,
    );
    close(
        value(Convention::MicroAucSmoothedAcross),
        0.820_512_820_512_820_5,
    );
    close(value(Convention::MicroAucWithoutFirst { frames: 1 }), 0.775);
    close(
        value(Convention::MicroAucWithoutEdges { frames: 1 }),
        0.678_571_428_571_428_6,
    );
    close(value(Convention::Ap), 0.715_909_090_909_090_8);
    close(value(Convention::PrAuc), 0.732_954_545_454_545_4);
    assert_eq!(report.figure(Convention::MicroAucComputedOnly), None);
    let shifts: Vec<_> = report.shifts.iter().map(|s| (s.shift, s.auc)).collect();
    for ((shift, auc), expected) in shifts.iter().zip([0.375, 0.55, 0.625, 7.0 / 12.0, 0.2]) {
        assert!((auc - expected).abs() < 1e-12, "{shift}: {auc}");
    }
    assert_eq!(shifts.len(), 5);
}

#[test]
fn each_figure_says_what_it_covers_and_how_it_differs() {
    let report = compare(&three_videos(), &quick().with_edge_frames(3));
    let covers = |convention| {
        let figure = report.figure(convention).unwrap();
        (figure.frames, figure.videos)
    };
    assert_eq!(covers(Convention::MicroAuc), (19, 3));
    assert_eq!(covers(Convention::MacroAuc), (14, 2));
    assert_eq!(
        covers(Convention::MicroAucWithoutFirst { frames: 3 }),
        (10, 3)
    );
    assert_eq!(
        covers(Convention::MicroAucWithoutEdges { frames: 3 }),
        (2, 1)
    );
    // The two frames that remain are abnormal.
    let edges = report
        .figure(Convention::MicroAucWithoutEdges { frames: 3 })
        .unwrap();
    assert_eq!((edges.value, report.change(edges)), (None, None));
    let padded = report.figure(Convention::PaddedMacroAuc).unwrap();
    close(
        report.change(padded),
        0.954_861_111_111_111_2 - 0.826_923_076_923_077,
    );
    assert_eq!(
        report.change(report.figure(Convention::MicroAuc).unwrap()),
        None
    );
    assert!(report.interval.unwrap().low < report.evaluation.micro_auc);
}

#[test]
fn computed_scores_are_a_row_of_their_own_where_others_exist() {
    let (mut scores, labels) = tables(&three_videos());
    let borrowed = Origin::Borrowed {
        from: FrameNumber(1),
    };
    let videos = scores.videos().iter().map(|video| {
        let mut origins = video.origins().to_vec();
        origins[0] = borrowed;
        let (numbers, values) = (video.numbers().to_vec(), video.values().to_vec());
        VideoScores::from_parts(video.id().clone(), numbers, values, origins).unwrap()
    });
    scores = ScoreTable::new(videos.collect()).unwrap();
    let report = compare_conventions(&scores, &labels, &quick().with_edge_frames(1)).unwrap();
    let computed = report.figure(Convention::MicroAucComputedOnly).unwrap();
    let first = report
        .figure(Convention::MicroAucWithoutFirst { frames: 1 })
        .unwrap();
    assert_eq!(
        (computed.value, computed.frames),
        (first.value, first.frames)
    );
}

#[test]
fn a_single_video_has_figures_and_no_interval() {
    let report = compare(&three_videos()[..1], &quick());
    assert_eq!(report.interval, None);
    assert_eq!(report.figures.len(), 11);
    assert!(report.shifts.iter().all(|s| s.share_higher.is_none()));
}

#[test]
fn a_smoothing_that_overflows_is_named() {
    let videos = [video("1", &[0, 1], &[f64::MAX, f64::MAX])];
    let (scores, labels) = tables(&videos);
    let options = quick().with_smoothing(&NeighbourMean);
    let error = compare_conventions(&scores, &labels, &options).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("cannot smooth by `neighbour_mean per video`: video 1"),
        "{error}"
    );
    assert!(compare_conventions(&scores, &labels, &quick()).is_ok());
}

#[test]
fn labels_of_one_class_are_an_error() {
    let (scores, labels) = tables(&three_videos()[2..]);
    let error = compare_conventions(&scores, &labels, &quick()).unwrap_err();
    assert!(error.to_string().contains("all 5 labels are normal"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_figure_is_a_share_for_any_finite_scores(
        videos in prop::collection::vec(
            prop::collection::vec((any::<bool>(), any::<f64>().prop_filter("finite", |v| v.is_finite())), 1..12),
            1..9,
        ),
        edge in 0_usize..8,
    ) {
        let videos: Vec<Video> = videos.into_iter().enumerate().map(|(index, frames)| {
            let (labels, scores) = frames.into_iter().unzip();
            (index.to_string(), labels, scores)
        }).collect();
        let (scores, labels) = tables(&videos);
        let options = ConventionOptions::new()
            .with_edge_frames(edge)
            .with_bootstrap(BootstrapOptions::default().with_resamples(20));
        let Ok(report) = compare_conventions(&scores, &labels, &options) else {
            let all = videos.iter().flat_map(|video| &video.1);
            let positives = all.clone().filter(|label| **label).count();
            prop_assert!(positives == 0 || positives == all.count());
            return Ok(());
        };
        for figure in &report.figures {
            prop_assert!(figure.value.is_none_or(|value| (0.0..=1.0).contains(&value)), "{:?}", figure);
        }
        let usual = [
            (Convention::MicroAuc, Some(report.evaluation.micro_auc)),
            (Convention::MacroAuc, report.evaluation.macro_auc),
            (Convention::Eer, Some(report.evaluation.eer)),
        ];
        for (convention, value) in usual {
            prop_assert_eq!(report.figure(convention).unwrap().value, value);
        }
    }
}
