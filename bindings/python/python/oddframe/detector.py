"""The memory bank as a detector on rows of features, as scikit-learn has them."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _oddframe
from ._arguments import as_matrix
from .errors import ArgumentError

# With scikit-learn, detectors work in its pipelines and searches; they do not need it.
try:
    from sklearn.base import BaseEstimator, OutlierMixin
    from sklearn.exceptions import NotFittedError
except ImportError:
    from ._estimator import BaseEstimator, NotFittedError, OutlierMixin

__all__ = ["MemoryBankDetector"]


class MemoryBankDetector(OutlierMixin, BaseEstimator):  # type: ignore[misc]
    """Keeps a selection of normal rows, and takes what is far from all of them for abnormal (PatchCore).

    Parameters
    ----------
    size : int
        The rows to keep. They are selected so that every other row is near one of them.
    n_neighbors : int
        A row is judged by the mean distance to so many of the nearest kept rows.
    contamination : float
        The share of the rows given to `fit` that `predict` takes for abnormal, from 0 to 0.5.
    prefilter : int, optional
        Rows to draw at random before the selection, which bounds its time and memory.
    projection : int, optional
        The selection measures distances in a random projection to so many dimensions, which is faster.
    random_state : int
        The seed.

    Attributes
    ----------
    bank_ : the kept rows.
    offset_ : the score below which `predict` takes a row for abnormal.
    decision_scores_ : the distances of the rows given to `fit`, as PyOD calls them.

    >>> import numpy as np
    >>> rows = np.random.default_rng(0).normal(size=(200, 3))
    >>> detector = MemoryBankDetector(size=50).fit(rows)
    >>> detector.predict([[0.0, 0.0, 0.0], [9.0, 9.0, 9.0]]).tolist()
    [1, -1]
    """

    def __init__(
        self,
        size: int = 1000,
        n_neighbors: int = 1,
        contamination: float = 0.1,
        prefilter: int | None = None,
        projection: int | None = None,
        random_state: int = 0,
    ) -> None:
        self.size = size
        self.n_neighbors = n_neighbors
        self.contamination = contamination
        self.prefilter = prefilter
        self.projection = projection
        self.random_state = random_state

    def fit(self, X: npt.ArrayLike, y: object = None) -> MemoryBankDetector:
        """Selects the rows to keep. `y` is ignored."""
        if not 0 < self.contamination <= 0.5:
            raise ArgumentError(f"contamination is {self.contamination}: a share above 0 and at most 0.5 is needed")
        if self.n_neighbors < 1:
            raise ArgumentError(f"n_neighbors is {self.n_neighbors}: at least 1 is needed")
        matrix = as_matrix(X, "X")
        self.bank_ = _oddframe.MemoryBank.build(matrix, self.size, self.random_state, self.prefilter, self.projection)
        self.n_features_in_ = matrix.shape[1]
        self.decision_scores_ = self._distances(matrix)
        self.offset_ = -float(np.quantile(self.decision_scores_, 1 - self.contamination))
        return self

    def score_samples(self, X: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """The negative distance to the kept rows: the lower, the more abnormal, as scikit-learn has it."""
        self._check_fitted()
        return -self._distances(as_matrix(X, "X"))

    def decision_function(self, X: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """`score_samples` minus `offset_`: negative where a row is abnormal."""
        return self.score_samples(X) - self.offset_

    def predict(self, X: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """1 for normal rows, -1 for abnormal ones."""
        return np.where(self.decision_function(X) < 0, -1, 1)

    def fit_predict(self, X: npt.ArrayLike, y: object = None) -> npt.NDArray[np.int64]:
        """`predict` of the rows that the detector is fitted to."""
        return self.fit(X).predict(X)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the kept rows into a file."""
        self._check_fitted()
        self.bank_.save(path)

    def _distances(self, matrix: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        return self.bank_.distances(matrix, self.n_neighbors)

    def _check_fitted(self) -> None:
        if not hasattr(self, "bank_"):
            raise NotFittedError("this MemoryBankDetector is not fitted: call fit first")

    def __getstate__(self) -> dict[str, Any]:
        return dict(self.__dict__)
