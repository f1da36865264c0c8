"""Checks arguments, and brings them into the form that the extension takes, without copying arrays where possible."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from ._oddframe import MemoryBank
from .errors import ArgumentError
from .scoring import Box, FrameScore, VideoResult

Array = TypeVar("Array", bound=npt.NDArray[Any])


def as_scores(values: npt.ArrayLike, name: str) -> npt.NDArray[np.float64]:
    """Numbers as a contiguous array of float64, without copying one that is such an array already."""
    try:
        array = np.asarray(values)
        if array.dtype == object or array.dtype.kind not in "fiub":
            raise TypeError(f"its dtype is {array.dtype}")
        numbers = np.ascontiguousarray(array, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"{name} cannot be read as numbers: {error}") from None
    return _one_dimension(numbers, name)


def as_labels(values: npt.ArrayLike, name: str) -> npt.NDArray[np.bool_]:
    """Labels as a contiguous array of booleans: booleans, or numbers that are 0 or 1."""
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ArgumentError(f"{name} cannot be read as labels: {error}") from None
    if array.dtype == np.bool_:
        return _one_dimension(np.ascontiguousarray(array), name)
    if array.dtype.kind not in "iuf":
        raise ArgumentError(f"{name} has dtype {array.dtype}: labels are booleans, or numbers that are 0 or 1")
    abnormal = array == 1
    if not np.all(abnormal | (array == 0)):
        raise ArgumentError(f"{name} has values other than 0 and 1: write `{name} == 1` or `{name} > 0` for the abnormal frames")
    return _one_dimension(np.ascontiguousarray(abnormal), name)


def as_numbers(values: npt.ArrayLike, name: str) -> npt.NDArray[np.uint64]:
    """Frame numbers: integers that are not negative."""
    array = np.asarray(values)
    if array.dtype.kind not in "iu" or (array.size and array.min() < 0):
        raise ArgumentError(f"{name} are frame numbers: integers from 0, not {array.dtype} values such as {array.ravel()[:3].tolist()}")
    return _one_dimension(np.ascontiguousarray(array, dtype=np.uint64), name)


def as_frame(values: Any, name: str = "frame") -> npt.NDArray[np.uint8]:
    """Pixels: 8 bits each."""
    array = np.asarray(values)
    if array.dtype != np.uint8:
        raise ArgumentError(f"{name} has dtype {array.dtype}: pixels are uint8, from 0 to 255; for values from 0 to 1 pass (255 * {name}).round().astype('uint8')")
    return array


def as_matrix(values: npt.ArrayLike, name: str) -> npt.NDArray[np.float32]:
    """Rows of features as a contiguous array of float32."""
    try:
        array = np.asarray(values)
        if array.dtype == object or array.dtype.kind not in "fiub":
            raise TypeError(f"its dtype is {array.dtype}")
        # A value beyond the range of float32 becomes infinite, which is refused below.
        with np.errstate(over="ignore"):
            array = np.ascontiguousarray(array, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"{name} cannot be read as numbers: {error}") from None
    if array.ndim != 2:
        raise ArgumentError(f"{name} has {array.ndim} dimensions and shape {array.shape}: rows of features have 2, so reshape it to (rows, features)")
    if array.shape[0] == 0 or array.shape[1] == 0:
        raise ArgumentError(f"{name} has shape {array.shape}: at least one row and one feature are needed")
    if not np.isfinite(array).all():
        raise ArgumentError(f"{name} has values that are NaN or infinite")
    return array


def _one_dimension(array: Array, name: str) -> Array:
    if array.ndim != 1:
        raise ArgumentError(f"{name} has {array.ndim} dimensions and shape {array.shape}: pass one value per frame, such as {name}.ravel()")
    return array


def split_scores(videos: Mapping[str, npt.ArrayLike], frames: Mapping[str, npt.ArrayLike] | None) -> list[tuple[str, Any, Any]]:
    """The name, the frame numbers and the scores of each video."""
    return [(name, _numbers_of(name, len(values), frames), values) for name, values in _each(videos, as_scores)]


def split_labels(videos: Mapping[str, npt.ArrayLike], frames: Mapping[str, npt.ArrayLike] | None) -> list[tuple[str, Any, Any]]:
    """The name, the frame numbers and the labels of each video."""
    return [(name, _numbers_of(name, len(values), frames), values) for name, values in _each(videos, as_labels)]


def split_frames(videos: Mapping[str, npt.ArrayLike] | None, argument: str) -> list[tuple[str, Any]]:
    """The name and the frames of each video."""
    return list(_each({} if videos is None else videos, as_frame, argument))


def _each(videos: Mapping[str, Any], convert: Any, argument: str = "videos") -> Iterable[tuple[str, Any]]:
    if not isinstance(videos, Mapping):
        raise ArgumentError(f"{argument} is {type(videos).__name__}: pass a dictionary from the names of videos to their arrays")
    return [(str(name), convert(values, f"{argument}[{name!r}]")) for name, values in videos.items()]


def _numbers_of(name: str, count: int, frames: Mapping[str, npt.ArrayLike] | None) -> npt.NDArray[np.uint64]:
    if frames is None:
        return np.arange(count, dtype=np.uint64)
    if not isinstance(frames, Mapping):
        raise ArgumentError(f"frames is {type(frames).__name__}: pass a dictionary from the names of videos to their frame numbers")
    # Names are texts, whatever the keys of the two dictionaries are.
    own = [values for key, values in frames.items() if str(key) == name]
    if not own:
        raise ArgumentError(f"frames has no numbers for video {name}")
    numbers = as_numbers(own[0], f"frames[{name!r}]")
    if len(numbers) != count:
        raise ArgumentError(f"video {name} has {count} values and {len(numbers)} frame numbers")
    return numbers


def list_settings(settings: None | Mapping[str, object] | Iterable[str]) -> list[str]:
    """Settings as texts KEY=VALUE."""
    if settings is None:
        return []
    if isinstance(settings, Mapping):
        return [f"{key}={_toml_value(value)}" for key, value in settings.items()]
    if isinstance(settings, str):
        raise ArgumentError(f'settings is the text {settings!r}: pass a dictionary such as {{"fuse.how": "mean"}}')
    return [str(setting) for setting in settings]


def _toml_value(value: object) -> str:
    # Numbers, truth values and lists of them are written in TOML as in JSON; a text stands for itself.
    return value if isinstance(value, str) else to_json(value)


def to_json(value: object) -> str:
    """A value as JSON."""
    try:
        return json.dumps(value, default=_plain_number, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ArgumentError(f"{value!r} cannot be part of a recipe: {error}") from None


def _plain_number(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} is no number, text, list or dictionary")


def as_frame_score(
    frame: int,
    score: float,
    calibrated: float | None,
    computed: bool,
    boxes: list[tuple[float, float, float, float, float]],
    cue: str | None,
    sentence: str | None,
) -> FrameScore:
    """What `Scorer` returns."""
    return FrameScore(frame, score, calibrated, computed, [Box(*box) for box in boxes], cue, sentence)


def as_video_result(video: str, file: str, frames: int, skipped: bool, seconds: float, warnings: list[str]) -> VideoResult:
    """What `Model.score_video` returns."""
    return VideoResult(video, file, frames, skipped, seconds, warnings)


def dump_bank(bank: MemoryBank) -> bytes:
    """The bytes of the file of a bank."""
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "bank")
        bank.save(file)
        with open(file, "rb") as reader:
            return reader.read()


def load_bank(bank: bytes) -> MemoryBank:
    """A bank from the bytes of its file."""
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "bank")
        with open(file, "wb") as writer:
            writer.write(bank)
        return MemoryBank.load(file)
