#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes convolutions/: networks of grouped and dilated convolutions as PyTorch exports
them, of slices and of volumes, and what it computes for them, analog (ReLU) and spiking
(IF), on random numbers: their output, and the gradients of weights and biases. The first
layer's are those of what enters the layers behind it. Needs Debian's python3-torch (1.13)
and python3-numpy, the tests only read what it wrote.

usage: tests/data/convolutions.py FOLDER

The neurons are those of neurons.py. Sides differ, so that no two axes can be taken for
each other.
"""
import sys

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from golden_peer import Golden, Spike, spikes_of

SAMPLES, TIMESTEPS, THRESHOLD = 2, 9, 0.4
KINDS = {"flat": (nn.Conv2d, (1, 8, 12)), "volumes": (nn.Conv3d, (1, 4, 6, 10))}


class Convolutions(nn.Module):
    """In groups, dilated, both with a stride."""
    def __init__(self, conv):
        super().__init__()
        self.first = conv(1, 4, 3, padding=1)
        self.groups = conv(4, 6, 3, padding=1, groups=2)
        self.dilated = conv(6, 4, 3, padding=2, dilation=2)
        self.both = conv(4, 4, 3, stride=2, padding=2, dilation=2, groups=4)
        self.out = conv(4, 1, 1)
        self.act = lambda name, current: F.relu(current)

    def forward(self, x):
        for name in "first", "groups", "dilated", "both":
            x = self.act(name, getattr(self, name)(x))
        return self.out(x)


class Neurons:
    """IF, whose reset passes no gradient (Yue et al. 2023, eq. 5)."""
    def __init__(self):
        self.u = {}

    def __call__(self, name, current):
        u = self.u.get(name, torch.full_like(current, 0.5 * THRESHOLD)) + current
        spikes = Spike.apply(u / THRESHOLD - 1)
        self.u[name] = u - THRESHOLD * spikes.detach()
        return spikes


def draw(golden, model):
    """Weights and biases that let neurons fire, the same in float32."""
    for values in model.parameters():
        inputs = values[0].numel() if values.dim() > 1 else 50
        values.data = ((golden.uniform(*values.shape) * 1.2 - 0.5) / np.sqrt(inputs / 2)).float()


def main(folder):
    golden = Golden(folder, 3, {})
    for kind, (conv, shape) in KINDS.items():
        model = Convolutions(conv)
        draw(golden, model)
        torch.onnx.export(model, torch.zeros(1, *shape), golden.folder / f"{kind}.onnx",
                          opset_version=13)
        model.double()
        golden.weights = dict(model.named_parameters())
        x = golden.uniform(TIMESTEPS, SAMPLES, *shape) * 2 - 1
        spikes = spikes_of(x)
        mask = (golden.uniform(SAMPLES, 1, *(side // 2 for side in shape[1:])) > 0.7).double()
        golden.save(f"{kind}.image", x[0], np.float32)
        golden.save(f"{kind}.spikes", spikes, np.int8)
        golden.save(f"{kind}.mask", mask, np.int8)
        golden.save_result(f"{kind}.ann", model(x[0]), mask)
        model.act = Neurons()
        golden.save_result(f"{kind}.snn", sum(model(t) for t in spikes) / TIMESTEPS, mask)


main(sys.argv[1])
