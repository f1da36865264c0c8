"""What the parts of run.py share: running commands, reading Criterion's figures, writing tables."""
import json
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Both, so that the benchmarks of either crate run with one build of Burn.
ON_BURN = ["-p", "oddframe-nn", "-p", "oddframe-models"]
CRITERION = ["--warm-up-time", "0.3", "--measurement-time", "1.5", "--sample-size", "10", "--noplot"]
# Of steps that take up to seconds.
FEW = ["--warm-up-time", "0.1", "--measurement-time", "1", "--sample-size", "10", "--noplot"]
NO_LEFTOVERS = {"PYTHONDONTWRITEBYTECODE": "1"}


def lines(command, **env):
    print("+", " ".join(map(str, command)), flush=True)
    env = os.environ | NO_LEFTOVERS | env
    done = subprocess.run(list(map(str, command)), cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"failed: {' '.join(map(str, command))}")
    return done.stdout.splitlines()


def json_lines(command, **env):
    return [json.loads(line) for line in lines(command, **env) if line.startswith("{")]


def criterion(package, bench, features=(), only=None, options=CRITERION, **env):
    """Median nanoseconds of each benchmark, or of those that match a pattern, by its full id."""
    started = max((p.stat().st_mtime for p in ROOT.glob("target/criterion/**/new/estimates.json")), default=0.0)
    extra = ["--features", ",".join(features)] if features else []
    packages = ["-p", package] if isinstance(package, str) else package
    chosen = [only] if only else []
    lines(["cargo", "bench", "-q", *packages, "--bench", bench, *extra, "--", *chosen, *options], **env)
    found = {}
    for path in ROOT.glob("target/criterion/**/new/estimates.json"):
        if path.stat().st_mtime > started:
            name = json.loads((path.parent / "benchmark.json").read_text())["full_id"]
            found[name] = json.loads(path.read_text())["median"]["point_estimate"]
    return found


def table(head, rows):
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *("| " + " | ".join(r) + " |" for r in rows), ""]


def ms(ns):
    return "-" if ns is None else f"{ns / 1e6:.3g}"


def ratio(ours, peer):
    return "-" if not ours or not peer else f"{peer / ours:.2g}x"


def version(found, name):
    return found.get(f"version|{name}", "not measured")
