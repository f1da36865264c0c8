"""Recipes, fitting and scoring: equal to the command line, and safe to stop, copy and send to other processes."""

import json
import multiprocessing
import os
import pathlib
import pickle
import signal
import subprocess
import sys
import time

import numpy as np
import oddframe
import pytest

NETWORK = """
name = "network"
seed = 3

[[system]]
name = "frames"
kind = "conv_ae"
model = { channels = [4, 8], latent = 0 }
input = { width = 24, height = 16 }
train = { epochs = 2, batch = 16 }
"""


def test_recipes_are_values(tmp_path, quick_recipe):
    assert pickle.loads(pickle.dumps(quick_recipe)) == quick_recipe
    assert oddframe.Recipe.parse(str(quick_recipe)) == quick_recipe
    (tmp_path / "recipe.toml").write_text(str(quick_recipe))
    assert oddframe.Recipe.read(tmp_path / "recipe.toml") == quick_recipe
    assert (quick_recipe.name, "motion" in quick_recipe.systems) == ("quick", True)
    assert {"watch", "quickstart"} <= set(oddframe.Recipe.built_in_names())
    as_dict = {"name": "quick", "seed": np.int64(7), "system": [{"name": "motion", "kind": "frame_difference", "width": 48, "height": 32}]}
    assert oddframe.Recipe.from_dict(as_dict).seed == 7
    changed = oddframe.Recipe.parse(str(quick_recipe), {"seed": 9, "fuse.how": "max", "system.motion.width": 24})
    assert changed.seed == 9 and changed != quick_recipe
    assert oddframe.Recipe.parse(str(quick_recipe), ["seed=9"]).seed == 9


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: oddframe.Recipe.parse("name = 1"), "line 1"),
        (lambda: oddframe.Recipe.parse("name = "), "line 1|TOML"),
        (lambda: oddframe.Recipe.parse(NETWORK.replace("conv_ae", "conv_ea")), "conv_ae"),
        (lambda: oddframe.Recipe.parse(NETWORK, {"system.frames.train.epoch": 3}), "epochs"),
        (lambda: oddframe.Recipe.parse(NETWORK, "seed=9"), "dictionary"),
        (lambda: oddframe.Recipe.parse(NETWORK, ["seed"]), "seed"),
        (lambda: oddframe.Recipe.parse(NETWORK, {"seed": object()}), "object"),
        (lambda: oddframe.Recipe.parse(NETWORK, {"seed": float("nan")}), "nan"),
        (lambda: oddframe.Recipe.from_dict({"name": None}), "TOML|name"),
        (lambda: oddframe.Recipe.from_dict([1]), "TOML|dictionary"),
        (lambda: oddframe.Recipe.built_in("wach"), "watch"),
        (lambda: oddframe.Recipe.read("absent.toml"), "absent.toml"),
    ],
)
def test_recipes_that_cannot_be_used_say_why(make, message):
    with pytest.raises(oddframe.ArgumentError, match=message):
        make()


def test_scores_equal_those_of_the_command_line(tmp_path, street, quick_model, program):
    program("score", quick_model.path, "--data", street, "--out", tmp_path / "theirs.csv")
    quick_model.score(street).write(tmp_path / "ours.csv")
    assert (tmp_path / "ours.csv").read_bytes() == (tmp_path / "theirs.csv").read_bytes()
    # Data in memory: the same pixels, so the same scores.
    systems = dict(quick_model.score_systems(oddframe.Data.open(street)))
    assert systems["motion"] == quick_model.score(street)


def test_a_fit_equals_that_of_the_command_line_and_reports_its_progress(tmp_path, street, program):
    (tmp_path / "recipe.toml").write_text(NETWORK)
    program("fit", tmp_path / "recipe.toml", "--data", street, "--out", tmp_path / "theirs")
    told = []
    model = oddframe.fit(tmp_path / "recipe.toml", street, tmp_path / "ours", progress=told.append)
    weights = "model/frames.0/weights.bpk"
    assert (tmp_path / "ours" / weights).read_bytes() == (tmp_path / "theirs" / weights).read_bytes()
    assert {type(progress) for progress in told} == {oddframe.Progress}
    assert any(progress.loss is not None for progress in told) and told[-1].finished
    scores = model.score(street)
    assert scores == oddframe.Model.open(tmp_path / "theirs").score(street)
    # A finished fit is found again.
    assert oddframe.fit(tmp_path / "recipe.toml", street, tmp_path / "ours").score(street) == scores


def test_videos_in_memory_have_the_scores_of_their_files(tmp_path, quick_recipe):
    random = np.random.default_rng(2)
    frames = random.integers(0, 256, (20, 30, 40, 3), dtype=np.uint8)
    data = oddframe.Data.from_arrays(train={"n": frames}, test={"1": frames, "2": frames[::2]}, name="noise")
    assert (data.train, data.test, data.name) == (["n"], ["1", "2"], "noise")
    model = oddframe.fit(quick_recipe, data, tmp_path / "model")
    scores = model.score(data)
    assert len(scores["1"]) == 20 and len(scores["2"]) == 10
    halves = data.from_arrays(test={"1": frames}).learn_first(0.5)
    assert len(model.score(halves)["1"]) == 10


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: oddframe.Data.from_arrays(test={"1": np.zeros((2, 4, 4))}), "uint8"),
        (lambda: oddframe.Data.from_arrays(test={"1": np.zeros((2, 4, 4, 4), np.uint8)}), r"\(T, H, W, 3\)"),
        (lambda: oddframe.Data.from_arrays(test={"1": np.zeros((4, 4), np.uint8)}), r"\(T, H, W\)"),
        (lambda: oddframe.Data.from_arrays(test={"1": np.zeros((0, 4, 4), np.uint8)}), "1"),
        (lambda: oddframe.Data.from_arrays(test={"1": np.zeros((2, 0, 4), np.uint8)}), "0"),
        (lambda: oddframe.Data.from_arrays(test=[1]), "dictionary"),
        (lambda: oddframe.Data.street("tyni"), "tiny"),
        (lambda: oddframe.Data.street("tiny").learn_first(0.5), "training"),
        (lambda: oddframe.Data.street("tiny").read_frame("9", 0), "no video 9"),
        (lambda: oddframe.Data.street("tiny").read_frame("1", 40), "40 frames"),
    ],
)
def test_data_that_cannot_be_used_says_why(make, message):
    with pytest.raises(oddframe.ArgumentError, match=message):
        make()


def test_folders_that_cannot_be_used_say_why(tmp_path, street, quick_recipe, quick_model):
    with pytest.raises(oddframe.OddframeError, match="absent"):
        oddframe.Data.open(tmp_path / "absent")
    with pytest.raises(oddframe.OddframeError, match="recipe.toml"):
        oddframe.Model.open(tmp_path)
    with pytest.raises(oddframe.ArgumentError, match="device|flex"):
        oddframe.Model.open(quick_model.path, device="tpu")
    with pytest.raises(oddframe.ArgumentError, match="path of a data set"):
        quick_model.score(7)
    with pytest.raises(oddframe.OddframeError, match="train"):
        oddframe.fit(oddframe.Recipe.parse(NETWORK), oddframe.Data.from_arrays(test={"1": np.zeros((9, 8, 8), np.uint8)}), tmp_path / "m")
    # A folder by a later version of the program.
    record = pathlib.Path(oddframe.fit(quick_recipe, street, tmp_path / "later").path, "run.json")
    run = json.loads(record.read_text())
    (schema,) = [name for name in run if name in ("schema", "format", "schema_version")]
    run[schema] += 1
    record.write_text(json.dumps(run))
    with pytest.raises(oddframe.OddframeError, match="format"):
        oddframe.Model.open(tmp_path / "later")


def test_an_exception_of_the_callback_ends_the_work_and_the_same_call_resumes_it(tmp_path, street):
    class Stop(Exception):
        pass

    def stop(progress):
        if progress.loss is not None:
            raise Stop

    recipe = oddframe.Recipe.parse(NETWORK)
    with pytest.raises(Stop):
        oddframe.fit(recipe, street, tmp_path / "model", progress=stop)
    resumed = oddframe.fit(recipe, street, tmp_path / "model")
    assert resumed.score(street) == oddframe.fit(recipe, street, tmp_path / "whole").score(street)
    with pytest.raises(oddframe.ArgumentError, match="progress"):
        oddframe.fit(recipe, street, tmp_path / "whole", progress=3)


def test_ctrl_c_ends_the_work(tmp_path, street):
    script = f"""
import oddframe
recipe = oddframe.Recipe.parse({NETWORK!r}, {{"system.frames.train.epochs": 100000}})
oddframe.fit(recipe, {str(street)!r}, {str(tmp_path / "model")!r}, progress=lambda progress: print(progress.task, flush=True))
"""
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline()
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode != 0 and "KeyboardInterrupt" in errors, errors


def test_a_bar_is_shown_with_tqdm_and_lines_without(capsys, monkeypatch, street, quick_model):
    pytest.importorskip("tqdm")
    quick_model.score(street, progress=True)
    assert "scoring" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    quick_model.score(street, progress=True)
    assert "oddframe: scoring\n" in capsys.readouterr().err


def test_models_travel_as_path_and_digest(tmp_path, street, quick_recipe, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model = oddframe.fit(quick_recipe, street, "model")
    assert len(model.digest) == 64
    pickled = pickle.dumps(model)
    assert len(pickled) < 1000
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(oddframe.Model.score, (model, str(street))) == model.score(street)
    other = oddframe.fit(oddframe.Recipe.parse(str(quick_recipe), {"system.motion.width": 24}), street, "other")
    assert other.digest != model.digest
    os.rename("model", "gone")
    with pytest.raises(oddframe.OddframeError, match="model"):
        pickle.loads(pickled)
    os.rename("other", "model")
    with pytest.raises(oddframe.OddframeError, match="another model"):
        pickle.loads(pickled)


def test_exceptions_travel_between_processes():
    for error in [oddframe.OddframeError("a"), oddframe.ArgumentError("b"), oddframe.ClosedError("c"), oddframe.InternalError("d")]:
        copy = pickle.loads(pickle.dumps(error))
        assert type(copy) is type(error) and str(copy) == str(error)


def _score_in_child(queue, model, street):
    try:
        queue.put(("scored", len(model.score(street))))
    except oddframe.OddframeError as error:
        queue.put(("refused", str(error)))


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_copy_is_refused_instead_of_waiting_forever(street, quick_model):
    quick_model.score(street)
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=_score_in_child, args=(queue, quick_model, str(street)))
    child.start()
    assert queue.get(timeout=60)[0] == "refused"
    child.join(timeout=60)
    assert child.exitcode == 0


def test_the_number_of_threads_changes_no_score(street, quick_model):
    script = f"""
import oddframe
assert oddframe.available_threads() == 1
print(oddframe.Model.open({quick_model.path!r}).score({str(street)!r}).values().sum().hex())
"""
    environment = {**os.environ, "ODDFRAME_THREADS": "1"}
    alone = subprocess.run([sys.executable, "-c", script], env=environment, check=True, capture_output=True, text=True).stdout
    assert alone.strip() == float(quick_model.score(street).values().sum()).hex()
    with pytest.raises(oddframe.ArgumentError, match="at least 1"):
        oddframe.set_threads(0)
    environment["ODDFRAME_THREADS"] = "many"
    refused = subprocess.run([sys.executable, "-c", "import oddframe"], env=environment, capture_output=True, text=True)
    assert refused.returncode != 0 and "ODDFRAME_THREADS" in refused.stderr


def test_results_of_single_videos_merge_to_the_scores_of_all(tmp_path, street, videos, quick_model):
    assert oddframe.find_videos(street) == [str(video) for video in videos]
    assert [oddframe.video_name(video) for video in videos] == ["01", "02", "03"]
    with pytest.raises(oddframe.OddframeError, match="no result of 3 of the 3 videos: 01, 02, 03"):
        quick_model.merge(tmp_path, videos)
    for video in videos:
        result = quick_model.score_video(video, tmp_path)
        assert (result.video, result.frames, result.skipped) == (oddframe.video_name(video), 40, False)
        assert result.file == quick_model.result_file(video, tmp_path) and os.path.exists(result.file)
        written = os.stat(result.file).st_mtime_ns
        assert quick_model.score_video(video, tmp_path).skipped
        assert os.stat(result.file).st_mtime_ns == written
    assert quick_model.merge(tmp_path, videos) == quick_model.score(street)
    # A damaged result is named.
    with open(result.file, "a") as file:
        file.write("more\n")
    with pytest.raises(oddframe.OddframeError, match="03"):
        quick_model.merge(tmp_path, videos)


def test_live_scores_are_those_of_recorded_videos(tmp_path, quick_recipe):
    random = np.random.default_rng(4)
    frames = random.integers(0, 256, (25, 32, 48), dtype=np.uint8)
    recipe = oddframe.Recipe.parse(str(quick_recipe), {"system.motion.post": "none", "fuse.how": "mean"})
    model = oddframe.fit(recipe, oddframe.Data.from_arrays(train={"n": frames}), tmp_path / "model")
    recorded = dict(model.score_systems(oddframe.Data.from_arrays(test={"1": frames})))["motion"]
    with model.scorer(system="motion") as scorer:
        settled = [score for frame in frames for score in scorer.push(frame)]
        settled += scorer.finish()
        assert scorer.closed
        with pytest.raises(oddframe.ClosedError, match="start a new one"):
            scorer.push(frames[0])
        with pytest.raises(oddframe.ClosedError):
            scorer.finish()
    assert [score.frame for score in settled] == list(range(25))
    assert [score.score for score in settled] == recorded["1"].tolist()
    assert {score.calibrated for score in settled} == {None}
    # Numbers and times of the caller; a frame of another size, and what is no frame.
    scorer = model.scorer(video="gate", system="motion", frames_per_second=25)
    scorer.push(frames[0], number=10, seconds=0.4)
    with pytest.raises(oddframe.ArgumentError, match="rise"):
        scorer.push(frames[1], number=10)
    with pytest.raises(oddframe.ArgumentError, match="uint8"):
        scorer.push(frames[1].astype(float))
    with pytest.raises(oddframe.ArgumentError, match=r"\(H, W\)"):
        scorer.push(frames)
    with pytest.raises(oddframe.ArgumentError, match="seconds"):
        scorer.push(frames[1], seconds=-1)
    assert not scorer.closed
    numbers = [score.frame for score in scorer.push(frames[1], number=12) + scorer.finish()]
    assert numbers[-1] == 12
    with pytest.raises(oddframe.ArgumentError, match="motion"):
        model.scorer(system="absent")
    with pytest.raises(oddframe.ArgumentError, match="frames_per_second"):
        model.scorer(frames_per_second=0)


def test_live_scores_say_where_and_why(watch_model, street):
    scorer = watch_model.scorer()
    settled = []
    data = oddframe.Data.open(street)
    for position in range(40):
        frame = data.read_frame("01", position)
        assert (frame.dtype, frame.shape) == (np.uint8, (64, 96, 3))
        settled += scorer.push(frame)
    settled += scorer.finish()
    assert [score.frame for score in settled] == list(range(40))
    assert all(score.calibrated is not None for score in settled)
    reasons = [score for score in settled if score.sentence]
    assert reasons and all(score.cue for score in reasons)
    box = next(score.boxes[0] for score in settled if score.boxes)
    assert 0 <= box.left < box.right <= 96 and 0 <= box.top < box.bottom <= 64
