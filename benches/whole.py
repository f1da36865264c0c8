"""The parts of run.py about whole systems: files to scores, memory, and every network of the zoo."""
import csv

from tools import FEW, ON_BURN, ROOT, criterion, json_lines, lines, ratio, table, version

SYSTEMS = ("conv_ae", "cuboid_ae")
STREET = ROOT / "target/bench-street"
STREET_FRAMES = 600
# The folder of JPEG files that --footage names.
footage = None


def ours(*args):
    return json_lines(["cargo", "bench", "-q", *ON_BURN, "--bench", "end_to_end", "--", *args])


def street():
    """The folder of frames that ours and the peer read."""
    if footage:
        return footage
    if len(list(STREET.glob("*.jpg"))) != STREET_FRAMES:
        ours("--make", STREET, "--frames", STREET_FRAMES)
    return STREET


def scores_of(path):
    with open(path, newline="") as file:
        return {(row["video"], int(row["frame"])): float(row["score"]) for row in csv.DictReader(file)}


def end_to_end(peers):
    """Files to scores in a CSV: ours, then every variant of the peer with the same weights on the same files."""
    found, files, target = {}, street(), ROOT / "target"
    for system in SYSTEMS:
        weights, mine, theirs = (target / f"bench-{system}.{end}" for end in ("pt", "ours.csv", "torch.csv"))
        script = [peers, "benches/peers/end_to_end.py", files, "--system", system]
        same = []
        if peers:
            lines([*script, "--save-weights", weights])
            same = ["--weights", weights]
        row = ours("--data", files, "--system", system, "--scores", mine, *same)[0]
        found |= {f"ours|{system}": row["median_frames_per_s"], f"peak|{system}": row["peak_kib"]}
        found |= {f"stage|{system}|{stage}": ms for stage, ms in row["ms_per_frame"].items()}
        found |= {"frames": row["frames"], "of": row["of"], "batch|" + system: row["batch"], "threads": row["threads"]}
        if not peers:
            continue
        for row in json_lines([*script, "--scores", theirs, *same]):
            found[f"peer|{system}|{row['variant']}"] = row["median_frames_per_s"]
            found[f"peer peak|{system}"] = row["peak_kib"]
            prefix = f"peer stage|{system}|{row['variant']}"
            found |= {f"{prefix}|{stage}": ms for stage, ms in row.get("ms_per_frame", {}).items()}
            found["version|torch"] = row["engine"]
        one, other = scores_of(mine), scores_of(theirs)
        if one.keys() != other.keys():
            raise SystemExit(f"{system}: {mine} and {theirs} score other frames")
        found[f"apart|{system}"] = max(abs(one[key] - other[key]) / abs(other[key]) for key in one)
    return found


def memory(peers):
    """Peak memory of scoring the street at 256x256: a video, and one four times as long in the same process."""
    found = {}
    for system in SYSTEMS:
        row = ours("--system", system, "--side", "256", "--batch", "8", "--memory")[0]
        short, long = row["frames"]
        found |= {f"{system}|short": row["peak_kib"][0], f"{system}|long": row["peak_kib"][1]}
        found |= {"frames|short": short, "frames|long": long, "of": row["of"]}
    return found


def zoo_of_all(peers):
    """Scoring and training step of every network, ours and the peer's in turn."""
    bench = ["cargo", "bench", "-q", *ON_BURN, "--bench", "models", "--"]
    ids = [line.removesuffix(": benchmark") for line in lines([*bench, "--list"]) if line.endswith(": benchmark")]
    found = {}
    for place, (name, batch) in enumerate(dict.fromkeys(tuple(i.split("/")[1:]) for i in ids)):
        found |= {f"batch|{name}": int(batch), f"place|{name}": place}
        for full_id, ns in criterion(ON_BURN, "models", only=f"/{name}/", options=FEW).items():
            found[f"{full_id.split('/')[0]}|{name}|ours"] = ns / 1e6
        if not peers:
            continue
        for layout in ("first", "last"):
            last = ["--channels-last"] if layout == "last" else []
            script = [peers, "benches/peers/torch_zoo.py", "--shapes", f"{name}:{batch}", "--runs", "5"]
            row = json_lines([*script, *last])[0]
            found |= {f"{kind}|{name}|{layout}": row[f"{kind}_ms"] for kind in ("score", "train")}
            found |= {"version|torch": row["engine"], f"parameters|{name}": row["parameters"]}
    return found


def render_end_to_end(found):
    systems = [s for s in SYSTEMS if f"ours|{s}" in found]
    peers = any(key.startswith("peer|") for key in found)
    page = [
        f"{found['frames']:.0f} frames of {found['of']}, {found['threads']:.0f} threads, frames at 128x128: `conv_ae` with the largest error of each",
        "frame, `cuboid_ae` over 16 gray frames at stride 1. Models are built and files found before the clock starts.", "",
    ]
    rows = []
    for s in systems:
        variants = {k.split("|")[2]: v for k, v in found.items() if k.startswith(f"peer|{s}|")}
        rows.append([f"{s}, {found[f'batch|{s}']:.0f}", "ours", f"{found[f'ours|{s}']:.0f}", "-"])
        best = max(variants.values(), default=None)
        for variant, speed in variants.items():
            name = f"PyTorch, {variant}" + (", its best" if speed == best else "")
            rows.append(["", name, f"{speed:.0f}", f"{found[f'ours|{s}'] / speed:.2f}x"])
    page += table(["system, batch", "who", "frames/s", "ours against it"], rows)
    if peers:
        apart = ", ".join(f"{found[f'apart|{s}']:.1e} ({s})" for s in systems if f"apart|{s}" in found)
        page += [f"PyTorch: {version(found, 'torch')}, eager, a `DataLoader` with so many workers, `OMP_WAIT_POLICY=passive`",
                 f"(`benches/peers/end_to_end.py`). Same weights, files and pixels: the scores differ by at most {apart}",
                 "of their value, as sums of floats in another order do.", ""]
    page += ["What each stage takes by itself, milliseconds a frame; in the whole they overlap. PyTorch's are of one process with",
             "no workers, its best layout; its bytes become numbers while it prepares.", ""]
    stages = ("decode", "prepare", "clips", "forward", "pool", "write")
    cell = lambda ms: "-" if ms is None else f"{ms:.3f}"
    rows = []
    for s in systems:
        rows.append([s, "ours"] + [cell(found.get(f"stage|{s}|{stage}")) for stage in stages] + [f"{1e3 / found[f'ours|{s}']:.3f}"])
        alone = {k.split("|")[2]: v for k, v in found.items() if k.startswith(f"peer|{s}|0 workers")}
        if alone:
            best = max(alone, key=alone.get)
            theirs = [cell(found.get(f"peer stage|{s}|{best}|{stage}")) for stage in stages]
            rows.append(["", "PyTorch"] + theirs + [f"{1e3 / alone[best]:.3f}"])
    page += table(["system", "who", *stages, "whole"], rows)
    rows = [[s, f"{found[f'peak|{s}'] / 1e3:.0f}"] + ([f"{found[f'peer peak|{s}'] / 1e3:.0f}"] if peers else ["-"]) for s in systems]
    return page + table(["peak memory, MB", "ours", "PyTorch"], rows)


def render_memory(found):
    page = [f"Peak of a process that scores a video of {found['of']} at 256x256, 8 clips at a time, and then one four times as long:", ""]
    rows = [[s, f"{found[f'{s}|short'] / 1e3:.0f}", f"{found[f'{s}|long'] / 1e3:.0f}"] for s in SYSTEMS if f"{s}|short" in found]
    return page + table(["system", f"{found['frames|short']:.0f} frames, MB", f"{found['frames|long']:.0f} frames, MB"], rows)


def render_zoo(found):
    names = [key.removeprefix("place|") for key in found if key.startswith("place|")]
    names.sort(key=lambda name: found[f"place|{name}"])

    def cells(kind, name):
        ours = found.get(f"{kind}|{name}|ours")
        theirs = [found[key] for layout in ("first", "last") if (key := f"{kind}|{name}|{layout}") in found]
        peer = min(theirs, default=None)
        return ["-" if ours is None else f"{ours:.3g}", "-" if peer is None else f"{peer:.3g}", ratio(ours, peer)]

    page = [
        "Milliseconds of `cargo bench -p oddframe-models --bench models` and of `benches/peers/torch_zoo.py`",
        f"({version(found, 'torch')}, eager, f32, as many threads, channels first or last, whichever is faster), and PyTorch's time over",
        "ours. Scoring is the forward step and the mean error of each frame; the training step has the network's loss and Adam.", "",
    ]
    count = lambda name: f"{found[f'parameters|{name}']:,.0f}" if f"parameters|{name}" in found else "-"
    rows = [[f"{name}, {found[f'batch|{name}']:.0f}", count(name), *cells("score", name), *cells("train", name)] for name in names]
    return page + table(["network, batch", "parameters", "scoring", "PyTorch", "ratio", "training step", "PyTorch", "ratio"], rows)
