"""Score many videos on many machines with Ray Data.

    import oddframe.ray

    result = oddframe.ray.score("recordings", "model", "results")
    result.scores.write("scores.csv")

The rows of the pipeline are paths, never frames: every actor opens the videos itself. Data set, model and output folder must
therefore be on storage that all machines see under the same path.

Each video has one result file in the output folder, which is written whole or not at all. A video that has one is not
scored again. This makes every retry of Ray, and every new call after the driver was killed, continue where the work stopped.

docs/scale.md describes the costs, and what happens when something fails.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import platform
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import oddframe

from .errors import ArgumentError, OddframeError
from .progress import Progress, ProgressArgument, resolve

try:
    import pyarrow  # type: ignore[import-untyped]
    import ray
    import ray.data
except ImportError as error:
    raise ImportError("oddframe.ray needs Ray Data: pip install 'ray[data]'", name=error.name, path=error.path) from error

__all__ = ["IncompleteError", "Result", "VideoScorer", "score"]

#: The rows that `VideoScorer` returns, one for each video. A video without a result has only `path` and `error`, all others have
#: everything but `error`.
ROW_SCHEMA = pyarrow.schema(
    [
        ("path", pyarrow.string()),
        ("video", pyarrow.string()),
        ("file", pyarrow.string()),
        ("frames", pyarrow.int64()),
        ("skipped", pyarrow.bool_()),
        ("seconds", pyarrow.float64()),
        ("warnings", pyarrow.list_(pyarrow.string())),
        ("error", pyarrow.string()),
    ]
)

# A task of Ray Data costs about 10 ms of the driver, so short videos share a task. A task gets at most this share of the work
# of one actor, so that all actors finish at about the same time, and at most this many videos, so that progress is visible.
TASKS_PER_ACTOR = 64
VIDEOS_PER_TASK = 32

# With two tasks at each actor, one runs and one waits, and the actor never waits for the driver: that saves up to 0.1 s each time.
# With few videos, one that waits behind a long video costs more.
VIDEOS_PER_ACTOR_TO_QUEUE = 16


@dataclasses.dataclass(frozen=True)
class Result:
    """What `score` did."""

    #: The post-processed and fused scores of all videos; None when a video failed.
    scores: oddframe.Scores | None
    #: The paths of the videos that this call scored.
    scored: list[str]
    #: The paths of the videos whose result file existed before.
    skipped: list[str]
    #: The path of each video without a result, and why it has none.
    failed: dict[str, str]
    #: The path of each video with warnings, and the warnings.
    warnings: dict[str, list[str]]
    #: The duration of the call, in seconds.
    seconds: float


class IncompleteError(OddframeError):
    """Some videos have no result; all others are finished.

    `failed` gives the reason for each of these videos, and `result` is what the call returns otherwise. `stopped` is the error
    with which Ray itself gave up, if it did. The same call tries these videos again, and no others.
    """

    SHOWN = 10

    def __init__(self, result: Result, out: str, stopped: str | None = None) -> None:
        super().__init__(result, out, stopped)
        self.result = result
        self.failed = result.failed
        self.out = out
        self.stopped = stopped

    def __str__(self) -> str:
        total = len(self.result.scored) + len(self.result.skipped) + len(self.failed)
        lines = [f"{len(self.failed)} of {total} videos have no result"]
        if self.stopped is not None:
            lines.append(f"Ray stopped: {self.stopped}")
        lines += [f"  {path}: {reason}" for path, reason in list(self.failed.items())[: self.SHOWN]]
        if len(self.failed) > self.SHOWN:
            lines.append(f"  ... and {len(self.failed) - self.SHOWN} more; `failed` of this error has all")
        lines.append(f"Finished results stay in {self.out}. The same call tries only the other videos again")
        return "\n".join(lines)


class VideoScorer:
    """An actor class for `ray.data.Dataset.map_batches`: a batch with a column `path` becomes rows of `ROW_SCHEMA`.

    A row has a path, or a list of paths that are scored one after the other.

    Use it in a pipeline of your own where `score` does not fit:

        paths.map_batches(
            oddframe.ray.VideoScorer,
            fn_constructor_kwargs={"model": "/shared/model", "out": "/shared/results"},
            batch_size=1, num_cpus=1, concurrency=8,
        )

    and merge on the driver with `oddframe.Model.merge`. Paths should be absolute: actors have other working directories.

    Args:
        model: The path of the model.
        out: The folder of the result files.
        digest: The digest that the model must have; another one is an error. None accepts any.
        device: The device, such as "flex" or "cuda".
        threads: The number of threads; by default the number of CPUs that Ray gave the actor.
        max_attempts: A video whose scoring ended the process this many times is reported, not tried again.
    """

    def __init__(
        self,
        model: str,
        out: str,
        *,
        digest: str | None = None,
        device: str = "flex",
        threads: int | None = None,
        max_attempts: int = 3,
    ) -> None:
        if threads is None:
            cpus = ray.get_runtime_context().get_assigned_resources().get("CPU", 1)  # type: ignore[no-untyped-call]
            threads = max(1, int(cpus))
        oddframe.set_threads(threads)
        self.out = out
        self.max_attempts = max_attempts
        self.model = oddframe.Model.open(model, device=device)
        if digest is not None and self.model.digest != digest:
            raise OddframeError(
                f"{model} on {platform.node()} is not the model of the driver: its digest is {self.model.digest}, "
                f"not {digest}. Give all machines the same model, and do not change it during a run"
            )

    def __call__(self, batch: Any) -> pyarrow.Table:
        rows = [self._score_or_report(path) for path in _iterate_paths(batch["path"])]
        return pyarrow.Table.from_pylist(rows, schema=ROW_SCHEMA)

    def score(self, path: str) -> oddframe.VideoResult:
        """Scores one video. A subclass can do more before or after it."""
        return self.model.score_video(path, self.out)

    def _score_or_report(self, path: str) -> dict[str, Any]:
        # A video must not take the others of its batch, or the whole run, with it. Whatever was raised becomes text,
        # so that nothing has to be pickled.
        try:
            with _Attempt(self.model.result_file(path, self.out), self.max_attempts):
                result = self.score(path)
        except Exception as error:
            return {"path": path, "error": str(error) or repr(error)}
        return {
            "path": path,
            "video": result.video,
            "file": result.file,
            "frames": result.frames,
            "skipped": result.skipped,
            "seconds": result.seconds,
            "warnings": result.warnings,
        }


def _iterate_paths(column: Iterable[Any]) -> Iterator[str]:
    """The paths in a column of Arrow, NumPy or pandas, whose rows have a path or a list of paths."""
    for entry in column:
        value = entry.as_py() if isinstance(entry, pyarrow.Scalar) else entry
        yield from [value] if isinstance(value, str) else map(str, value)


class _Attempt:
    """Counts the attempts at a video that ended with their process, in a file beside its result.

    Ray restarts an actor that died and gives it the same video again, without end. A process that dies cannot count, so the
    count is written before the attempt and deleted after it: what is left over are attempts that did not come back.
    """

    SUFFIX = ".attempts"

    def __init__(self, result_file: str, limit: int) -> None:
        self.result_file = result_file
        self.file = f"{result_file}{self.SUFFIX}"
        self.limit = limit

    def __enter__(self) -> None:
        if os.path.exists(self.result_file):
            return
        os.makedirs(os.path.dirname(self.file), exist_ok=True)
        with open(self.file, "ab") as file:
            lost = file.tell()
            if lost < self.limit:
                file.write(b".")
        if lost >= self.limit:
            self._delete_count()
            raise OddframeError(
                f"its process ended {lost} times while scoring it, so it was not tried again. Out of memory, a crash, or "
                "lost machines? Score it alone to see"
            )

    def __exit__(self, *_: object) -> None:
        self._delete_count()

    def _delete_count(self) -> None:
        pathlib.Path(self.file).unlink(missing_ok=True)


def score(
    videos: str | os.PathLike[str] | Iterable[str | os.PathLike[str]] | ray.data.Dataset,
    model: str | os.PathLike[str] | oddframe.Model,
    out: str | os.PathLike[str],
    *,
    concurrency: int | tuple[int, int] | None = None,
    num_cpus: float = 1,
    num_gpus: float = 0,
    device: str | None = None,
    threads: int | None = None,
    max_attempts: int = 3,
    scorer: type[VideoScorer] = VideoScorer,
    progress: ProgressArgument = None,
    **ray_options: Any,
) -> Result:
    """Scores videos on a Ray cluster, and merges their scores as `oddframe score` does.

    Connects to a cluster as `ray.init()` does where the program is not connected yet. The longest videos start first.

    Args:
        videos: The folder of a data set, a list of the paths of videos, or a Ray dataset with a column `path`.
        model: A model, or the path of one.
        out: The folder of the result files. Results that it has are kept.
        concurrency: The number of actors, or the smallest and the largest number. By default as many as the cluster has room for.
        num_cpus: The CPUs of each actor.
        num_gpus: The GPUs of each actor; Ray shows an actor only its own.
        device: The device of each actor, such as "flex" or "cuda". By default that of `model`, or "flex" if it is a path.
        threads: The threads of each actor; by default as many as its CPUs.
        max_attempts: A video whose scoring ended the process of its actor this many times is reported as failed.
        scorer: A subclass of `VideoScorer` to use in its place.
        progress: True for a bar, or a function that is called with each `oddframe.Progress`. It counts videos.
        ray_options: Other options of `ray.data.Dataset.map_batches`, such as `memory`, `resources` or `runtime_env`.

    Raises:
        IncompleteError: Some videos failed, or Ray gave up; all other videos are finished.
        oddframe.ArgumentError: There is no video, two videos have one name, or the cluster has no room for an actor.
        oddframe.OddframeError: The model cannot be opened.
    """
    start = time.monotonic()
    report = resolve(progress) or (lambda _: None)
    if max_attempts < 1:
        raise ArgumentError(f"max_attempts is {max_attempts}: a video needs at least 1 attempt")
    # The driver only merges, so that it needs no GPU.
    opened = model if isinstance(model, oddframe.Model) else oddframe.Model.open(model)
    paths = _list_paths(videos)
    if not ray.is_initialized():
        ray.init()
    pool = _choose_pool(concurrency, num_cpus, num_gpus, len(paths))
    out = os.path.abspath(out)
    os.makedirs(out, exist_ok=True)
    _forget_attempts(out)

    # Ray Data restarts dead actors and repeats their tasks without limit unless told otherwise; `_Attempt` sets the limit.
    rows = _divide_work(paths, pool[1]).map_batches(
        scorer,
        fn_constructor_args=(os.path.abspath(opened.path), out),
        fn_constructor_kwargs={
            "digest": opened.digest,
            "device": opened.device if device is None else device,
            "threads": threads,
            "max_attempts": max_attempts,
        },
        batch_size=1,
        batch_format="pyarrow",
        compute=ray.data.ActorPoolStrategy(
            min_size=pool[0], max_size=pool[1], max_tasks_in_flight_per_actor=_choose_queue(len(paths), *pool)
        ),
        num_cpus=num_cpus,
        num_gpus=num_gpus,
        **ray_options,
    )
    rows.context.enable_progress_bars = False
    # Ray Data gives up when no task ends for half an hour, but long videos take longer.
    rows.context.execution_no_progress_timeout_s = -1

    finished: dict[str, dict[str, Any]] = {}
    stopped: ray.exceptions.RayError | None = None
    try:
        for row in rows.iter_rows():
            finished[row["path"]] = row
            report(Progress("scoring", len(finished), len(paths), None, len(finished) == len(paths)))
    except ray.exceptions.RayError as error:
        stopped = error

    result = _sum_up(paths, finished, start)
    if result.failed:
        raise IncompleteError(result, out, _last_line(stopped)) from stopped
    return dataclasses.replace(result, scores=opened.merge(out, paths), seconds=time.monotonic() - start)


def _list_paths(videos: Any) -> list[str]:
    """The absolute paths of the videos."""
    if isinstance(videos, (str, os.PathLike)):
        listed: Iterable[Any] = oddframe.find_videos(videos)
    elif isinstance(videos, ray.data.Dataset):
        listed = (row["path"] for row in videos.select_columns(["path"]).iter_rows())
    else:
        listed = videos
    paths = [os.path.abspath(path) for path in listed]
    if not paths:
        raise ArgumentError("there is no video to score: `videos` is empty")
    _refuse_equal_names(paths)
    return paths


def _refuse_equal_names(paths: Sequence[str]) -> None:
    """Score files know a video by its name alone."""
    names = {path: oddframe.video_name(path) for path in paths}
    counts = Counter(names[path] for path in paths)
    name, count = counts.most_common(1)[0]
    if count > 1:
        equal = [path for path in paths if names[path] == name]
        raise ArgumentError(
            f"{equal[0]} and {equal[1]} are both video {name} in score files: rename one, or score them into two folders"
        )


def _estimate_size(path: str) -> int:
    """About how many bytes a video has: a stand-in for its length that needs no decoding. 0 if it cannot be read."""
    try:
        if not os.path.isdir(path):
            return os.path.getsize(path)
        with os.scandir(path) as entries:
            images = list(entries)
        # One image stands for all: a stat for each of thousands of files is slow on network storage.
        return len(images) * images[0].stat().st_size if images else 0
    except OSError:
        return 0


def _divide_work(paths: Sequence[str], actors: int) -> ray.data.Dataset:
    """A dataset with a block for each task, and one row in it: the paths of the task."""
    tasks = _group_into_tasks(paths, actors)
    # Of all that makes a dataset, this alone starts no task of its own, which would take a second.
    return ray.data.from_items([{"path": task} for task in tasks], override_num_blocks=len(tasks))


def _group_into_tasks(paths: Sequence[str], actors: int) -> list[list[str]]:
    """Divides the videos into lists, one for each task, from the longest video to the shortest."""
    sizes = {path: _estimate_size(path) for path in paths}
    most = sum(sizes.values()) / (actors * TASKS_PER_ACTOR)
    tasks: list[list[str]] = []
    room = 0.0
    for path in sorted(paths, key=sizes.__getitem__, reverse=True):
        if not tasks or sizes[path] > room or len(tasks[-1]) == VIDEOS_PER_TASK:
            tasks.append([])
            room = most
        tasks[-1].append(path)
        room -= sizes[path]
    return tasks


def _choose_pool(concurrency: int | tuple[int, int] | None, num_cpus: float, num_gpus: float, videos: int) -> tuple[int, int]:
    """The smallest and the largest number of actors."""
    if concurrency is not None:
        fewest, most = (concurrency, concurrency) if isinstance(concurrency, int) else concurrency
        if not 1 <= fewest <= most:
            raise ArgumentError(f"concurrency is {concurrency}: pass a number of actors, or the smallest and the largest")
        return fewest, most
    cluster = ray.cluster_resources()  # type: ignore[no-untyped-call]
    needs = {"CPU": num_cpus, "GPU": num_gpus}
    room = min((cluster.get(kind, 0) // need for kind, need in needs.items() if need > 0), default=0)
    if room < 1:
        raise ArgumentError(
            f"the cluster has {cluster.get('CPU', 0):g} CPUs and {cluster.get('GPU', 0):g} GPUs, and an actor is to have "
            f"{num_cpus:g} and {num_gpus:g}: lower num_cpus and num_gpus, or say how many actors with concurrency"
        )
    actors = min(int(room), videos)
    return actors, actors


def _choose_queue(videos: int, fewest: int, most: int) -> int:
    """How many tasks each actor has at a time. Ray Data adds actors to a pool only when tasks wait at those it has."""
    return 2 if fewest < most or videos >= VIDEOS_PER_ACTOR_TO_QUEUE * most else 1


def _forget_attempts(out: str) -> None:
    """Deletes what a killed driver left: a new call tries every video as often as the first one."""
    for file in pathlib.Path(out).glob(f"*{_Attempt.SUFFIX}"):
        file.unlink(missing_ok=True)


def _sum_up(paths: Sequence[str], finished: dict[str, dict[str, Any]], start: float) -> Result:
    """What became of each video, from the rows that came back."""
    reasons = {path: finished[path]["error"] if path in finished else "not scored" for path in paths}
    done = [path for path in paths if reasons[path] is None]
    return Result(
        scores=None,
        scored=[path for path in done if not finished[path]["skipped"]],
        skipped=[path for path in done if finished[path]["skipped"]],
        failed={path: reason for path, reason in reasons.items() if reason is not None},
        warnings={path: finished[path]["warnings"] for path in done if finished[path]["warnings"]},
        seconds=time.monotonic() - start,
    )


def _last_line(error: Exception | None) -> str | None:
    """The last line of a traceback of Ray is the error itself."""
    lines = str(error).strip().splitlines() if error is not None else []
    return lines[-1] if lines else None
