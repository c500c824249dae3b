#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes neurons/: what PyTorch computes for a small spiking network of each kind
of neurons, on random numbers. Written from the equations; needs Debian's
python3-torch and python3-numpy, the tests only read what it wrote.

usage: tests/data/neurons.py FOLDER

Each kind is a function: of its state (u, and what else it keeps), a current and a
threshold, it gives spikes and the new state. A reset passes no gradient (Yue et al.
2023, eq. 5).
"""
import sys

import numpy as np
import torch
import torch.nn.functional as F

from golden_peer import MARGIN, Golden, Spike, spikes_of

SAMPLES, TIMESTEPS, SHAPE = 2, 13, (1, 8, 12)
THRESHOLD, LEAK, RESET = 0.4, 0.9, 0.05
LAYERS = {"a": (4, 1, 3, 3), "b": (6, 4, 3, 3), "u": (6, 4, 2, 2),
          "d_up": (4, 4, 3, 3), "d_skip": (4, 4, 3, 3), "out": (1, 4, 1, 1)}


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
    golden = Golden(folder, 1, LAYERS)
    spikes = spikes_of(golden.uniform(TIMESTEPS, SAMPLES, *SHAPE) * 2 - 1)
    mask = (golden.uniform(SAMPLES, *SHAPE) > 0.7).double()
    golden.save("spikes", spikes, np.int8)
    golden.save("mask", mask, np.int8)
    for kind, fire in KINDS.items():
        logits, counts = run(golden.weights, spikes, fire)
        golden.save_result(kind, logits, mask)
        golden.save_counts(kind, counts)


main(sys.argv[1])
