"""Writes what the tests of oddframe-flow compare themselves with: OpenCV's optical flow, every few pixels.

    python scripts/export_flow.py [DATA] [FOLDER]

Needs numpy and opencv-python-headless. FOLDER is crates/flow/tests/fixtures where none is given. DATA is the folder of
research data that holds `ped2`; without it the Ped2 files stay as they are.

Synthetic frames need no file: crates/flow/tests/it/scene.rs paints the same ones. Everything in them is whole numbers,
so that both get the same pixels. A file NAME.METHOD.f32 holds dx of every STEP-th pixel of every STEP-th row and then dy,
as 32-bit floats, little-endian.
"""
import sys
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
WIDTH, HEIGHT = 200, 150
SYNTHETIC_STEP, PED2_STEP = 5, 8
# Video, first frame, second frame.
PED2 = (("testing/frames/01", 60, 61), ("testing/frames/04", 120, 122), ("training/frames/08", 100, 101))
# Places and motion are in sixteenths of a pixel.
UNITS = 16


def hashed(i, j, seed):
    """A number from 0 to 255 for each corner of a grid."""
    mask = np.uint64(0xFFFFFFFF)
    u = lambda values: np.uint64(values) if np.isscalar(values) else values.astype(np.uint64)
    h = (u(i) * u(374761393) + u(j) * u(668265263) + u(seed) * u(2246822519)) & mask
    h = ((h ^ (h >> u(13))) * u(1274126177)) & mask
    return ((h ^ (h >> u(16))) & u(255)).astype(np.int64)


def noise(x, y, cell, seed):
    """Values between the corners of a grid whose cells are `cell` pixels wide."""
    side = cell * UNITS
    i, j = x // side, y // side
    fx, fy = x - i * side, y - j * side
    above = hashed(i, j, seed) * (side - fx) + hashed(i + 1, j, seed) * fx
    below = hashed(i, j + 1, seed) * (side - fx) + hashed(i + 1, j + 1, seed) * fx
    return (above * (side - fy) + below * fy) // (side * side)


def texture(x, y):
    x, y = x + 1000 * UNITS, y + 1000 * UNITS
    return ((noise(x, y, 16, 1) * 4 + noise(x, y, 7, 2) * 3 + noise(x, y, 4, 3)) // 8).astype(np.uint8)


def scene(name):
    """Two frames: a shift by (3.25, -1.5), a rotation with a zoom, or a square that moves by (6, 2) over a still ground."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.int64)
    first = texture(x * UNITS, y * UNITS)
    across, down = x - WIDTH // 2, y - HEIGHT // 2
    if name == "shift":
        return first, texture(x * UNITS - 52, y * UNITS + 24)
    if name == "turn":
        return first, texture(x * UNITS - across + down, y * UNITS - down - across)
    second = first.copy()
    here = (x >= 70) & (x < 120) & (y >= 50) & (y < 100)
    there = (x >= 76) & (x < 126) & (y >= 52) & (y < 102)
    first[here] = texture((x + 500) * UNITS, y * UNITS)[here]
    second[there] = texture((x + 500 - 6) * UNITS, (y - 2) * UNITS)[there]
    return first, second


def farneback(pyr_scale=0.5, levels=3, winsize=15, iterations=3, poly_n=5, poly_sigma=1.2, flags=0):
    return lambda a, b: cv2.calcOpticalFlowFarneback(
        a, b, None, pyr_scale, levels, winsize, iterations, poly_n, poly_sigma, flags)


def dis(preset):
    return lambda a, b: cv2.DISOpticalFlow_create(preset).calc(a, b, None)


METHODS = {
    "farneback": farneback(),
    "gaussian": farneback(flags=cv2.OPTFLOW_FARNEBACK_GAUSSIAN),
    "other": farneback(pyr_scale=0.7, levels=2, winsize=16, iterations=2, poly_n=7, poly_sigma=1.5),
    "ultrafast": dis(cv2.DISOpticalFlow_PRESET_ULTRAFAST),
    "fast": dis(cv2.DISOpticalFlow_PRESET_FAST),
    "medium": dis(cv2.DISOpticalFlow_PRESET_MEDIUM),
}
OF_PED2 = ("farneback", "ultrafast", "fast", "medium")


def write(path, flow, step):
    grid = flow[::step, ::step]
    path.write_bytes(np.moveaxis(grid, 2, 0).astype("<f4").tobytes())


def main():
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "crates/flow/tests/fixtures"
    folder.mkdir(parents=True, exist_ok=True)
    cv2.setNumThreads(1)
    for name in ("shift", "turn", "object"):
        first, second = scene(name)
        for method, compute in METHODS.items():
            write(folder / f"{name}.{method}.f32", compute(first, second), SYNTHETIC_STEP)
    for video, first, second in PED2 if data else ():
        frames = [cv2.imread(str(data / "ped2" / video / f"{n:03}.jpg"), cv2.IMREAD_GRAYSCALE) for n in (first, second)]
        if any(frame is None for frame in frames):
            raise SystemExit(f"no frames {first} and {second} in {data / 'ped2' / video}")
        for method in OF_PED2:
            name = f"ped2.{video.split('/')[0]}{video[-2:]}.{first}.{method}.f32"
            write(folder / name, METHODS[method](*frames), PED2_STEP)
    print(f"opencv {cv2.__version__}: {sum(p.stat().st_size for p in folder.iterdir()) / 1e3:.0f} kB in {folder}")


if __name__ == "__main__":
    main()
