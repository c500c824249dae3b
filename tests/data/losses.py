#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes losses.json: what PyTorch makes of the losses of classes, with their
gradients by its automatic differentiation, in double precision. Needs torch; the
test only reads what it wrote. The definitions are those of docs/design.md."""

import json
import pathlib

import torch
import torch.nn.functional as functional

SAMPLES, CLASSES, HEIGHT, WIDTH = 2, 4, 3, 5


def dice(logits, labels):
    probability = functional.softmax(logits, 1)
    one_hot = functional.one_hot(labels, CLASSES).permute(0, 3, 1, 2)
    overlap = (probability * one_hot).sum((0, 2, 3))
    size = (probability + one_hot).sum((0, 2, 3))
    return 1 - ((2 * overlap + 1e-5) / (size + 1e-5))[1:].mean()


LOSSES = {
    "cross-entropy": functional.cross_entropy,
    "dice": dice,
    "ce-dice": lambda x, y: functional.cross_entropy(x, y) + dice(x, y),
}

torch.manual_seed(1)
logits = (3 * torch.randn(SAMPLES, CLASSES, HEIGHT, WIDTH)).double()
# The last class is in no sample: its Dice has no overlap.
labels = torch.randint(0, CLASSES - 1, (SAMPLES, HEIGHT, WIDTH))
out = {
    "samples": SAMPLES, "classes": CLASSES, "height": HEIGHT, "width": WIDTH,
    "logits": logits.flatten().tolist(),
    "labels": labels.flatten().tolist(),
    "losses": {},
}
for name, loss in LOSSES.items():
    x = logits.clone().requires_grad_()
    value = loss(x, labels)
    value.backward()
    out["losses"][name] = {"value": value.item(),
                           "gradient": x.grad.flatten().tolist()}
place = pathlib.Path(__file__).with_suffix(".json")
place.write_text(json.dumps(out) + "\n")
