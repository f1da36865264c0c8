#!/usr/bin/env python3
"""Does a selection by pseudo-anomalies agree with labels? On the synthetic street, whose anomalies are known.

For each seed of the street it runs `oddframe select` on the training videos, and `oddframe run` with the same recipe on the whole
street. It then compares the figures of the selection, which read no label, with the AUC against the labels: over all
abnormal frames, and over the frames of each kind of anomaly against the normal frames.

    scripts/selection_agreement.py --oddframe target/release/oddframe --seeds 6 7 8 --work FOLDER

It prints tables in Markdown for docs/selection.md. Every call looks at the labels of its seeds once. Needs Python alone.
"""

import argparse
import csv
import json
import subprocess
from pathlib import Path

RECIPE = Path(__file__).with_name("selection_agreement.toml")

# Which kind of pseudo-anomaly stands for which kind of anomaly of the street; fixed before a label was looked at.
PAIRS = [
    ("speed", "running"),
    ("speed", "cyclist"),
    ("reversal", "wrong-way"),
    ("foreign", "cyclist"),
    ("foreign", "appearance"),
    ("appearance", "appearance"),
    ("dwelling", "loitering"),
    ("dwelling", "bag"),
]


def rank(values):
    """Ranks from 1, equal values sharing their mean rank."""
    order = sorted(range(len(values)), key=lambda i: values[i])
    ranks = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and values[order[end]] == values[order[start]]:
            end += 1
        for place in order[start:end]:
            ranks[place] = (start + 1 + end) / 2
        start = end
    return ranks


def pearson(a, b):
    mean_a, mean_b = sum(a) / len(a), sum(b) / len(b)
    products = sum((x - mean_a) * (y - mean_b) for x, y in zip(a, b))
    squares = sum((x - mean_a) ** 2 for x in a) * sum((y - mean_b) ** 2 for y in b)
    return products / squares**0.5 if squares > 0 else float("nan")


def spearman(a, b):
    return pearson(rank(a), rank(b))


def kendall(a, b):
    """Kendall's tau-b."""
    concordant, in_a, in_b = 0, 0, 0
    for i in range(len(a)):
        for j in range(i):
            x = (a[i] > a[j]) - (a[i] < a[j])
            y = (b[i] > b[j]) - (b[i] < b[j])
            concordant += x * y
            in_a += x != 0
            in_b += y != 0
    return concordant / (in_a * in_b) ** 0.5 if in_a and in_b else float("nan")


def auc(normal, abnormal):
    """The area under the ROC curve; equal scores count half."""
    if not normal or not abnormal:
        return None
    ranks = rank(normal + abnormal)
    count = len(abnormal)
    return (sum(ranks[len(normal) :]) - count * (count + 1) / 2) / (count * len(normal))


def read_rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def true_figures(run, street):
    """For each candidate its AUC over all abnormal frames, and over the frames of each kind."""
    labels = {(r["video"], int(r["frame"])): r["label"] == "1" for r in read_rows(street / "labels.csv")}
    kinds = {}
    for event in read_rows(street / "events.csv"):
        frames = range(int(event["first"]), int(event["last"]) + 1)
        kinds.setdefault(event["kind"], set()).update((event["video"], frame) for frame in frames)
    figures = {}
    files = {path.stem: path for path in (run / "scores").glob("*.csv")}
    files["fused"] = run / "scores.csv"
    for name, path in files.items():
        scores = {(r["video"], int(r["frame"])): float(r["score"]) for r in read_rows(path)}
        normal = [scores[frame] for frame, odd in labels.items() if not odd]
        found = {"all": auc(normal, [scores[frame] for frame, odd in labels.items() if odd])}
        for kind, frames in kinds.items():
            odd = [scores[frame] for frame in sorted(frames) if labels.get(frame)]
            found[kind] = auc(normal, odd)
        figures[name] = found
    return figures


def run_seed(options, seed):
    work = options.work / f"seed-{seed}"
    street, selection, run = work / "street", work / "selection", work / "run"
    tool = options.oddframe
    if not street.exists():
        subprocess.run([tool, "synth", street, "--preset", options.preset, "--seed", str(seed)], check=True)
    subprocess.run(
        [tool, "select", RECIPE, "--data", street, "--out", selection, "--each", str(options.each)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    subprocess.run([tool, "run", RECIPE, "--data", street, "--out", run], check=True, stdout=subprocess.DEVNULL)
    chosen = json.loads((selection / "selection.json").read_text())
    return chosen, true_figures(run, street)


def table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def figure(value):
    return "-" if value is None else f"{value:.3f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--oddframe", required=True, help="the program")
    parser.add_argument("--seeds", type=int, nargs="+", default=[6], help="the seeds of the street")
    parser.add_argument("--preset", default="small", help="the size of the street")
    parser.add_argument("--each", type=int, default=3, help="pseudo-anomalies of each kind in each video")
    parser.add_argument("--work", type=Path, required=True, help="a folder for streets, selections and runs")
    options = parser.parse_args()
    # For every seed and candidate: the pseudo AUC of each kind, whether it is blind to it, and the true AUCs.
    results = [(seed, *run_seed(options, seed)) for seed in options.seeds]

    for seed, chosen, truth in results:
        print(f"Seed {seed}: mean AUC over the kinds of pseudo-anomalies, and micro AUC against the labels\n")
        rows = []
        for candidate in chosen["candidates"]:
            low, high = candidate["mean_interval"]
            mean, true = candidate["mean"], truth[candidate["name"]]["all"]
            rows.append([candidate["name"], f"{mean:.3f} ({low:.3f} to {high:.3f})", figure(true)])
        table(["candidate", "selection", "labels"], rows)
        means = [candidate["mean"] for candidate in chosen["candidates"]]
        trues = [truth[candidate["name"]]["all"] for candidate in chosen["candidates"]]
        best = max(trues)
        print(
            f"Spearman {spearman(means, trues):.2f}, Kendall {kendall(means, trues):.2f}; the selected candidate has "
            f"{trues[0]:.3f}, the best {best:.3f}.\n"
        )

    print("Each kind against the anomalies of the street that it stands for, all seeds together\n")
    rows, noticed, blind = [], [], []
    for kind, anomaly in PAIRS:
        pseudo, true, within = [], [], []
        for _, chosen, truth in results:
            own = []
            for candidate in chosen["candidates"]:
                found = next((k for k in candidate["kinds"] if k["kind"] == kind), None)
                value = truth[candidate["name"]].get(anomaly)
                if found is None or value is None:
                    continue
                own.append((found["auc"], value))
                (blind if found["blind"] else noticed).append(value)
            if len(own) > 2:
                within.append(spearman([a for a, _ in own], [b for _, b in own]))
            pseudo += [a for a, _ in own]
            true += [b for _, b in own]
        if not pseudo:
            rows.append([kind, anomaly, "0", "-", "-", "-"])
            continue
        mean = lambda values: f"{sum(values) / len(values):.3f}"
        rows.append([kind, anomaly, str(len(pseudo)), mean(pseudo), mean(true), ", ".join(f"{r:.2f}" for r in within)])
    table(["pseudo-anomaly", "anomaly", "pairs", "mean AUC, pseudo", "mean AUC, labels", "Spearman of each seed"], rows)
    for name, values in (("noticed", noticed), ("not noticed", blind)):
        if values:
            above = sum(value >= 0.6 for value in values) / len(values)
            print(f"{name}: {len(values)} pairs, mean AUC against the labels {sum(values) / len(values):.3f}, {above:.0%} at least .6")
    print()
    control = [
        (k["auc_same_frames"], candidate["name"])
        for _, chosen, _ in results
        for candidate in chosen["candidates"]
        for k in candidate["kinds"]
        if k["kind"] == "control"
    ]
    print(f"Control, against the same frames: mean {sum(c for c, _ in control) / len(control):.3f}, largest {max(control)}")


if __name__ == "__main__":
    main()
