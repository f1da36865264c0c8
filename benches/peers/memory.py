"""Times PyTorch, faiss and NumPy on the work of crates/memory/benches/memory.rs; one JSON line a measurement.

Usage: memory.py [--only coreset,nearest] [--runs N] [--peak STEP]

The coreset loop does one centre a step, as PatchCore implementations in PyTorch do: the distance of every row to the last
centre, the minimum with the distances so far, the row where that is largest. It is timed with the two common ways of writing
the distance, and with a third that keeps the squared norms and needs one matrix-vector product a step. --peak runs one
step once and prints the peak memory of the process before and after it; its name is that of the benchmark.
"""
import argparse
import json
import os
import resource
import statistics
import time

os.environ.setdefault("OMP_NUM_THREADS", str(os.cpu_count()))

import numpy as np  # noqa: E402
import torch  # noqa: E402

CLUSTERS = 300
SELECTIONS = {"3000 of 100000x32": (100_000, 32, 3_000), "1000 of 9130x1536": (9_130, 1_536, 1_000)}
SEARCHES = [(50_000, 3_000, 1_536), (784, 3_000, 1_536), (1, 3_000, 1_536), (50_000, 3_000, 32), (49, 3_000, 32)]


def noise(rows, dimensions, seed=1):
    """Sums of four uniform numbers, as in the Rust benchmark."""
    random = np.random.default_rng(seed)
    total = np.zeros((rows, dimensions), np.float32)
    for _ in range(4):
        total += random.random((rows, dimensions), np.float32) - np.float32(0.5)
    return total


def clusters(rows, dimensions):
    centres = noise(CLUSTERS, dimensions)
    which = np.random.default_rng(2).integers(CLUSTERS, size=rows)
    return centres[which] + np.float32(0.4) * noise(rows, dimensions, 3)


def norm_of_difference(rows, _squares, centre):
    return torch.linalg.norm(rows - rows[centre : centre + 1], dim=1)


def cdist(rows, _squares, centre):
    return torch.cdist(rows, rows[centre : centre + 1]).squeeze(1)


def product(rows, squares, centre):
    return (squares + squares[centre] - 2 * (rows @ rows[centre])).clamp_(min=0)


def select(rows, size, distance):
    squares = (rows * rows).sum(1)
    chosen = [0]
    nearest = distance(rows, squares, 0)
    while len(chosen) < size:
        centre = int(torch.argmax(nearest))
        chosen.append(centre)
        nearest = torch.minimum(nearest, distance(rows, squares, centre))
    return chosen


def faiss_search(bank):
    import faiss

    faiss.omp_set_num_threads(os.cpu_count())
    index = faiss.IndexFlatL2(bank.shape[1])
    index.add(bank)
    return lambda queries: index.search(queries, 1), f"faiss {faiss.__version__}"


def torch_search(bank):
    rows = torch.from_numpy(bank)
    return lambda queries: torch.cdist(torch.from_numpy(queries), rows).min(1), f"torch {torch.__version__}"


def numpy_search(bank):
    squares = (bank * bank).sum(1)

    def search(queries):
        # In blocks, as the matrix of all distances of 50,000 queries would take 600 MB.
        for block in np.array_split(queries, -(-len(queries) // 4096)):
            distances = squares - 2 * (block @ bank.T)
            nearest = distances.argmin(1)
            distances[np.arange(len(block)), nearest] + (block * block).sum(1)

    return search, f"numpy {np.__version__}"


def median_seconds(work, runs):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def report(bench, peer, seconds, runs):
    print(json.dumps({"bench": bench, "peer": peer, "threads": os.cpu_count(), "median_s": seconds, "runs": runs}), flush=True)


def time_selections(runs):
    for name, (count, dimensions, size) in SELECTIONS.items():
        for kind, features in (("noise", noise(count, dimensions)), ("clusters", clusters(count, dimensions))):
            rows = torch.from_numpy(features)
            for distance in (norm_of_difference, cdist, product):
                seconds = median_seconds(lambda: select(rows, size, distance), runs)
                report(f"coreset/{name}/{kind}", f"torch {torch.__version__} {distance.__name__}", seconds, runs)


def time_searches(runs):
    for queries, rows, dimensions in SEARCHES:
        bank, features = noise(rows, dimensions), clusters(queries, dimensions)
        for make in (faiss_search, torch_search, numpy_search):
            search, peer = make(bank)
            search(features[:64])
            repeats = runs if queries > 10_000 else 20 * runs
            seconds = median_seconds(lambda: search(features), repeats)
            report(f"nearest/F32/{queries} in {rows}x{dimensions}", peer, seconds, repeats)


def measure_peak(step):
    peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if step == "nearest":
        queries, rows, dimensions = SEARCHES[0]
        bank, features = noise(rows, dimensions), clusters(queries, dimensions)
        search, peer = faiss_search(bank)
        before = peak()
        search(features)
    else:
        count, dimensions, size = SELECTIONS[step]
        rows, peer = torch.from_numpy(noise(count, dimensions)), "torch norm_of_difference"
        before = peak()
        select(rows, size, norm_of_difference)
    print(json.dumps({"step": step, "peer": peer, "peak_kib_before": before, "peak_kib_after": peak()}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="coreset,nearest")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--peak", metavar="STEP")
    args = parser.parse_args()
    torch.set_num_threads(os.cpu_count())
    with torch.no_grad():
        if args.peak:
            measure_peak(args.peak)
        else:
            for part in args.only.split(","):
                {"coreset": time_selections, "nearest": time_searches}[part](args.runs)
