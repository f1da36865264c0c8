#!/usr/bin/env python3
"""Measures metrics and filters of the Python package beside scikit-learn and scipy, in alternating rounds.

    python scripts/python_speed.py [ROUNDS]

Needs the packages oddframe, scikit-learn and scipy. Conversions of the arguments are part of every time. Prints medians.
"""

import statistics
import sys
import time

import numpy as np
import oddframe
import scipy.ndimage
import sklearn.metrics


def seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def compare(what, ours, theirs, rounds):
    ours(), theirs()  # The first call pays for memory and caches.
    times = [(seconds(ours), seconds(theirs)) for _ in range(rounds)]
    own, other = (statistics.median(column) for column in zip(*times))
    ratio = statistics.median(other / own for own, other in times)
    print(f"| {what} | {1000 * own:.1f} ms | {1000 * other:.1f} ms | {ratio:.1f} |", flush=True)


def cpu():
    with open("/proc/cpuinfo") as lines:
        return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "unknown")


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 11
    random = np.random.default_rng(0)
    print(f"{cpu()}, {oddframe.available_threads()} threads, numpy {np.__version__}, scikit-learn {sklearn.__version__}, scipy {scipy.__version__}\n")
    print("| | oddframe | scikit-learn or scipy | times as fast |")
    print("|---|---|---|---|")
    for count, name in [(10_000, "10^4"), (1_000_000, "10^6")]:
        labels = random.random(count) < 0.3
        scores = random.normal(size=count) + labels
        ties = np.round(scores, 2)
        numbers = labels.astype(np.int64)
        own, other = oddframe.metrics, sklearn.metrics
        compare(f"AUC, {name} scores", lambda: own.roc_auc_score(labels, scores), lambda: other.roc_auc_score(labels, scores), rounds)
        compare(f"AUC, {name} scores, labels as int64", lambda: own.roc_auc_score(numbers, scores), lambda: other.roc_auc_score(numbers, scores), rounds)
        compare(f"AUC, {name} scores with ties", lambda: own.roc_auc_score(labels, ties), lambda: other.roc_auc_score(labels, ties), rounds)
        compare(f"AP, {name} scores", lambda: own.average_precision_score(labels, scores), lambda: other.average_precision_score(labels, scores), rounds)
        compare(f"ROC curve, {name} scores", lambda: own.roc_curve(labels, scores), lambda: other.roc_curve(labels, scores, drop_intermediate=False), rounds)
    series = random.normal(size=10_000_000)
    few = max(3, rounds // 2)
    own, other = oddframe.post, scipy.ndimage
    compare("Gaussian, sigma 3, 10^7 scores", lambda: own.gaussian_filter1d(series, 3), lambda: other.gaussian_filter1d(series, 3), few)
    compare("Gaussian, sigma 12, 10^7 scores", lambda: own.gaussian_filter1d(series, 12), lambda: other.gaussian_filter1d(series, 12), few)
    compare("mean of 15, 10^7 scores", lambda: own.uniform_filter1d(series, 15), lambda: other.uniform_filter1d(series, 15), few)
    compare("median of 15, 10^6 scores", lambda: own.median_filter(series[:1_000_000], 15), lambda: other.median_filter(series[:1_000_000], 15), few)


if __name__ == "__main__":
    main()
