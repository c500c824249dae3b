# SPDX-License-Identifier: LGPL-2.1-or-later
"""The U-Net of snn-bench in PyTorch, and what all peers have in common: random
samples like snn-bench's, and the loop that is timed.

A peer is a script that hands main() a function for each mode that it has. To add
one, write it beside these and name it in PEERS of tests/bench.
"""
import argparse
import os
import resource
import statistics
import time

import torch
from torch import nn

DEPTH, HEIGHT, WIDTH = 32, 56, 48
BRIGHTEST = 0.6
THRESHOLD = 0.4


class UNet(nn.Module):
    """Two poolings, two convolutions a level, means as pooling, no bias. act(name)
    makes the module behind each convolution but the last one; wrap(layer) what
    stands for a layer without a state; axes is 3 for volumes."""

    def __init__(self, width, act, wrap=lambda layer: layer, axes=2):
        super().__init__()
        self.channels = -1 - axes
        Conv, ConvTranspose, AvgPool = (
            getattr(nn, f"{name}{axes}d")
            for name in ("Conv", "ConvTranspose", "AvgPool"))

        def conv(name, inputs, outputs):
            return nn.Sequential(
                wrap(Conv(inputs, outputs, 3, padding=1, bias=False)),
                act(name))

        def up(name, inputs, outputs):
            return nn.Sequential(
                wrap(ConvTranspose(inputs, outputs, 2, 2, bias=False)),
                act(name))

        one, two, four = width, 2 * width, 4 * width
        self.pool = wrap(AvgPool(2))
        self.encode1 = nn.Sequential(conv("e1a", 1, one), conv("e1b", one, one))
        self.encode2 = nn.Sequential(conv("e2a", one, two), conv("e2b", two, two))
        self.bottom = nn.Sequential(conv("b1", two, four), conv("b2", four, four))
        self.up2 = up("u2", four, two)
        self.decode2 = nn.Sequential(conv("d2a", four, two), conv("d2b", two, two))
        self.up1 = up("u1", two, one)
        self.decode1 = nn.Sequential(conv("d1a", two, one), conv("d1b", one, one))
        self.out = wrap(Conv(one, 1, 1, bias=False))

    def forward(self, x):
        """x: [..., channels, height, width], or with a depth before these, also of
        all timesteps at once."""
        first = self.encode1(x)
        second = self.encode2(self.pool(first))
        x = self.up2(self.bottom(self.pool(second)))
        x = self.decode2(torch.cat([x, second], self.channels))
        x = self.decode1(torch.cat([self.up1(x), first], self.channels))
        return self.out(x)


class LinearSurrogate(torch.autograd.Function):
    """A spike where x > 0, whose gradient is 0.3 max (0, 1 - |x|) (Bellec et al.
    2018)."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return (x > 0).to(x)

    @staticmethod
    def backward(ctx, gradient):
        x, = ctx.saved_tensors
        return 0.3 * (1 - x.abs()).clamp(min=0) * gradient


class Samples:
    """images [batch][1][height][width] and masks; volumes have a depth before
    height."""

    def __init__(self, arguments):
        self.axes = 3 if arguments.mode.endswith("3d") else 2
        shape = arguments.batch, 1, *(DEPTH, HEIGHT, WIDTH)[-self.axes:]
        self.timesteps = arguments.timesteps
        self.images = torch.rand(shape) * BRIGHTEST
        self.masks = (torch.rand(shape) > 0.9).float()

    def spikes(self):
        """[timesteps] of images, drawn anew each time."""
        shape = self.timesteps, *self.images.shape
        return (torch.rand(shape) < self.images).float()

    def currents(self):
        return self.images.expand(self.timesteps, *self.images.shape)


def loss(potential, masks):
    return nn.functional.binary_cross_entropy_with_logits(potential, masks)


def trainer(network, predict, samples):
    """A step of Adam on what predict() returns."""
    adam = torch.optim.Adam(network.parameters(), 1e-3)

    def step():
        adam.zero_grad()
        loss(predict(), samples.masks).backward()
        adam.step()
    return step


def main(modes):
    """Times one of modes, a dictionary of functions that take the width and the
    samples and return what is to be timed."""
    parser = argparse.ArgumentParser(
        description="Prints milliseconds a slice, the median of some runs.")
    parser.add_argument("mode", choices=[*modes, "modes"],
                        help="what to time; modes: list them and do nothing")
    parser.add_argument("--width", type=int, default=16)
    parser.add_argument("--batch", type=int, default=26)
    parser.add_argument("--timesteps", type=int, default=20)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--reps", type=int, default=5)
    arguments = parser.parse_args()
    if arguments.mode == "modes":
        print(*modes)
        return
    torch.manual_seed(0)
    torch.set_num_threads(arguments.threads)
    run = modes[arguments.mode](arguments.width, Samples(arguments))
    run()
    times = []
    for _ in range(arguments.reps):
        begin = time.perf_counter()
        run()
        times.append(time.perf_counter() - begin)
    slice_ms = statistics.median(times) / arguments.batch * 1e3
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{arguments.mode} width={arguments.width} batch={arguments.batch} "
          f"timesteps={arguments.timesteps} threads={arguments.threads} "
          f"ms_per_slice={slice_ms:.4g} peak_MiB={peak:.0f}")
