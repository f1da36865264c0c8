"""Times scikit-learn's ROC AUC and average precision; one JSON object per line.

Usage: sklearn_metrics.py [--frames 1000000,10000000] [--rounds 3]

The scores are those of crates/metrics/benches/metrics.rs in kind: a quarter of the frames abnormal, either
continuous or rounded to three decimals.
"""

import argparse
import json
import statistics
import time

import numpy as np
import sklearn
from sklearn.metrics import average_precision_score, roc_auc_score


def samples(frames, rounded):
    random = np.random.default_rng(7)
    labels = random.random(frames) < 0.25
    scores = 0.8 * random.random(frames) + 0.2 * labels
    return labels, scores.round(3) if rounded else scores


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--frames", default="1000000,10000000")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    for frames in map(int, arguments.frames.split(",")):
        for rounded in (False, True):
            labels, scores = samples(frames, rounded)
            for metric in (roc_auc_score, average_precision_score):
                seconds = []
                for _ in range(arguments.rounds):
                    start = time.perf_counter()
                    metric(labels, scores)
                    seconds.append(time.perf_counter() - start)
                print(json.dumps({
                    "library": f"scikit-learn {sklearn.__version__}",
                    "metric": metric.__name__,
                    "frames": frames,
                    "scores": "rounded" if rounded else "continuous",
                    "median_s": statistics.median(seconds),
                    "rounds": arguments.rounds,
                }), flush=True)


if __name__ == "__main__":
    main()
