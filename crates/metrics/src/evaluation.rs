use oddframe_core::{Labels, ScoreTable, VideoId, VideoScores};

use crate::auc::roc_auc;
use crate::error::Error;
use crate::ranking::Ranking;

/// The metrics of a score table against frame labels. Nothing is rounded.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Evaluation {
    /// The number of scored frames.
    pub frames: usize,
    /// The number of scored videos.
    pub videos: usize,
    /// The number of abnormal frames among the scored frames.
    pub positives: usize,
    /// The share of abnormal frames, which is the average precision of a constant score.
    pub base_rate: f64,
    /// The ROC AUC of all frames in one list.
    pub micro_auc: f64,
    /// The mean ROC AUC of the videos that have both classes; `None` if there is no such video.
    pub macro_auc: Option<f64>,
    /// The number of videos in that mean.
    pub macro_videos: usize,
    /// The number of videos with only one class, which are not in that mean.
    pub videos_left_out: usize,
    /// The average precision of all frames in one list.
    pub ap: f64,
    /// The trapezoidal area under the precision-recall curve of all frames in one list.
    pub pr_auc: f64,
    /// The interpolated equal error rate.
    pub eer: f64,
    /// The equal error rate at the nearest point of the ROC curve.
    pub eer_nearest: f64,
    /// The highest F1 over all thresholds.
    pub best_f1: f64,
    /// The highest threshold that reaches it.
    pub best_f1_threshold: f64,
    /// The number of labelled frames without a score.
    pub unused_labels: usize,
}

/// The metrics of one video.
#[derive(Debug, Clone, PartialEq)]
pub struct VideoEvaluation {
    /// The video.
    pub video: VideoId,
    /// The number of frames.
    pub frames: usize,
    /// The number of abnormal frames.
    pub positives: usize,
    /// The ROC AUC; `None` if the video has only one class.
    pub auc: Option<f64>,
    /// The average precision; `None` if the video has only one class.
    pub ap: Option<f64>,
}

/// Evaluates a score table against frame labels.
///
/// ```
/// use oddframe_core::{FrameNumber, Labels, Origin, ScoreTable, VideoLabels, VideoScores};
///
/// let numbers = vec![FrameNumber(0), FrameNumber(1)];
/// let scores = VideoScores::from_parts("1".into(), numbers.clone(), vec![0.2, 0.7], vec![Origin::Computed; 2])?;
/// let labels = VideoLabels::new("1".into(), numbers, vec![false, true])?;
/// let found = oddframe_metrics::evaluate(&ScoreTable::new(vec![scores])?, &Labels::new(vec![labels])?)?;
/// assert_eq!((found.micro_auc, found.ap, found.best_f1_threshold), (1.0, 1.0, 0.7));
/// # Ok::<(), oddframe_metrics::Error>(())
/// ```
///
/// # Errors
/// When a scored frame has no label, or all scored frames have the same class.
pub fn evaluate(scores: &ScoreTable, labels: &Labels) -> Result<Evaluation, Error> {
    let aligned = labels.align(scores)?;
    let all_scores: Vec<f64> = scores.values().collect();
    // One sort serves all micro metrics. Videos are ranked separately for the macro mean.
    let ranking = Ranking::new(&aligned.videos.concat(), &all_scores)?;
    let videos = evaluate_videos(scores, &aligned.videos)?;
    let aucs: Vec<f64> = videos.iter().filter_map(|v| v.auc).collect();
    let best = ranking.best_f1();
    Ok(Evaluation {
        frames: all_scores.len(),
        videos: videos.len(),
        positives: ranking.positives() as usize,
        base_rate: ranking.base_rate(),
        micro_auc: ranking.roc_auc(),
        macro_auc: mean(&aucs),
        macro_videos: aucs.len(),
        videos_left_out: videos.len() - aucs.len(),
        ap: ranking.average_precision(),
        pr_auc: ranking.pr_auc(),
        eer: ranking.eer(),
        eer_nearest: ranking.eer_nearest(),
        best_f1: best.f1,
        best_f1_threshold: best.threshold,
        unused_labels: aligned.unused,
    })
}

/// Evaluates each video of a score table by itself, in the order of the table.
///
/// # Errors
/// When a scored frame has no label.
pub fn per_video(scores: &ScoreTable, labels: &Labels) -> Result<Vec<VideoEvaluation>, Error> {
    evaluate_videos(scores, &labels.align(scores)?.videos)
}

/// The mean ROC AUC over all videos, each padded with two artificial frames: a normal one with score 0 and an
/// abnormal one with the highest score.
///
/// Some papers report this as macro AUC. The padding gives a value to videos without one and raises the value
/// of the others: a completely inverted ranking can reach one half. It also assumes that scores are not
/// negative.
///
/// # Errors
/// When a scored frame has no label.
pub fn padded_macro_auc(scores: &ScoreTable, labels: &Labels) -> Result<f64, Error> {
    let aligned = labels.align(scores)?;
    let mut aucs = Vec::with_capacity(scores.videos().len());
    for (video, labels) in scores.videos().iter().zip(&aligned.videos) {
        let labels = [labels.as_slice(), &[false, true]].concat();
        // Only the order of the scores counts, so the largest number stands for any score above all others.
        let scores = [video.values(), &[0.0, f64::MAX]].concat();
        aucs.push(roc_auc(&labels, &scores)?);
    }
    mean(&aucs).ok_or(Error::Empty)
}

fn evaluate_videos(
    scores: &ScoreTable,
    labels: &[Vec<bool>],
) -> Result<Vec<VideoEvaluation>, Error> {
    scores
        .videos()
        .iter()
        .zip(labels)
        .map(|(video, labels)| evaluate_video(video, labels))
        .collect()
}

fn evaluate_video(video: &VideoScores, labels: &[bool]) -> Result<VideoEvaluation, Error> {
    // A video of one class has no ROC curve. That is usual (normal test videos), so it is not an error.
    let ranking = match Ranking::new(labels, video.values()) {
        Ok(ranking) => Some(ranking),
        Err(Error::OneClass { .. }) => None,
        Err(error) => return Err(error),
    };
    Ok(VideoEvaluation {
        video: video.id().clone(),
        frames: labels.len(),
        positives: labels.iter().filter(|l| **l).count(),
        auc: ranking.as_ref().map(Ranking::roc_auc),
        ap: ranking.as_ref().map(Ranking::average_precision),
    })
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use oddframe_core::{FrameNumber, Origin, VideoLabels};

    use super::*;

    type Video<'a> = (&'a str, &'a [u8], &'a [f64]);

    fn scores(videos: &[Video<'_>]) -> ScoreTable {
        let videos = videos.iter().map(|(id, _, values)| {
            let numbers = (0..values.len() as u64).map(FrameNumber).collect();
            let origins = vec![Origin::Computed; values.len()];
            VideoScores::from_parts((*id).into(), numbers, values.to_vec(), origins).unwrap()
        });
        ScoreTable::new(videos.collect()).unwrap()
    }

    fn labels(videos: &[Video<'_>]) -> Labels {
        let videos = videos.iter().map(|(id, labels, _)| {
            let numbers = (0..labels.len() as u64).map(FrameNumber).collect();
            VideoLabels::new(
                (*id).into(),
                numbers,
                labels.iter().map(|l| *l == 1).collect(),
            )
            .unwrap()
        });
        Labels::new(videos.collect()).unwrap()
    }

    const VIDEOS: [Video<'static>; 3] = [
        ("1", &[0, 0, 1, 1], &[0.1, 0.4, 0.35, 0.8]),
        ("2", &[0, 1, 1, 0, 1, 1, 0], &[0.2, 0.9, 0.4, 0.5, 0.5]),
        ("10", &[0, 0, 0], &[0.3, 0.6, 0.7]),
    ];

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-12, "{a} {b}");
    }

    // Values of scikit-learn 1.9.1; the equal error rate lies 11/12 of the way from 2/7 to 3/7.
    #[test]
    fn metrics_of_three_videos_equal_scikit_learn() {
        let found = evaluate(&scores(&VIDEOS), &labels(&VIDEOS)).unwrap();
        assert_eq!(
            (
                found.frames,
                found.videos,
                found.positives,
                found.unused_labels
            ),
            (12, 3, 5, 2)
        );
        assert_eq!(
            (found.macro_auc, found.macro_videos, found.videos_left_out),
            (Some(0.75), 2, 1)
        );
        assert_eq!(
            (found.base_rate, found.micro_auc),
            (5.0 / 12.0, 25.0 / 35.0)
        );
        close(found.ap, 0.711_111_111_111_111);
        close(found.pr_auc, 0.705_555_555_555_555_5);
        close(found.eer, 5.0 / 12.0);
        close(found.eer_nearest, 2.0 / 7.0);
        assert_eq!(
            (found.best_f1, found.best_f1_threshold),
            (10.0 / 14.0, 0.35)
        );
    }

    #[test]
    fn each_video_is_evaluated_by_itself() {
        let found = per_video(&scores(&VIDEOS), &labels(&VIDEOS)).unwrap();
        assert_eq!(
            found.iter().map(|v| v.video.name()).collect::<Vec<_>>(),
            ["1", "2", "10"]
        );
        assert_eq!(
            (found[1].frames, found[1].positives, found[1].auc),
            (5, 3, Some(0.75))
        );
        close(found[1].ap.unwrap(), 0.805_555_555_555_555_6);
        assert_eq!(
            (
                found[2].frames,
                found[2].positives,
                found[2].auc,
                found[2].ap
            ),
            (3, 0, None, None)
        );
    }

    #[test]
    fn padding_inflates_the_macro_auc() {
        let wrong: [Video<'_>; 1] = [("1", &[0, 0, 1, 1, 1], &[0.9, 0.8, 0.1, 0.2, 0.3])];
        assert_eq!(
            evaluate(&scores(&wrong), &labels(&wrong))
                .unwrap()
                .macro_auc,
            Some(0.0)
        );
        assert_eq!(
            padded_macro_auc(&scores(&wrong), &labels(&wrong)).unwrap(),
            0.5
        );
        let padded = padded_macro_auc(&scores(&VIDEOS), &labels(&VIDEOS)).unwrap();
        close(padded, (8.0 / 9.0 + 0.875 + 1.0) / 3.0);
    }

    #[test]
    fn without_a_video_of_both_classes_there_is_no_macro() {
        let videos: [Video<'_>; 2] = [("1", &[0, 0], &[0.1, 0.2]), ("2", &[1, 1], &[0.3, 0.15])];
        let found = evaluate(&scores(&videos), &labels(&videos)).unwrap();
        assert_eq!((found.micro_auc, found.macro_auc), (0.75, None));
        assert_eq!((found.macro_videos, found.videos_left_out), (0, 2));
        let normal: [Video<'_>; 1] = [("1", &[0, 0], &[0.1, 0.2])];
        let one_class = evaluate(&scores(&normal), &labels(&normal));
        assert!(matches!(
            one_class,
            Err(Error::OneClass {
                frames: 2,
                abnormal: false
            })
        ));
        let unlabelled = evaluate(&scores(&VIDEOS), &labels(&normal)).unwrap_err();
        assert!(
            unlabelled.to_string().contains("have no label"),
            "{unlabelled}"
        );
    }

    #[cfg(feature = "serde")]
    #[test]
    fn evaluations_round_trip_through_json() {
        let found = evaluate(&scores(&VIDEOS), &labels(&VIDEOS)).unwrap();
        let json = serde_json::to_string(&found).unwrap();
        assert!(json.contains("\"micro_auc\":0.7142857142857143"), "{json}");
        assert_eq!(serde_json::from_str::<Evaluation>(&json).unwrap(), found);
    }

    type Column = (String, Vec<FrameNumber>, Vec<f64>);

    fn data() -> PathBuf {
        let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
        std::env::var_os("ODDFRAME_DATA").map_or_else(|| default.into(), PathBuf::from)
    }

    /// (video, its frames, their values) of a `video,frame,value` file.
    fn columns(path: &Path) -> Option<Vec<Column>> {
        let mut videos: Vec<Column> = Vec::new();
        for line in fs::read_to_string(path).ok()?.lines().skip(1) {
            let [video, frame, value] = line.split(',').collect::<Vec<_>>().try_into().unwrap();
            if videos.last().is_none_or(|v| v.0 != video) {
                videos.push((video.into(), Vec::new(), Vec::new()));
            }
            let (_, frames, values) = videos.last_mut().unwrap();
            frames.push(FrameNumber(frame.parse().unwrap()));
            values.push(value.parse().unwrap());
        }
        Some(videos)
    }

    // Values of scikit-learn 1.9.1 and scipy 1.17.1.
    #[test]
    fn metrics_of_a_network_on_ped2_equal_scikit_learn() {
        let (Some(found), Some(truth)) = (
            columns(&data().join("parity/diffae.top1.clean.csv")),
            columns(&data().join("ped2/labels.csv")),
        ) else {
            eprintln!("skipped: no data in {}", data().display());
            return;
        };
        let scores = found.into_iter().map(|(id, frames, values)| {
            let origins = vec![Origin::Computed; values.len()];
            VideoScores::from_parts(id.as_str().into(), frames, values, origins).unwrap()
        });
        let scores = ScoreTable::new(scores.collect()).unwrap();
        let labels = truth.into_iter().map(|(id, frames, values)| {
            VideoLabels::new(
                id.as_str().into(),
                frames,
                values.iter().map(|v| *v == 1.0).collect(),
            )
            .unwrap()
        });
        let labels = Labels::new(labels.collect()).unwrap();
        let found = evaluate(&scores, &labels).unwrap();
        assert_eq!(
            (
                found.frames,
                found.positives,
                found.macro_videos,
                found.videos_left_out
            ),
            (2010, 1648, 8, 4)
        );
        close(found.micro_auc, 0.814_094_935_096_282_8);
        close(found.macro_auc.unwrap(), 0.840_656_766_118_394);
        close(found.ap, 0.954_831_054_666_757_8);
        close(found.pr_auc, 0.954_814_477_759_206_5);
        close(found.eer, 0.284_530_386_740_331_43);
        close(found.eer_nearest, 0.284_530_386_740_331_5);
        close(found.best_f1, 0.906_138_177_814_478_5);
        assert_eq!(found.best_f1_threshold, 0.001_486_867_782_659_828_7);
    }
}
