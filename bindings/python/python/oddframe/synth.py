"""The synthetic street: data with known anomalies, of any amount."""

from __future__ import annotations

import os
from typing import NamedTuple

from . import _oddframe
from .progress import ProgressArgument

__all__ = ["Written", "write"]


class Written(NamedTuple):
    """The size of a data set."""

    train_frames: int
    test_frames: int


def write(
    folder: str | os.PathLike[str],
    *,
    preset: str = "small",
    seed: int = 0,
    overwrite: bool = False,
    progress: ProgressArgument = None,
) -> Written:
    """Writes a street as a data set of images with labels: "tiny", "small" or "pixelplay".

    The same preset and seed give the same bytes. `overwrite` replaces a folder only if it holds such a data set.
    `oddframe.Data.street` gives the same videos without files.
    """
    return Written(*_oddframe.write_street(folder, preset, seed, overwrite, progress))
