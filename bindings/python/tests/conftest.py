"""What the tests share: a tiny street, a model of it, and the command-line program."""

import os
import pathlib
import shutil
import subprocess

import oddframe
import pytest

try:
    import hypothesis
except ImportError:
    pass
else:
    # For more cases: pytest --hypothesis-profile=long test_fuzz.py
    hypothesis.settings.register_profile("long", max_examples=20_000)

QUICK = """
name = "quick"

[[system]]
name = "motion"
kind = "frame_difference"
width = 48
height = 32
post = "gaussian(sigma=1) per video | minmax"
"""


@pytest.fixture(scope="session")
def street(tmp_path_factory):
    """The folder of a data set of images: three videos to learn from and three to score."""
    folder = tmp_path_factory.mktemp("data") / "street"
    written = oddframe.synth.write(folder, preset="tiny", seed=1)
    assert (written.train_frames, written.test_frames) == (120, 120)
    return folder


@pytest.fixture(scope="session")
def quick_recipe():
    return oddframe.Recipe.parse(QUICK)


@pytest.fixture(scope="session")
def quick_model(tmp_path_factory, street, quick_recipe):
    """A model that needs no training."""
    return oddframe.fit(quick_recipe, street, tmp_path_factory.mktemp("models") / "quick")


@pytest.fixture(scope="session")
def watch_model(tmp_path_factory, street):
    """The system of moving objects, calibrated."""
    recipe = oddframe.Recipe.built_in("watch", {"calibration.held_out": 0.5})
    return oddframe.fit(recipe, street, tmp_path_factory.mktemp("models") / "watch")


@pytest.fixture(scope="session")
def program():
    """Runs the command-line program, which the environment variable ODDFRAME_PROGRAM names."""
    path = os.environ.get("ODDFRAME_PROGRAM") or shutil.which("oddframe")
    if not path:
        pytest.skip("the program oddframe is not installed, and ODDFRAME_PROGRAM does not name it")

    def run(*arguments):
        command = [path, *map(str, arguments)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    return run


@pytest.fixture
def videos(street):
    return sorted(pathlib.Path(street, "testing_videos").iterdir())
