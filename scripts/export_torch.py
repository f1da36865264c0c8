"""Writes what the tests of oddframe-models compare themselves with.

    python scripts/export_torch.py [FOLDER]        needs torch; FOLDER is crates/models/tests/golden where none is given

For each kind of network: a small one in PyTorch, with random weights and random running statistics, as a state dict
(`NAME.pt`, one as `NAME.safetensors`), and what it gives for an input (`NAME.out`, 32-bit floats, little-endian). The
input needs no file: its value i is ((7919 i + 13) mod 1009) / 1009, taken to -1 to 1 where the network ends in tanh.
The sizes are those of crates/models/tests/torch.rs.
"""
import json
import struct
import sys
from pathlib import Path

import torch
from torch import nn


def norm_act(layers, channels, norm, activation, dims=2):
    if norm:
        layers.append((nn.BatchNorm2d if dims == 2 else nn.BatchNorm3d)(channels))
    layers.append(activation)
    return layers


def encoder(widths, kernel=4, norm=True, leaky=True, dropout=0.0):
    layers = []
    for place, (a, b) in enumerate(zip(widths, widths[1:])):
        layers.append(nn.Conv2d(a, b, kernel, 2, 1))
        norm_act(layers, b, norm, nn.LeakyReLU(0.2) if leaky else nn.ReLU())
        if dropout and place + 2 < len(widths):
            layers.append(nn.Dropout2d(dropout))
    return layers


def decoder(widths, last, kernel=4, norm=True):
    layers = []
    turned = widths[::-1]
    for a, b in zip(turned[:-1], turned[1:-1]):
        layers.append(nn.ConvTranspose2d(a, b, kernel, 2, 1, output_padding=kernel % 2))
        norm_act(layers, b, norm, nn.ReLU())
    return layers + [nn.ConvTranspose2d(turned[-2], turned[-1], kernel, 2, 1, output_padding=kernel % 2), last]


class PerFrame(nn.Module):
    """Runs `image` on every frame of [B,T,C,H,W]."""

    def forward(self, x):
        return self.image(x.flatten(0, 1)).view(x.shape)


class ConvAe(PerFrame):
    def __init__(self, widths, latent, side):
        super().__init__()
        self.innermost = (widths[-1], side >> (len(widths) - 1), side >> (len(widths) - 1))
        flat = self.innermost[0] * self.innermost[1] * self.innermost[2]
        self.encoder = nn.Sequential(*encoder(widths))
        self.squeeze = nn.Linear(flat, latent)
        self.expand = nn.Linear(latent, flat)
        self.decoder = nn.Sequential(*decoder(widths, nn.Tanh()))

    def image(self, x):
        z = self.squeeze(self.encoder(x).flatten(1))
        return self.decoder(self.expand(z).unflatten(1, self.innermost))


class DifferenceAe(PerFrame):
    def __init__(self, widths):
        super().__init__()
        self.net = nn.Sequential(*encoder(widths, norm=False, leaky=False), *decoder(widths, nn.Sigmoid(), norm=False))

    def image(self, x):
        return self.net(x)


class Cuboids(nn.Module):
    """Frames as channels."""

    def __init__(self, widths, kernel, norm, dropout):
        super().__init__()
        self.net = nn.Sequential(*encoder(widths, kernel, norm, False, dropout),
                                 *decoder(widths, nn.Sigmoid(), kernel, norm))

    def forward(self, x):
        return self.net(x.flatten(1, 2)).view(x.shape)


class Unet(PerFrame):
    def __init__(self, colours, channels, latent, side):
        super().__init__()
        steps = len(channels)
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        before = colours
        for c in channels:
            self.down.append(nn.Sequential(
                nn.Conv2d(before, c, 4, 2, 1, bias=False), nn.BatchNorm2d(c), nn.LeakyReLU(0.2),
                nn.Conv2d(c, c, 3, 1, 1, bias=False), nn.BatchNorm2d(c), nn.LeakyReLU(0.2)))
            before = c
        self.innermost = (before, side >> steps, side >> steps)
        flat = before * (side >> steps) ** 2
        self.squeeze, self.expand = nn.Linear(flat, latent), nn.Linear(latent, flat)
        for c in channels[-2::-1] + channels[:1]:
            self.up.append(nn.Sequential(
                nn.ConvTranspose2d(before, c, 4, 2, 1, bias=False), nn.BatchNorm2d(c), nn.ReLU(),
                nn.Conv2d(c, c, 3, 1, 1, bias=False), nn.BatchNorm2d(c), nn.ReLU()))
            before = 2 * c
        self.output = nn.Conv2d(channels[0], colours, 3, 1, 1)

    def image(self, x):
        skips = []
        for step in self.down:
            x = step(x)
            skips.append(x)
        skips.pop()
        x = self.expand(self.squeeze(x.flatten(1))).unflatten(1, self.innermost)
        for step in self.up:
            x = step(x)
            if skips:
                x = torch.cat([x, skips.pop()], 1)
        return torch.tanh(self.output(x))


class Conv3dAe(nn.Module):
    def __init__(self, widths, latent, frames, side):
        super().__init__()
        steps = len(widths) - 1
        down, up = [], []
        for place, (a, b) in enumerate(zip(widths, widths[1:])):
            down.append(nn.Conv3d(a, b, 3, (1 if place == 0 else 2, 2, 2), 1, bias=False))
            norm_act(down, b, True, nn.LeakyReLU(0.2), 3)
        turned = widths[::-1]
        for place, (a, b) in enumerate(zip(turned[:-1], turned[1:-1])):
            kernel, padding = ((2, 4, 4), (0, 1, 1)) if place == 0 else ((4, 4, 4), (1, 1, 1))
            up.append(nn.ConvTranspose3d(a, b, kernel, 2, padding, bias=False))
            norm_act(up, b, True, nn.ReLU(), 3)
        up += [nn.ConvTranspose3d(turned[-2], turned[-1], (1, 4, 4), (1, 2, 2), (0, 1, 1)), nn.Tanh()]
        self.innermost = (widths[-1], frames >> (steps - 1), side >> steps, side >> steps)
        flat = widths[-1] * (frames >> (steps - 1)) * (side >> steps) ** 2
        self.encoder, self.decoder = nn.Sequential(*down), nn.Sequential(*up)
        self.squeeze, self.expand = nn.Linear(flat, latent), nn.Linear(latent, flat)

    def forward(self, x):
        z = self.squeeze(self.encoder(x.transpose(1, 2)).flatten(1))
        return self.decoder(self.expand(z).unflatten(1, self.innermost)).transpose(1, 2)


class Cell(nn.Module):
    def __init__(self, inputs, hidden):
        super().__init__()
        self.conv = nn.Conv2d(inputs + hidden, 4 * hidden, 3, 1, 1)

    def forward(self, x, h, c):
        i, f, o, g = self.conv(torch.cat([x, h], 1)).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c


class ConvLstm(nn.Module):
    def __init__(self, widths, hidden):
        super().__init__()
        self.hidden = hidden
        self.encoder = nn.Sequential(*encoder(widths))
        self.cell = Cell(widths[-1], hidden)
        widen = norm_act([nn.Conv2d(hidden, widths[-1], 3, 1, 1)], widths[-1], True, nn.ReLU())
        self.decoder = nn.Sequential(*widen, *decoder(widths, nn.Tanh()))

    def forward(self, x):
        seen = x[:, :-1]
        z = self.encoder(seen.flatten(0, 1)).unflatten(0, seen.shape[:2])
        h = torch.zeros(z.shape[0], self.hidden, *z.shape[3:])
        c = torch.zeros_like(h)
        for step in range(z.shape[1]):
            h, c = self.cell(z[:, step], h, c)
        return self.decoder(h)[:, None]


class LstmAe(nn.Module):
    def __init__(self, pixels, hidden):
        super().__init__()
        self.encoder = nn.LSTM(pixels, hidden, batch_first=True)
        self.decoder = nn.LSTM(hidden, hidden, batch_first=True)
        self.out = nn.Linear(hidden, pixels)

    def forward(self, x):
        _, (h, _) = self.encoder(x.flatten(2))
        y, _ = self.decoder(h[-1][:, None].expand(-1, x.shape[1], -1))
        return self.out(y).view(x.shape)


class GruPredictor(nn.Module):
    def __init__(self, values, hidden):
        super().__init__()
        self.gru = nn.GRU(values, hidden, batch_first=True)
        self.out = nn.Linear(hidden, values)

    def forward(self, x):
        _, h = self.gru(x[:, :-1].flatten(2))
        return self.out(h[-1])[:, None].view(x[:, -1:].shape)


def networks():
    """Name, network, clips [B,T,C,H,W], and whether it ends in tanh."""
    yield "conv_ae", ConvAe([3, 5, 6, 7], 9, 16), (2, 1, 3, 16, 16), True
    yield "conv_ae_differences", DifferenceAe([1, 4, 5, 6]), (2, 1, 1, 16, 24), False
    yield "unet", Unet(3, [4, 5, 6, 6], 7, 32), (2, 1, 3, 32, 32), True
    yield "conv3d_ae", Conv3dAe([3, 4, 5, 6, 7], 8, 8, 16), (2, 8, 3, 16, 16), True
    yield "conv_lstm", ConvLstm([3, 4, 5, 6], 5), (2, 4, 3, 16, 16), True
    yield "cuboid_ae", Cuboids([6, 5, 7, 8], 4, True, 0.2), (2, 6, 1, 16, 16), False
    yield "cuboid_ae_plain", Cuboids([6, 5, 7, 8], 4, False, 0.0), (2, 6, 1, 16, 16), False
    yield "denoising_ae", Cuboids([6, 5, 7, 8], 3, False, 0.0), (2, 6, 1, 16, 16), False
    yield "denoising_ae_described", Cuboids([6, 5, 7, 8], 4, True, 0.2), (2, 6, 1, 16, 16), False
    yield "lstm_ae", LstmAe(3 * 4 * 6, 7), (2, 5, 3, 4, 6), False
    yield "gru_predictor", GruPredictor(2 * 4 * 6, 7), (2, 5, 2, 4, 6), False


def randomise(model, generator):
    """Weights that make every value of the output count, and running statistics that are not 0 and 1."""
    for name, value in model.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        noise = torch.rand(value.shape, generator=generator) * 2 - 1
        if name.endswith("running_var"):
            value.copy_(noise * 0.5 + 1)
        elif value.dim() > 1:
            value.mul_(2.0)
        else:
            value.copy_(noise * 0.5 + (1.0 if name.endswith("weight") else 0.0))


def to_safetensors(state):
    """The safetensors format: the header's length, the header, the values."""
    header, blob = {}, b""
    for name, value in state.items():
        if value.dtype != torch.float32:
            continue
        data = value.contiguous().numpy().astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [len(blob), len(blob) + len(data)]}
        blob += data
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + blob


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "crates/models/tests/golden")
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(1)
    for name, model, shape, tanh in networks():
        randomise(model, generator)
        model.eval()
        count = torch.Size(shape).numel()
        x = ((torch.arange(count) * 7919 + 13) % 1009).float() / 1009
        x = (x * 2 - 1 if tanh else x).view(shape)
        with torch.no_grad():
            y = model(x).contiguous().numpy().astype("<f4")
        state = model.state_dict()
        if name == "denoising_ae_described":
            # The whole module as one `Sequential`.
            state = {key.removeprefix("net."): value for key, value in state.items()}
        if name == "conv_ae":
            (folder / f"{name}.safetensors").write_bytes(to_safetensors(state))
        else:
            torch.save(dict(state), folder / f"{name}.pt")
        (folder / f"{name}.out").write_bytes(y.tobytes())
        print(name, tuple(y.shape), f"{y.min():.3f} to {y.max():.3f}, deviation {y.std():.3f}")


if __name__ == "__main__":
    main()
