"""Writes checkpoint.pth: what a training script saves, in a network of one layer of each kind. Needs PyTorch."""

from collections import OrderedDict

import torch
from torch import nn


def ramp(tensor, start):
    values = torch.arange(tensor.numel(), dtype=torch.float64) / 16 + start
    return values.reshape(tensor.shape).to(tensor.dtype)


net = nn.DataParallel(nn.Sequential(OrderedDict(
    first=nn.Conv2d(2, 4, 3), norm=nn.BatchNorm2d(4), last=nn.Linear(4, 2))))
state = OrderedDict((name, ramp(value, start) if value.is_floating_point() else value)
                    for start, (name, value) in enumerate(net.state_dict().items()))
state["module.last.weight"] = state["module.last.weight"].double()
state["module.norm.running_mean"] = state["module.norm.running_mean"].half()
torch.save({"epoch": 3, "state_dict": state, "optimizer": {"lr": 1e-3, "momentum": torch.ones(5)}}, "checkpoint.pth")
for name, value in state.items():
    print(name, tuple(value.shape), value.dtype, value.flatten()[:3].tolist())
