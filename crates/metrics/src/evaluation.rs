use oddframe_core::{Labels, ScoreTable, VideoId, VideoScores};

use crate::{Error, Ranking, roc_auc};

/// Everything that frame labels say of a score table. Nothing is rounded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evaluation {
    /// Scored frames.
    pub frames: usize,
    /// Scored videos.
    pub videos: usize,
    /// Abnormal frames among the scored ones.
    pub positives: usize,
    /// Share of abnormal frames: what a blind guess reaches as average precision.
    pub base_rate: f64,
    /// ROC AUC of all frames in one list.
    pub micro_auc: f64,
    /// Mean ROC AUC of the videos that have both classes; none when there is no such video.
    pub macro_auc: Option<f64>,
    /// How many videos that mean is taken over.
    pub macro_videos: usize,
    /// How many videos have one class only and are left out of it.
    pub videos_left_out: usize,
    /// Average precision of all frames in one list.
    pub ap: f64,
    /// Trapezoidal area under the precision-recall curve of all frames in one list.
    pub pr_auc: f64,
    /// Interpolated equal error rate.
    pub eer: f64,
    /// Equal error rate at the nearest point of the ROC curve.
    pub eer_nearest: f64,
    /// The highest F1 over all thresholds.
    pub best_f1: f64,
    /// The highest threshold that reaches it.
    pub best_f1_threshold: f64,
    /// Labelled frames that were not scored.
    pub unused_labels: usize,
}

/// What frame labels say of one video's scores.
#[derive(Debug, Clone, PartialEq)]
pub struct VideoEvaluation {
    /// The video.
    pub video: VideoId,
    /// Its frames.
    pub frames: usize,
    /// Its abnormal frames.
    pub positives: usize,
    /// Its ROC AUC; none when it has one class only.
    pub auc: Option<f64>,
    /// Its average precision; none when it has one class only.
    pub ap: Option<f64>,
}

/// Evaluates a score table against frame labels.
///
/// # Errors
/// When a scored frame has no label, or all scored frames are of one class.
pub fn evaluate(scores: &ScoreTable, labels: &Labels) -> Result<Evaluation, Error> {
    let aligned = labels.align(scores)?;
    let all_scores: Vec<f64> = scores.values().collect();
    let ranking = Ranking::new(&aligned.videos.concat(), &all_scores)?;
    let videos = per_video_of(scores, &aligned.videos)?;
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
    per_video_of(scores, &labels.align(scores)?.videos)
}

/// The mean ROC AUC over all videos, each with two frames that do not exist: a normal one of score 0 and an
/// abnormal one that scores above everything.
///
/// Some papers report it as macro AUC. It makes a value of videos that have none and raises those of the
/// others: a video ranked entirely the wrong way can reach one half. It also presumes scores of 0 and more.
///
/// # Errors
/// When a scored frame has no label.
pub fn padded_macro_auc(scores: &ScoreTable, labels: &Labels) -> Result<f64, Error> {
    let aligned = labels.align(scores)?;
    let padded = |(video, labels): (&[f64], &Vec<bool>)| {
        roc_auc(&[labels.as_slice(), &[false, true]].concat(), &[video, &[0.0, f64::MAX]].concat())
    };
    let values = scores.videos().iter().map(VideoScores::values);
    let aucs = values.zip(&aligned.videos).map(padded).collect::<Result<Vec<_>, _>>()?;
    mean(&aucs).ok_or(Error::Empty)
}

fn per_video_of(scores: &ScoreTable, labels: &[Vec<bool>]) -> Result<Vec<VideoEvaluation>, Error> {
    let one = |(video, labels): (&VideoScores, &Vec<bool>)| {
        let values = match Ranking::new(labels, video.values()) {
            Ok(ranking) => Some((ranking.roc_auc(), ranking.average_precision())),
            Err(Error::OneClass { .. }) => None,
            Err(error) => return Err(error),
        };
        Ok(VideoEvaluation {
            video: video.id().clone(),
            frames: labels.len(),
            positives: labels.iter().filter(|l| **l).count(),
            auc: values.map(|v| v.0),
            ap: values.map(|v| v.1),
        })
    };
    scores.videos().iter().zip(labels).map(one).collect()
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
        let video = |(id, _, values): &Video<'_>| {
            let numbers = (0..values.len() as u64).map(FrameNumber).collect();
            let origins = vec![Origin::Computed; values.len()];
            VideoScores::from_parts((*id).into(), numbers, values.to_vec(), origins).unwrap()
        };
        ScoreTable::new(videos.iter().map(video).collect()).unwrap()
    }

    fn labels(videos: &[Video<'_>]) -> Labels {
        let video = |(id, labels, _): &Video<'_>| {
            let numbers = (0..labels.len() as u64).map(FrameNumber).collect();
            VideoLabels::new((*id).into(), numbers, labels.iter().map(|l| *l == 1).collect()).unwrap()
        };
        Labels::new(videos.iter().map(video).collect()).unwrap()
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
    fn a_table_of_three_videos() {
        let found = evaluate(&scores(&VIDEOS), &labels(&VIDEOS)).unwrap();
        assert_eq!((found.frames, found.videos, found.positives, found.unused_labels), (12, 3, 5, 2));
        assert_eq!((found.macro_auc, found.macro_videos, found.videos_left_out), (Some(0.75), 2, 1));
        assert_eq!((found.base_rate, found.micro_auc), (5.0 / 12.0, 25.0 / 35.0));
        close(found.ap, 0.711_111_111_111_111);
        close(found.pr_auc, 0.705_555_555_555_555_5);
        close(found.eer, 5.0 / 12.0);
        close(found.eer_nearest, 2.0 / 7.0);
        assert_eq!((found.best_f1, found.best_f1_threshold), (10.0 / 14.0, 0.35));
    }

    #[test]
    fn each_video_by_itself() {
        let found = per_video(&scores(&VIDEOS), &labels(&VIDEOS)).unwrap();
        assert_eq!(found.iter().map(|v| v.video.name()).collect::<Vec<_>>(), ["1", "2", "10"]);
        assert_eq!((found[1].frames, found[1].positives, found[1].auc), (5, 3, Some(0.75)));
        close(found[1].ap.unwrap(), 0.805_555_555_555_555_6);
        assert_eq!((found[2].frames, found[2].positives, found[2].auc, found[2].ap), (3, 0, None, None));
    }

    #[test]
    fn padding_inflates() {
        let wrong: [Video<'_>; 1] = [("1", &[0, 0, 1, 1, 1], &[0.9, 0.8, 0.1, 0.2, 0.3])];
        assert_eq!(evaluate(&scores(&wrong), &labels(&wrong)).unwrap().macro_auc, Some(0.0));
        assert_eq!(padded_macro_auc(&scores(&wrong), &labels(&wrong)).unwrap(), 0.5);
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
        assert!(matches!(one_class, Err(Error::OneClass { frames: 2, abnormal: false })));
        let unlabelled = evaluate(&scores(&VIDEOS), &labels(&normal)).unwrap_err();
        assert!(unlabelled.to_string().contains("have no label"), "{unlabelled}");
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
    fn a_trained_network_on_ped2() {
        let (Some(found), Some(truth)) =
            (columns(&data().join("parity/diffae.top1.clean.csv")), columns(&data().join("ped2/labels.csv")))
        else {
            eprintln!("skipped: no data in {}", data().display());
            return;
        };
        let video = |(id, frames, values): (String, Vec<_>, Vec<_>)| {
            let origins = vec![Origin::Computed; values.len()];
            VideoScores::from_parts(id.as_str().into(), frames, values, origins).unwrap()
        };
        let scores = ScoreTable::new(found.into_iter().map(video).collect()).unwrap();
        let video = |(id, frames, values): (String, Vec<_>, Vec<f64>)| {
            VideoLabels::new(id.as_str().into(), frames, values.iter().map(|v| *v == 1.0).collect()).unwrap()
        };
        let labels = Labels::new(truth.into_iter().map(video).collect()).unwrap();
        let found = evaluate(&scores, &labels).unwrap();
        assert_eq!(
            (found.frames, found.positives, found.macro_videos, found.videos_left_out),
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
