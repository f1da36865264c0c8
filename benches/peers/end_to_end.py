"""What a PyTorch and OpenCV user writes: JPEG files on disk to a score for each frame in a CSV file.

Usage: end_to_end.py FOLDER --system conv_ae|cuboid_ae [--side 128] [--batch N] [--workers 0,2] [--layouts first,last]
                     [--runs 3] [--threads N] [--compile] [--weights FILE] [--save-weights FILE] [--scores FILE]

FOLDER holds the JPEG files of one video, or a folder of them for each video. The systems are those of
crates/models/benches/end_to_end: `conv_ae` takes RGB frames one by one, a frame's score being its largest squared error;
`cuboid_ae` takes 16 gray frames at stride 1, a frame's score being its mean squared error, averaged over the windows that
hold it. A frame is decoded and resized once. Weights are random, from a constant seed, unless a file is named;
--save-weights writes them and measures nothing.

One JSON object for each variant: the number of DataLoader workers, and whether images lie in memory channels first or
last. The first pass, in which workers start and the libraries warm up, is not counted, nor is finding the files. Without
workers the milliseconds of each stage are printed too.
"""
import argparse
import csv
import itertools
import json
import os
import re
import resource
import statistics
import time
from pathlib import Path

# Threads that spin while they wait take the cores from the workers.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import cv2  # noqa: E402
import torch  # noqa: E402
from torch.utils.data import DataLoader, Dataset  # noqa: E402

from networks import CUBOID, RGB, ConvAe, Cuboids  # noqa: E402

NOW = time.perf_counter
WINDOW = 16


def videos(folder):
    """Each video's name, frame numbers and files, in order."""
    folders = sorted(path for path in folder.iterdir() if path.is_dir()) or [folder]
    for one in folders:
        files = sorted(path for path in one.iterdir() if path.suffix.lower() in (".jpg", ".jpeg"))
        if not files:
            raise SystemExit(f"{one} has no JPEG files")
        yield one.resolve().name, [int(re.findall(r"\d+", path.stem)[-1]) for path in files], files


class Frames(Dataset):
    """All frames of all videos, resized, as bytes: fewer to send from a worker than floats."""

    def __init__(self, files, side, gray):
        self.files, self.side = [str(path) for path in files], side
        self.flag = cv2.IMREAD_GRAYSCALE if gray else cv2.IMREAD_COLOR
        self.decode = self.prepare = 0.0

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        start = NOW()
        image = cv2.imread(self.files[index], self.flag)
        decoded = NOW()
        image = cv2.resize(image, (self.side, self.side), interpolation=cv2.INTER_LINEAR)
        if image.ndim == 3:
            image = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
        self.decode += decoded - start
        self.prepare += NOW() - decoded
        return torch.from_numpy(image)


class Stages(dict):
    """Seconds spent, by stage."""

    def lap(self, stage, start):
        end = NOW()
        self[stage] = self.get(stage, 0.0) + end - start
        return end


class ConvAeMax:
    """Single frames."""

    gray = False

    def __init__(self, side):
        self.network = ConvAe(RGB, side, side)

    def batches(self, lengths, batch):
        return [range(at, min(at + batch, sum(lengths))) for at in range(0, sum(lengths), batch)]

    def scores(self, run, loader, layout, lengths, stages):
        scores = []
        for frames in loader:
            start = NOW()
            x = frames.permute(0, 3, 1, 2).float().div_(127.5).sub_(1.0).contiguous(memory_format=layout)
            start = stages.lap("prepare", start)
            y = run(x)
            start = stages.lap("forward", start)
            scores += (x - y).square_().amax((1, 2, 3)).tolist()
            stages.lap("pool", start)
        return scores

    def forward(self, x):
        return self.network.image(x)


class CuboidAeMean:
    """Windows of gray frames, one frame apart."""

    gray = True

    def __init__(self, side):
        self.network = Cuboids(CUBOID, 4, True, 0.2)

    def batches(self, lengths, batch):
        """No batch crosses from video to video; the first of a video fills its first windows too."""
        rows, first = [], 0
        for length in lengths:
            if length < WINDOW:
                raise SystemExit(f"a video of {length} frames is shorter than a window")
            at = min(WINDOW - 1 + batch, length)
            rows.append(range(first, first + at))
            rows += [range(first + a, first + min(a + batch, length)) for a in range(at, length, batch)]
            first += length
        return rows

    def scores(self, run, loader, layout, lengths, stages):
        starts = set(itertools.accumulate(lengths, initial=0))
        total = torch.zeros(sum(lengths))
        count = torch.zeros(sum(lengths))
        places = torch.arange(WINDOW)
        done, held = 0, None
        for frames in loader:
            start = NOW()
            x = frames.float().div_(255.0)
            held = x if done in starts else torch.cat([held, x])
            first = done + len(x) - len(held)
            windows = held.unfold(0, WINDOW, 1).movedim(-1, 1).contiguous(memory_format=layout)
            start = stages.lap("prepare", start)
            y = run(windows)
            start = stages.lap("forward", start)
            errors = (windows - y).square_().mean((2, 3))
            where = (first + torch.arange(len(windows))[:, None] + places).flatten()
            total.index_add_(0, where, errors.flatten())
            count.index_add_(0, where, torch.ones(len(where)))
            done, held = done + len(x), held[1 - WINDOW:]
            stages.lap("pool", start)
        return (total / count).tolist()

    def forward(self, x):
        return self.network.net(x)


SYSTEMS = {"conv_ae": (ConvAeMax, 32), "cuboid_ae": (CuboidAeMean, 8)}


def write(path, found, scores):
    with open(path, "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("video", "frame", "score"))
        names = ((name, number) for name, numbers, _ in found for number in numbers)
        rows.writerows((name, number, score) for (name, number), score in zip(names, scores))


@torch.inference_mode()
def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--system", choices=SYSTEMS, required=True)
    parser.add_argument("--side", type=int, default=128)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--workers", default="0,2")
    parser.add_argument("--layouts", default="first,last")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--compile", action="store_true", help="torch.compile instead of eager")
    parser.add_argument("--weights", type=Path, help="a state dict")
    parser.add_argument("--save-weights", type=Path)
    parser.add_argument("--scores", type=Path, default=Path(os.devnull))
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    cv2.setNumThreads(1)
    torch.manual_seed(0)
    kind, batch = SYSTEMS[args.system]
    batch = args.batch or batch
    system = kind(args.side)
    system.network.eval()
    if args.weights:
        system.network.load_state_dict(torch.load(args.weights))
    if args.save_weights:
        torch.save(system.network.state_dict(), args.save_weights)
        return
    found = list(videos(args.folder))
    lengths = [len(files) for _, _, files in found]
    files = [file for _, _, files in found for file in files]
    run = torch.compile(system.forward) if args.compile else system.forward
    for workers, layout in itertools.product(map(int, args.workers.split(",")), args.layouts.split(",")):
        memory = torch.channels_last if layout == "last" else torch.contiguous_format
        system.network.to(memory_format=memory)
        data = Frames(files, args.side, system.gray)
        loader = DataLoader(data, batch_sampler=system.batches(lengths, batch), num_workers=workers,
                            persistent_workers=workers > 0)
        seconds, each = [], []
        for _ in range(args.runs + 1):
            stages = Stages()
            data.decode = data.prepare = 0.0
            start = NOW()
            scores = system.scores(run, loader, memory, lengths, stages)
            writing = NOW()
            write(args.scores, found, scores)
            stages.lap("write", writing)
            seconds.append(NOW() - start)
            stages["decode"] = data.decode
            stages["prepare"] += data.prepare
            each.append(stages)
        seconds, each = seconds[1:], each[1:]
        row = {
            "bench": "end_to_end", "engine": f"torch {torch.__version__}, opencv {cv2.__version__}",
            "system": args.system, "side": args.side, "batch": batch, "threads": args.threads,
            "variant": f"{workers} workers, channels {layout}" + (", compiled" if args.compile else ""),
            "frames": len(files), "median_frames_per_s": round(len(files) / statistics.median(seconds), 1),
            "best_frames_per_s": round(len(files) / min(seconds), 1),
            "peak_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        }
        if workers == 0:
            middle = each[seconds.index(statistics.median_low(seconds))]
            row["ms_per_frame"] = {stage: round(1e3 * s / len(files), 4) for stage, s in middle.items()}
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
