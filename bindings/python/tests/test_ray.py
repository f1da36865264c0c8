"""oddframe.ray on a real Ray cluster of two nodes on this machine."""

from __future__ import annotations

import os
import pathlib
import pickle
import signal
import subprocess
import sys
import threading

import pytest

import oddframe
from recipes import motion_recipe

try:
    import ray.data
except ImportError:
    ray = None
else:
    import cluster as helpers
    import oddframe.ray

needs_ray = pytest.mark.skipif(ray is None, reason="Ray is not installed: pip install 'ray[data]'")

RECIPE = motion_recipe("ray")

GOOD = ["a", "b", "c", "d", "e", "f"]


@pytest.fixture(autouse=True)
def time_limit():
    """What is broken here tends to wait for ever."""

    def stop(*_):
        raise TimeoutError("the test took longer than 100 s")

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(100)
    yield
    signal.alarm(0)


@pytest.fixture(scope="module")
def nodes():
    nodes = helpers.TwoNodes()
    yield nodes
    nodes.shutdown()


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("model")
    oddframe.synth.write(folder / "street", preset="tiny", seed=1)
    return str(oddframe.fit(oddframe.Recipe.parse(RECIPE), folder / "street", folder / "model").path)


@pytest.fixture(scope="module")
def footage(tmp_path_factory) -> pathlib.Path:
    """A folder of short video files that differ."""
    folder = tmp_path_factory.mktemp("footage")
    for number, name in enumerate(GOOD):
        picture = f"testsrc2=size=96x64:rate=25:duration=1.{number},hue=h={40 * number}"
        command = ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", picture, folder / f"{name}.mp4"]
        subprocess.run(command, check=True)
    return folder


@pytest.fixture(scope="module")
def expected(model, footage, tmp_path_factory) -> bytes:
    """The scores that one process gives without Ray."""
    out = tmp_path_factory.mktemp("expected")
    opened = oddframe.Model.open(model)
    videos = oddframe.find_videos(str(footage))
    for video in videos:
        opened.score_video(video, str(out))
    return written(opened.merge(str(out), videos), out)


def written(scores: oddframe.Scores, folder: pathlib.Path) -> bytes:
    scores.write(str(folder / "scores.csv"))
    return (folder / "scores.csv").read_bytes()


def count_ends(out: pathlib.Path) -> dict[str, int]:
    """How often each video was scored to its end."""
    ended = [line.video for line in helpers.read_log(out) if line.what == "end"]
    return {name: ended.count(name) for name in sorted(ended)}


def happened(out: pathlib.Path, node: str | None = None) -> list[str]:
    """What happened, on one node or on all."""
    return [line.what for line in helpers.read_log(out) if node in (None, line.node)]


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@needs_ray
def test_the_scores_are_those_of_the_command_line(nodes, model, footage, tmp_path):
    program = os.environ.get("ODDFRAME_PROGRAM")
    if program is None:
        pytest.skip("ODDFRAME_PROGRAM does not name the program oddframe")
    command = [program, "score", model, "--data", footage, "--out", tmp_path / "expected.csv"]
    subprocess.run(command, check=True)
    counts = []
    result = oddframe.ray.score(footage, model, tmp_path / "out", progress=counts.append)
    assert written(result.scores, tmp_path) == (tmp_path / "expected.csv").read_bytes()
    assert sorted(map(oddframe.video_name, result.scored)) == GOOD
    assert (result.skipped, result.failed) == ([], {})
    assert [(one.done, one.total, one.finished) for one in counts] == [(n, 6, n == 6) for n in range(1, 7)]


@needs_ray
def test_a_video_that_fails_is_reported_and_the_others_are_finished(nodes, model, footage, expected, tmp_path):
    corrupt = tmp_path / "corrupt.mp4"
    corrupt.write_bytes((footage / "a.mp4").read_bytes()[:500])
    killer = tmp_path / "killer.mp4"
    killer.write_bytes((footage / "a.mp4").read_bytes())
    videos = oddframe.find_videos(str(footage))
    out = tmp_path / "out"

    with pytest.raises(oddframe.ray.IncompleteError) as caught:
        oddframe.ray.score([*videos, corrupt, killer], model, out, scorer=helpers.LoggingScorer)

    failed = caught.value.failed
    assert sorted(failed) == [str(corrupt), str(killer)]
    assert "corrupt.mp4" in failed[str(corrupt)]
    assert "3 times" in failed[str(killer)]
    assert f"2 of {len(videos) + 2} videos" in str(caught.value) and str(corrupt) in str(caught.value)
    assert count_ends(out) == {name: 1 for name in GOOD}
    begun = [line.video for line in helpers.read_log(out) if line.what == "begin"]
    assert begun.count("killer") == 3 and begun.count("corrupt") == 1
    assert list(out.glob("*.attempts")) == []
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)

    # Without the two, the same call merges what is there, and scores nothing.
    result = oddframe.ray.score(videos, model, out, scorer=helpers.LoggingScorer)
    assert sorted(result.skipped) == sorted(videos) and result.scored == []
    assert count_ends(out) == {name: 1 for name in GOOD}
    assert written(result.scores, tmp_path) == expected


@needs_ray
def test_a_video_may_take_longer_than_the_patience_of_ray_data(nodes, model, footage, tmp_path, monkeypatch):
    # Half an hour, unless it is set. One second is shorter than an actor needs to start.
    monkeypatch.setattr(ray.data.DataContext.get_current(), "execution_no_progress_timeout_s", 1)
    result = oddframe.ray.score([footage / "a.mp4"], oddframe.Model.open(model), tmp_path / "out")
    assert result.scored == [str(footage / "a.mp4")]


@needs_ray
def test_a_pool_grows_when_videos_wait(nodes, model, footage, tmp_path):
    out = tmp_path / "out"
    oddframe.ray.score(footage, model, out, scorer=helpers.LoggingScorer, concurrency=(1, 2))
    assert len({line.process for line in helpers.read_log(out)}) == 2


@needs_ray
def test_an_actor_that_is_killed_is_restarted(nodes, model, footage, expected, tmp_path):
    out = tmp_path / "out"

    def kill_an_actor():
        # Half a second passes between the beginning of a video and its end.
        helpers.wait_until(lambda: "end" in happened(out) and happened(out)[-1] == "begin")
        os.kill(helpers.read_log(out)[-1].process, signal.SIGKILL)

    thread = threading.Thread(target=kill_an_actor)
    thread.start()
    videos = ray.data.from_items([{"path": path} for path in oddframe.find_videos(str(footage))])
    result = oddframe.ray.score(videos, model, out, scorer=helpers.LoggingScorer)
    thread.join()
    processes = {line.process for line in helpers.read_log(out)}
    assert len(processes) == 3, "two actors, and one in place of the killed one"
    assert count_ends(out) == {name: 1 for name in GOOD}
    assert written(result.scores, tmp_path) == expected


@needs_ray
def test_a_node_that_is_lost_loses_no_video(nodes, model, footage, expected, tmp_path):
    out = tmp_path / "out"
    lost = nodes.second.node_id

    helpers.hang_file(out).write_text(lost)

    def kill_the_node():
        helpers.wait_until(lambda: happened(out, lost) == ["begin", "end", "begin"])
        nodes.kill_second_node()

    thread = threading.Thread(target=kill_the_node)
    thread.start()
    try:
        result = oddframe.ray.score(footage, model, out, scorer=helpers.HangingScorer)
    finally:
        thread.join()
        nodes.replace_second_node()
    assert happened(out, lost) == ["begin", "end", "begin"]
    assert count_ends(out) == {name: 1 for name in GOOD}
    assert written(result.scores, tmp_path) == expected


DRIVER = """
import sys
import ray
import cluster
import oddframe.ray

address, footage, model, out = sys.argv[1:]
ray.init(address=address, log_to_driver=False)
oddframe.ray.score(footage, model, out, scorer=cluster.HangingScorer)
"""


@needs_ray
def test_a_driver_that_was_killed_continues_and_scores_no_video_twice(nodes, model, footage, expected, tmp_path):
    out = tmp_path / "out"
    second = nodes.second.node_id
    helpers.hang_file(out).write_text(second)
    environment = {**os.environ, "PYTHONPATH": str(pathlib.Path(__file__).parent)}
    command = [sys.executable, "-c", DRIVER, nodes.cluster.address, footage, model, out]
    driver = subprocess.Popen(command, env=environment)
    helpers.wait_until(lambda: happened(out, second) == ["begin", "end", "begin"])
    driver.send_signal(signal.SIGKILL)
    assert driver.wait() == -signal.SIGKILL
    actors = {line.process for line in helpers.read_log(out)}
    helpers.wait_until(lambda: not any(map(is_alive, actors)))
    # As if that had happened so often that the videos are to blame, were it not the driver that was killed.
    interrupted = list(out.glob("*.attempts"))
    assert interrupted
    for file in interrupted:
        file.write_bytes(b"...")
    before = {file: file.stat().st_ino for file in out.glob("*.csv")}
    assert 1 <= len(before) < len(GOOD)

    result = oddframe.ray.score(footage, model, out, scorer=helpers.LoggingScorer)
    assert len(result.skipped) == len(before) and len(result.scored) == len(GOOD) - len(before)
    assert all(file.stat().st_ino == inode for file, inode in before.items()), "no result was written again"
    assert max(count_ends(out).values()) == 1
    assert written(result.scores, tmp_path) == expected


@needs_ray
def test_another_model_on_a_machine_stops_the_run(nodes, model, footage, tmp_path):
    with pytest.raises(oddframe.ray.IncompleteError, match="is not the model of the driver") as caught:
        oddframe.ray.score(footage, model, tmp_path / "out", scorer=helpers.OtherModelScorer)
    assert len(caught.value.failed) == len(GOOD)


@needs_ray
def test_videos_of_one_name_are_refused(nodes, model, footage, tmp_path):
    (tmp_path / "a.mp4").write_bytes((footage / "a.mp4").read_bytes())
    with pytest.raises(oddframe.OddframeError, match="both video a in score files"):
        oddframe.ray.score([footage / "a.mp4", tmp_path / "a.mp4"], model, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@needs_ray
def test_a_cluster_without_room_for_an_actor_is_an_error(nodes, model, footage, tmp_path):
    with pytest.raises(oddframe.ArgumentError, match="2 CPUs and 0 GPUs"):
        oddframe.ray.score(footage, model, tmp_path / "out", num_gpus=1)


@needs_ray
@pytest.mark.parametrize("wrong", [{"concurrency": 0}, {"concurrency": (3, 2)}, {"max_attempts": 0}])
def test_a_wrong_argument_is_named(nodes, model, footage, tmp_path, wrong):
    with pytest.raises(oddframe.ArgumentError, match=next(iter(wrong))):
        oddframe.ray.score(footage, model, tmp_path / "out", **wrong)


@needs_ray
def test_no_video_is_an_error(model, tmp_path):
    with pytest.raises(oddframe.OddframeError, match="no video"):
        oddframe.ray.score([], model, tmp_path / "out")


@needs_ray
def test_the_scorer_works_in_a_pipeline_of_ones_own(nodes, model, footage, expected, tmp_path):
    videos = oddframe.find_videos(str(footage))
    paths = ray.data.from_items([{"path": path} for path in videos])
    arguments = {"model": model, "out": str(tmp_path / "out")}
    rows = paths.map_batches(
        helpers.LoggingScorer, fn_constructor_kwargs=arguments, batch_size=2, num_cpus=1, concurrency=1
    ).take_all()
    assert {row["path"]: (row["video"], row["error"]) for row in rows} == {
        path: (oddframe.video_name(path), None) for path in videos
    }
    assert {line.threads for line in helpers.read_log(tmp_path / "out")} == {1}, "as many threads as CPUs"
    scores = oddframe.Model.open(model).merge(str(tmp_path / "out"), videos)
    assert written(scores, tmp_path) == expected


@needs_ray
def test_short_videos_share_a_task_and_long_ones_do_not(tmp_path):
    sizes = [*[1] * 50, 1000, *[1] * 50]
    paths = []
    for number, size in enumerate(sizes):
        paths.append(str(tmp_path / f"{number}.mp4"))
        pathlib.Path(paths[-1]).write_bytes(b"." * size)
    tasks = oddframe.ray._group_into_tasks(paths, actors=2)
    assert tasks[0] == [paths[50]]
    assert sorted(path for task in tasks for path in task) == sorted(paths)
    # A task has at most 1/128 of the work of all: 8 bytes of 1100.
    assert {len(task) for task in tasks[1:-1]} == {8}


def test_without_ray_the_error_says_what_to_install():
    program = "import sys; sys.modules['ray'] = None; import oddframe.ray"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "ImportError" in done.stderr and "pip install 'ray[data]'" in done.stderr
