#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes neurons/: what PyTorch computes for a small spiking network of each kind
of neurons, on random numbers. Written from the equations; needs Debian's
python3-torch and python3-numpy, the tests only read what it wrote.

usage: tests/data/neurons.py FOLDER

Each kind is a function: of its state (u, and what else it keeps), a current and a
threshold, it gives spikes and the new state. The derivative of a spike by u / v is
0.3 max (0, 1 - |u / v - 1|), and a reset passes no gradient (Yue et al. 2023,
eq. 5). No membrane comes so near to a threshold that the order of a sum decides.
"""
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F

SAMPLES, TIMESTEPS, SHAPE = 2, 13, (1, 8, 12)
THRESHOLD, LEAK, RESET = 0.4, 0.9, 0.05
LAYERS = {"a": (4, 1, 3, 3), "b": (6, 4, 3, 3), "u": (6, 4, 2, 2),
          "d_up": (4, 4, 3, 3), "d_skip": (4, 4, 3, 3), "out": (1, 4, 1, 1)}
MARGIN = 1e-6


class Spike(torch.autograd.Function):
    """1 where u / v - 1 > 0."""
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        assert x.abs().min() > MARGIN, "a tie: take another seed"
        return (x > 0).to(x.dtype)

    @staticmethod
    def backward(ctx, gradient):
        (x,) = ctx.saved_tensors
        return 0.3 * (1 - x.abs()).clamp(min=0) * gradient


def fire_if(u, current, v):
    u = u + current
    spikes = Spike.apply(u / v - 1)
    return spikes, u - v * spikes.detach()


def fire_lif(u, current, v):
    return fire_if(LEAK * u, current, v)


def fire_if_reset(u, current, v):
    """To a value, as NIR has it, from which on nothing depends on u."""
    u = u + current
    spikes = Spike.apply(u / v - 1)
    return spikes, u * (1 - spikes.detach()) + RESET * spikes.detach()


def fire_lif_reset(u, current, v):
    return fire_if_reset(LEAK * u, current, v)


class SignedSpike(torch.autograd.Function):
    """The same, and -1 where x = u / v - 1 < -1 and more spikes were sent than taken
    back; there, the derivative falls off from the interval between both thresholds."""
    @staticmethod
    def forward(ctx, x, charged):
        assert x.abs().min() > MARGIN and not ((x + 1).abs() < MARGIN)[charged].any(), "a tie"
        takes = charged & (x < -1)
        ctx.save_for_backward(torch.where(charged & (x <= 0), (x + 1).clamp(max=0), x))
        return (x > 0).to(x.dtype) - takes.to(x.dtype)

    @staticmethod
    def backward(ctx, gradient):
        (x,) = ctx.saved_tensors
        return 0.3 * (1 - x.abs()).clamp(min=0) * gradient, None


def fire_signed_if(state, current, v):
    u, net = state if isinstance(state, tuple) else (state, torch.zeros_like(current))
    u = u + current
    spikes = SignedSpike.apply(u / v - 1, net > 0)
    return spikes, (u - v * spikes.detach(), net + spikes.detach())


KINDS = {"if": fire_if, "lif": fire_lif, "signed-if": fire_signed_if,
         "if-reset": fire_if_reset, "lif-reset": fire_lif_reset}


def run(weights, spikes, fire):
    """The output's mean potential, and how many spikes each neuron sent, those of -1
    as well."""
    state, counts, potential = {}, {}, 0

    def act(name, current):
        if name not in state:
            state[name] = torch.full_like(current, 0.5 * THRESHOLD)
            counts[name] = torch.zeros_like(current)
        out, state[name] = fire(state[name], current, THRESHOLD)
        counts[name] += out.detach().abs()
        return out

    for x in spikes:
        a = act("a", F.conv2d(x, weights["a"], padding=1))
        b = act("b", F.conv2d(F.avg_pool2d(a, 2), weights["b"], padding=1))
        u = act("u", F.conv_transpose2d(b, weights["u"], stride=2))
        d = act("d", F.conv2d(u, weights["d_up"], padding=1)
                + F.conv2d(a, weights["d_skip"], padding=1))
        potential = potential + F.conv2d(d, weights["out"])
    return potential / len(spikes), counts


def main(folder):
    folder = pathlib.Path(folder)
    folder.mkdir(exist_ok=True)
    generator = torch.Generator().manual_seed(1)

    def uniform(*shape):
        # Numbers that are the same in float32.
        return torch.rand(shape, generator=generator).float().double()

    def save(name, values):
        np.save(folder / f"{name}.npy", values)

    weights = {name: ((uniform(*shape) * 1.2 - 0.5)
                      / np.sqrt(np.prod(shape[1:]) / 2)).float().double().requires_grad_()
               for name, shape in LAYERS.items()}
    x = uniform(TIMESTEPS, SAMPLES, *SHAPE) * 2 - 1
    spikes = torch.sign(x) * (x.abs() > 0.5)
    mask = (uniform(SAMPLES, *SHAPE) > 0.7).double()
    save("input", spikes.to(torch.int8).numpy())
    save("mask", mask.to(torch.int8).numpy())
    for name, values in weights.items():
        save(f"weight.{name}", values.detach().numpy().astype(np.float32))
    for kind, fire in KINDS.items():
        for values in weights.values():
            values.grad = None
        logits, counts = run(weights, spikes, fire)
        loss = F.binary_cross_entropy_with_logits(logits, mask)
        loss.backward()
        save(f"{kind}.loss", loss.detach().numpy())
        save(f"{kind}.logits", logits.detach().numpy().astype(np.float32))
        for name, values in counts.items():
            save(f"{kind}.count.{name}", values.numpy().astype(np.int8))
        for name, values in weights.items():
            save(f"{kind}.grad.{name}", values.grad.numpy().astype(np.float32))


main(sys.argv[1])
