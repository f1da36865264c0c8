"""Metrics: equal to scikit-learn, to the command line, and to values computed by hand."""

import json

import numpy as np
import oddframe
import pytest
from oddframe import metrics


def frames_with_ties(count, seed=0):
    random = np.random.default_rng(seed)
    labels = random.random(count) < 0.3
    # A few hundred distinct values: most scores are tied with others.
    return labels, np.round(random.normal(size=count) + labels, 1)


@pytest.mark.parametrize("count", [2, 3, 17, 1000, 20000])
def test_metrics_equal_those_of_scikit_learn(count):
    sklearn = pytest.importorskip("sklearn.metrics")
    labels, scores = frames_with_ties(count, seed=count)
    labels[:2] = [True, False]
    assert metrics.roc_auc_score(labels, scores) == pytest.approx(sklearn.roc_auc_score(labels, scores), abs=1e-13)
    assert metrics.average_precision_score(labels, scores) == pytest.approx(sklearn.average_precision_score(labels, scores), abs=1e-13)
    for own, other in zip(metrics.roc_curve(labels, scores), sklearn.roc_curve(labels, scores, drop_intermediate=False)):
        np.testing.assert_allclose(own, other, rtol=1e-14)
    for own, other in zip(metrics.precision_recall_curve(labels, scores), sklearn.precision_recall_curve(labels, scores)):
        np.testing.assert_allclose(own, other, rtol=1e-14)
    best = metrics.best_f1(labels, scores)
    assert best.f1 == pytest.approx(sklearn.f1_score(labels, scores >= best.threshold), abs=1e-13)


def test_labels_may_be_booleans_or_zeros_and_ones_of_any_type():
    scores = [0.1, 0.9, 0.4, 0.3]
    for dtype in [bool, np.int8, np.uint8, np.int64, np.float32, np.float64]:
        assert metrics.roc_auc_score(np.array([0, 1, 0, 1], dtype), np.array(scores, np.float32)) == 0.75
    assert metrics.roc_auc_score([False, True, False, True], scores) == 0.75
    # Every second element of an array is not contiguous.
    strided = np.repeat(scores, 2)[::2]
    assert not strided.flags.c_contiguous or strided.size < 2
    assert metrics.roc_auc_score([0, 1, 0, 1], strided) == 0.75


@pytest.mark.parametrize(
    ("labels", "scores", "message"),
    [
        ([0, 1], [0.1, 0.2, 0.3], "2"),
        ([0, 1], [0.1, float("nan")], "NaN"),
        ([0, 1], [0.1, float("inf")], "inf"),
        ([], [], "no"),
        ([1, 1], [0.1, 0.2], "class"),
        ([0, 2], [0.1, 0.2], "other than 0 and 1"),
        ([-1, 1], [0.1, 0.2], "y_true == 1"),
        (["a", "b"], [0.1, 0.2], "dtype"),
        ([0, 1], ["a", "b"], "numbers"),
        ([0, 1], [None, 0.2], "numbers"),
        ([0, 1], [1j, 0.2], "complex"),
        ([[0, 1]], [0.1, 0.2], "dimensions"),
        ([0, 1], [[0.1, 0.2]], "ravel"),
        ([[0], [0, 1]], [0.1, 0.2], "y_true"),
    ],
)
def test_wrong_input_is_an_error_that_says_what(labels, scores, message):
    for metric in [metrics.roc_auc_score, metrics.average_precision_score, metrics.roc_curve, metrics.best_f1]:
        with pytest.raises(oddframe.ArgumentError, match=message) as error:
            metric(labels, scores)
        assert isinstance(error.value, ValueError)


def test_the_bootstrap_draws_whole_videos():
    labels, scores = frames_with_ties(600)
    videos = np.repeat(np.arange(6), 100)
    interval = metrics.bootstrap(labels, scores, videos, resamples=200, seed=3)
    assert interval == metrics.bootstrap(labels, scores, [f"v{video}" for video in videos], resamples=200, seed=3)
    assert interval.low < metrics.roc_auc_score(labels, scores) < interval.high
    assert interval != metrics.bootstrap(labels, scores, videos, resamples=200, seed=4)
    with pytest.raises(oddframe.ArgumentError, match="follow each other"):
        metrics.bootstrap(labels, scores, np.arange(600) % 6)
    with pytest.raises(oddframe.ArgumentError, match="video of each frame"):
        metrics.bootstrap(labels, scores, videos[:-1])
    with pytest.raises(oddframe.ArgumentError, match="no metric `auroc`"):
        metrics.bootstrap(labels, scores, videos, metric="auroc")
    with pytest.raises(oddframe.ArgumentError, match="level"):
        metrics.bootstrap(labels, scores, videos, level=2)
    with pytest.raises(oddframe.ArgumentError):
        metrics.bootstrap([], [], [])


def test_evaluations_equal_those_of_the_command_line(tmp_path, street, quick_model, program):
    scores = quick_model.score(street)
    labels = oddframe.Labels.read(street / "labels.csv", of=scores)
    found = metrics.evaluate(scores, labels)
    scores.write(tmp_path / "scores.csv")
    printed = json.loads(program("eval", tmp_path / "scores.csv", "--labels", street / "labels.csv", "--json"))
    names = set(printed) - {"labels_sha256"}
    assert len(names) == 13 and {name: found._asdict()[name] for name in names} == {name: printed[name] for name in names}
    assert found.micro_auc == metrics.roc_auc_score(labels.aligned(scores), scores.values())
    videos = metrics.per_video(scores, labels)
    assert [video.video for video in videos] == scores.keys()
    assert found.macro_auc == pytest.approx(np.mean([video.auc for video in videos if video.auc is not None]), abs=1e-15)


def test_localisation_takes_boxes_and_tracks():
    box, far = (0, 0, 4, 4), (20, 20, 24, 24)
    track = [("1", 0, box), ("1", 1, box)]
    assert metrics.rbdc_tbdc([("1", 0, box, 0.9)], [track], frames=2) == (0.5, 1.0)
    # A false alarm in each frame, with a higher score than the box that is right: nothing is found below one alarm per frame.
    alarms = [("1", 0, far, 2.0), ("1", 1, far, 2.0), ("1", 0, box, 1.0)]
    assert metrics.rbdc_tbdc(alarms, [track], frames=2) == (0.0, 0.0)
    with pytest.raises(oddframe.ArgumentError, match="2 videos"):
        metrics.rbdc_tbdc([], [[("1", 0, box), ("2", 0, box)]], frames=2)
    with pytest.raises(oddframe.ArgumentError, match="track"):
        metrics.rbdc_tbdc([], [], frames=2)
    with pytest.raises(ValueError):
        metrics.rbdc_tbdc([("1", 0, (0, 0, 4), 0.9)], [track], frames=2)
    with pytest.raises(oddframe.ArgumentError):
        metrics.rbdc_tbdc([("1", -1, box, 0.9)], [track], frames=2)
