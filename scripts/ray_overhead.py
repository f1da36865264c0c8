#!/usr/bin/env python3
"""What scoring on Ray costs: the tables of docs/scale.md.

    python scripts/ray_overhead.py --program target/release/oddframe --work FOLDER                  # all tables
    python scripts/ray_overhead.py --program target/release/oddframe --work FOLDER --part growth    # one of them

`overhead` compares, in turn, two plain processes of one thread, two processes of the Python package, and two actors. `actors`
compares one actor with two. `growth` scores 10, 100 and 1000 short videos, and also measures memory. Every measurement is a fresh
process on results of its own. Needs Linux, taskset, the package oddframe with Ray, and the program oddframe built with the same
optimisation as the package. FOLDER gets images as hard links: about 40 MB, and 360,000 names.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"

RECIPE = """
name = "motion"
[[system]]
name = "motion"
kind = "frame_difference"
width = 128
height = 96
post = "gaussian(sigma=2) per video | minmax"
"""

# Long enough that the seconds in which Ray starts do not hide what it costs while it works.
LONG = {"videos": 64, "frames": 3000}
SHORT_FRAMES = 150
COUNTS = [10, 100, 1000]
SAMPLE_SECONDS = 0.5


# Preparing


def prepare(program: str, work: pathlib.Path) -> None:
    """The street, a model of it, and data sets whose videos repeat the videos of the street."""
    if not (work / "street").exists():
        subprocess.run([program, "synth", work / "street", "--preset", "small"], check=True, capture_output=True)
    if not (work / "model").exists():
        (work / "recipe.toml").write_text(RECIPE)
        command = [program, "fit", work / "recipe.toml", "--data", work / "street", "--out", work / "model"]
        subprocess.run(command, check=True, capture_output=True)
    link_videos(work, work / "long", LONG["videos"], LONG["frames"])
    for count in COUNTS:
        link_videos(work, work / f"short{count}", count, SHORT_FRAMES)


def link_videos(work: pathlib.Path, folder: pathlib.Path, videos: int, frames: int) -> None:
    sources = [sorted(video.iterdir()) for video in sorted((work / "street" / "testing_videos").iterdir())]
    for number in range(videos):
        video = folder / f"{number:04}"
        if video.exists():
            continue
        half = folder / f"{number:04}.part"
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        images = sources[number % len(sources)]
        for frame in range(frames):
            os.link(images[frame % len(images)], half / f"frame_{frame:05}.jpg")
        half.rename(video)


# What is compared. Each returns seconds, and what else it measured.


def run_two_programs(args: argparse.Namespace, data: pathlib.Path) -> dict:
    """Two shares of `oddframe score` at once, each on one core of its own and therefore with one thread."""
    with tempfile.TemporaryDirectory(dir=args.work) as out:
        start = time.perf_counter()
        shares = [
            subprocess.Popen(
                ["taskset", "-c", str(core), args.program, "score", args.work / "model", "--data", data]
                + ["--out", f"{out}/run", "--shard", f"{core + 1}/2"],
                stderr=subprocess.DEVNULL,
            )
            for core in (0, 1)
        ]
        if any([share.wait() for share in shares]):
            sys.exit("a share of `oddframe score` failed")
        return {"seconds": time.perf_counter() - start}


def run_two_python_processes(args: argparse.Namespace, data: pathlib.Path) -> dict:
    """The work of two actors, in two processes without Ray."""
    with tempfile.TemporaryDirectory(dir=args.work) as out:
        start = time.perf_counter()
        shares = [run_child(args, "share", data, out, "--share", str(number)) for number in (0, 1)]
        with concurrent.futures.ThreadPoolExecutor() as pool:
            list(pool.map(read_child, shares))
        read_child(run_child(args, "merge", data, out))
        return {"seconds": time.perf_counter() - start}


def run_ray(args: argparse.Namespace, data: pathlib.Path, actors: int, *, sampled: bool = False) -> dict:
    with tempfile.TemporaryDirectory(dir=args.work) as out:
        role = "sampled-ray" if sampled else "ray"
        return read_child(run_child(args, role, data, out, "--actors", str(actors)))


def run_child(args: argparse.Namespace, role: str, data: pathlib.Path, out: str, *more: str) -> subprocess.Popen:
    command = [sys.executable, __file__, "--child", role, "--work", args.work, "--program", args.program]
    command += ["--data", data, "--out", out, *more]
    # What Ray prints is shown only when something failed.
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def read_child(child: subprocess.Popen) -> dict:
    out, err = child.communicate()
    if child.returncode:
        sys.exit(f"{child.args} failed:\n{err}")
    return json.loads(out.splitlines()[-1])


# The children


def be_child(args: argparse.Namespace) -> None:
    import oddframe

    videos = oddframe.find_videos(args.data)
    model = str(args.work / "model")
    if args.child == "share":
        oddframe.set_threads(1)
        opened = oddframe.Model.open(model)
        for video in videos[args.share :: 2]:
            opened.score_video(video, args.out)
        print("{}")
    elif args.child == "merge":
        oddframe.Model.open(model).merge(args.out, videos).write(f"{args.out}/scores.csv")
        print("{}")
    else:
        print(json.dumps(measure_ray(videos, model, args.out, args.actors, sampled=args.child == "sampled-ray")))


def measure_ray(videos: list[str], model: str, out: str, actors: int, *, sampled: bool) -> dict:
    import ray

    import oddframe.ray

    start = time.perf_counter()
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=100_000_000)
    started = time.perf_counter()
    first: list[float] = []

    def notice_first(_: oddframe.Progress) -> None:
        if not first:
            first.append(time.perf_counter())

    sampler = Sampler()
    before = sampler.highest["driver"]
    # Sampling takes some percent of a core, so it is left out where time is compared.
    with sampler if sampled else contextlib.nullcontext():
        result = oddframe.ray.score(videos, model, out, concurrency=actors, progress=notice_first)
        result.scores.write(f"{out}/scores.csv")
        ended = time.perf_counter()
    measured = {
        "seconds": ended - started,
        "start_ray": started - start,
        "first_row": first[0] - started,
        "driver_before": before,
        "rows_bytes": sum(len(video) for video in videos),
        **sampler.highest,
    }
    ray.shutdown()
    return measured


class Sampler:
    """The highest memory of the driver, of an actor and of Ray's own processes, and the highest use of the object store."""

    def __init__(self) -> None:
        self.highest = {"driver": 0.0, "actor": 0.0, "ray": 0.0, "objects": 0.0}
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.repeat)
        self.sample()

    def __enter__(self) -> Sampler:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join()

    def repeat(self) -> None:
        while not self.stop.wait(SAMPLE_SECONDS):
            self.sample()

    def sample(self) -> None:
        actors, system = [0.0], 0.0
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                command = (process / "cmdline").read_bytes()
                if command.startswith(b"ray::MapWorker(MapBatches(VideoScorer))"):
                    actors.append(read_resident(process))
                elif any(name in command.split(b"\0")[0] for name in (b"raylet", b"gcs_server")):
                    system += read_resident(process)
            except (FileNotFoundError, ProcessLookupError):
                continue
        self.keep("actor", max(actors))
        self.keep("ray", system)
        self.keep("driver", read_resident(pathlib.Path("/proc/self")))
        self.keep("objects", read_object_store())

    def keep(self, name: str, value: float) -> None:
        self.highest[name] = max(self.highest[name], value)


def read_resident(process: pathlib.Path) -> float:
    """Megabytes in memory."""
    pages = int((process / "statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


def read_object_store() -> float:
    """Megabytes in use in the object store."""
    import ray

    used = ray.cluster_resources().get("object_store_memory", 0) - ray.available_resources().get("object_store_memory", 0)
    return used / 1e6


# The tables


def print_overhead(args: argparse.Namespace) -> None:
    kinds: dict[str, Callable[[], dict]] = {
        "two processes of `oddframe score --shard`": lambda: run_two_programs(args, args.work / "long"),
        "two processes of the Python package": lambda: run_two_python_processes(args, args.work / "long"),
        "Ray, two actors": lambda: run_ray(args, args.work / "long", 2),
    }
    measured: dict[str, list[dict]] = {kind: [] for kind in kinds}
    for _ in range(args.rounds):
        for kind, run in kinds.items():
            measured[kind].append(run())
    seconds = {kind: [one["seconds"] for one in ones] for kind, ones in measured.items()}
    medians = {kind: statistics.median(ones) for kind, ones in seconds.items()}
    base, _, ray_kind = kinds
    print(f"\n{LONG['videos']} videos of {LONG['frames']} images, {args.rounds} rounds in turn.\n")
    print("| what | seconds, median | all rounds | against the first |\n|---|---|---|---|")
    for kind, median in medians.items():
        rounds = ", ".join(f"{one:.1f}" for one in seconds[kind])
        print(f"| {kind} | {median:.1f} | {rounds} | {100 * (median / medians[base] - 1):+.1f}% |")
    first_row = statistics.median(one["first_row"] for one in measured[ray_kind])
    start = statistics.median(one["start_ray"] for one in measured[ray_kind])
    print(f"\nThe clock of Ray starts with the call on a running cluster; the first result came after {first_row:.1f} s of it.")
    print(f"Starting a cluster on this machine before that took {start:.1f} s.")


def print_actors(args: argparse.Namespace) -> None:
    measured: dict[int, list[dict]] = {1: [], 2: []}
    for _ in range(args.rounds):
        for actors, ones in measured.items():
            ones.append(run_ray(args, args.work / "short100", actors))
    print(f"\n100 videos of {SHORT_FRAMES} images, {args.rounds} rounds in turn.\n")
    print("| actors | seconds, median | all rounds | until the first result |\n|---|---|---|---|")
    for actors, ones in measured.items():
        seconds = [one["seconds"] for one in ones]
        rounds = ", ".join(f"{one:.1f}" for one in seconds)
        first = statistics.median(one["first_row"] for one in ones)
        print(f"| {actors} | {statistics.median(seconds):.1f} | {rounds} | {first:.1f} |")


def print_growth(args: argparse.Namespace) -> None:
    print(
        f"\nVideos of {SHORT_FRAMES} images, two actors, one run each. Memory in MB, the highest of each: RSS of processes, use of the object store.\n"
    )
    print("| videos | seconds | ms a video after the first | driver | its growth | an actor | Ray itself | object store | paths |")
    print("|---|---|---|---|---|---|---|---|---|")
    for count in COUNTS:
        one = run_ray(args, args.work / f"short{count}", 2, sampled=True)
        rest = 1000 * (one["seconds"] - one["first_row"]) / count
        growth = one["driver"] - one["driver_before"]
        memory = [f"{value:.0f}" for value in (one["driver"], growth, one["actor"], one["ray"])]
        objects = [f"{one['objects']:.3f}", f"{one['rows_bytes'] / 1e6:.3f}"]
        print("| " + " | ".join([str(count), f"{one['seconds']:.1f}", f"{rest:.0f}", *memory, *objects]) + " |")


def print_machine() -> None:
    import ray

    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    processor = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    versions = f"Python {platform.python_version()}, Ray {ray.__version__}"
    print(f"{processor}, {os.cpu_count()} cores, {versions}, load {os.getloadavg()[0]:.2f} before.")


PARTS = {"overhead": print_overhead, "actors": print_actors, "growth": print_growth}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="target/release/oddframe", type=os.path.abspath)
    parser.add_argument("--work", required=True, type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--part", choices=PARTS, action="append")
    for name in ("--child", "--data", "--out"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    for name in ("--share", "--actors"):
        parser.add_argument(name, type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        be_child(args)
        return
    prepare(args.program, args.work)
    print_machine()
    for part in args.part or PARTS:
        PARTS[part](args)
        sys.stdout.flush()


if __name__ == "__main__":
    main()
