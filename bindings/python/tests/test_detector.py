"""The memory bank as a detector of scikit-learn."""

import pickle

import numpy as np
import oddframe
import pytest
from oddframe.detector import MemoryBankDetector

ROWS = np.random.default_rng(7).normal(size=(300, 5))
FAR = np.full((1, 5), 20.0)


def test_distances_are_those_to_the_nearest_kept_rows():
    detector = MemoryBankDetector(size=300, n_neighbors=2).fit(ROWS)
    queries = np.random.default_rng(8).normal(size=(40, 5))
    distances = np.sort(np.linalg.norm(queries[:, None] - ROWS[None], axis=2), axis=1)[:, :2].mean(axis=1)
    np.testing.assert_allclose(-detector.score_samples(queries), distances, rtol=1e-5)
    np.testing.assert_allclose(detector.decision_function(queries), -distances - detector.offset_, rtol=1e-5, atol=1e-6)
    assert len(detector.bank_) == 300 and detector.n_features_in_ == 5


def test_the_share_of_abnormal_rows_is_the_contamination():
    detector = MemoryBankDetector(size=100, contamination=0.2)
    found = detector.fit_predict(ROWS)
    assert set(found) == {1, -1} and abs((found == -1).mean() - 0.2) < 0.02
    assert detector.predict(FAR).tolist() == [-1]
    np.testing.assert_allclose(detector.decision_scores_, -detector.score_samples(ROWS))


def test_equal_seeds_give_equal_banks_and_pickling_keeps_them():
    first = MemoryBankDetector(size=50, random_state=3).fit(ROWS)
    second = MemoryBankDetector(size=50, random_state=3).fit(ROWS)
    np.testing.assert_array_equal(first.score_samples(ROWS), second.score_samples(ROWS))
    copy = pickle.loads(pickle.dumps(first))
    np.testing.assert_array_equal(first.score_samples(ROWS), copy.score_samples(ROWS))


def test_it_works_in_pipelines_and_searches_of_scikit_learn(tmp_path):
    sklearn = pytest.importorskip("sklearn")
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    clone = sklearn.clone(MemoryBankDetector(size=7, projection=3))
    assert clone.get_params()["size"] == 7 and clone.set_params(size=8).size == 8
    pipeline = make_pipeline(StandardScaler(), MemoryBankDetector(size=50))
    assert pipeline.fit(ROWS).predict(FAR).tolist() == [-1]
    with pytest.raises(sklearn.exceptions.NotFittedError):
        MemoryBankDetector().predict(ROWS)
    detector = MemoryBankDetector(size=20).fit(ROWS)
    detector.save(tmp_path / "bank.safetensors")
    assert (tmp_path / "bank.safetensors").stat().st_size > 0


@pytest.mark.parametrize(
    ("settings", "rows", "message"),
    [
        ({}, [1.0, 2.0], "reshape"),
        ({}, np.zeros((0, 3)), "at least one row"),
        ({}, np.zeros((3, 0)), "at least one row"),
        ({}, [[np.nan, 1.0]], "NaN"),
        ({}, [[1e300, 1.0]], "infinite"),
        ({}, [["a", "b"]], "numbers"),
        ({"size": 0}, ROWS, "size"),
        ({"n_neighbors": 0}, ROWS, "n_neighbors"),
        ({"contamination": 0.7}, ROWS, "contamination"),
        ({"prefilter": 0}, ROWS, "prefilter"),
    ],
)
def test_wrong_input_is_an_error_that_says_what(settings, rows, message):
    with pytest.raises(oddframe.ArgumentError, match=message):
        MemoryBankDetector(**settings).fit(rows)


def test_rows_of_another_length_are_refused():
    with pytest.raises(oddframe.ArgumentError, match="3 features, those of the bank have 5"):
        MemoryBankDetector(size=20).fit(ROWS).score_samples(ROWS[:, :3])
