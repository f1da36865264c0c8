"""Metrics: exact, and equal to those of the Rust crate to the last bit.

Functions that scikit-learn has too have its names and its order of arguments. Ties count one half in the AUC, and average precision is
the step-wise sum, as there. Labels are booleans, or numbers that are 0 or 1; 1 is abnormal. Scores must be finite.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from . import _oddframe
from ._arguments import as_labels, as_scores
from ._oddframe import Labels, Scores
from .errors import ArgumentError

__all__ = [
    "Evaluation",
    "Interval",
    "Threshold",
    "VideoEvaluation",
    "average_precision_score",
    "best_f1",
    "bootstrap",
    "equal_error_rate",
    "evaluate",
    "per_video",
    "precision_recall_curve",
    "rbdc_tbdc",
    "roc_auc_score",
    "roc_curve",
    "threshold_at_fpr",
]

Floats = npt.NDArray[np.float64]


def roc_auc_score(y_true: npt.ArrayLike, y_score: npt.ArrayLike) -> float:
    """The area under the ROC curve.

    >>> roc_auc_score([1, 0, 1, 0], [0.9, 0.5, 0.5, 0.1])
    0.875
    """
    return _oddframe.roc_auc(as_labels(y_true, "y_true"), as_scores(y_score, "y_score"))


def average_precision_score(y_true: npt.ArrayLike, y_score: npt.ArrayLike) -> float:
    """The average precision: the step-wise sum, without interpolation.

    >>> average_precision_score([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1])
    0.8333333333333333
    """
    return _oddframe.average_precision(as_labels(y_true, "y_true"), as_scores(y_score, "y_score"))


def equal_error_rate(y_true: npt.ArrayLike, y_score: npt.ArrayLike) -> float:
    """The error rate at which as large a share of normal frames is above the threshold as of abnormal frames below it.

    >>> equal_error_rate([1, 1, 0, 0], [0.9, 0.3, 0.5, 0.1])
    0.5
    """
    return _oddframe.eer(as_labels(y_true, "y_true"), as_scores(y_score, "y_score"))


def roc_curve(y_true: npt.ArrayLike, y_score: npt.ArrayLike) -> tuple[Floats, Floats, Floats]:
    """False-positive rates, true-positive rates and thresholds, from the highest threshold to the lowest.

    There is a point for each distinct score; scikit-learn's function gives the same with `drop_intermediate=False`.

    >>> fpr, tpr, thresholds = roc_curve([1, 0, 1, 0], [0.9, 0.5, 0.5, 0.1])
    >>> tpr.tolist(), thresholds.tolist()
    ([0.0, 0.5, 1.0, 1.0], [inf, 0.9, 0.5, 0.1])
    """
    return _oddframe.roc_curve(as_labels(y_true, "y_true"), as_scores(y_score, "y_score"))


def precision_recall_curve(y_true: npt.ArrayLike, y_score: npt.ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Precision, recall and thresholds, from the lowest threshold to the highest, as scikit-learn gives them.

    There is a point for each distinct score, and at the end one of precision 1 and recall 0 without a threshold.

    >>> precision, recall, thresholds = precision_recall_curve([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1])
    >>> recall.tolist(), thresholds.tolist()
    ([1.0, 1.0, 0.5, 0.5, 0.0], [0.1, 0.7, 0.8, 0.9])
    """
    precision, recall, thresholds = _oddframe.precision_recall_curve(as_labels(y_true, "y_true"), as_scores(y_score, "y_score"))
    # The last point has no threshold.
    return precision, recall, thresholds[:-1]


class Threshold(NamedTuple):
    """What a threshold gives: frames with a score at or above it count as abnormal."""

    threshold: float
    f1: float
    precision: float
    recall: float
    fpr: float


def best_f1(y_true: npt.ArrayLike, y_score: npt.ArrayLike) -> Threshold:
    """The threshold with the highest F1. Chosen by labels, it says nothing about other data.

    >>> best_f1([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1]).threshold
    0.7
    """
    return Threshold(*_oddframe.best_f1(as_labels(y_true, "y_true"), as_scores(y_score, "y_score")))


def threshold_at_fpr(y_true: npt.ArrayLike, y_score: npt.ArrayLike, fpr: float) -> float:
    """The lowest threshold at which no more than this share of the normal frames counts as abnormal.

    >>> threshold_at_fpr([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1], 0.5)
    0.7
    """
    return _oddframe.threshold_at_fpr(as_labels(y_true, "y_true"), as_scores(y_score, "y_score"), fpr)


class Interval(NamedTuple):
    """A confidence interval."""

    low: float
    high: float
    skipped: int
    """Resamples that had only one class and were left out."""


def bootstrap(
    y_true: npt.ArrayLike,
    y_score: npt.ArrayLike,
    videos: npt.ArrayLike,
    *,
    metric: str = "roc_auc",
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """The percentile bootstrap interval of a metric, drawing whole videos.

    Frames of one video are alike, so drawing single frames would give an interval that is too narrow. `videos` says for each frame
    which video it belongs to; the frames of a video follow each other. `metric` is "roc_auc", "average_precision", "pr_auc", "eer" or
    "best_f1".

    >>> y_true, y_score = [0, 1, 1, 0, 0, 1], [0.1, 0.3, 0.5, 0.2, 0.4, 0.4]
    >>> interval = bootstrap(y_true, y_score, ["a", "a", "a", "b", "b", "b"])
    >>> interval.low, interval.high
    (0.75, 1.0)
    """
    labels, scores = as_labels(y_true, "y_true"), as_scores(y_score, "y_score")
    names = np.asarray(videos)
    if names.shape != scores.shape:
        raise ArgumentError(f"videos has shape {names.shape} and y_score {scores.shape}: name the video of each frame")
    starts = np.flatnonzero(np.concatenate([np.ones(min(1, names.size), dtype=bool), names[1:] != names[:-1]]))
    if len(starts) != len(np.unique(names)):
        raise ArgumentError("the frames of a video do not follow each other: sort the frames by video")
    lengths = np.diff(np.append(starts, names.size))
    return Interval(*_oddframe.bootstrap(labels, scores, lengths.tolist(), metric, resamples, level, seed))


class Evaluation(NamedTuple):
    """All figures of a table of scores."""

    frames: int
    videos: int
    positives: int
    """The abnormal frames."""
    base_rate: float
    """Their share: what a constant score has as its average precision."""
    micro_auc: float
    """The AUC over the frames of all videos."""
    macro_auc: float | None
    """The mean of the AUCs of the videos that have frames of both classes."""
    macro_videos: int
    videos_left_out: int
    ap: float
    pr_auc: float
    eer: float
    eer_nearest: float
    best_f1: float
    best_f1_threshold: float
    unused_labels: int
    """Labels of frames that have no score."""


def evaluate(scores: Scores, labels: Labels) -> Evaluation:
    """All figures of a table of scores. Every scored frame needs a label.

    >>> import oddframe
    >>> scores = oddframe.Scores.from_arrays({"1": [0.1, 0.9], "2": [0.2, 0.3]})
    >>> labels = oddframe.Labels.from_arrays({"1": [0, 1], "2": [0, 0]})
    >>> found = evaluate(scores, labels)
    >>> found.micro_auc, found.macro_auc, found.videos_left_out
    (1.0, 1.0, 1)
    """
    return Evaluation(**_oddframe.evaluate(scores, labels))


class VideoEvaluation(NamedTuple):
    """The figures of one video."""

    video: str
    frames: int
    positives: int
    auc: float | None
    """None where all frames are of one class."""
    ap: float | None


def per_video(scores: Scores, labels: Labels) -> list[VideoEvaluation]:
    """The figures of each video by itself."""
    return [VideoEvaluation(*row) for row in _oddframe.per_video(scores, labels)]


Box = Sequence[float]


def rbdc_tbdc(
    detections: Iterable[tuple[str, int, Box, float]],
    tracks: Iterable[Iterable[tuple[str, int, Box]]],
    frames: int,
    *,
    alpha: float = 0.1,
    beta: float = 0.1,
) -> tuple[float, float]:
    """RBDC and TBDC of Ramachandra and Jones (2020): how well boxes find what is odd.

    A detection is (video, frame, (left, top, right, bottom), score). A track is what is known of one object: its boxes as
    (video, frame, (left, top, right, bottom)). `frames` is the number of frames that were searched.

    >>> box = (0, 0, 4, 4)
    >>> rbdc_tbdc([("1", 0, box, 0.9)], [[("1", 0, box), ("1", 1, box)]], frames=2)
    (0.5, 1.0)
    """
    try:
        found = [(str(video), int(frame), _corners(box), float(score)) for video, frame, box, score in detections]
        known = []
        for number, track in enumerate(tracks):
            boxes = [(str(video), int(frame), _corners(box)) for video, frame, box in track]
            names = {video for video, _, _ in boxes}
            if len(names) != 1:
                raise ArgumentError(f"track {number} has boxes in {len(names)} videos: a track belongs to one video")
            known.append((names.pop(), number, [(frame, box) for _, frame, box in boxes]))
        return _oddframe.rbdc_tbdc(found, known, frames, alpha, beta)
    except ArgumentError:
        raise
    except (TypeError, ValueError, OverflowError) as error:
        raise ArgumentError(f"detections are (video, frame, box, score), boxes of tracks (video, frame, box), boxes have 4 numbers: {error}") from None


def _corners(box: Box) -> tuple[float, float, float, float]:
    left, top, right, bottom = (float(value) for value in box)
    return left, top, right, bottom
