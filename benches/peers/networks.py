"""The zoo in PyTorch at the sizes of the documents, for the peers' benchmarks; the layers are scripts/export_torch.py's.

The names are those of crates/models/benches/models.rs.
"""
import sys
from pathlib import Path

import torch
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from export_torch import Conv3dAe, ConvAe, ConvLstm, Cuboids, DifferenceAe, LstmAe, Unet  # noqa: E402

RGB = [3, 32, 64, 128, 256, 512]
CUBOID = [16, 64, 128, 256, 512]


def zoo():
    """By name: what builds the network, its clips [T,C,H,W], and its loss of (version, wanted)."""
    squared = functional.mse_loss
    return {
        "conv_ae 64": (lambda: ConvAe(RGB, 64, 64), (1, 3, 64, 64), squared),
        "conv_ae 128": (lambda: ConvAe(RGB, 128, 128), (1, 3, 128, 128), squared),
        "conv_ae 256": (lambda: ConvAe(RGB, 256, 256), (1, 3, 256, 256), squared),
        "conv_ae of differences": (lambda: DifferenceAe([1, 32, 64, 128]), (1, 1, 128, 128), squared),
        "unet": (lambda: Unet(3, [64, 128, 256, 512, 512], 512, 128), (1, 3, 128, 128), structural),
        "conv3d_ae": (lambda: Conv3dAe([3, 32, 64, 128, 256], 256, 8, 128), (8, 3, 128, 128), squared),
        "conv_lstm": (lambda: ConvLstm([3, 32, 64, 128, 256], 64), (9, 3, 128, 128), squared),
        "cuboid_ae": (lambda: Cuboids(CUBOID, 4, True, 0.2), (16, 1, 128, 128), squared),
        "cuboid_ae plain": (lambda: Cuboids(CUBOID, 4, False, 0.0), (16, 1, 128, 128), squared),
        "denoising_ae": (lambda: Cuboids(CUBOID, 3, False, 0.0), (16, 1, 128, 128), squared),
        "lstm_ae": (lambda: LstmAe(3 * 64 * 64, 512), (10, 3, 64, 64), squared),
    }


def wanted(clips, version):
    """The frames that a network gives its version of: all of a clip, or the last."""
    return clips[:, -version.shape[1]:]


def structural(version, wanted):
    """The U-Net's loss: squared error, structural similarity and the difference of gradients."""
    a, b = version.flatten(0, 1), wanted.flatten(0, 1)
    across = (a - b).diff(dim=3).abs().mean()
    down = (a - b).diff(dim=2).abs().mean()
    return functional.mse_loss(a, b) + 0.5 * (1 - similarity(a, b, 2.0)) + 0.2 * (across + down)


def similarity(a, b, span):
    """SSIM under a Gaussian window of 11 pixels, deviation 1.5, zeros outside; two passes of one axis each."""
    place = torch.arange(11, dtype=a.dtype, device=a.device) - 5
    window = (-place.square() / (2 * 1.5**2)).exp()
    channels = a.shape[1]
    window = (window / window.sum()).repeat(channels, 1)

    def blur(x):
        x = functional.conv2d(x, window[:, None, :, None], padding=(5, 0), groups=channels)
        return functional.conv2d(x, window[:, None, None, :], padding=(0, 5), groups=channels)

    c1, c2 = (0.01 * span) ** 2, (0.03 * span) ** 2
    mean_a, mean_b = blur(a), blur(b)
    means, squares = mean_a * mean_b, mean_a.square() + mean_b.square()
    covariance = blur(a * b) - means
    variances = blur(a.square() + b.square()) - squares
    return ((2 * means + c1) * (2 * covariance + c2) / ((squares + c1) * (variances + c2))).mean()


if __name__ == "__main__":
    for name, (build, clip, _) in zoo().items():
        print(f"{name}: {sum(p.numel() for p in build().parameters()):,} parameters, clips of {clip}")
