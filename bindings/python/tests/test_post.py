"""Post-processing: equal to scipy and to the command line."""

import numpy as np
import oddframe
import pytest
from oddframe import post

SCORES = np.random.default_rng(5).normal(size=257)


def test_filters_equal_those_of_scipy():
    ndimage = pytest.importorskip("scipy.ndimage")
    signal = pytest.importorskip("scipy.signal")
    stats = pytest.importorskip("scipy.stats")
    for sigma in [0.5, 3, 8.25]:
        # The Gaussian is computed in the order of scipy: no bit differs.
        np.testing.assert_array_equal(post.gaussian_filter1d(SCORES, sigma), ndimage.gaussian_filter1d(SCORES, sigma))
    np.testing.assert_array_equal(
        post.gaussian_filter1d(SCORES, 3, truncate=2.5), ndimage.gaussian_filter1d(SCORES, 3, truncate=2.5)
    )
    for size in [1, 3, 4, 9]:
        np.testing.assert_allclose(post.uniform_filter1d(SCORES, size), ndimage.uniform_filter1d(SCORES, size), atol=1e-13)
        np.testing.assert_array_equal(post.median_filter(SCORES, size), ndimage.median_filter(SCORES, size))
    np.testing.assert_allclose(post.savgol_filter(SCORES, 7, 2), signal.savgol_filter(SCORES, 7, 2), atol=1e-12)
    np.testing.assert_allclose(post.zscore(SCORES), stats.zscore(SCORES), atol=1e-12)
    np.testing.assert_allclose(post.rank(SCORES), stats.rankdata(SCORES) / len(SCORES), atol=1e-15)


def test_the_input_stays_as_it_is_and_lists_and_integers_are_taken():
    before = SCORES.copy()
    post.minmax(SCORES)
    np.testing.assert_array_equal(SCORES, before)
    assert post.minmax([1, 3, 2]).tolist() == [0.0, 1.0, 0.5]
    assert post.minmax(np.array([1, 3, 2], np.float32)).dtype == np.float64


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: post.gaussian_filter1d(SCORES, -1), "sigma"),
        (lambda: post.gaussian_filter1d(SCORES, float("nan")), None),
        (lambda: post.gaussian_filter1d(SCORES, "3"), "not a number"),
        (lambda: post.gaussian_filter1d([1.0, float("nan")], 3), "NaN"),
        (lambda: post.uniform_filter1d(SCORES, 0), "window"),
        (lambda: post.uniform_filter1d(SCORES, 2.5), None),
        (lambda: post.savgol_filter([1.0, 2.0], 7, 2), "7"),
        (lambda: post.minmax([[1.0, 2.0]]), "dimensions"),
        (lambda: post.apply("gausian(sigma=3)", SCORES), "gaussian"),
        (lambda: post.apply("", SCORES), None),
        (lambda: post.fuse([], "mean"), None),
        (lambda: post.fuse([SCORES], "mean"), "list of oddframe.Scores"),
        (lambda: post.fuse([oddframe.Scores.from_arrays({"1": SCORES})], "median"), "median"),
    ],
)
def test_wrong_input_is_an_error_that_says_what(call, message):
    with pytest.raises(oddframe.ArgumentError, match=message):
        call()


def test_a_series_without_a_range_is_warned_of_where_the_user_called():
    with pytest.warns(oddframe.OddframeWarning) as warned:
        assert post.minmax([2.0, 2.0]).tolist() == [0.0, 0.0]
    assert warned[0].filename == __file__


def test_chains_know_where_videos_end(tmp_path, program):
    scores = oddframe.Scores.from_arrays({"1": SCORES[:100], "2": 5 + SCORES[100:]})
    chain = "gaussian(sigma=3) per video | minmax over all"
    smooth = post.apply(chain, scores)
    np.testing.assert_array_equal(
        np.concatenate([post.gaussian_filter1d(scores["1"], 3), post.gaussian_filter1d(scores["2"], 3)]),
        post.apply("gaussian(sigma=3) per video", scores).values(),
    )
    assert (smooth.values().min(), smooth.values().max()) == (0.0, 1.0)
    scores.write(tmp_path / "raw.csv")
    program("post", tmp_path / "raw.csv", "--chain", chain, "--out", tmp_path / "smooth.csv")
    assert oddframe.Scores.read(tmp_path / "smooth.csv") == smooth
    fused = post.fuse([scores, smooth], "weighted(0.25,0.75)")
    np.testing.assert_allclose(fused.values(), 0.25 * scores.values() + 0.75 * smooth.values())
