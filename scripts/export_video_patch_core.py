#!/usr/bin/env python3
"""Writes crates/memory/tests/fixtures/video_patch_core.json: the stages of VideoPatchCore on small seeded maps, by PyTorch.

usage: scripts/export_video_patch_core.py

The maps are the numbers of oddframe_core::Random (SplitMix64), so that the file holds results only. Three clips of 10 images,
each with a map of 8x8 positions and 6 channels and one of 4x4 and 10: two clips are remembered, the third is scored. The same
maps stand for people and for whole frames.
"""
import json
import pathlib

import torch
import torch.nn.functional as F

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
FRAMES, CHANNELS, GRID, POWER, SPATIAL, LOCAL = 10, 4, 2, 4, 0.7, 0.7
SHAPES = [(8, 8, 6), (4, 4, 10)]


def mix(z):
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK
    return z ^ (z >> 31)


def numbers(seed, count):
    """oddframe_core::Random::new(seed).unit(), `count` times."""
    state, out = mix((seed + GOLDEN) & MASK), []
    for _ in range(count):
        state = (state + GOLDEN) & MASK
        out.append((mix(state) >> 11) / (1 << 53))
    return torch.tensor(out, dtype=torch.float64)


def clip_maps(seed):
    """Both maps of each image of a clip: [frames, channels, height, width], drawn map after map with channels last."""
    sizes = [FRAMES * h * w * c for h, w, c in SHAPES]
    parts = numbers(seed, sum(sizes)).float().double().split(sizes)
    return [p.reshape(FRAMES, h, w, c).permute(0, 3, 1, 2) for p, (h, w, c) in zip(parts, SHAPES)]


def joined(maps, size):
    pooled = [F.avg_pool2d(m, 3, 1, 1) for m in maps]
    return torch.cat([F.interpolate(p, size=size, mode="bilinear", align_corners=False) for p in pooled], 1)


def features(seed):
    maps = clip_maps(seed)
    y = joined(maps, 8)
    y = y.reshape(FRAMES, CHANNELS, -1, 8, 8).mean(2)
    change = (y[1:] - y[:-1]).abs()
    g = joined(maps, 4)
    g = g.mean((2, 3)) + g.amax((2, 3))
    return {
        "people": y[0].permute(1, 2, 0).flatten(),
        "spatial": F.avg_pool2d(y.mean(0) + y.amax(0), 8 // GRID).flatten(1).T,
        "motion_mean": change.mean((2, 3)),
        "motion_max": change.amax((2, 3)),
        "scene": torch.cat([torch.stack([p.amax(0) for p in torch.tensor_split(g, n)]) for n in (1, 2, 3, 4)]),
    }


def main():
    remembered = [features(seed) for seed in (1, 2)]
    scored = features(3)
    banks = {
        "spatial": torch.cat([r["spatial"] for r in remembered]),
        "temporal": torch.cat([r["motion_mean"] for r in remembered]),
        "global": torch.cat([r["scene"] for r in remembered]),
    }
    queries = {"spatial": scored["spatial"], "temporal": scored["motion_max"], "global": scored["scene"]}
    distances = {k: torch.cdist(queries[k], banks[k], compute_mode="donot_use_mm_for_euclid_dist").amin(1) for k in banks}
    s = {k: d.max().item() ** POWER for k, d in distances.items()}
    local = SPATIAL * s["spatial"] + (1 - SPATIAL) * s["temporal"]
    out = {
        **{k: v.flatten().tolist() for k, v in scored.items()},
        "distances": {k: d.tolist() for k, d in distances.items()},
        "local": local,
        "score": LOCAL * local + (1 - LOCAL) * s["global"],
    }
    rounded = json.loads(json.dumps(out), parse_float=lambda text: float(f"{float(text):.9g}"))
    path = pathlib.Path(__file__).parent.parent / "crates/memory/tests/fixtures/video_patch_core.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rounded) + "\n")
    print(path.name, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
