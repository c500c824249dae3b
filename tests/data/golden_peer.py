# SPDX-License-Identifier: LGPL-2.1-or-later
"""What neurons.py, volumes.py and convolutions.py have in common: random numbers, spikes
with their derivative, and files of a network's weights, output, spikes and gradients,
which tests/core/golden-peer.c reads."""
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

# No membrane comes so near to a threshold that the order of a sum decides.
MARGIN = 1e-6


class Spike(torch.autograd.Function):
    """1 where x = u / v - 1 > 0; its derivative by u / v is 0.3 max (0, 1 - |x|) (Yue et
    al. 2023, eq. 5)."""
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        assert x.abs().min() > MARGIN, "a tie: take another seed"
        return (x > 0).to(x.dtype)

    @staticmethod
    def backward(ctx, gradient):
        (x,) = ctx.saved_tensors
        return 0.3 * (1 - x.abs()).clamp(min=0) * gradient


class Golden:
    """A folder of arrays, and the weights of the network that they are of: shapes are
    in PyTorch's order."""
    def __init__(self, folder, seed, layers):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        self.generator = torch.Generator().manual_seed(seed)
        self.weights = {name: ((self.uniform(*shape) * 1.2 - 0.5) / np.sqrt(np.prod(shape[1:]) / 2))
                        .float().double().requires_grad_() for name, shape in layers.items()}
        for name, values in self.weights.items():
            self.save(f"weight.{name}", values.detach(), np.float32)

    def uniform(self, *shape):
        """Numbers that are the same in float32."""
        return torch.rand(shape, generator=self.generator).float().double()

    def save(self, name, values, dtype):
        np.save(self.folder / f"{name}.npy", values.numpy().astype(dtype))

    def save_result(self, kind, logits, mask):
        for values in self.weights.values():
            values.grad = None
        loss = F.binary_cross_entropy_with_logits(logits, mask)
        loss.backward()
        self.save(f"{kind}.loss", loss.detach(), np.float64)
        self.save(f"{kind}.logits", logits.detach(), np.float32)
        for name, values in self.weights.items():
            self.save(f"{kind}.grad.{name}", values.grad, np.float32)

    def save_counts(self, kind, counts):
        for name, values in counts.items():
            self.save(f"{kind}.count.{name}", values, np.int8)


def spikes_of(x):
    """-1, 0 and 1 of values from -1 to 1."""
    return torch.sign(x) * (x.abs() > 0.5)
