"""PyTorch's side of the RAFT benchmark: torchvision's raft_large on pairs of 240x360, 12 updates, in inference mode.

Usage: torch_raft.py [--pairs N] [--threads N] [--runs N] [--layout first|last]

Weights and frames are random. It prints one JSON object: the median and the least time of a batch in milliseconds. Channels
first and channels last differ by the machine; compare with the better one. The other side is
`cargo bench -p oddframe-models --bench raft`.
"""
import argparse
import json
import statistics
import time

import torch
from torchvision.models.optical_flow import raft_large


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=1)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--layout", choices=("first", "last"), default="first")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    layout = torch.channels_last if args.layout == "last" else torch.contiguous_format
    model = raft_large().eval().to(memory_format=layout)
    previous, following = (torch.rand(args.pairs, 3, 240, 360).mul(2).sub(1).to(memory_format=layout) for _ in range(2))
    times = []
    with torch.inference_mode():
        for _ in range(args.runs + 1):
            start = time.perf_counter()
            model(previous, following, num_flow_updates=12)[-1].sum().item()
            times.append((time.perf_counter() - start) * 1e3)
    print(json.dumps({"engine": f"torch {torch.__version__}", "layout": args.layout, "pairs": args.pairs,
                      "threads": args.threads, "median_ms": statistics.median(times[1:]), "least_ms": min(times[1:])}))


if __name__ == "__main__":
    main()
