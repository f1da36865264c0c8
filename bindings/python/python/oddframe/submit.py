"""Submissions of contests: checked before they are uploaded, completed, written."""

from __future__ import annotations

import os
from typing import NamedTuple

from . import _oddframe
from ._oddframe import Scores

__all__ = ["Completed", "Problem", "Report", "check", "complete", "write"]

Path = str | os.PathLike[str]


class Problem(NamedTuple):
    """A problem of a submission."""

    kind: str
    """In a word, such as "missing" or "not_finite"."""
    message: str


class Report(NamedTuple):
    """The result of `check`."""

    valid: bool
    summary: str
    """All problems in a few lines, with what to do."""
    problems: list[Problem]

    def __bool__(self) -> bool:
        return self.valid


def check(path: Path, ids: Path) -> Report:
    """Finds every problem of a submission: wrong columns, missing, unknown and repeated ids, scores that are no finite numbers.

    `ids` is the file with the expected ids, such as a sample submission. The report is true if there is no problem.
    """
    valid, summary, problems = _oddframe.check_submission(path, ids)
    return Report(valid, summary, [Problem(*problem) for problem in problems])


class Completed(NamedTuple):
    """The result of `complete`."""

    scores: Scores
    filled: int
    """Frames whose score was filled in."""
    dropped: int
    """Scores that belonged to no id and were left out."""


def complete(scores: Scores, ids: Path, *, policy: str = "nearest", drop_unknown: bool = False) -> Completed:
    """Gives every expected id a score: missing ones are derived from other frames of the video.

    `policy` is "nearest", "error", or another that `oddframe complete --help` lists. Scores without an id are an error, unless they are
    dropped.
    """
    return Completed(*_oddframe.complete_scores(scores, ids, policy, drop_unknown))


def write(scores: Scores, path: Path, ids: Path | None = None) -> None:
    """Writes a submission with the columns Id and Predicted, in the order of the expected ids where they are named."""
    _oddframe.write_submission(scores, path, ids)
