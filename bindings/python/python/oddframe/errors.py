"""The exceptions of this package. All of them can be pickled, so that they cross the borders of processes."""

from __future__ import annotations

import os
import sys
import warnings

__all__ = ["ArgumentError", "ClosedError", "InternalError", "OddframeError", "OddframeWarning", "RecipeError"]


class OddframeError(Exception):
    """The base of all errors. The message says what, where and what to do."""


class ArgumentError(OddframeError, ValueError):
    """An argument that cannot be used: its type, its shape or its values."""


class RecipeError(ArgumentError):
    """A recipe that cannot be used."""


class ClosedError(OddframeError):
    """A scorer that is used after the end of its video."""


class InternalError(OddframeError):
    """A mistake in this package. Please report it."""


class OddframeWarning(UserWarning):
    """Something to know about a result: the work continued."""


def warn(message: str) -> None:
    """Warns at the line outside this package that called it."""
    depth = 1
    frame = sys._getframe(1)
    package = os.path.dirname(__file__)
    while frame is not None and frame.f_code.co_filename.startswith(package):
        depth += 1
        if frame.f_back is None:
            break
        frame = frame.f_back
    warnings.warn(message, OddframeWarning, stacklevel=depth + 1)
