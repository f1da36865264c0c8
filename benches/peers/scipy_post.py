"""Times scipy and numpy on the work of crates/post/benches/post.rs; one JSON line a measurement."""
import json
import statistics
import time

import numpy as np
import scipy
from scipy.ndimage import gaussian_filter1d
from scipy.stats import rankdata

VIDEOS = 21


def gaussian(scores, ends):
    parts = np.split(scores, ends)
    return np.concatenate([gaussian_filter1d(part, 3.0) for part in parts])


def minmax(scores, _ends):
    low, high = scores.min(), scores.max()
    return (scores - low) / (high - low)


def rank(scores, _ends):
    return rankdata(scores) / len(scores)


STEPS = {"gaussian(sigma=3) per video": gaussian, "minmax over all": minmax, "rank over all": rank}

for frames, runs in ((11_706, 200), (10_000_000, 7)):
    scores = np.random.default_rng(7).random(frames)
    ends = [frames * place // VIDEOS for place in range(1, VIDEOS)]
    for name, step in STEPS.items():
        step(scores, ends)
        times = []
        for _ in range(runs):
            start = time.perf_counter()
            step(scores, ends)
            times.append(time.perf_counter() - start)
        print(json.dumps({
            "bench": f"post/{name}/{frames}", "peer": f"scipy {scipy.__version__}", "threads": 1,
            "median_s": statistics.median(times), "runs": runs,
        }))
