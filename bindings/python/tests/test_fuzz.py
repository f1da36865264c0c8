"""Any arguments give a result or an exception of this package, and never end the process."""

import numpy as np
import oddframe
import pytest

hypothesis = pytest.importorskip("hypothesis")
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from oddframe import metrics, post
from oddframe.detector import MemoryBankDetector

DTYPES = st.sampled_from([np.bool_, np.int8, np.uint8, np.int64, np.uint64, np.float16, np.float32, np.float64, np.complex64, np.str_, np.bytes_, np.object_])
ARRAYS = DTYPES.flatmap(
    lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=6), **({"elements": st.integers()} if dtype is np.object_ else {}))
)
NUMBERS = st.one_of(st.integers(), st.floats(), st.none(), st.text(max_size=5), st.booleans())
ANYTHING = st.one_of(
    ARRAYS,
    NUMBERS,
    st.lists(st.floats(), max_size=6),
    st.lists(st.integers(0, 1), max_size=6),
    st.dictionaries(st.text(max_size=5), st.lists(st.floats(), max_size=4), max_size=3),
)
# What Python itself raises when a function gets arguments of another type, or too large a number.
ALLOWED = (oddframe.OddframeError, TypeError, OverflowError, KeyError)


def survives(call, *arguments, **named):
    try:
        return call(*arguments, **named)
    except oddframe.InternalError:
        raise
    except ALLOWED:
        return None


def test_internal_errors_would_be_seen():
    def broken():
        raise oddframe.InternalError("a panic")

    with pytest.raises(oddframe.InternalError):
        survives(broken)


@settings(deadline=None)
@given(ANYTHING, ANYTHING, ANYTHING, NUMBERS)
def test_metrics(labels, scores, videos, number):
    for metric in [metrics.roc_auc_score, metrics.average_precision_score, metrics.equal_error_rate, metrics.roc_curve]:
        survives(metric, labels, scores)
    survives(metrics.precision_recall_curve, labels, scores)
    survives(metrics.best_f1, labels, scores)
    survives(metrics.threshold_at_fpr, labels, scores, number)
    survives(metrics.bootstrap, labels, scores, videos, resamples=3, level=0.9)
    survives(metrics.rbdc_tbdc, [(videos, number, scores, number)], [[(videos, number, scores)]], number)


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.floats(allow_nan=True, allow_infinity=True)), max_size=30))
def test_metrics_of_any_numbers_stay_in_range(pairs):
    labels, scores = [label for label, _ in pairs], [score for _, score in pairs]
    for metric in [metrics.roc_auc_score, metrics.average_precision_score, metrics.equal_error_rate]:
        value = survives(metric, labels, scores)
        if value is None:
            assert len(set(labels)) < 2 or not np.isfinite(scores).all()
        else:
            assert 0 <= value <= 1


@settings(deadline=None)
@given(ANYTHING, NUMBERS, NUMBERS, st.text(max_size=30))
def test_post_processing(scores, first, second, text):
    survives(post.gaussian_filter1d, scores, first, truncate=second)
    survives(post.uniform_filter1d, scores, first)
    survives(post.median_filter, scores, first)
    survives(post.savgol_filter, scores, first, second)
    survives(post.minmax, scores)
    survives(post.zscore, scores)
    survives(post.rank, scores)
    survives(post.apply, text, scores)
    survives(post.fuse, scores, text)


@settings(deadline=None)
@given(ANYTHING, ANYTHING, st.text(max_size=40), NUMBERS)
def test_tables_data_and_recipes(videos, frames, text, number):
    survives(oddframe.Scores.from_arrays, videos, frames)
    survives(oddframe.Labels.from_arrays, videos, frames)
    survives(oddframe.Data.from_arrays, videos, frames)
    survives(oddframe.Data.from_arrays, {text: videos}, {text: frames})
    survives(oddframe.Data.street, text, number)
    survives(oddframe.Recipe.parse, text, videos)
    survives(oddframe.Recipe.parse, 'name = "x"', {text: number})
    survives(oddframe.Recipe.from_dict, {"name": text, "seed": number, "system": videos if isinstance(videos, dict) else []})
    survives(oddframe.Scores.read, text)
    survives(oddframe.Model.open, text, text)
    survives(oddframe.set_threads, number if number not in (None, True) and isinstance(number, int) and number < 1 else 0)


@settings(deadline=None, max_examples=50)
@given(ANYTHING, ANYTHING, NUMBERS, NUMBERS)
def test_detectors(rows, queries, size, neighbours):
    # A size is how much memory is asked for, which is refused; a large one that is allowed takes long.
    size = min(size, 1000) if isinstance(size, int) else size
    detector = MemoryBankDetector(size=size, n_neighbors=neighbours)
    if survives(detector.fit, rows) is not None:
        survives(detector.score_samples, queries)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(ANYTHING, NUMBERS, NUMBERS), max_size=6))
def test_scorers(quick_model, pushes):
    with quick_model.scorer(system="motion") as scorer:
        for frame, number, seconds in pushes:
            survives(scorer.push, frame, number, seconds)
        survives(scorer.push, np.zeros((6, 8), np.uint8), None, None)
        survives(scorer.finish)
