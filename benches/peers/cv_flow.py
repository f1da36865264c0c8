"""Times OpenCV's optical flow on the work of crates/flow/benches/flow.rs; one JSON line a measurement."""
import argparse
import json
import statistics
import time

import cv2
import numpy as np


def waves(width, height, shift):
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    x, y = x - shift, y - shift / 2
    light = (40 * np.sin(x / 3) * np.cos(y / 4) + 40 * np.sin(x / 11 + y / 7) + 30 * np.cos(y / 17 - x / 29))
    return np.floor(128.5 + light).astype(np.uint8)


def farneback(flags):
    return lambda a, b, flow: cv2.calcOpticalFlowFarneback(a, b, flow, 0.5, 3, 15, 3, 5, 1.2, flags)


def dis(preset):
    # One object for all pairs, as it keeps its buffers; no flow is passed in, which would be taken for a first guess.
    method = cv2.DISOpticalFlow_create(preset)
    return lambda a, b, flow: method.calc(a, b, None)


METHODS = {
    "farneback": lambda: farneback(0),
    "farneback gaussian": lambda: farneback(cv2.OPTFLOW_FARNEBACK_GAUSSIAN),
    "dis ultrafast": lambda: dis(cv2.DISOpticalFlow_PRESET_ULTRAFAST),
    "dis fast": lambda: dis(cv2.DISOpticalFlow_PRESET_FAST),
    "dis medium": lambda: dis(cv2.DISOpticalFlow_PRESET_MEDIUM),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0, help="time for each measurement")
    args = parser.parse_args()
    for threads in (1, 2):
        cv2.setNumThreads(threads)
        for width, height in ((360, 240), (640, 360)):
            first, second = waves(width, height, 0.0), waves(width, height, 2.5)
            for name, make in METHODS.items():
                estimate = make()
                flow = np.zeros((height, width, 2), np.float32)
                estimate(first, second, flow)
                times, end = [], time.perf_counter() + args.seconds
                while time.perf_counter() < end or len(times) < 5:
                    start = time.perf_counter()
                    estimate(first, second, flow)
                    times.append(time.perf_counter() - start)
                print(json.dumps({
                    "bench": f"flow/{name}/{width}x{height}/{threads}", "peer": f"opencv {cv2.__version__}",
                    "threads": threads, "median_s": statistics.median(times), "runs": len(times),
                }), flush=True)


if __name__ == "__main__":
    main()
