"""Writes what the tests of RAFT in oddframe-models compare themselves with.

    python scripts/export_raft.py [FOLDER]              needs torch and torchvision; FOLDER is crates/models/tests/golden
    python scripts/export_raft.py --weights FILE.pth    writes the random weights as torchvision's state dict

Weights and images come from splitmix64, so that crates/models/src/raft/random.rs and tests/it/raft.rs make the same ones:
nothing but outputs of torchvision's raft_large is stored, and of those every few values only. Each file holds 32-bit
floats, little-endian:

    raft_encoders.out   feature encoder, then context encoder, of the first image of 128x160: every 16th channel
    raft_128x160.out    the flow after 1, 4 and 12 updates, every 4th pixel of every 4th row: dx, then dy of each
    raft_240x360.out    the flow after 12 updates, every 8th pixel of every 4th row: dx, then dy

raft_tensors.txt lists the names and shapes of the state dict.
"""
import argparse
from pathlib import Path

import numpy as np
import torch
from torchvision.models.optical_flow import raft_large

GAMMA = 0x9E3779B97F4A7C15
MASK = (1 << 64) - 1
CASES = ((128, 160, (1, 4, 12), (4, 4)), (240, 360, (12,), (4, 8)))


def splitmix(start, count):
    """The first `count` outputs of splitmix64 from this state."""
    with np.errstate(over="ignore"):
        z = np.uint64(start) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(GAMMA)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def stream(name, seed):
    """The state that the values of a name start from: FNV-1a of the name, and the seed."""
    state = 0xCBF29CE484222325
    for byte in name.encode():
        state = ((state ^ byte) * 0x100000001B3) & MASK
    return (state + seed * GAMMA) & MASK


def uniform(name, seed, count):
    """Values from -1 to 1, 24 bits each."""
    return (splitmix(stream(name, seed), count) >> np.uint64(40)).astype(np.float64) / (1 << 23) - 1


def random_weight(name, shape, seed=0):
    u = uniform(name, seed, int(np.prod(shape)))
    if len(shape) == 4:
        # Variance 2 / inputs of a sum, as for layers with ReLU; the head's last layer makes steps of some pixels.
        gain = 0.15 if name.endswith("flow_head.conv2.weight") else 1.0
        values = u * (gain * np.sqrt(6 / np.prod(shape[1:])))
    elif name.endswith("running_var"):
        values = 1 + 0.5 * u
    elif name.endswith("weight"):
        values = 0.6 + 0.25 * u  # the residual sums of the context encoder stay small enough for tanh
    else:
        values = 0.1 * u
    return torch.from_numpy(values.astype(np.float32).reshape(shape))


def random_raft(seed=0):
    model = raft_large().eval()
    state = model.state_dict()
    for name, value in state.items():
        if not name.endswith("num_batches_tracked"):
            state[name] = random_weight(name, tuple(value.shape), seed)
    model.load_state_dict(state)
    return model


def image(height, width, dx, dy):
    """Squares of 6 pixels in random colours, moved by (dx, dy): bytes [height, width, 3]."""
    y, x = np.mgrid[0:height, 0:width]
    cells = splitmix(stream("image", 0), 128 * 128 * 3).reshape(128, 128, 3) >> np.uint64(56)
    return cells[(y - dy + 60) // 6, (x - dx + 60) // 6].astype(np.uint8)


def to_tensor(pixels):
    return torch.from_numpy(pixels).permute(2, 0, 1)[None].float().div(255).sub(0.5).div(0.5)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("crates/models/tests/golden"))
    parser.add_argument("--weights", type=Path)
    args = parser.parse_args()
    model = random_raft()
    if args.weights:
        torch.save(model.state_dict(), args.weights)
        return
    names = [" ".join([name, *map(str, value.shape)]) for name, value in model.state_dict().items()]
    (args.folder / "raft_tensors.txt").write_text("\n".join(names) + "\n")
    with torch.inference_mode():
        for height, width, updates, (rows, columns) in CASES:
            previous, following = (to_tensor(image(height, width, *move)) for move in ((0, 0), (5, -3)))
            if height == 128:
                maps = [encoder(previous)[:, ::16] for encoder in (model.feature_encoder, model.context_encoder)]
                for one in maps:
                    print(f"encoder: deviation {one.std():.3f}, largest {one.abs().max():.3f}")
                write(args.folder / "raft_encoders.out", maps)
            flows = model(previous, following, num_flow_updates=max(updates))
            for number, flow in enumerate(flows, 1):
                length = flow.square().sum(1).sqrt()
                print(f"{height}x{width}, update {number}: mean {length.mean():.3f} px, largest {length.max():.3f}, "
                      f"deviation {flow.std(dim=(2, 3)).flatten().tolist()}")
            write(args.folder / f"raft_{height}x{width}.out",
                  [flows[n - 1][0, :, ::rows, ::columns] for n in updates])


def write(path, tensors):
    path.write_bytes(b"".join(t.contiguous().numpy().astype("<f4").tobytes() for t in tensors))
    print(path, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
