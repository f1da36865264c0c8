"""What scoring returns."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Box", "FrameScore", "VideoResult"]


class Box(NamedTuple):
    """A part of a frame with its anomaly score, in pixels of the frame."""

    left: float
    top: float
    right: float
    """The first column that does not belong to the box."""
    bottom: float
    """The first row that does not belong to the box."""
    score: float


class FrameScore(NamedTuple):
    """The settled score of a frame, before post-processing."""

    frame: int
    score: float
    """The higher, the more unusual."""
    calibrated: float | None
    """How rare the score is in normal video: 3 is a score that one normal frame in a thousand reaches. None without calibration."""
    computed: bool
    """Whether the score was computed from this frame, rather than taken from another one."""
    boxes: list[Box]
    """Where: none for a system that does not localise."""
    cue: str | None
    """What was unusual, in a word, where the system says so."""
    sentence: str | None
    """The same for people."""


class VideoResult(NamedTuple):
    """What `Model.score_video` did."""

    video: str
    """The name of the video."""
    file: str
    """The file of its result."""
    frames: int
    skipped: bool
    """Whether the file was there before."""
    seconds: float
    warnings: list[str]
