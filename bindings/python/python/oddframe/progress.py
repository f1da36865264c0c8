"""Progress of long work, for callbacks and bars."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, NamedTuple

from .errors import ArgumentError

__all__ = ["Bar", "Progress", "ProgressArgument"]


class Progress(NamedTuple):
    """What a callback is told, a few times a second."""

    task: str
    """What is being done."""
    done: int
    """The steps that are done."""
    total: int | None
    """How many there are, where that is known."""
    loss: float | None
    """The last loss of a training."""
    finished: bool
    """Whether the task is done."""


ProgressArgument = None | bool | Callable[[Progress], object]
"""None or False: say nothing. True: show a bar. A function: call it with each `Progress`; an exception that it raises ends the work."""


class Bar:
    """Shows progress as a bar of tqdm, or without tqdm as a line for each task."""

    def __init__(self) -> None:
        try:
            from tqdm.auto import tqdm
        except ImportError:
            tqdm = None
        self._tqdm: Any = tqdm
        self._bar: Any = None
        self._task: str | None = None

    def __call__(self, progress: Progress) -> None:
        if self._tqdm is None:
            if progress.task != self._task:
                print(f"oddframe: {progress.task}", file=sys.stderr)
                self._task = progress.task
            return
        if self._bar is None or progress.task != self._task or progress.done < self._bar.n:
            self._close()
            self._bar = self._tqdm(total=progress.total, desc=progress.task)
            self._task = progress.task
        self._bar.update(progress.done - self._bar.n)
        if progress.loss is not None:
            self._bar.set_postfix(loss=f"{progress.loss:.6g}")
        if progress.finished:
            if progress.total is not None:
                self._bar.update(progress.total - self._bar.n)
            self._close()

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def resolve(progress: ProgressArgument) -> Callable[[Progress], object] | None:
    """The function that an argument `progress` stands for."""
    if progress is None or progress is False:
        return None
    if progress is True:
        return Bar()
    if callable(progress):
        return progress
    raise ArgumentError(f"progress is {progress!r}: pass None, True or a function that takes an oddframe.progress.Progress")
