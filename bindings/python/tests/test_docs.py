"""The examples in the documentation run, and the types are those of the stubs."""

import doctest
import importlib
import inspect
import pathlib
import re
import subprocess
import sys

import oddframe
import pytest

PACKAGE = pathlib.Path(oddframe.__file__).parent
README = pathlib.Path(__file__).parents[1] / "README.md"
MODULES = ["oddframe", "oddframe.detector", "oddframe.metrics", "oddframe.post"]


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_functions_run(name):
    module = importlib.import_module(name)
    result = doctest.testmod(module)
    assert result.failed == 0
    # Every public function of metrics has an example, unless it needs whole tables.
    if name == "oddframe.metrics":
        assert result.attempted > 15


@pytest.mark.parametrize(("readme", "count"), [(README, 5), (README.parents[2] / "README.md", 1)])
def test_the_programs_of_the_readmes_run(tmp_path, monkeypatch, readme, count):
    monkeypatch.chdir(tmp_path)
    programs = re.findall(r"```python\n(.*?)```", readme.read_text(), re.DOTALL)
    # The tests of Ray run what needs a cluster.
    programs = [program for program in programs if "= oddframe.ray" not in program]
    assert len(programs) == count
    names = {}
    for program in programs:
        exec(compile(program, str(readme), "exec"), names)


def test_the_stubs_have_what_the_extension_has():
    stub = (PACKAGE / "_oddframe.pyi").read_text()
    module = importlib.import_module("oddframe._oddframe")
    for name, value in vars(module).items():
        if name.startswith("__"):
            continue
        assert re.search(rf"^(def|class) {name}\b|^{name}:", stub, re.MULTILINE), name
        if inspect.isclass(value):
            body = re.search(rf"^class {name}:\n(.*?)(?=^@final|^def |^class |\Z)", stub, re.MULTILINE | re.DOTALL).group(1)
            public = [member for member in vars(value) if not member.startswith("_")]
            assert public and [member for member in public if f"def {member}(" not in body] == []


def test_the_types_are_consistent(tmp_path):
    pytest.importorskip("mypy")
    use = tmp_path / "use.py"
    use.write_text(
        "import numpy as np\n"
        "import oddframe\n"
        "def score(frames: list[np.ndarray]) -> float:\n"
        "    model = oddframe.fit('watch', 'data', 'model', progress=lambda told: print(told.task, told.done))\n"
        "    with model.scorer() as scorer:\n"
        "        settled = [found.score for frame in frames for found in scorer.push(frame)]\n"
        "    auc: float = oddframe.metrics.roc_auc_score([0, 1], [0.1, 0.9])\n"
        "    smooth: oddframe.Scores = oddframe.post.apply('minmax', model.score('data'))\n"
        "    wrong: int = smooth['1']\n"
        "    return auc + settled[0]\n"
    )
    config = README.parent / "pyproject.toml"
    command = [sys.executable, "-m", "mypy", "--config-file", str(config), "--cache-dir", str(tmp_path / "cache")]
    package = subprocess.run([*command, "-p", "oddframe"], capture_output=True, text=True, cwd=tmp_path)
    assert package.returncode == 0, package.stdout
    found = subprocess.run([*command, str(use)], capture_output=True, text=True, cwd=tmp_path).stdout
    errors = [line for line in found.splitlines() if "error" in line]
    assert "use.py:9" in errors[0] and len(errors) == 2, found
