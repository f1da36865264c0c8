"""PyTorch's side of crates/models/benches/models.rs: scoring a batch and a training step; one JSON object a network.

Usage: torch_zoo.py [--shapes "conv_ae 128:32,unet:4"] [--device cpu|cuda] [--threads N] [--runs N] [--only score|train]
                    [--channels-last] [--compile] [--bf16] [--tf32]

A shape is a network's name and a batch. Scoring is the forward step and the mean error of each frame, no gradients,
evaluation mode; the training step is the network's loss, its gradients and Adam. Medians after a warm-up.
"""
import argparse
import json
import os
import statistics
import time

# Threads that spin while they wait take the cores from whatever else runs on a busy machine.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import torch  # noqa: E402

from networks import wanted, zoo  # noqa: E402

# The layout with channels last, by how many dimensions a weight has.
LAST = {4: torch.channels_last, 5: torch.channels_last_3d}


def median_ms(step, device, runs):
    times = []
    for _ in range(runs + 2):
        start = time.perf_counter()
        step()
        if device.type == "cuda":
            torch.cuda.synchronize()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times[2:])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shapes", default=",".join(f"{name}:4" for name in zoo()))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--only", choices=("score", "train"))
    parser.add_argument("--channels-last", action="store_true", help="weights of 2-d and 3-d layers in that layout")
    parser.add_argument("--compile", action="store_true", help="measure torch.compile instead of eager")
    parser.add_argument("--bf16", action="store_true", help="automatic mixed precision")
    parser.add_argument("--tf32", action="store_true", help="tensor cores for 32-bit products on a GPU")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    device = torch.device(args.device)
    # Also where a network makes a tensor by itself.
    torch.set_default_device(device)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = args.tf32
    for shape in args.shapes.split(","):
        name, batch = shape.rsplit(":", 1)
        build, clip, loss = zoo()[name]
        torch.manual_seed(0)
        network = build()
        if args.channels_last:
            for weight in network.parameters():
                if layout := LAST.get(weight.dim()):
                    weight.data = weight.data.contiguous(memory_format=layout)
        clips = torch.rand(int(batch), *clip)
        run = torch.compile(network) if args.compile else network
        precision = torch.autocast(device.type, torch.bfloat16, enabled=args.bf16)
        optimiser = torch.optim.Adam(network.parameters(), 2e-4)

        def score():
            with torch.inference_mode(), precision:
                version = run(clips)
                return (version - wanted(clips, version)).square().mean((2, 3, 4)).tolist()

        def train():
            optimiser.zero_grad()
            with precision:
                version = run(clips)
                value = loss(version, wanted(clips, version))
            value.backward()
            optimiser.step()
            return value.item()

        row = {"bench": "zoo", "engine": f"torch {torch.__version__}", "device": args.device, "threads": args.threads,
               "name": name, "batch": int(batch), "compile": args.compile, "bf16": args.bf16, "tf32": args.tf32,
               "channels_last": args.channels_last, "parameters": sum(p.numel() for p in network.parameters())}
        for kind, step in (("score", score), ("train", train)):
            if args.only in (None, kind):
                network.train(kind == "train")
                if device.type == "cuda":
                    torch.cuda.reset_peak_memory_stats()
                row[f"{kind}_ms"] = round(median_ms(step, device, args.runs), 3)
                if device.type == "cuda":
                    row[f"{kind}_peak_mb"] = round(torch.cuda.max_memory_allocated() / 1e6, 1)
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
