"""The command lines of deploy/, with the environment variables that Slurm and Kubernetes set, on two shares.

`sbatch` is a program of this test that starts the tasks as Slurm does. `ODDFRAME_PROGRAM` names the program oddframe.
"""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys
import textwrap

import pytest

from recipes import motion_recipe

PROGRAM = os.environ.get("ODDFRAME_PROGRAM")
DEPLOY = pathlib.Path(__file__).resolve().parents[3] / "deploy"

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="ODDFRAME_PROGRAM does not name the program oddframe")

RECIPE = motion_recipe("deploy")

# Starts all tasks of an array at once, each with its number, and a dependent job only if the array before it succeeded.
SBATCH = f"""#!{sys.executable}
import os, pathlib, re, subprocess, sys

record = pathlib.Path(os.environ["JOBS"])
arguments = dict(re.fullmatch(r"--([a-z]+)(?:=(.*))?", sys.argv.pop(1)).groups() for _ in range(2) if sys.argv[1].startswith("--"))
if "array" in arguments:
    first, last = map(int, arguments["array"].split("-"))
    tasks = [
        subprocess.Popen(sys.argv[1:], env={{**os.environ, "SLURM_ARRAY_TASK_ID": str(number)}})
        for number in range(first, last + 1)
    ]
    codes = [task.wait() for task in tasks]
    record.write_text("77 " + " ".join(map(str, codes)))
    print("77")
else:
    job, *codes = record.read_text().split()
    assert arguments["dependency"] == "afterok:" + job, arguments
    assert set(codes) == {{"0"}}, codes
    sys.exit(subprocess.run(sys.argv[1], shell=True).returncode)
"""


@pytest.fixture
def folder(tmp_path):
    """A folder with a model, a data set and the scores of one process."""
    (tmp_path / "recipe.toml").write_text(RECIPE)
    for arguments in (
        ["synth", "data", "--preset", "tiny"],
        ["fit", "recipe.toml", "--data", "data", "--out", "model"],
        ["score", "model", "--data", "data", "--out", "expected.csv"],
    ):
        subprocess.run([PROGRAM, *arguments], cwd=tmp_path, check=True)
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    (bin_folder / "oddframe").symlink_to(PROGRAM)
    (bin_folder / "sbatch").write_text(SBATCH)
    (bin_folder / "sbatch").chmod(0o755)
    return tmp_path


def environment(folder: pathlib.Path, **more: str) -> dict[str, str]:
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "JOBS": str(folder / "jobs"), **more}


def assert_finished_like_one_process(folder: pathlib.Path) -> None:
    assert (folder / "run" / "scores.csv").read_bytes() == (folder / "expected.csv").read_bytes()


def test_a_slurm_array_of_two_shares_gives_the_scores_of_one_process(folder):
    script = (DEPLOY / "slurm.sh").read_text()
    usage = "\n".join(re.findall(r"(?m)^#     (.*)$", script))
    for example, real in [
        ("1-8", "1-2"),
        ("deploy/slurm.sh", str(DEPLOY / "slurm.sh")),
        ("MODEL DATA RUN 8", "model data run 2"),
        ("finish RUN", "finish run"),
    ]:
        assert example in usage
        usage = usage.replace(example, real)
    subprocess.run(["sh", "-euc", usage], cwd=folder, env=environment(folder), check=True)
    assert_finished_like_one_process(folder)


def test_an_indexed_kubernetes_job_of_two_shares_gives_the_scores_of_one_process(folder):
    manifest = (DEPLOY / "kubernetes.yaml").read_text()
    shell = re.search(r"command: \[(.*)\]", manifest)[1].split(", ")
    block = re.search(r"(?s)args:\n +- \|\n(.*?)\n +env:", manifest)[1]
    shares = int(re.search(r'name: SHARES, value: "(\d+)"', manifest)[1])
    assert f"completions: {shares + 1}\n" in manifest and f"parallelism: {shares}\n" in manifest

    def start(index: int) -> subprocess.Popen:
        names = {"MODEL": "model", "DATA": "data", "RUN": "run", "SHARES": "2", "JOB_COMPLETION_INDEX": str(index)}
        quick = textwrap.dedent(block).replace("sleep 60", "sleep 1")
        return subprocess.Popen([*shell, quick], cwd=folder, env=environment(folder, **names))

    # The last index is started first, and has to wait for the others.
    last = start(2)
    assert start(0).wait() == 0
    with pytest.raises(subprocess.TimeoutExpired):
        last.wait(timeout=2)
    assert not (folder / "run" / "scores.csv").exists()
    assert start(1).wait() == 0
    assert last.wait(timeout=60) == 0
    assert_finished_like_one_process(folder)
