#!/usr/bin/env python3
"""Writes crates/objects/tests/fixtures/{ped2,street}.safetensors: what the stages of the system give in Python: those of the
prototype, and what this script adds to them.

usage: scripts/export_objects.py SHARED [OUT]

SHARED is the folder with the prototype (bench/objects) and with UCSD Ped2 (data/ped2). The scenes are small so that the
files are: of Ped2 four training runs of 15 frames and a test run of 15, of a street that this script draws four of 40 frames and
one of 40. The frames of the street are numbers of oddframe_core::Random's mixing function, which the tests repeat; of Ped2 only
names are stored. Values that belong to pixels are stored where they fit: masks as bits, flow and pictures at some pixels. All training objects
are remembered in scenes this small, so that nothing in the fixtures is left to chance.
"""
import pathlib
import sys
import types

sys.dont_write_bytecode = True
shared = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(shared / "bench/objects"))

import cv2
import numpy as np
from safetensors.numpy import save_file
from scipy.ndimage import gaussian_filter, gaussian_filter1d

import cache
import objects as prototype

OUT = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else pathlib.Path(__file__).parent.parent / "crates/objects/tests/fixtures"
SWITCH = (0.4, 0.35)
STEP = 7                                                 # every so many pixels of flow and pictures are stored


def mix(z):
    """The finaliser of SplitMix64, for arrays."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def walkers(video):
    """Start column, foot row, height, speed and brightness of the people of a video of the street."""
    people = []
    for lane in range(3):
        for person in range(2):
            key = mix(np.uint64(1000 * video + 10 * lane + person + 1))
            speed = (1, 2, -1)[lane] * (3 if video == 4 and lane == 1 and person == 0 else 1)
            start = int(key % np.uint64(140)) - (60 if speed > 2 else 0)
            people.append((start, 44 + 18 * lane, 16 + 4 * lane, speed, 180 + 20 * lane))
    return people


def street(video, frames=40, width=144, height=96):
    """Gray frames of a textured ground and of blocks that walk over it."""
    y, x = np.mgrid[:height, :width].astype(np.uint64)
    ground = (90 + (mix(x // np.uint64(3) + np.uint64(1 << 20) * (y // np.uint64(3))) % np.uint64(50))).astype(np.int64)
    out = []
    for t in range(frames):
        picture = ground + (mix(x + (y << np.uint64(16)) + np.uint64((video * 1000 + t) << 32)) % np.uint64(5)).astype(np.int64)
        for start, foot, tall, speed, bright in walkers(video):
            left = start + speed * t
            wide = tall // 2 - 2
            inside = (x.astype(np.int64) >= left) & (x.astype(np.int64) < left + wide) & (y.astype(np.int64) >= foot - tall) & (y.astype(np.int64) < foot)
            texture = (mix((x - np.uint64(left % (1 << 32))) * np.uint64(7) + (y << np.uint64(12)) + np.uint64(bright)) % np.uint64(40)).astype(np.int64)
            picture = np.where(inside, bright - 20 + texture, picture)
        out.append(np.clip(picture, 0, 255).astype(np.uint8))
    return np.stack(out)


def ped2():
    """Runs of 15 frames that follow each other."""
    def run(part, video, first):
        files = [shared / f"data/ped2/{part}/frames/{video:02d}/{i:03d}.jpg" for i in range(first, first + 15)]
        return cache.images([str(f) for f in files])
    train = {v: run("training", v, 40) for v in (1, 3, 6, 9)}
    return train, run("testing", 2, 110)


def bits(masks):
    return np.packbits(np.stack(masks).reshape(len(masks), -1), axis=1, bitorder="little")


def bodies(cam, F):
    """The mean motion of the windows within .3 heights of each window."""
    P, (height, width) = F["P"], cam.shape
    rows, columns = (height + 1) // 4, (width + 1) // 4
    f, gx, gy = P[:, 0].astype(int), P[:, 1].astype(int) // 4, P[:, 2].astype(int) // 4
    sums = np.zeros((F["n"], rows + 1, columns + 1, 3))
    sums[f, gy + 1, gx + 1] = np.c_[P[:, 3:5], np.ones(len(P))]
    sums = sums.cumsum(1).cumsum(2)
    r = np.maximum(1, np.round(0.3 * cam.Hrow[P[:, 2].astype(int)] / 4)).astype(int)
    y0, y1, x0, x1 = np.maximum(0, gy - r), np.minimum(rows, gy + r + 1), np.maximum(0, gx - r), np.minimum(columns, gx + r + 1)
    s = sums[f, y1, x1] - sums[f, y0, x1] - sums[f, y1, x0] + sums[f, y0, x0]
    return s[:, :2] / s[:, 2:]


def body_windows(cam, F):
    """As prototype.windows, for bodies."""
    P, v = F["P"], bodies(cam, F)
    return P[:, 1], P[:, 2], cam.Hrow[P[:, 2].astype(int)], np.hypot(v[:, 0], v[:, 1]), np.arctan2(v[:, 1], v[:, 0])


def dwell_of_people(cam, D):
    """The mean of the dwell times over a person around each cell."""
    frames, rows, columns = D.shape
    sums = np.zeros((frames, rows + 1, columns + 1))
    sums[:, 1:, 1:] = D.astype(np.float64).cumsum(1).cumsum(2)
    out, x = np.zeros_like(D), np.arange(columns)
    for y in range(rows):
        h = cam.Hrow[8 * y + 4] / 8
        ny, nx = max(1, int(np.round(h))), max(1, int(np.round(0.35 * h)))
        y0, y1, x0, x1 = max(0, y - ny // 2), min(rows, y + ny - ny // 2), np.maximum(0, x - nx // 2), np.minimum(columns, x + nx - nx // 2)
        out[:, y] = (sums[:, y1][:, x1] - sums[:, y0][:, x1] - sums[:, y1][:, x0] + sums[:, y0][:, x0]) / (ny * nx)
    return out


def shapes(cam, frames, view, F):
    """Size and shading of each object."""
    out, (height, width) = np.zeros((len(F["B"]), 8)), cam.shape
    for t in sorted(set(F["B"][:, 0].astype(int))):
        g = prototype.blur(frames[t]).astype(np.float32)
        a = g - view["bg"]
        a -= np.median(a)
        covered = (np.abs(a) > view["thr"]).astype(np.float32)
        gy, gx = np.gradient(g)
        sums = [cv2.integral(q) for q in (covered, a * covered, a * a * covered, np.abs(gx) * covered, np.abs(gy) * covered)]
        for b in np.where(F["B"][:, 0] == t)[0]:
            _, cx, foot = F["B"][b]
            h = float(cam.H(foot))

            def part(beside, above, below):
                l, r = (int(np.clip(cx + k * beside * h, 0, width)) for k in (-1, 1))
                y0, y1 = int(np.clip(foot - above * h, 0, height)), int(np.clip(foot + below * h, 0, height))
                return [J[y1, r] - J[y0, r] - J[y1, l] + J[y0, l] for J in sums], max(1, (r - l) * (y1 - y0))

            (n, s, q, across, down), area = part(0.35, 1.05, 0.05)
            n = max(n, 1)
            rest = [k[0] / size for k, size in (part(0.9, 1.5, 0.3), part(0.9, 0.6, 0.1), part(0.4, 1.6, -0.9))]
            out[b] = [s / n, np.sqrt(max(q / n - (s / n) ** 2, 0)), across / n, down / n, n / area, *rest]
    return out.astype(np.float32)


def shape_distances(known, owners, found, drop):
    """The mean distance to the three nearest shapes."""
    mean, deviation = known.mean(0), known.std(0) + 1e-6
    rows = (known[owners != drop] - mean) / deviation
    d = np.sqrt(((((found - mean) / deviation)[:, None] - rows) ** 2).sum(2))
    return np.sort(d, 1)[:, :3].mean(1) if len(found) else np.zeros(0)


class ByPlace:
    """How unusual a distance is among those of normal objects at the same place."""

    def __init__(s, cam, F, distances):
        s.rows, s.columns = cam.shape[0] // 8 + 1, cam.shape[1] // 8 + 1
        sums, sigma = np.zeros((s.rows, s.columns, 3)), np.median(cam.Hrow) / 8
        for v, f in F.items():
            l = np.log(distances[v] + 1e-3)
            np.add.at(sums, s.cell(f["B"]), np.c_[np.ones(len(l)), l, l * l])
        total = sums.sum((0, 1))
        sums = gaussian_filter(sums, (sigma, sigma, 0), mode="constant") * 2 * np.pi * sigma**2 + 20 * total / total[0]
        s.mean = sums[..., 1] / sums[..., 0]
        s.deviation = np.sqrt(np.maximum(sums[..., 2] / sums[..., 0] - s.mean**2, 1e-4))

    def cell(s, B):
        return np.clip(B[:, 2].astype(int) // 8, 0, s.rows - 1), np.clip(B[:, 1].astype(int) // 8, 0, s.columns - 1)

    def value(s, B, d):
        at = s.cell(B)
        return (np.log(d + 1e-3) - s.mean[at]) / s.deviation[at]


WEIGHTS = {"parts": 1, "bodies": 1, "look": 1, "shape": 0.5, "dwell": 0.6}


def cues_of(cam, found, frames, views, F, test, view):
    """For each cue the largest value of every frame: of the training videos, each scored by the others, and of the test video."""
    out = {}

    for name, windows in (("parts", prototype.windows), ("bodies", body_windows)):
        tail = prototype.LocalTail(cam, {v: windows(cam, f) for v, f in found.items()}, 8, *SWITCH)
        score = lambda f, v: prototype.frame_max(tail.score(windows(cam, f), v), f["P"][:, 0], f["n"])
        out[name] = {v: score(f, v) for v, f in found.items()}, score(F, None)
    look = prototype.Appearance({v: f["hog"] for v, f in found.items()})
    known = {v: shapes(cam, frames[v], views[v], f) for v, f in found.items()}
    rows, owners = np.concatenate(list(known.values())), np.concatenate([np.full(len(k), v) for v, k in known.items()])
    new = shapes(cam, test, view, F)
    distances = {
        "look": ({v: look.score(f["hog"], v) for v, f in found.items()}, look.score(F["hog"], None)),
        "shape": ({v: shape_distances(rows, owners, known[v], v) for v in found}, shape_distances(rows, owners, new, None)),
    }
    for name, (normal, own) in distances.items():
        place = ByPlace(cam, found, normal)
        score = lambda f, d: prototype.frame_max(place.value(f["B"], d), f["B"][:, 0], f["n"])
        out[name] = {v: score(f, normal[v]) for v, f in found.items()}, score(F, own)
    people = {v: dwell_of_people(cam, f["dwell"]) for v, f in found.items()}
    dwell = prototype.Dwell(people)
    out["dwell"] = {v: dwell.score(D, v) for v, D in people.items()}, dwell.score(dwell_of_people(cam, F["dwell"]))
    for name, (normal, own) in out.items():
        lowest = min(x[np.isfinite(x)].min() for x in normal.values() if np.isfinite(x).any())
        out[name] = {v: np.where(np.isfinite(x), x, lowest) for v, x in normal.items()}, np.where(np.isfinite(own), own, lowest)
    return out, new


def without_level(values, normal):
    """Values of a video without half of the median of those so far and of 25 of the training, within the range of its videos."""
    every = np.sort(np.concatenate(normal))
    prior = every[np.arange(25) * (len(every) - 1) // 24]
    medians = [np.median(x) for x in normal]
    level = [np.median(np.r_[prior, values[: t + 1]]) for t in range(len(values))]
    return values - 0.5 * np.clip(level, min(medians), max(medians))


def rarities_of(cues, found, F):
    """The rarity of each cue in the test video."""
    smooth = lambda x: gaussian_filter1d(np.asarray(x, float), 4)
    crowd = lambda f: np.log1p(smooth(np.bincount(f["B"][:, 0].astype(int), minlength=f["n"])))
    crowds, out = [crowd(f) for f in found.values()], {}
    for name, (normal, own) in cues.items():
        normal, own = [smooth(x) for x in normal.values()], smooth(own)
        if name in ("look", "shape", "dwell"):
            growth = np.polyfit(np.concatenate(crowds), np.concatenate(normal), 1)[0]
            normal, own = [x - growth * c for x, c in zip(normal, crowds)], own - growth * crowd(F)
        flat = np.concatenate([without_level(x, normal) for x in normal])
        out[name] = np.sqrt(prototype.survival(flat, without_level(own, normal)))
    return out


def bilateral(values, sigma=12, spread=3, reach=24):
    """The mean of the values around each, weighted by how near they are in time and in value."""
    time = np.subtract.outer(np.arange(len(values)), np.arange(len(values)))
    weights = np.exp(-0.5 * ((time / sigma) ** 2 + (np.subtract.outer(values, values) / spread) ** 2)) * (abs(time) <= reach)
    return weights @ values / weights.sum(1)


def export(name, train, test):
    out = {}
    dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    flows = {v: cache.flows(x, np.arange(len(x)), dis).astype(np.float16) for v, x in train.items()}
    test_flow = cache.flows(test, np.arange(len(test)), dis)
    cam = prototype.Camera(train)
    out["camera.background"] = cam.bg[::STEP, ::STEP]
    out["camera.line"] = np.array([*cam.size_line, cam.H(-1e9), cam.H(1e9)], np.float64)
    out["camera.heights"] = cam.Hrow
    for v, x in list(train.items())[:2]:
        c = cam.ctx[v]
        out[f"view.{v}.own"] = c["own"][::STEP, ::STEP]
        out[f"view.{v}.background"] = c["bg"][::STEP, ::STEP]
        out[f"view.{v}.threshold"] = np.array([c["thr"]])
        out[f"view.{v}.shift"] = np.array(prototype.camera_shift(cam.ref, prototype.median_frame(x)))
    view = cam.video(test)
    moving, covered = zip(*[cam.masks(f, view) for f in test])
    out["test.moving"], out["test.any"] = bits(moving[::3]), bits(covered[::3])
    out["test.flow"] = test_flow[3, ::STEP, ::STEP].astype(np.float32)
    found = {v: prototype.process(cam, x, flows[v], cam.ctx[v]) for v, x in train.items()}
    F = prototype.process(cam, test, test_flow, view)
    out["test.windows"], out["test.objects"] = np.c_[F["P"][:, :5], bodies(cam, F)].astype(np.float32), F["B"]
    out["test.looks"] = F["hog"][:: max(1, len(F["hog"]) // 12)].astype(np.float32)
    out["test.dwell"] = dwell_of_people(cam, F["dwell"]).astype(np.float32)[:: max(1, len(test) // 5)]
    cues, out["test.shapes"] = cues_of(cam, found, train, cam.ctx, F, test, view)
    rarities = rarities_of(cues, found, F)
    for cue, (normal, own) in cues.items():
        out[f"normal.{cue}"], out[f"score.{cue}"], out[f"rarity.{cue}"] = np.concatenate(list(normal.values())), own, rarities[cue]
    out["score"] = bilateral(sum(WEIGHTS[cue] * r for cue, r in rarities.items()))
    tail = prototype.LocalTail(cam, {v: prototype.windows(cam, f) for v, f in found.items()}, 8, *SWITCH)
    out["tail.scale"] = np.array([tail.H0, tail.q])
    tail.score(prototype.windows(cam, F), None)
    rows = [tail.ny // 3, tail.ny // 2, 2 * tail.ny // 3]
    out["tail.map"] = tail.maps[None][rows][:, ::3]
    out["tail.counts"] = tail.th[rows][:, ::3].sum((2, 3))
    OUT.mkdir(parents=True, exist_ok=True)
    out = {k: np.ascontiguousarray(v.astype(np.float32) if v.dtype == np.float16 else v) for k, v in out.items()}
    save_file(out, OUT / f"{name}.safetensors")
    print(name, {k: v.shape for k, v in out.items()}, (OUT / f"{name}.safetensors").stat().st_size)


if __name__ == "__main__":
    np.seterr(over="ignore")
    export("ped2", *ped2())
    export("street", {v: street(v) for v in range(4)}, street(4))
