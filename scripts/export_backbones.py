"""Writes what the tests of the backbones in oddframe-models compare themselves with.

    python scripts/export_backbones.py [FOLDER] [--weights FOLDER]     needs torch, torchvision and safetensors

Where open_clip_torch is installed, the values of clip_rn101 are those of its network, and the largest difference from the
network below is printed.

FOLDER is crates/models/tests/golden/backbones where none is given. For each backbone, in PyTorch and in evaluation mode:
`NAME.json` has the names and shapes of its tensors, and `NAME.out` what it gives for one image, as 32-bit floats,
little-endian. No weights are written: `tensor` below computes them from the name of each tensor, and so does the test.
With --weights, the folder with the real weights, `NAME_imagenet.out` has what those give.

An output holds three maps, channels last: the two maps of features and the pooled vector. Of each, the values at 0, s, 2s
and so on are kept, where s is the smallest odd number that keeps at most 2048.
"""
import argparse
import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F
from torchvision.models import mobilenet_v2, resnet18

KEPT = 2048
GOLDEN = 0x9E3779B97F4A7C15
MASK = (1 << 64) - 1


def mix(z):
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK
    return z ^ (z >> 31)


def uniform(name, count):
    """`count` numbers in [0, 1) of the stream that the bytes of a name select: SplitMix64, seed 1."""
    state = mix((1 + GOLDEN) & MASK)
    for byte in name.encode():
        state = mix(state ^ mix((byte + GOLDEN) & MASK))
    with np.errstate(over="ignore"):
        z = np.uint64(state) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(GOLDEN)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) * (1.0 / (1 << 53))


def tensor(name, shape, residual):
    """The weights of a test: sums keep their size, and batch normalisation has statistics of every kind."""
    unit = uniform(name, int(np.prod(shape)))
    signed = 2.0 * unit - 1.0
    if len(shape) > 1:
        inputs = int(np.prod(shape[1:]))
        values = signed * np.sqrt((6.0 if len(shape) == 4 else 3.0) / inputs)
    elif name.endswith("running_var"):
        values = 0.5 + unit
    elif name.endswith(".weight"):
        # A small scale at the end of a residual branch keeps a deep network from growing.
        values = (0.75 + 0.5 * unit) * (0.25 if name.endswith(residual) else 1.0)
    else:
        values = 0.2 * signed
    return torch.from_numpy(values.astype(np.float32).reshape(shape))


def image():
    """One RGB image of 224x224 bytes, channels last."""
    y, x, c = np.meshgrid(np.arange(224), np.arange(224), np.arange(3), indexing="ij")
    return ((7 * y + 3 * x + 5 * (y * x // 64) + 89 * c) % 256).astype(np.uint8)


class Same(nn.Conv2d):
    """A convolution with TensorFlow's padding: the odd pixel is at the bottom and on the right."""

    def forward(self, x):
        for axis in (-1, -2):
            kernel, stride, size = self.kernel_size[axis], self.stride[axis], x.shape[axis]
            total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            sides = (total // 2, total - total // 2)
            x = F.pad(x, sides if axis == -1 else (0, 0, *sides))
        return super().forward(x)


class LiteBlock(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride, expansion):
        super().__init__()
        inner = inputs * expansion
        self.adds = stride == 1 and inputs == outputs
        self.expands = expansion > 1
        if self.expands:
            self._expand_conv = Same(inputs, inner, 1, bias=False)
            self._bn0 = nn.BatchNorm2d(inner, eps=1e-3)
        self._depthwise_conv = Same(inner, inner, kernel, stride, groups=inner, bias=False)
        self._bn1 = nn.BatchNorm2d(inner, eps=1e-3)
        self._project_conv = Same(inner, outputs, 1, bias=False)
        self._bn2 = nn.BatchNorm2d(outputs, eps=1e-3)

    def forward(self, x):
        y = F.relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        y = F.relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return y + x if self.adds else y


class EfficientNetLite0(nn.Module):
    STAGES = [(1, 16, 3, 1, 1), (2, 24, 3, 2, 6), (2, 40, 5, 2, 6), (3, 80, 3, 2, 6), (3, 112, 5, 1, 6),
              (4, 192, 5, 2, 6), (1, 320, 3, 1, 6)]

    def __init__(self):
        super().__init__()
        self._conv_stem, self._bn0 = Same(3, 32, 3, 2, bias=False), nn.BatchNorm2d(32, eps=1e-3)
        blocks, before = [], 32
        for count, outputs, kernel, stride, expansion in self.STAGES:
            for place in range(count):
                blocks.append(LiteBlock(before, outputs, kernel, stride if place == 0 else 1, expansion))
                before = outputs
        self._blocks = nn.ModuleList(blocks)
        self._conv_head, self._bn1 = Same(320, 1280, 1, bias=False), nn.BatchNorm2d(1280, eps=1e-3)
        self._fc = nn.Linear(1280, 1000)

    def maps(self, x):
        x = F.relu6(self._bn0(self._conv_stem(x)))
        kept = []
        for number, block in enumerate(self._blocks):
            x = block(x)
            if number in (4, 10):
                kept.append(x)
        return [*kept, F.relu6(self._bn1(self._conv_head(x))).mean((2, 3), keepdim=True)]


class ClipBlock(nn.Module):
    def __init__(self, inputs, channels, stride):
        super().__init__()
        outputs = 4 * channels
        self.conv1, self.bn1 = nn.Conv2d(inputs, channels, 1, bias=False), nn.BatchNorm2d(channels)
        self.conv2, self.bn2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)
        self.conv3, self.bn3 = nn.Conv2d(channels, outputs, 1, bias=False), nn.BatchNorm2d(outputs)
        self.stride = stride
        self.downsample = None
        if stride > 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        if self.stride > 1:
            y = F.avg_pool2d(y, self.stride)
        y = self.bn3(self.conv3(y))
        if self.downsample is not None:
            x = self.downsample(F.avg_pool2d(x, self.stride) if self.stride > 1 else x)
        return F.relu(x + y)


class AttentionPool(nn.Module):
    def __init__(self, side, channels, heads, outputs):
        super().__init__()
        self.positional_embedding = nn.Parameter(torch.empty(side * side + 1, channels))
        self.k_proj, self.q_proj = nn.Linear(channels, channels), nn.Linear(channels, channels)
        self.v_proj, self.c_proj = nn.Linear(channels, channels), nn.Linear(channels, outputs)
        self.heads = heads

    def forward(self, x):
        tokens = x.flatten(2).transpose(1, 2)
        tokens = torch.cat([tokens.mean(1, keepdim=True), tokens], 1) + self.positional_embedding
        batch, count, channels = tokens.shape

        def split(values):
            return values.view(batch, -1, self.heads, channels // self.heads).transpose(1, 2)

        q, k, v = split(self.q_proj(tokens[:, :1])), split(self.k_proj(tokens)), split(self.v_proj(tokens))
        gathered = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(batch, channels)
        return self.c_proj(gathered)


class ClipResNet(nn.Module):
    """The image half of CLIP's RN101."""

    def __init__(self, blocks=(3, 4, 23, 3), width=64, outputs=512, side=7):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, width // 2, 3, 2, 1, bias=False), nn.BatchNorm2d(width // 2)
        self.conv2, self.bn2 = nn.Conv2d(width // 2, width // 2, 3, 1, 1, bias=False), nn.BatchNorm2d(width // 2)
        self.conv3, self.bn3 = nn.Conv2d(width // 2, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width)
        before = width
        for stage, count in enumerate(blocks):
            channels, layers = width << stage, []
            for place in range(count):
                layers.append(ClipBlock(before, channels, 2 if stage and place == 0 else 1))
                before = 4 * channels
            setattr(self, f"layer{stage + 1}", nn.Sequential(*layers))
        self.attnpool = AttentionPool(side, before, before // 64, outputs)

    def maps(self, x):
        for number in (1, 2, 3):
            x = F.relu(getattr(self, f"bn{number}")(getattr(self, f"conv{number}")(x)))
        x = self.layer1(F.avg_pool2d(x, 2))
        fine = self.layer2(x)
        coarse = self.layer3(fine)
        return [fine, coarse, self.attnpool(self.layer4(coarse))[:, :, None, None]]


def resnet_maps(net, x):
    x = net.layer1(net.maxpool(net.relu(net.bn1(net.conv1(x)))))
    fine = net.layer2(x)
    coarse = net.layer3(fine)
    return [fine, coarse, net.avgpool(net.layer4(coarse))]


def mobile_maps(net, x):
    kept = []
    for number, layer in enumerate(net.features):
        x = layer(x)
        if number in (6, 13):
            kept.append(x)
    return [*kept, x.mean((2, 3), keepdim=True)]


IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
CLIP = ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))
LITE = ((127 / 255,) * 3, (128 / 255,) * 3)
# Name, network, its maps, normalisation, and how the last norm of a residual branch is called.
BACKBONES = [
    ("resnet18", lambda: resnet18(weights=None), resnet_maps, IMAGENET, ".bn2.weight"),
    ("mobilenet_v2", lambda: mobilenet_v2(weights=None), mobile_maps, IMAGENET, ".conv.3.weight"),
    ("efficientnet_lite0", EfficientNetLite0, EfficientNetLite0.maps, LITE, "._bn2.weight"),
    ("clip_rn101", ClipResNet, ClipResNet.maps, CLIP, ".bn3.weight"),
]


def open_clip_network():
    """CLIP's RN101 as open_clip has it, and its maps; None where open_clip is not installed."""
    try:
        from open_clip.modified_resnet import ModifiedResNet
    except ImportError:
        return None

    def maps(net, x):
        fine = net.layer2(net.layer1(net.stem(x)))
        coarse = net.layer3(fine)
        return [fine, coarse, net.attnpool(net.layer4(coarse))[:, :, None, None]]

    return ModifiedResNet(layers=(3, 4, 23, 3), output_dim=512, heads=32, image_size=224, width=64), maps


def outputs(net, maps, normalisation):
    mean, deviation = (torch.tensor(values, dtype=torch.float64).view(3, 1, 1) for values in normalisation)
    x = ((torch.from_numpy(image()).permute(2, 0, 1).double() / 255 - mean) / deviation).float()[None]
    with torch.inference_mode():
        for found in maps(net.eval(), x):
            yield found.permute(0, 2, 3, 1).reshape(-1).numpy()


def kept(values):
    step = -(-len(values) // KEPT) | 1
    return values[::step].astype("<f4")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    golden = Path(__file__).resolve().parent.parent / "crates/models/tests/golden/backbones"
    parser.add_argument("folder", nargs="?", type=Path, default=golden)
    parser.add_argument("--weights", type=Path, help="folder with NAME_imagenet.safetensors")
    parser.add_argument("--only", help="one backbone")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    # A program is not a file of weights; the test expects an error that says so.
    torch.jit.save(torch.jit.trace(nn.Linear(1, 1), torch.zeros(1, 1)), args.folder / "program.pt")
    for name, build, maps, normalisation, residual in BACKBONES:
        if args.only not in (None, name):
            continue
        net = build()
        head = ("fc.", "classifier.", "_fc.")
        shapes = {key: list(value.shape) for key, value in net.state_dict().items()
                  if not key.endswith("num_batches_tracked") and not key.startswith(head)}
        state = {key: tensor(key, shape, residual) for key, shape in shapes.items()}
        # All that is missing must be a counter or of the classifier.
        missing, unexpected = net.load_state_dict(state, strict=False)
        assert not unexpected and all(key.endswith("num_batches_tracked") or key.startswith(head) for key in missing)
        found = list(outputs(net, maps, normalisation))
        print(name, [f"{np.abs(values).max():.4g}" for values in found])
        if name == "clip_rn101" and (original := open_clip_network()):
            original[0].load_state_dict(net.state_dict())
            ours, found = found, list(outputs(*original, normalisation))
            errors = [np.abs(a - b).max() / np.abs(b).max() for a, b in zip(ours, found)]
            print("  open_clip differs by", [f"{error:.1e}" for error in errors], "of the largest value")
        (args.folder / f"{name}.out").write_bytes(b"".join(kept(values).tobytes() for values in found))
        manifest = {"residual": residual, "tensors": shapes}
        (args.folder / f"{name}.json").write_text(json.dumps(manifest, separators=(",", ":")) + "\n")
        for path in args.weights.glob("*_imagenet.safetensors") if args.weights else ():
            # The files are named after the networks, with other separators.
            if path.stem.replace("_", "") == f"{name}_imagenet".replace("_", ""):
                _, unexpected = net.load_state_dict(load_file(path), strict=False)
                assert all(key.startswith(head) for key in unexpected)
                found = list(outputs(net, maps, normalisation))
                print(path.name, [f"{np.abs(values).max():.4g}" for values in found])
                data = b"".join(kept(values).tobytes() for values in found)
                (args.folder / f"{name}_imagenet.out").write_bytes(data)


if __name__ == "__main__":
    main()
