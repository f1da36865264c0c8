"""Finds anomalous frames in video.

    import oddframe

    recipe = oddframe.Recipe.built_in("watch")
    model = oddframe.fit(recipe, "recordings", "gate")
    scores = model.score("new_recordings")

`oddframe.metrics` and `oddframe.post` work on arrays. `oddframe.ray` scores on many machines, and `oddframe.detector` has a memory bank with
the interface of scikit-learn.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

from . import _oddframe, errors, metrics, post, submit, synth
from ._oddframe import Data, Labels, Model, Recipe, Scorer, Scores, available_threads, find_videos, set_threads, video_name
from .errors import ArgumentError, ClosedError, InternalError, OddframeError, OddframeWarning, RecipeError
from .progress import Progress, ProgressArgument
from .scoring import Box, FrameScore, VideoResult

if TYPE_CHECKING:
    from . import detector as detector
    from . import ray as ray

__version__: str = _oddframe.VERSION

__all__ = [
    "ArgumentError",
    "Box",
    "ClosedError",
    "Data",
    "FrameScore",
    "InternalError",
    "Labels",
    "Model",
    "OddframeError",
    "OddframeWarning",
    "Progress",
    "Recipe",
    "RecipeError",
    "Scorer",
    "Scores",
    "VideoResult",
    "available_threads",
    "errors",
    "find_videos",
    "fit",
    "metrics",
    "post",
    "set_threads",
    "submit",
    "synth",
    "video_name",
]


def fit(
    recipe: Recipe | str | os.PathLike[str],
    data: Data | str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    device: str = "flex",
    full_digest: bool = False,
    progress: ProgressArgument = None,
) -> Model:
    """Fits the systems of a recipe on the normal videos of `data`, into the folder `out`.

    `recipe` is a `Recipe`, the path of a TOML file or the name of a built-in recipe. The same call resumes a fit that was stopped.
    """
    if not isinstance(recipe, Recipe):
        known = not os.path.exists(recipe) and str(recipe) in Recipe.built_in_names()
        recipe = Recipe.built_in(str(recipe)) if known else Recipe.read(recipe)
    return _oddframe.fit(recipe, data, out, device, full_digest, progress)


def __getattr__(name: str) -> Any:
    # Imported when they are used: they load scikit-learn and Ray, which takes seconds.
    if name in ("detector", "ray"):
        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


# What the environment variable says holds for the whole process, such as a worker that another program starts.
_threads = os.environ.get("ODDFRAME_THREADS", "")
if _threads:
    if not _threads.isdecimal() or int(_threads) == 0:
        raise ArgumentError(f"the environment variable ODDFRAME_THREADS is {_threads!r}: a number of at least 1 is needed")
    set_threads(int(_threads))
