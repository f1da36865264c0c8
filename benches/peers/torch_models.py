"""PyTorch's side of the model benchmarks where torch_bench.py has no switch: other batches, and memory.

Usage: torch_models.py TORCH_BENCH [--shapes ms64,...] [--batch N] [--threads N] [--runs N] [--compile] [--memory SHAPE]

TORCH_BENCH is the path of torch_bench.py, whose models are measured. Without --memory it prints one JSON object a
shape with the forward step's median (no gradients, evaluation mode). --memory runs two training steps of one shape and
prints the process's peak resident memory, after them and before the model was built.
"""
import argparse
import importlib.util
import json
import resource
import statistics
import time

import torch


def peak_kib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def forward_ms(model, x, runs):
    times = []
    with torch.no_grad():
        for _ in range(runs + 3):
            start = time.perf_counter()
            model(x).sum().item()
            times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times[3:])


def training_memory(model, x):
    optimiser = torch.optim.Adam(model.parameters(), 2e-4)
    model.train()
    for _ in range(2):
        optimiser.zero_grad()
        loss = ((model(x) - x) ** 2).mean()
        loss.backward()
        optimiser.step()
        loss.item()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("torch_bench")
    parser.add_argument("--shapes")
    parser.add_argument("--batch", type=int)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--runs", type=int, default=25)
    parser.add_argument("--compile", action="store_true", help="measure torch.compile instead of eager")
    parser.add_argument("--memory", metavar="SHAPE")
    args = parser.parse_args()
    spec = importlib.util.spec_from_file_location("torch_bench", args.torch_bench)
    torch_bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(torch_bench)
    torch.set_num_threads(args.threads)
    names = [args.memory] if args.memory else (args.shapes or ",".join(torch_bench.shapes())).split(",")
    for name in names:
        build, size = torch_bench.shapes()[name]
        size = (args.batch or size[0], *size[1:])
        torch.manual_seed(0)
        before = peak_kib()
        model, x = build().eval(), torch.rand(size)
        row = {"engine": f"torch {torch.__version__}", "shape": name, "batch": size[0], "threads": args.threads}
        if args.memory:
            training_memory(model, x)
            row |= {"before_kib": before, "peak_kib": peak_kib()}
        else:
            row["forward_ms"] = forward_ms(torch.compile(model) if args.compile else model, x, args.runs)
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
