"""Times PyTorch's DataLoader from JPEG files to 128x128 gray with OpenCV; one JSON object per line.

Usage: torch_loader.py FOLDER [--workers 0,1,2] [--batch 32] [--rounds 5] [--side 128]

FOLDER is the one that ODDFRAME_BENCH_JPEGS names for crates/frames/benches/reader.rs. A worker is a process:
the first pass, in which it starts, is not counted.
"""

import argparse
import json
import statistics
import time
from pathlib import Path

import cv2
import torch
from torch.utils.data import DataLoader, Dataset


class Folder(Dataset):
    def __init__(self, folder, side):
        endings = (".jpg", ".jpeg")
        self.paths = sorted(str(p) for p in Path(folder).iterdir() if p.suffix.lower() in endings)
        self.side = side

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        image = cv2.imread(self.paths[index], cv2.IMREAD_GRAYSCALE)
        return torch.from_numpy(cv2.resize(image, (self.side, self.side), interpolation=cv2.INTER_LINEAR))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--workers", default="0,1,2")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--side", type=int, default=128)
    arguments = parser.parse_args()
    # One thread a worker, as in the Rust bench: cv2 would else use all cores in each.
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    data = Folder(arguments.folder, arguments.side)
    for workers in map(int, arguments.workers.split(",")):
        loader = DataLoader(data, batch_size=arguments.batch, num_workers=workers, persistent_workers=workers > 0)
        rates = []
        for _ in range(arguments.rounds + 1):
            start = time.perf_counter()
            frames = sum(batch.shape[0] for batch in loader)
            rates.append(frames / (time.perf_counter() - start))
        print(json.dumps({
            "bench": "torch_loader",
            "workers": workers,
            "batch": arguments.batch,
            "frames": len(data),
            "median_frames_per_s": round(statistics.median(rates[1:]), 1),
            "best_frames_per_s": round(max(rates[1:]), 1),
            "torch": torch.__version__,
            "opencv": cv2.__version__,
        }), flush=True)


if __name__ == "__main__":
    main()
