"""Runs our benchmarks and their Python peers in turn, several rounds, and writes docs/benchmarks.md.

Usage: python3 benches/run.py [--rounds 3] [--peers PYTHON] [--torch-bench FILE] [--footage FOLDER] [--render]
                              [--only end_to_end,memory,zoo,models,instructions,pools,ranking,post,flow,jpeg,reader,banks]

PYTHON is an interpreter with numpy, scipy, scikit-learn, opencv-python-headless, faiss-cpu and torch; without it the peers'
columns stay empty. FILE is torch_bench.py, whose models ours are compared with. FOLDER holds the JPEG files for the
end-to-end part, or a folder of them for each video; without it frames of the synthetic street are made. Results are
kept in target/benchmarks.json, so that parts can be measured again one by one and --render writes the page without
measuring; a section whose part was never measured here stays as it is. In every round ours and the peer's run one after the
other, so that a slow minute slows both; medians over the rounds are quoted.
"""
import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True

import whole  # noqa: E402
from tools import FEW, ON_BURN, ROOT, criterion, json_lines, lines, ms, ratio, table, version  # noqa: E402
from whole import end_to_end, memory, render_end_to_end, render_memory, render_zoo, zoo_of_all  # noqa: E402

STORE = ROOT / "target/benchmarks.json"
PAGE = ROOT / "docs/benchmarks.md"
JPEGS = ROOT / "target/bench-jpegs"


def pools(peers):
    batch, found = None, {}
    for line in lines(["cargo", "bench", "-q", "-p", "oddframe-score", "--bench", "ratio"]):
        if line.startswith("    "):
            share, name = line.strip().split("  ", 1)
            found[f"{batch}|{name}"] = float(share)
        elif ": sum " in line:
            batch, speed = line.split(": sum ")
            found[f"{batch}|plain sum, GB/s"] = float(speed.split(", ")[1].split()[0])
    return found


def ranking(peers):
    found = criterion("oddframe-metrics", "metrics")
    if peers:
        for row in json_lines([peers, "benches/peers/sklearn_metrics.py", "--rounds", "1"]):
            metric = "roc_auc" if row["metric"] == "roc_auc_score" else "average_precision"
            found[f"peer|{metric}/{row['scores']}/{row['frames']}"] = row["median_s"] * 1e9
            found["version|scikit-learn"] = row["library"]
    return found


def post(peers):
    found = criterion("oddframe-post", "post")
    if peers:
        for row in json_lines([peers, "benches/peers/scipy_post.py"]):
            found[f"peer|{row['bench']}"] = row["median_s"] * 1e9
            found["version|scipy"] = row["peer"]
    return found


def flow(peers):
    found = criterion("oddframe-flow", "flow", options=["--noplot"])
    if peers:
        for row in json_lines([peers, "benches/peers/cv_flow.py"]):
            found[f"peer|{row['bench']}"] = row["median_s"] * 1e9
            found["version|opencv"] = row["peer"]
    return found


def jpeg(peers):
    JPEGS.mkdir(parents=True, exist_ok=True)
    folder = {"ODDFRAME_BENCH_JPEGS": str(JPEGS)}
    found = criterion("oddframe-frames", "decode", **folder)
    if peers:
        row = json_lines([peers, "benches/peers/opencv_decode.py", JPEGS])[0]
        found["peer|file to Gray 128"] = 1e9 / row["frames_per_s"]
        found["version|opencv"] = row["peer"]
    found |= criterion("oddframe-frames", "decode", ["turbojpeg"], **folder)
    return found


def reader(peers):
    JPEGS.mkdir(parents=True, exist_ok=True)
    folder = {"ODDFRAME_BENCH_JPEGS": str(JPEGS)}
    found = {}
    for name, features in (("pure Rust", []), ("turbojpeg", ["--features", "turbojpeg"])):
        for row in json_lines(["cargo", "bench", "-q", "-p", "oddframe-frames", "--bench", "reader", *features], **folder):
            if row["bench"] == "reader":
                found[f"{name}|{row['threads']}"] = row["median_frames_per_s"]
            else:
                found[f"{name}|memory"] = [row["bytes_read"], row["budget_bytes"], row["peak_kib_before"], row["peak_kib_after"]]
    if peers:
        for row in json_lines([peers, "benches/peers/torch_loader.py", JPEGS, "--rounds", "3"]):
            found[f"DataLoader|{row['workers']}"] = row["median_frames_per_s"]
            found["version|torch"] = f"torch {row['torch']}, opencv {row['opencv']}"
    return found


def banks(peers):
    found = criterion("oddframe-memory", "memory", options=FEW)
    if peers:
        for row in json_lines([peers, "benches/peers/memory.py"]):
            found[f"peer|{row['bench']}|{row['peer']}"] = row["median_s"] * 1e9
    peak = {}
    for step in ("3000 of 100000x32", "1000 of 9130x1536", "nearest"):
        row = json_lines(["cargo", "bench", "-q", "-p", "oddframe-memory", "--bench", "memory"], ODDFRAME_BENCH_PEAK=step)[0]
        peak[f"memory|{step}|ours"] = [row["peak_kib_before"], row["peak_kib_after"]]
        if peers:
            row = json_lines([peers, "benches/peers/memory.py", "--peak", step])[0]
            peak[f"memory|{step}|{row['peer']}"] = [row["peak_kib_before"], row["peak_kib_after"]]
    return found | peak


SHAPES = ("ms64", "ms128", "ms256", "st16", "st16bn", "lstm64")


def zoo(*args):
    return json_lines(["cargo", "bench", "-q", *ON_BURN, "--bench", "zoo", "--", *args])


def models(peers):
    """Forward and training step of the zoo's models, a single frame's forward, and memory, shape by shape in turn."""
    found = {}
    for shape in SHAPES:
        row = zoo("--shapes", shape)[0]
        found |= {f"batch|{shape}": row["batch"], f"forward|{shape}|ours": row["forward_ms"]}
        found[f"train|{shape}|ours"] = row["train_ms"]
        if peers and TORCH_BENCH:
            row = json_lines([peers, TORCH_BENCH, "--shapes", shape])[0]
            found |= {f"forward|{shape}|peer": row["forward_ms"], f"train|{shape}|peer": row["train_ms"]}
            found["version|torch"] = row["engine"]
        found[f"one|{shape}|ours"] = zoo("--shapes", shape, "--batch", "1", "--forward-only", "--runs", "25")[0]["forward_ms"]
        found[f"memory|{shape}|ours"] = zoo("--shapes", shape, "--memory")[0]["peak_kib"]
        if peers and TORCH_BENCH:
            torch = [peers, "benches/peers/torch_models.py", TORCH_BENCH]
            found[f"one|{shape}|peer"] = json_lines([*torch, "--shapes", shape, "--batch", "1"])[0]["forward_ms"]
            row = json_lines([*torch, "--memory", shape])[0]
            found |= {f"memory|{shape}|peer": row["peak_kib"], f"memory|{shape}|peer before": row["before_kib"]}
    return found


def instructions(peers):
    """Instructions of one item's forward step on one thread, counted by callgrind; the same in every round."""
    built = lines(["cargo", "bench", *ON_BURN, "--bench", "zoo", "--no-run", "--message-format=json"])
    binary = next(m["executable"] for m in map(json.loads, built) if m.get("target", {}).get("name") == "zoo")

    def count(shape):
        out = ROOT / f"target/callgrind.{shape}"
        lines(["valgrind", "--tool=callgrind", "--collect-atstart=no", "--toggle-collect=*counted_forward*",
               f"--callgrind-out-file={out}", binary, "--shapes", shape, "--threads", "1", "--batch", "1", "--count"])
        return int(next(line for line in out.read_text().splitlines() if line.startswith("totals:")).split()[1])

    with ThreadPoolExecutor(os.cpu_count()) as pool:  # counts do not mind company
        return {f"instructions|{shape}": counted for shape, counted in zip(SHAPES, pool.map(count, SHAPES))}


TORCH_BENCH = None
# Nothing of a busy machine shows in them.
ONCE = ("instructions", "memory")
PARTS = {"end_to_end": end_to_end, "memory": memory, "zoo": zoo_of_all,
         "models": models, "instructions": instructions, "pools": pools, "ranking": ranking, "post": post, "flow": flow, "jpeg": jpeg, "reader": reader, "banks": banks}


def merged(rounds):
    """Medians over the rounds; what is no number is taken from the last one."""
    keys = {key for found in rounds for key in found}
    def one(key):
        values = [found[key] for found in rounds if key in found]
        return statistics.median(values) if isinstance(values[0], (int, float)) else values[-1]
    return {key: one(key) for key in sorted(keys)}


def machine():
    model = next((l.split(":")[1].strip() for l in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in l), "?")
    rust = subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.strip()
    return f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, {rust}"


def beside(found, prefix, strip):
    """A row for each of our benchmarks with a peer: ours, the peer's, the ratio."""
    names = [k for k in found if k.startswith(prefix)]
    rows = []
    for name in names:
        peer = found.get("peer|" + (name.removeprefix(strip)))
        rows.append([f"`{name.removeprefix(strip)}`", ms(found[name]), ms(peer), ratio(found[name], peer)])
    return rows


def render(store):
    page = [
        "# Benchmarks", "",
        "Written by `python3 benches/run.py --peers PYTHON`; every figure is the median over the rounds it says. Ours and",
        "the peer's run in turn on the same files and sizes. Absolute times belong to this machine; look at the ratios.", "",
    ]
    titles = {
        "end_to_end": "JPEG files to scores in a CSV, beside PyTorch and OpenCV",
        "memory": "Memory of scoring, whatever the length of the video",
        "zoo": "Every network of the zoo, beside PyTorch",
        "models": "Models on the CPU, beside PyTorch",
        "instructions": "Instructions of one forward step",
        "pools": "Pools: one pass over input and reconstruction",
        "ranking": "Ranking metrics",
        "post": "Post-processing",
        "flow": "Optical flow of a pair of frames",
        "jpeg": "JPEG 640x360 to 128x128 gray, one thread",
        "reader": "Reading a folder: JPEG 640x360 to 128x128 gray",
        "banks": "Memory banks: coresets and nearest neighbours",
    }
    old = PAGE.read_text().split("\n## ") if PAGE.exists() else []
    old = {section.split("\n")[0]: section for section in old[1:]}
    for part in PARTS:
        if part not in store:
            if titles[part] in old:
                page += ["## " + old[titles[part]].rstrip(), ""]
            continue
        data = store[part]
        found = merged(data["rounds"])
        rounds = "1 round" if len(data["rounds"]) == 1 else f"{len(data['rounds'])} rounds"
        page += [f"## {titles[part]}", "", f"{data['machine']}; {rounds}, load {data['load']}.", ""]
        page += globals()[f"render_{part}"](found)
    # Sections that other programs measure, as their text says, stay as they are.
    for title, section in old.items():
        if title not in titles.values():
            page += ["## " + section.rstrip(), ""]
    PAGE.write_text("\n".join(page).rstrip() + "\n")
    print(f"wrote {PAGE.relative_to(ROOT)}")


def render_models(found):
    def pair(kind, shape):
        ours, peer = found[f"{kind}|{shape}|ours"], found.get(f"{kind}|{shape}|peer")
        return [f"{ours:.3g}", "-" if peer is None else f"{peer:.3g}", ratio(ours, peer)]

    shapes = [s for s in SHAPES if f"forward|{s}|ours" in found]
    label = lambda s: f"{s}, {found[f'batch|{s}']:.0f}"
    page = [
        f"Ours against {version(found, 'torch')} (eager, f32, as many threads), milliseconds, and PyTorch's time over ours. The",
        "shapes are those of torch_bench.py. Forward is the frozen form; the training step includes Adam.", "",
    ]
    page += table(["shape, batch", "forward", "PyTorch", "ratio", "training step", "PyTorch", "ratio"],
                  [[label(s), *pair("forward", s), *pair("train", s)] for s in shapes])
    page += ["A single frame (batch 1) through the frozen form, and the peak memory of a process that made two training steps",
             "(MB; PyTorch's in brackets without what the process held before the model was built):", ""]
    rows = []
    for s in shapes:
        memory, peer = found[f"memory|{s}|ours"] / 1e3, found.get(f"memory|{s}|peer")
        net = "-" if peer is None else f"{peer / 1e3:.0f} ({(peer - found[f'memory|{s}|peer before']) / 1e3:.0f})"
        rows.append([s, *pair("one", s), f"{memory:.0f}", net])
    return page + table(["shape", "batch 1", "PyTorch", "ratio", "memory", "PyTorch"], rows)


def render_instructions(found):
    note = ["Of one item (batch 1) through the frozen form, counted by callgrind on one thread; valgrind knows no AVX-512, so",
            "this is the AVX2 path. It does not depend on how busy the machine is: a regression shows here on a noisy day too.", ""]
    rows = [[s, f"{found[f'instructions|{s}'] / 1e6:.0f}"] for s in SHAPES if f"instructions|{s}" in found]
    return note + table(["shape", "million instructions"], rows)


def render_pools(found):
    batches = list(dict.fromkeys(k.split("|")[0] for k in found))
    names = list(dict.fromkeys(k.split("|")[1] for k in found if "GB/s" not in k))
    rows = [[f"`{name}`"] + [f"{found[f'{b}|{name}']:.2f}" for b in batches] for name in names]
    rows.append(["plain sum, GB/s"] + [f"{found[f'{b}|plain sum, GB/s']:.1f}" for b in batches])
    note = "Speed as a share of plainly summing the same bytes (vectorised, several accumulators) in the same round:"
    return [note, "", *table(["kernel", *batches], rows)]


def render_ranking(found):
    rows = beside(found, "ranking/", "ranking/") + beside(found, "bootstrap", "")
    return table(["metric, scores, frames", "ours, ms", f"{version(found, 'scikit-learn')}, ms", "ratio"], rows)


def render_post(found):
    return table(["step, frames", "ours, ms", f"{version(found, 'scipy')}, ms", "ratio"], beside(found, "post/", ""))


def render_flow(found):
    return table(["method, size, threads", "ours, ms", f"{version(found, 'opencv')}, ms", "ratio"], beside(found, "flow/", ""))


def render_jpeg(found):
    peer = found.get("peer|file to Gray 128")
    rows = []
    for name in (k for k in found if k.startswith("jpeg/")):
        whole = "file to" in name
        rows.append([f"`{name.removeprefix('jpeg/')}`", f"{found[name] / 1e3:.0f}", f"{1e9 / found[name]:.0f}",
                     ratio(found[name], peer) if whole else "-"])
    if peer:
        rows.append([version(found, "opencv") + ", imread gray + resize", f"{peer / 1e3:.0f}", f"{1e9 / peer:.0f}", "1x"])
    return table(["step", "us a frame", "frames/s", "against OpenCV"], rows)


def render_reader(found):
    rows = []
    for name in ("pure Rust", "turbojpeg", "DataLoader"):
        speeds = [found.get(f"{name}|{n}") for n in (0, 1, 2)]
        if any(speeds):
            label = f"{version(found, 'torch')}, DataLoader" if name == "DataLoader" else f"ours, {name}"
            rows.append([label] + ["-" if s is None else f"{s:.0f}" for s in speeds])
    page = table(["frames/s with threads or workers:", "0", "1", "2"], rows)
    for name in ("pure Rust", "turbojpeg"):
        if f"{name}|memory" in found:
            read, budget, before, after = found[f"{name}|memory"]
            page += [f"Memory, {name}: {read / 1e6:.0f} MB of RGB frames read ahead under a budget of {budget / 1e6:.0f} MB "
                     f"moved the process's peak from {before / 1e3:.1f} to {after / 1e3:.1f} MB.", ""]
    return page


def render_banks(found):
    rows = []
    for name in (k for k in found if k.startswith(("coreset/", "nearest/"))):
        rows.append([f"`{name}`", "ours", ms(found[name]), "-"])
        for key in (k for k in found if k.startswith(f"peer|{name}|")):
            rows.append(["", key.split("|")[2], ms(found[key]), ratio(found[name], found[key])])
    page = [
        "Selecting a coreset with one centre a step, and the nearest of the rows for each query. PyTorch's loop is timed with three",
        "ways of writing the distance to a centre. Of noise no row can be skipped; clusters are closer to features of video.", "",
    ]
    page += table(["benchmark", "who", "ms", "ours against it"], rows)
    rows = [[*key.split("|")[1:], *(f"{kib / 1e3:.0f}" for kib in found[key])] for key in found if key.startswith("memory|")]
    return page + ["Peak memory of the process, MB, before the step and after it:", "", *table(["step", "who", "before", "after"], rows)]


def measure(part, args, store):
    """Measures a part; what is measured is kept after every round, whenever it is stopped."""
    load = lambda: f"{os.getloadavg()[0]:.2f}"
    before, where, rounds = load(), machine(), []
    for _ in range(1 if part in ONCE else args.rounds):
        rounds.append(PARTS[part](args.peers))
        store[part] = {"rounds": rounds, "machine": where, "load": f"{before} before, {load()} after"}
        STORE.parent.mkdir(exist_ok=True)
        STORE.write_text(json.dumps(store))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", help="a Python interpreter that has the peers' packages")
    parser.add_argument("--torch-bench", help="torch_bench.py, for PyTorch's side of the models")
    parser.add_argument("--footage", type=Path, help="JPEG files for the end-to-end part")
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--render", action="store_true", help="write the page from what was measured before")
    args = parser.parse_args()
    global TORCH_BENCH
    TORCH_BENCH = args.torch_bench
    whole.footage = args.footage and args.footage.resolve()
    if strange := set(args.only.split(",")) - set(PARTS):
        parser.error(f"unknown part {', '.join(strange)}; known are {', '.join(PARTS)}")
    store = json.loads(STORE.read_text()) if STORE.exists() else {}
    if not args.render:
        for part in args.only.split(","):
            measure(part, args, store)
    render(store)


if __name__ == "__main__":
    main()
