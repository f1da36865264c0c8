"""The extension module: written in Rust."""

import os
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any, final

import numpy as np
import numpy.typing as npt

from .progress import ProgressArgument
from .scoring import FrameScore, VideoResult

VERSION: str

_Path = str | os.PathLike[str]
_Settings = None | Mapping[str, object] | Iterable[str]
_Floats = npt.NDArray[np.float64]
_Bools = npt.NDArray[np.bool_]
_Numbers = npt.NDArray[np.uint64]
_Corners = tuple[float, float, float, float]

@final
class Recipe:
    """Which systems a run has, how they are trained, and what happens to their scores. Immutable."""

    @staticmethod
    def parse(text: str, settings: _Settings = None) -> Recipe:
        """A recipe from the text of a TOML file. `settings` override its fields, such as `{"fuse.how": "mean"}`."""

    @staticmethod
    def read(path: _Path, settings: _Settings = None) -> Recipe:
        """A recipe from a TOML file."""

    @staticmethod
    def built_in(name: str, settings: _Settings = None) -> Recipe:
        """A built-in recipe."""

    @staticmethod
    def built_in_names() -> list[str]:
        """The names of the built-in recipes."""

    @staticmethod
    def from_dict(recipe: Mapping[str, Any]) -> Recipe:
        """A recipe from nested dictionaries, of the form of a TOML file."""

    @property
    def name(self) -> str: ...
    @property
    def seed(self) -> int: ...
    @property
    def systems(self) -> list[str]:
        """The names of the systems, those for comparison included."""

    def to_toml(self) -> str:
        """The recipe as a TOML file, with every default filled in."""

@final
class Data:
    """Normal videos to learn from and videos to score."""

    @staticmethod
    def open(path: _Path, progress: ProgressArgument = None) -> Data:
        """Opens the folder of a data set of images or of video files, or a single video file."""

    @staticmethod
    def street(preset: str = "small", seed: int = 0, damaged: bool = False) -> Data:
        """The synthetic street, whose anomalies are known."""

    @staticmethod
    def from_arrays(
        train: Mapping[str, npt.ArrayLike] | None = None,
        test: Mapping[str, npt.ArrayLike] | None = None,
        name: str = "arrays",
    ) -> Data:
        """Videos in memory, by their names: arrays of shape (T, H, W) or (T, H, W, 3). `name` identifies the data: a fit is resumed only on data of the same name."""

    def learn_first(self, share: float) -> Data:
        """The same recordings, of which the first share of every one is learned from and the rest is scored."""

    @property
    def name(self) -> str: ...
    @property
    def train(self) -> list[str]:
        """The names of the normal videos."""

    @property
    def test(self) -> list[str]:
        """The names of the videos to score."""

    def read_frame(self, video: str, position: int) -> npt.NDArray[np.uint8]:
        """A frame as an array of shape (H, W) or (H, W, 3): that at `position`, counted from 0, of a video to score or to learn from."""

    def labels(self) -> Labels | None:
        """The labels of the videos to score, where they are known."""

@final
class Scores:
    """One anomaly score for every frame of every video: a mapping from the names of videos to arrays of scores."""

    @staticmethod
    def read(path: _Path) -> Scores:
        """Reads a score file or a submission."""

    @staticmethod
    def from_arrays(videos: Mapping[str, npt.ArrayLike], frames: Mapping[str, npt.ArrayLike] | None = None) -> Scores:
        """Scores of videos by their names. Frames are numbered from 0, unless `frames` says otherwise."""

    def write(self, path: _Path) -> None:
        """Writes a score file with the columns video, frame, score and origin."""

    def keys(self) -> list[str]:
        """The names of the videos, in order."""

    def frames(self, video: str) -> _Numbers:
        """The frame numbers of a video."""

    def computed(self, video: str) -> _Bools:
        """For each frame of a video whether its score was computed from the frame itself."""

    def values(self) -> _Floats:
        """The scores of all videos, one after the other."""

    def columns(self) -> dict[str, Any]:
        """The columns of a table with a row for each frame, such as `pandas.DataFrame` takes."""

    def _apply_chain(self, chain: str) -> tuple[Scores, list[str]]: ...
    def __iter__(self) -> Iterator[str]: ...
    def __len__(self) -> int: ...
    def __contains__(self, video: str) -> bool: ...
    def __getitem__(self, video: str) -> _Floats: ...

@final
class Labels:
    """Which frames of every video are abnormal: a mapping from the names of videos to arrays of booleans."""

    @staticmethod
    def read(path: _Path, of: Scores | Data, count_from: int | None = None) -> Labels:
        """Reads labels in any of the known formats, for the frames of scores or of data."""

    @staticmethod
    def from_arrays(videos: Mapping[str, npt.ArrayLike], frames: Mapping[str, npt.ArrayLike] | None = None) -> Labels:
        """Labels of videos by their names. Frames are numbered from 0, unless `frames` says otherwise."""

    @property
    def assumption(self) -> str | None:
        """What was assumed about frame numbers, if the file has none."""

    def keys(self) -> list[str]:
        """The names of the videos, in order."""

    def frames(self, video: str) -> _Numbers:
        """The frame numbers of a video."""

    def aligned(self, scores: Scores) -> _Bools:
        """The labels of exactly the frames of some scores, one video after the other."""

    def __iter__(self) -> Iterator[str]: ...
    def __len__(self) -> int: ...
    def __contains__(self, video: str) -> bool: ...
    def __getitem__(self, video: str) -> _Bools: ...

@final
class Model:
    """The fitted systems of a recipe, in a folder."""

    @staticmethod
    def open(path: _Path, device: str = "flex") -> Model:
        """Opens a folder that `fit` or `oddframe run` wrote."""

    @property
    def path(self) -> str: ...
    @property
    def device(self) -> str: ...
    @property
    def recipe(self) -> Recipe: ...
    @property
    def digest(self) -> str:
        """The SHA-256 of the recipe and of the files of the model."""

    def score(self, data: Data | _Path, maps: _Path | None = None, progress: ProgressArgument = None) -> Scores:
        """Scores videos as `oddframe score` does: post-processed and fused."""

    def score_systems(self, data: Data | _Path, progress: ProgressArgument = None) -> list[tuple[str, Scores]]:
        """Scores videos with every system by itself."""

    def scorer(self, video: str = "live", system: str | None = None, frames_per_second: float | None = None) -> Scorer:
        """Starts to score a video frame by frame, with one system: that of this name, or the only one that the recipe fuses."""

    def result_file(self, video: _Path, out: _Path) -> str:
        """The file in a folder of results that belongs to a video: named by the video, the model and the recipe."""

    def score_video(self, video: _Path, out: _Path, progress: ProgressArgument = None) -> VideoResult:
        """Scores one video into its file in a folder of results, unless the file is there."""

    def merge(self, out: _Path, videos: Iterable[_Path]) -> Scores:
        """Merges the results of videos: post-processed and fused, equal to `score` of the same videos."""

@final
class Scorer:
    """Scores one video whose frames arrive one by one."""

    def push(self, frame: npt.NDArray[np.uint8], number: int | None = None, seconds: float | None = None) -> list[FrameScore]:
        """Takes the next frame, of shape (H, W) or (H, W, 3), and returns the scores that are now settled."""

    def finish(self) -> list[FrameScore]:
        """Ends the video, and returns the scores of all frames that had none."""

    def close(self) -> None:
        """Ends the video without the scores that are not settled."""

    @property
    def closed(self) -> bool: ...
    def __enter__(self) -> Scorer: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

@final
class MemoryBank:
    """Rows of normal features, selected so that every other row is near one of them."""

    @staticmethod
    def build(
        features: npt.NDArray[np.float32], size: int, seed: int, prefilter: int | None, projection: int | None
    ) -> MemoryBank: ...
    @staticmethod
    def load(path: _Path) -> MemoryBank: ...
    def save(self, path: _Path) -> None: ...
    def distances(self, features: npt.NDArray[np.float32], neighbours: int) -> _Floats: ...
    def __len__(self) -> int: ...
    @property
    def dimensions(self) -> int: ...

def set_threads(threads: int) -> None:
    """Limits the threads of this process, for work that starts from now on. Results do not depend on their number."""

def available_threads() -> int:
    """The threads that work of this process may use."""

def find_videos(data: _Path) -> list[str]:
    """The paths of the videos to score in a data set. No video file is decoded."""

def video_name(path: _Path) -> str:
    """The name that a video has in score files."""

def fit(
    recipe: Recipe,
    data: Data | _Path,
    out: _Path,
    device: str,
    full_digest: bool,
    progress: ProgressArgument,
) -> Model: ...
def roc_auc(labels: _Bools, scores: _Floats) -> float: ...
def average_precision(labels: _Bools, scores: _Floats) -> float: ...
def eer(labels: _Bools, scores: _Floats) -> float: ...
def roc_curve(labels: _Bools, scores: _Floats) -> tuple[_Floats, _Floats, _Floats]: ...
def precision_recall_curve(labels: _Bools, scores: _Floats) -> tuple[_Floats, _Floats, _Floats]: ...
def best_f1(labels: _Bools, scores: _Floats) -> tuple[float, float, float, float, float]: ...
def threshold_at_fpr(labels: _Bools, scores: _Floats, fpr: float) -> float: ...
def evaluate(scores: Scores, labels: Labels) -> dict[str, Any]: ...
def per_video(scores: Scores, labels: Labels) -> list[tuple[str, int, int, float | None, float | None]]: ...
def bootstrap(
    labels: _Bools, scores: _Floats, lengths: list[int], metric: str, resamples: int, level: float, seed: int
) -> tuple[float, float, int]: ...
def rbdc_tbdc(
    detections: list[tuple[str, int, _Corners, float]],
    tracks: list[tuple[str, int, list[tuple[int, _Corners]]]],
    frames: int,
    alpha: float,
    beta: float,
) -> tuple[float, float]: ...
def apply_chain(chain: str, scores: _Floats) -> tuple[_Floats, list[str]]: ...
def fuse(tables: list[Scores], how: str) -> Scores: ...
def check_submission(path: _Path, ids: _Path) -> tuple[bool, str, list[tuple[str, str]]]: ...
def complete_scores(scores: Scores, ids: _Path, policy: str, drop_unknown: bool) -> tuple[Scores, int, int]: ...
def write_submission(scores: Scores, path: _Path, ids: _Path | None) -> None: ...
def write_street(
    folder: _Path, preset: str, seed: int, overwrite: bool, progress: ProgressArgument
) -> tuple[int, int]: ...
