#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes volumes/: what PyTorch computes for a small network of volumes, analog
(ReLU) and spiking (IF), on random numbers: its output and its gradients. Needs Debian's
python3-torch and python3-numpy, the tests only read what it wrote.

usage: tests/data/volumes.py FOLDER

The neurons are those of neurons.py. Sides differ, so that no two axes can be taken for
each other.
"""
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F

SAMPLES, TIMESTEPS, SHAPE = 2, 9, (1, 4, 6, 10)     # channels, depth, height, width
THRESHOLD = 0.4
LAYERS = {"a": (3, 1, 3, 3, 3), "b": (4, 3, 3, 3, 3), "u": (4, 3, 2, 2, 2),
          "d_up": (3, 3, 3, 3, 3), "d_skip": (3, 3, 3, 3, 3), "s": (2, 3, 3, 3, 3),
          "out": (1, 2, 1, 1, 1)}
MARGIN = 1e-6


class Spike(torch.autograd.Function):
    """1 where u / v - 1 > 0; its derivative by u / v is 0.3 max (0, 1 - |u / v - 1|)."""
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        assert x.abs().min() > MARGIN, "a tie: take another seed"
        return (x > 0).to(x.dtype)

    @staticmethod
    def backward(ctx, gradient):
        (x,) = ctx.saved_tensors
        return 0.3 * (1 - x.abs()).clamp(min=0) * gradient


class Neurons:
    """IF, whose reset passes no gradient (Yue et al. 2023, eq. 5)."""
    def __init__(self):
        self.u, self.counts = {}, {}

    def __call__(self, name, current):
        u = self.u.get(name, torch.full_like(current, 0.5 * THRESHOLD)) + current
        spikes = Spike.apply(u / THRESHOLD - 1)
        self.u[name] = u - THRESHOLD * spikes.detach()
        self.counts[name] = self.counts.get(name, 0) + spikes.detach()
        return spikes


def forward(weights, x, act):
    """A convolution of stride 2 at the end, whose output is half as large."""
    a = act("a", F.conv3d(x, weights["a"], padding=1))
    b = act("b", F.conv3d(F.avg_pool3d(a, 2), weights["b"], padding=1))
    u = act("u", F.conv_transpose3d(b, weights["u"], stride=2))
    d = act("d", F.conv3d(u, weights["d_up"], padding=1)
            + F.conv3d(a, weights["d_skip"], padding=1))
    s = act("s", F.conv3d(d, weights["s"], stride=2, padding=1))
    return F.conv3d(s, weights["out"])


def main(folder):
    folder = pathlib.Path(folder)
    folder.mkdir(exist_ok=True)
    generator = torch.Generator().manual_seed(2)

    def uniform(*shape):
        # Numbers that are the same in float32.
        return torch.rand(shape, generator=generator).float().double()

    def save(name, values):
        np.save(folder / f"{name}.npy", values)

    def save_result(kind, logits):
        for values in weights.values():
            values.grad = None
        loss = F.binary_cross_entropy_with_logits(logits, mask)
        loss.backward()
        save(f"{kind}.loss", loss.detach().numpy())
        save(f"{kind}.logits", logits.detach().numpy().astype(np.float32))
        for name, values in weights.items():
            save(f"{kind}.grad.{name}", values.grad.numpy().astype(np.float32))

    weights = {name: ((uniform(*shape) * 1.2 - 0.5)
                      / np.sqrt(np.prod(shape[1:]) / 2)).float().double().requires_grad_()
               for name, shape in LAYERS.items()}
    x = uniform(TIMESTEPS, SAMPLES, *SHAPE) * 2 - 1
    spikes = torch.sign(x) * (x.abs() > 0.5)
    mask = (uniform(SAMPLES, 1, *(side // 2 for side in SHAPE[1:])) > 0.7).double()
    save("image", x[0].numpy().astype(np.float32))
    save("spikes", spikes.to(torch.int8).numpy())
    save("mask", mask.to(torch.int8).numpy())
    for name, values in weights.items():
        save(f"weight.{name}", values.detach().numpy().astype(np.float32))
    save_result("ann", forward(weights, x[0], lambda name, current: F.relu(current)))
    neurons = Neurons()
    save_result("snn", sum(forward(weights, t, neurons) for t in spikes) / TIMESTEPS)
    for name, values in neurons.counts.items():
        save(f"snn.count.{name}", values.numpy().astype(np.int8))


main(sys.argv[1])
