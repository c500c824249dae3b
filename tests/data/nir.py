#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes what networks in NIR's files put out, by NIR's definitions (Pedersen et al.
2024, Table 1) and Euler's method, in double precision. It shares no code with the
library; needs Debian's python3-h5py, -numpy and -torch, the tests only read what it
wrote.

usage: tests/data/nir.py FOLDER [FILE...]

Copies each FILE, packed with gzip, to FOLDER, makes FOLDER/made.nir, of what none of
the others has, and FOLDER/volumes.nir, and writes FOLDER/NAME.npy for each
network NAME.nir there: its mean output over 8 timesteps, or over more of more
spikes where it takes so many, every 7th value, for the spikes of spikes().

A neuron is set to v_reset where it spikes, or loses its threshold where metadata say
"subtract". A timestep is 1 where r of IF is 1 and tau of LIF above 1, else 1e-4.
"""
import pathlib
import sys

import h5py
import numpy as np
import torch
import torch.nn.functional as F

TIMESTEPS, LONG, EVERY, MARGIN = 8, {"w_lif": 200, "w_pool": 60}, 7, 1e-6


def spikes(t, shape, dense):
    """Of volumes, rows are counted over all slices."""
    c, *space = np.indices(shape)
    y, x = (space[0] * shape[2] + space[1], space[2]) if len(space) == 3 else space
    quarter = (7 * t + 5 * c + 3 * y + 11 * x + t * y + x * y) % 4 == 0
    return torch.from_numpy((quarter != dense).astype(float))


def pack(source, target):
    with h5py.File(source) as a, h5py.File(target, "w", libver="latest") as b:
        def copy(name, item):
            if isinstance(item, h5py.Group):
                b.require_group(name)
            elif item.dtype.kind == "f" and item.size > 8:
                b.create_dataset(name, data=item[()], compression=9, chunks=item.shape)
            else:
                a.copy(item, b, name)
        a.visititems(copy)


def make(path):
    random = np.random.default_rng(3)
    ones = np.ones((6, 12, 10), np.float32)
    nodes = {
        "input": {"type": "Input", "shape": np.array([4, 12, 10])},
        "scale": {"type": "Scale", "scale": random.uniform(0.5, 2, (4, 1, 1)).astype(np.float32)},
        "conv": {"type": "Conv2d", "weight": random.normal(0.1, 0.4, (6, 2, 3, 3)).astype(np.float32),
                 "bias": random.normal(0, 0.1, 6).astype(np.float32), "input_shape": np.array([12, 10]),
                 "stride": np.array([1, 1]), "padding": "same", "dilation": np.array([2, 2]), "groups": 2},
        "fire": {"type": "IF", "r": ones, "v_threshold": ones,
                 "v_reset": ones * np.arange(-3, 3, dtype=np.float32)[:, None, None] / 10},
        "last": {"type": "Conv2d", "weight": random.normal(0, 0.4, (2, 6, 3, 3)).astype(np.float32),
                 "bias": np.zeros(2, np.float32), "input_shape": np.array([12, 10]), "stride": np.array([1, 1]),
                 "padding": "valid", "dilation": np.array([1, 1]), "groups": 1},
        "output": {"type": "Output", "shape": np.array([2, 10, 8])},
    }
    write(path, nodes)


def write(path, nodes):
    names = list(nodes)
    with h5py.File(path, "w", libver="latest") as f:
        f["version"], f["node/type"] = "1.0.7", "NIRGraph"
        f["node/edges"] = np.array(list(zip(names, names[1:])), dtype=h5py.string_dtype())
        for name, node in nodes.items():
            for key, value in node.items():
                f[f"node/nodes/{name}/{key}"] = value


def make_volumes(path):
    """Conv3d with groups and dilation, which is ours and not NIR's."""
    random = np.random.default_rng(5)
    ones = np.ones((4, 5, 6, 7), np.float32)
    nodes = {
        "input": {"type": "Input", "shape": np.array([4, 5, 6, 7])},
        "conv": {"type": "Conv3d", "weight": random.normal(0.1, 0.4, (4, 2, 3, 3, 3)).astype(np.float32),
                 "bias": random.normal(0, 0.1, 4).astype(np.float32), "input_shape": np.array([5, 6, 7]),
                 "stride": np.array([1, 1, 1]), "padding": "same", "dilation": np.array([2, 2, 2]), "groups": 2},
        "fire": {"type": "IF", "r": ones, "v_threshold": ones, "v_reset": 0 * ones},
        "last": {"type": "Conv3d", "weight": random.normal(0, 0.4, (4, 1, 2, 2, 2)).astype(np.float32),
                 "bias": np.zeros(4, np.float32), "input_shape": np.array([5, 6, 7]), "stride": np.array([2, 2, 2]),
                 "padding": np.array([1, 1, 1]), "dilation": np.array([1, 1, 1]), "groups": 4},
        "output": {"type": "Output", "shape": np.array([4, 3, 4, 4])},
    }
    write(path, nodes)


def fields(group):
    out = {}
    for name, item in group.items():
        value = fields(item) if isinstance(item, h5py.Group) else item[()]
        out[name] = value.decode() if isinstance(value, bytes) else value
    return out


def fire(node, state, current, membrane):
    tensor = {k: torch.from_numpy(np.asarray(node[k], float)) for k in ("r", "tau", "v_threshold", "v_reset") if k in node}
    v, reset = tensor["v_threshold"], tensor["v_reset"]
    if "u" not in state:
        state["u"] = membrane * v
    if node["type"] == "IF":
        dt = 1 if (tensor["r"] == 1).all() else 1e-4
        u = state["u"] + dt * tensor["r"] * current
    else:
        dt = 1 if (tensor["tau"] > 1).all() else 1e-4
        u = state["u"] + dt / tensor["tau"] * (tensor["r"] * current - state["u"])
    assert (u / v - 1).abs().min() > MARGIN, "a tie: take other spikes"
    s = (u > v).double()
    subtracts = node.get("metadata", {}).get("reset") == "subtract"
    state["u"] = u - v * s if subtracts else torch.where(s > 0, reset, u)
    state["spikes"] = state.get("spikes", 0) + s.sum().item()
    return s


def apply(node, state, x, membrane):
    kind = node["type"]
    weight = torch.from_numpy(np.asarray(node["weight"], float)) if "weight" in node else None
    bias = torch.from_numpy(np.asarray(node["bias"], float)) if "bias" in node else None
    if kind in ("Conv2d", "Conv3d"):
        padding = node["padding"] if isinstance(node["padding"], str) else tuple(node["padding"])
        convolve = F.conv2d if kind == "Conv2d" else F.conv3d
        return convolve(x[None], weight, bias, tuple(node["stride"]), padding, tuple(node["dilation"]), int(node["groups"]))[0]
    if kind in ("Linear", "Affine"):
        return F.linear(x, weight, bias)
    if kind in ("AvgPool2d", "SumPool2d"):
        size = tuple(int(k) for k in node["kernel_size"])
        return F.avg_pool2d(x[None], size, tuple(node["stride"]))[0] * (np.prod(size) if kind == "SumPool2d" else 1)
    if kind == "Flatten":
        return x.flatten(int(node["start_dim"]), int(node["end_dim"]))
    if kind == "Scale":
        return x * torch.from_numpy(np.asarray(node["scale"], float))
    if kind in ("IF", "LIF"):
        return fire(node, state, x, membrane)
    assert kind == "Output", kind
    return x


def run(path):
    with h5py.File(path) as f:
        graph = fields(f["node"])
    nodes, edges = graph["nodes"], [(a.decode(), b.decode()) for a, b in graph["edges"]]
    membrane = graph.get("metadata", {}).get("initial_membrane", 0)
    states, total = {name: {} for name in nodes}, 0
    timesteps = LONG.get(path.stem, TIMESTEPS)
    for t in range(timesteps):
        values = {name: spikes(t, tuple(node["shape"]), path.stem in LONG) for name, node in nodes.items() if node["type"] == "Input"}
        while len(values) < len(nodes):
            for name, node in nodes.items():
                sources = [a for a, b in edges if b == name]
                if name not in values and all(a in values for a in sources):
                    values[name] = apply(node, states[name], sum(values[a] for a in sources), membrane)
                    if node["type"] == "Output":
                        total = total + values[name]
    print(path.name, {name: s["spikes"] for name, s in states.items() if s})
    return (total / timesteps).flatten()[::EVERY].numpy().astype(np.float32)


def main(folder, *files):
    folder = pathlib.Path(folder)
    folder.mkdir(exist_ok=True)
    for file in files:
        pack(file, folder / pathlib.Path(file).name)
    make(folder / "made.nir")
    make_volumes(folder / "volumes.nir")
    for path in sorted(folder.glob("*.nir")):
        np.save(path.with_suffix(".npy"), run(path))


main(*sys.argv[1:])
