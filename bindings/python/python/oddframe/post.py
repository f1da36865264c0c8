"""Post-processing of scores: equal to scipy where it has the same filter, and to the Rust crate to the last bit.

Each function takes the scores of one video and returns new ones. `apply` runs any chain of the steps that recipes know.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

import numpy as np
import numpy.typing as npt

from . import _oddframe
from ._arguments import as_scores
from ._oddframe import Scores
from .errors import ArgumentError, warn

__all__ = [
    "apply",
    "fuse",
    "gaussian_filter1d",
    "median_filter",
    "minmax",
    "rank",
    "savgol_filter",
    "uniform_filter1d",
    "zscore",
]

Floats = npt.NDArray[np.float64]


def gaussian_filter1d(scores: npt.ArrayLike, sigma: float, *, truncate: float = 4.0) -> Floats:
    """A Gaussian filter that reflects at the ends, as `scipy.ndimage.gaussian_filter1d` does.

    >>> gaussian_filter1d([0.0, 0.0, 1.0, 0.0, 0.0], sigma=1).round(3).tolist()
    [0.058, 0.242, 0.399, 0.242, 0.058]
    """
    return _run(f"gaussian(sigma={_number(sigma)}, truncate={_number(truncate)})", scores)


def uniform_filter1d(scores: npt.ArrayLike, size: int) -> Floats:
    """The mean of `size` neighbours, reflected at the ends, as `scipy.ndimage.uniform_filter1d` computes it.

    >>> uniform_filter1d([0.0, 3.0, 0.0], size=3).tolist()
    [1.0, 1.0, 1.0]
    """
    return _run(f"uniform(window={_number(size)})", scores)


def median_filter(scores: npt.ArrayLike, size: int) -> Floats:
    """The median of `size` neighbours, reflected at the ends, as `scipy.ndimage.median_filter` computes it.

    >>> median_filter([0.1, 9.0, 0.2, 0.3], size=3).tolist()
    [0.1, 0.2, 0.3, 0.3]
    """
    return _run(f"median(window={_number(size)})", scores)


def savgol_filter(scores: npt.ArrayLike, window_length: int, polyorder: int) -> Floats:
    """The filter of Savitzky and Golay, as `scipy.signal.savgol_filter` computes it."""
    return _run(f"savgol(window={_number(window_length)}, order={_number(polyorder)})", scores)


def minmax(scores: npt.ArrayLike) -> Floats:
    """Scores from 0 to 1.

    >>> minmax([1.0, 3.0, 2.0]).tolist()
    [0.0, 1.0, 0.5]
    """
    return _run("minmax", scores)


def zscore(scores: npt.ArrayLike) -> Floats:
    """Scores with mean 0 and standard deviation 1."""
    return _run("zscore", scores)


def rank(scores: npt.ArrayLike) -> Floats:
    """The rank of each score among all, divided by their number; equal scores share the mean of their ranks."""
    return _run("rank", scores)


@overload
def apply(chain: str, scores: Scores) -> Scores: ...


@overload
def apply(chain: str, scores: npt.ArrayLike) -> Floats: ...


def apply(chain: str, scores: Scores | npt.ArrayLike) -> Scores | Floats:
    """Applies a chain such as `"gaussian(sigma=3) per video | minmax over all"`.

    `oddframe.Scores` know where videos end. An array is taken for the scores of one video.

    >>> apply("minmax | round(1)", [1.0, 3.0, 2.0]).tolist()
    [0.0, 1.0, 0.5]
    """
    if isinstance(scores, Scores):
        changed, warnings = scores._apply_chain(chain)
        for warning in warnings:
            warn(warning)
        return changed
    return _run(chain, scores)


def fuse(scores: Sequence[Scores], how: str = "mean") -> Scores:
    """Combines the scores of several systems for the same frames: "mean", "max", "product", "rank-mean" or "weighted(0.3,0.7)".

    Normalise them to one range first; only "rank-mean" does so by itself.
    """
    if isinstance(scores, Scores) or not all(isinstance(table, Scores) for table in scores):
        raise ArgumentError("pass a list of oddframe.Scores")
    return _oddframe.fuse(list(scores), how)


def _run(chain: str, scores: npt.ArrayLike) -> Floats:
    changed, warnings = _oddframe.apply_chain(chain, as_scores(scores, "scores"))
    for warning in warnings:
        warn(warning)
    return changed


def _number(value: float) -> str:
    if isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool):
        return repr(float(value)) if isinstance(value, (float, np.floating)) else repr(int(value))
    raise ArgumentError(f"{value!r} is not a number")
