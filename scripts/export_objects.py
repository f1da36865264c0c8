#!/usr/bin/env python3
"""Writes crates/objects/tests/fixtures/{ped2,street}.safetensors: what the stages of the system give in the Python prototype.

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
    out["test.windows"], out["test.objects"] = F["P"], F["B"]
    out["test.looks"] = F["hog"][:: max(1, len(F["hog"]) // 12)].astype(np.float32)
    out["test.dwell"] = F["dwell"].astype(np.float32)[:: max(1, len(test) // 5)]
    model = prototype.Model(cam, found, SWITCH)
    for cue in model.cues:
        raw = model.cues[cue](F, None)
        out[f"score.{cue}"] = model.filled(cue, raw)
        out[f"normal.{cue}"] = np.concatenate(list(model.null[cue].values()))
        out[f"rarity.{cue}"] = model.score(F)[cue]
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
