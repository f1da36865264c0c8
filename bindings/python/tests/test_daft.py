"""The example of Daft, run as a program."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest

import oddframe
from recipes import motion_recipe

pytest.importorskip("daft", reason="Daft is not installed: pip install daft")

EXAMPLE = pathlib.Path(__file__).resolve().parents[1] / "examples" / "daft_score.py"
RECIPE = motion_recipe("daft")


def test_the_example_gives_the_scores_of_one_process(tmp_path):
    oddframe.synth.write(tmp_path / "street", preset="tiny", seed=1)
    model = oddframe.fit(oddframe.Recipe.parse(RECIPE), tmp_path / "street", tmp_path / "model")
    videos = oddframe.find_videos(tmp_path / "street")
    for video in videos:
        model.score_video(video, tmp_path / "expected")
    model.merge(tmp_path / "expected", videos).write(tmp_path / "expected.csv")

    command = [sys.executable, EXAMPLE, "street", "model", "out", "scores.csv"]
    subprocess.run(command, cwd=tmp_path, env={**os.environ, "DAFT_ANALYTICS_ENABLED": "0"}, check=True)

    assert (tmp_path / "scores.csv").read_bytes() == (tmp_path / "expected.csv").read_bytes()
    results = {pathlib.Path(model.result_file(video, tmp_path / "out")).name for video in videos}
    assert {file.name for file in (tmp_path / "out").iterdir()} == results
