#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes volumes/: what PyTorch computes for a small network of volumes, analog
(ReLU) and spiking (IF), on random numbers: its output and its gradients. Needs Debian's
python3-torch and python3-numpy, the tests only read what it wrote.

usage: tests/data/volumes.py FOLDER

The neurons are those of neurons.py. Sides differ, so that no two axes can be taken for
each other.
"""
import sys

import numpy as np
import torch
import torch.nn.functional as F

from golden_peer import Golden, Spike, spikes_of

SAMPLES, TIMESTEPS, SHAPE = 2, 9, (1, 4, 6, 10)     # channels, depth, height, width
THRESHOLD = 0.4
LAYERS = {"a": (3, 1, 3, 3, 3), "b": (4, 3, 3, 3, 3), "u": (4, 3, 2, 2, 2),
          "d_up": (3, 3, 3, 3, 3), "d_skip": (3, 3, 3, 3, 3), "s": (2, 3, 3, 3, 3),
          "out": (1, 2, 1, 1, 1)}


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
    golden = Golden(folder, 2, LAYERS)
    x = golden.uniform(TIMESTEPS, SAMPLES, *SHAPE) * 2 - 1
    spikes = spikes_of(x)
    mask = (golden.uniform(SAMPLES, 1, *(side // 2 for side in SHAPE[1:])) > 0.7).double()
    golden.save("image", x[0], np.float32)
    golden.save("spikes", spikes, np.int8)
    golden.save("mask", mask, np.int8)
    golden.save_result("ann", forward(golden.weights, x[0], lambda name, current: F.relu(current)), mask)
    neurons = Neurons()
    golden.save_result("snn", sum(forward(golden.weights, t, neurons) for t in spikes) / TIMESTEPS, mask)
    golden.save_counts("snn", neurons.counts)


main(sys.argv[1])
