"""PyTorch's side of crates/models/benches/backbones.rs: the forward step of each backbone; one JSON object a line.

Usage: torch_backbones.py [--only resnet18] [--batches 1,8] [--threads N] [--runs N]

From bytes to the three feature maps, as there: both memory layouts, batch normalisation folded as well as not, and the
best of the four is what counts. The networks are those of scripts/export_backbones.py, with PyTorch's initial weights.
"""
import argparse
import json
import os
import statistics
import sys
import time
from pathlib import Path

# Threads that spin while they wait take the cores from whatever else runs on a busy machine.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import torch  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn.utils.fusion import fuse_conv_bn_eval  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
from export_backbones import BACKBONES  # noqa: E402


def fold(module):
    """Folds each batch normalisation into the convolution that is registered before it."""
    before = None
    for name, child in module.named_children():
        if isinstance(child, nn.BatchNorm2d) and isinstance(before and before[1], nn.Conv2d):
            fused = fuse_conv_bn_eval(before[1], child)
            # The same kind of convolution as before: it may have a forward step of its own.
            before[1].weight, before[1].bias = fused.weight, fused.bias
            setattr(module, name, nn.Identity())
        fold(child)
        before = (name, child)
    return module


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only")
    parser.add_argument("--batches", default="1,8")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--runs", type=int, default=10)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    for name, build, maps, (mean, deviation), _ in BACKBONES:
        if args.only not in (None, name):
            continue
        mean, deviation = (torch.tensor(values).view(1, 3, 1, 1) for values in (mean, deviation))
        for batch in map(int, args.batches.split(",")):
            images = torch.randint(0, 256, (batch, 224, 224, 3), dtype=torch.uint8)
            times = {}
            for folded in (False, True):
                for layout in (torch.contiguous_format, torch.channels_last):
                    torch.manual_seed(0)
                    net = build().eval()
                    if name == "clip_rn101":
                        nn.init.normal_(net.attnpool.positional_embedding, std=0.02)
                    net = (fold(net) if folded else net).to(memory_format=layout)

                    def step():
                        with torch.inference_mode():
                            x = (images.permute(0, 3, 1, 2).float() / 255 - mean) / deviation
                            return maps(net, x.contiguous(memory_format=layout))

                    step()
                    taken = []
                    for _ in range(args.runs):
                        start = time.perf_counter()
                        step()
                        taken.append((time.perf_counter() - start) * 1e3)
                    key = ("folded " if folded else "") + str(layout).removeprefix("torch.")
                    times[key] = round(statistics.median(taken), 2)
            best = min(times, key=times.get)
            print(json.dumps({"name": name, "batch": batch, "threads": args.threads, "ms": times[best], "as": best,
                              "all": times}), flush=True)


if __name__ == "__main__":
    main()
