"""Writes lstm.txt and conv_lstm.txt beside this file: PyTorch's results for the tests. Needs torch."""
from pathlib import Path

import torch

torch.set_default_dtype(torch.float64)


def values(*shape, seed, scale):
    """The numbers that the tests make as well; exact up to the last division."""
    n = torch.Size(shape).numel()
    flat = [((i * 37 + seed * 11) % 101 - 50) / 50 * scale for i in range(n)]
    return torch.tensor(flat).reshape(shape).requires_grad_()


def write(name, tensors):
    lines = [f"{key} " + " ".join(f"{v:.9e}" for v in t.detach().flatten().tolist()) for key, t in tensors.items()]
    Path(__file__).with_name(name).write_text("\n".join(lines) + "\n")


def lstm():
    batch, steps, inputs, hidden = 2, 3, 2, 5
    x = values(batch, steps, inputs, seed=1, scale=1.5)
    layer = torch.nn.LSTM(inputs, hidden, batch_first=True)
    shapes = [(4 * hidden, inputs), (4 * hidden, hidden), (4 * hidden,), (4 * hidden,)]
    names = ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]
    weights = [values(*shape, seed=2 + n, scale=0.8) for n, shape in enumerate(shapes)]
    h0, c0 = values(1, batch, hidden, seed=6, scale=1), values(1, batch, hidden, seed=7, scale=1)
    parameters = dict(zip(names, weights))
    y, (h, c) = torch.func.functional_call(layer, parameters, (x, (h0, c0)))
    ends = [(y, 8), (h, 9), (c, 10)]
    loss = sum((t * values(*t.shape, seed=seed, scale=1).detach()).sum() for t, seed in ends)
    loss.backward()
    write("lstm.txt", dict(y=y, h=h, c=c, dx=x.grad, dweight_ih=weights[0].grad, dweight_hh=weights[1].grad,
                           dbias=weights[2].grad, dh=h0.grad, dc=c0.grad))


def conv_lstm():
    batch, steps, height, width, inputs, hidden, kernel = 2, 2, 3, 4, 2, 3, 3
    x = values(batch, steps, height, width, inputs, seed=1, scale=1.5)
    weight = values(4 * hidden, inputs + hidden, kernel, kernel, seed=2, scale=0.5)
    bias = values(4 * hidden, seed=3, scale=0.5)
    h0 = values(batch, height, width, hidden, seed=4, scale=1)
    c0 = values(batch, height, width, hidden, seed=5, scale=1)
    h, c, ys = h0.permute(0, 3, 1, 2), c0.permute(0, 3, 1, 2), []
    for step in range(steps):
        joined = torch.cat([x[:, step].permute(0, 3, 1, 2), h], 1)
        gates = torch.nn.functional.conv2d(joined, weight, bias, padding=kernel // 2)
        i, f, o, g = gates.chunk(4, 1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        ys.append(h.permute(0, 2, 3, 1))
    y, h, c = torch.stack(ys, 1), h.permute(0, 2, 3, 1), c.permute(0, 2, 3, 1)
    ends = [(y, 6), (h, 7), (c, 8)]
    loss = sum((t * values(*t.shape, seed=seed, scale=1).detach()).sum() for t, seed in ends)
    loss.backward()
    write("conv_lstm.txt", dict(y=y, h=h, c=c, dx=x.grad, dweights=weight.grad, dbias=bias.grad, dh=h0.grad,
                                dc=c0.grad))


lstm()
conv_lstm()
