//! Metrics on arrays and on tables of scores.

use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use oddframe::core::{FrameNumber, Rect, Track, VideoId};
use oddframe::metrics::{self, BootstrapOptions, Detection, Interval, LocalisationOptions, Metric};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arguments::slice;
use crate::errors::{Failure, run};
use crate::labels::Labels;
use crate::scores::Scores;

type LabelArray<'py> = PyReadonlyArray1<'py, bool>;
type ScoreArray<'py> = PyReadonlyArray1<'py, f64>;

/// Computes something from labels and scores.
fn on_arrays<T: Send>(
    py: Python<'_>,
    labels: &LabelArray<'_>,
    scores: &ScoreArray<'_>,
    compute: impl FnOnce(&[bool], &[f64]) -> Result<T, metrics::Error> + Send,
) -> PyResult<T> {
    let (labels, scores) = (slice(labels)?, slice(scores)?);
    run(py, || compute(labels, scores).map_err(Failure::argument))
}

#[pyfunction]
pub(crate) fn roc_auc(
    py: Python<'_>,
    labels: LabelArray<'_>,
    scores: ScoreArray<'_>,
) -> PyResult<f64> {
    on_arrays(py, &labels, &scores, metrics::roc_auc)
}

#[pyfunction]
pub(crate) fn average_precision(
    py: Python<'_>,
    labels: LabelArray<'_>,
    scores: ScoreArray<'_>,
) -> PyResult<f64> {
    on_arrays(py, &labels, &scores, metrics::average_precision)
}

#[pyfunction]
pub(crate) fn eer(py: Python<'_>, labels: LabelArray<'_>, scores: ScoreArray<'_>) -> PyResult<f64> {
    on_arrays(py, &labels, &scores, metrics::eer)
}

type Curve<'py> = (
    Bound<'py, PyArray1<f64>>,
    Bound<'py, PyArray1<f64>>,
    Bound<'py, PyArray1<f64>>,
);

/// False-positive rates, true-positive rates and thresholds, from the highest threshold to the lowest.
#[pyfunction]
pub(crate) fn roc_curve<'py>(
    py: Python<'py>,
    labels: LabelArray<'py>,
    scores: ScoreArray<'py>,
) -> PyResult<Curve<'py>> {
    let points = on_arrays(py, &labels, &scores, metrics::roc_curve)?;
    let values = |of: fn(&metrics::RocPoint) -> f64| {
        points.iter().map(of).collect::<Vec<_>>().into_pyarray(py)
    };
    Ok((
        values(|point| point.fpr),
        values(|point| point.tpr),
        values(|point| point.threshold),
    ))
}

/// Precision, recall and thresholds, from the lowest threshold to the highest; the last one is infinite.
#[pyfunction]
pub(crate) fn precision_recall_curve<'py>(
    py: Python<'py>,
    labels: LabelArray<'py>,
    scores: ScoreArray<'py>,
) -> PyResult<Curve<'py>> {
    let points = on_arrays(py, &labels, &scores, metrics::pr_curve)?;
    let values = |of: fn(&metrics::PrPoint) -> f64| {
        points.iter().map(of).collect::<Vec<_>>().into_pyarray(py)
    };
    Ok((
        values(|point| point.precision),
        values(|point| point.recall),
        values(|point| point.threshold),
    ))
}

/// Threshold, F1, precision, recall and false-positive rate where F1 is highest.
#[pyfunction]
pub(crate) fn best_f1(
    py: Python<'_>,
    labels: LabelArray<'_>,
    scores: ScoreArray<'_>,
) -> PyResult<(f64, f64, f64, f64, f64)> {
    let best = on_arrays(py, &labels, &scores, metrics::best_f1)?;
    Ok((
        best.threshold,
        best.f1,
        best.precision,
        best.recall,
        best.fpr,
    ))
}

#[pyfunction]
pub(crate) fn threshold_at_fpr(
    py: Python<'_>,
    labels: LabelArray<'_>,
    scores: ScoreArray<'_>,
    fpr: f64,
) -> PyResult<f64> {
    on_arrays(py, &labels, &scores, |labels, scores| {
        metrics::threshold_at_fpr(labels, scores, fpr)
    })
}

/// The figures of `oddframe.metrics.Evaluation`, by name.
#[pyfunction]
pub(crate) fn evaluate<'py>(
    py: Python<'py>,
    scores: &Scores,
    labels: &Labels,
) -> PyResult<Bound<'py, PyDict>> {
    let found = run(py, || {
        metrics::evaluate(&scores.table, &labels.labels).map_err(Failure::argument)
    })?;
    let figures = PyDict::new(py);
    figures.set_item("frames", found.frames)?;
    figures.set_item("videos", found.videos)?;
    figures.set_item("positives", found.positives)?;
    figures.set_item("base_rate", found.base_rate)?;
    figures.set_item("micro_auc", found.micro_auc)?;
    figures.set_item("macro_auc", found.macro_auc)?;
    figures.set_item("macro_videos", found.macro_videos)?;
    figures.set_item("videos_left_out", found.videos_left_out)?;
    figures.set_item("ap", found.ap)?;
    figures.set_item("pr_auc", found.pr_auc)?;
    figures.set_item("eer", found.eer)?;
    figures.set_item("eer_nearest", found.eer_nearest)?;
    figures.set_item("best_f1", found.best_f1)?;
    figures.set_item("best_f1_threshold", found.best_f1_threshold)?;
    figures.set_item("unused_labels", found.unused_labels)?;
    Ok(figures)
}

/// Name, frames, abnormal frames, AUC and AP.
type VideoRow = (String, usize, usize, Option<f64>, Option<f64>);

/// For each video its name, its frames, its abnormal frames, its AUC and its AP.
#[pyfunction]
pub(crate) fn per_video(
    py: Python<'_>,
    scores: &Scores,
    labels: &Labels,
) -> PyResult<Vec<VideoRow>> {
    run(py, || {
        let videos = metrics::per_video(&scores.table, &labels.labels);
        let rows = videos.map_err(Failure::argument)?.into_iter().map(|video| {
            (
                video.video.name().to_owned(),
                video.frames,
                video.positives,
                video.auc,
                video.ap,
            )
        });
        Ok(rows.collect())
    })
}

/// The ends of the interval, and how many resamples had only one class. `lengths` are the frames of each video.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
pub(crate) fn bootstrap(
    py: Python<'_>,
    labels: LabelArray<'_>,
    scores: ScoreArray<'_>,
    lengths: Vec<usize>,
    metric: &str,
    resamples: usize,
    level: f64,
    seed: u64,
) -> PyResult<(f64, f64, usize)> {
    let metric = match metric {
        "roc_auc" => Ok(Metric::RocAuc),
        "average_precision" => Ok(Metric::AveragePrecision),
        "pr_auc" => Ok(Metric::PrAuc),
        "eer" => Ok(Metric::Eer),
        "best_f1" => Ok(Metric::BestF1),
        other => Err(Failure::argument(format!(
            "there is no metric `{other}`: name roc_auc, average_precision, pr_auc, eer or best_f1"
        ))
        .into_exception(py)),
    }?;
    let (mut labels, mut scores) = (slice(&labels)?, slice(&scores)?);
    let mut videos = Vec::with_capacity(lengths.len());
    for length in lengths {
        let (Some(own), Some(of_own)) = (
            labels.split_at_checked(length),
            scores.split_at_checked(length),
        ) else {
            let error = Failure::argument("the lengths of the videos exceed the number of scores");
            return Err(error.into_exception(py));
        };
        videos.push((own.0, of_own.0));
        (labels, scores) = (own.1, of_own.1);
    }
    let options = BootstrapOptions {
        resamples,
        level,
        seed,
    };
    let Interval {
        low, high, skipped, ..
    } = run(py, || {
        metrics::bootstrap(&videos, metric, options).map_err(Failure::argument)
    })?;
    Ok((low, high, skipped))
}

/// A box as left, top, right, bottom.
type Corners = (f64, f64, f64, f64);

/// Video, frame, box and score.
type DetectionRow = (String, u64, Corners, f64);

/// Video, number, and the box in each frame.
type TrackRow = (String, u64, Vec<(u64, Corners)>);

/// RBDC and TBDC.
#[pyfunction]
pub(crate) fn rbdc_tbdc(
    py: Python<'_>,
    detections: Vec<DetectionRow>,
    tracks: Vec<TrackRow>,
    frames: usize,
    alpha: f64,
    beta: f64,
) -> PyResult<(f64, f64)> {
    run(py, || {
        let detections: Vec<Detection> = detections
            .into_iter()
            .map(|(video, frame, area, score)| Detection {
                video: VideoId::new(&video),
                frame: FrameNumber(frame),
                rect: rect(area),
                score,
            })
            .collect();
        let tracks: Vec<Track> = tracks
            .into_iter()
            .map(|(video, id, boxes)| Track {
                video: VideoId::new(&video),
                id,
                boxes: boxes
                    .into_iter()
                    .map(|(frame, area)| (FrameNumber(frame), rect(area)))
                    .collect(),
            })
            .collect();
        let options = LocalisationOptions { alpha, beta };
        let found = metrics::rbdc_tbdc(&detections, &tracks, frames, options);
        let found = found.map_err(Failure::argument)?;
        Ok((found.rbdc, found.tbdc))
    })
}

fn rect((left, top, right, bottom): Corners) -> Rect {
    Rect {
        left,
        top,
        right,
        bottom,
    }
}
