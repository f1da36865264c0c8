"""What the tests of oddframe.ray share: a cluster of two nodes on this machine, and scorers that are slow or fail."""

from __future__ import annotations

import os
import pathlib
import signal
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"

import ray
import ray.cluster_utils

import oddframe
import oddframe.ray

# The actors cannot import this file, so its classes travel with their code.
ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])

NODE = {"num_cpus": 1, "object_store_memory": 80_000_000, "include_dashboard": False}
# A killed node is noticed after 2 s instead of 15 s.
SETTINGS = {"health_check_initial_delay_ms": 0, "health_check_period_ms": 500, "health_check_failure_threshold": 4}


class TwoNodes:
    """A cluster of two nodes with one CPU each, to which this process is connected."""

    def __init__(self) -> None:
        self.cluster = ray.cluster_utils.Cluster(initialize_head=True, head_node_args={**NODE, "_system_config": SETTINGS})
        self.second = self.cluster.add_node(**NODE)
        ray.init(address=self.cluster.address, log_to_driver=False, logging_level="error")

    def replace_second_node(self) -> None:
        self.second = self.cluster.add_node(**NODE)
        self.cluster.wait_for_nodes()

    def kill_second_node(self) -> None:
        self.cluster.remove_node(self.second, allow_graceful=False)

    def shutdown(self) -> None:
        ray.shutdown()
        self.cluster.shutdown()


class LoggingScorer(oddframe.ray.VideoScorer):
    """Takes half a second for each video, and writes down what it begins and ends.

    Videos with certain names do more: `killer` kills the process.
    """

    def score(self, path: str) -> oddframe.VideoResult:
        name = oddframe.video_name(path)
        self.log("begin", name)
        if name == "killer":
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.5)
        result = super().score(path)
        self.log("skip" if result.skipped else "end", name)
        return result

    def log(self, what: str, name: str) -> None:
        node = ray.get_runtime_context().get_node_id()
        with open(log_file(self.out), "a") as file:
            file.write(f"{what} {name} {os.getpid()} {node} {oddframe.available_threads()}\n")


class HangingScorer(LoggingScorer):
    """Ends one video and then hangs in the next, on the node that the file `hang_file` names."""

    def score(self, path: str) -> oddframe.VideoResult:
        node = ray.get_runtime_context().get_node_id()
        has_ended_one = any((line.what, line.node) == ("end", node) for line in read_log(self.out))
        if node == hang_file(self.out).read_text() and has_ended_one:
            self.log("begin", oddframe.video_name(path))
            time.sleep(600)
        return super().score(path)


class OtherModelScorer(oddframe.ray.VideoScorer):
    """Finds another model than the driver."""

    def __init__(self, *args: str, digest: str, **options: object) -> None:
        super().__init__(*args, digest="0" * len(digest), **options)


def log_file(out: str | os.PathLike[str]) -> pathlib.Path:
    return pathlib.Path(f"{out}.log")


def hang_file(out: str | os.PathLike[str]) -> pathlib.Path:
    return pathlib.Path(f"{out}.hang")


class Line(NamedTuple):
    """A line of the log of `LoggingScorer`."""

    what: str
    video: str
    process: int
    node: str
    threads: int


def read_log(out: str | os.PathLike[str]) -> list[Line]:
    if not log_file(out).exists():
        return []
    lines = [line.split() for line in log_file(out).read_text().splitlines()]
    return [Line(what, video, int(process), node, int(threads)) for what, video, process, node, threads in lines]


def wait_until(happened: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)
