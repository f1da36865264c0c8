"""What a Python user writes to read gray frames: OpenCV, one thread, the JPEG files of a folder over and over.

    python opencv_decode.py FOLDER [--seconds 3] [--side 128]

Prints one line of JSON. `cargo bench -p oddframe-frames --bench decode` writes such a folder and reads the same
files.
"""
import argparse
import itertools
import json
import time
from pathlib import Path

import cv2


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--side", type=int, default=128)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    files = sorted(map(str, args.folder.glob("*.jpg")))
    if not files:
        raise SystemExit(f"no .jpg files in {args.folder}")

    size = (args.side, args.side)
    # Three clocks: reading, resizing, and both without a look at the clock between them.
    for path in files:
        cv2.resize(cv2.imread(path, cv2.IMREAD_GRAYSCALE), size)
    frames, start = 0, time.perf_counter()
    for path in itertools.cycle(files):
        cv2.resize(cv2.imread(path, cv2.IMREAD_GRAYSCALE), size, interpolation=cv2.INTER_LINEAR)
        frames += 1
        if frames % 16 == 0 and time.perf_counter() - start > args.seconds:
            break
    seconds = time.perf_counter() - start
    images = [cv2.imread(path, cv2.IMREAD_GRAYSCALE) for path in files]
    start = time.perf_counter()
    for image in itertools.islice(itertools.cycle(images), 500):
        cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)
    resize = (time.perf_counter() - start) / 500
    print(json.dumps({
        "peer": f"opencv {cv2.__version__}",
        "task": f"jpeg to gray {args.side}x{args.side}, one thread",
        "frames_per_s": round(frames / seconds, 1),
        "us_per_frame": round(seconds / frames * 1e6, 1),
        "us_resize": round(resize * 1e6, 1),
    }))


if __name__ == "__main__":
    main()
