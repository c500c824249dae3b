#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads a model file as a NIR reader does and checks that its graph fits.

usage: nir_check.py FILE

Written from the NIR format, not with our own code: every field is fetched as
NIR's h5py reader fetches it, unknown fields are refused as it refuses them,
though a node may have metadata,
and the shape of every node follows from the shapes before it, as its type
check demands. ConvTranspose2d and ReLU, which NIR lacks, are checked like
Conv2d and like a neuron without parameters, and layers of volumes, which it lacks,
too, like those of slices.
Exits with 77 where h5py is not installed.
"""
import sys

try:
    import h5py
    import numpy as np
except ImportError as error:
    print(error)
    sys.exit(77)

FIELDS = {
    "Input": {"shape"},
    "Output": {"shape"},
    "Conv2d": {"input_shape", "weight", "stride", "padding", "dilation", "groups", "bias"},
    "ConvTranspose2d": {"input_shape", "weight", "stride", "padding", "dilation", "groups", "bias"},
    "Linear": {"weight"},
    "Affine": {"weight", "bias"},
    "AvgPool2d": {"kernel_size", "stride", "padding"},
    "Flatten": {"start_dim", "end_dim", "input_type"},
    "IF": {"r", "v_threshold", "v_reset"},
    "LIF": {"tau", "r", "v_leak", "v_threshold", "v_reset"},
    "ReLU": set(),
}
for kind in ("Conv", "ConvTranspose", "AvgPool"):
    FIELDS[f"{kind}3d"] = FIELDS[f"{kind}2d"]


def convolved(size, padding, dilation, kernel, stride):
    return tuple(int((s + 2 * p - d * (kernel - 1) - 1) // t + 1)
                 for s, p, d, t in zip(size, padding, dilation, stride))


def output_shape(name, node, shape):
    """The shape that the node gives for the shape that it receives."""
    kind = node["type"]
    if kind.endswith(("2d", "3d")):
        axes = int(kind[-2])
        assert len(shape) == 1 + axes and len(node["stride"]) == len(node["padding"]) == axes, (name, shape)
    if kind in ("Conv2d", "Conv3d"):
        out, into, *sides = node["weight"].shape
        assert sides == axes * [sides[0]] and (into,) + tuple(node["input_shape"]) == shape, (name, shape)
        assert node["bias"].shape == (out,) and len(node["dilation"]) == axes
        assert isinstance(node["groups"], np.integer) and node["groups"] == 1
        return (out,) + convolved(shape[1:], node["padding"], node["dilation"], sides[0], node["stride"])
    if kind in ("ConvTranspose2d", "ConvTranspose3d"):
        into, out, *sides = node["weight"].shape
        assert sides == axes * [sides[0]] and (into,) + tuple(node["input_shape"]) == shape, (name, shape)
        return (out,) + tuple(size * sides[0] for size in shape[1:])
    if kind in ("Linear", "Affine"):
        assert shape == (node["weight"].shape[1],), (name, shape)
        assert kind == "Linear" or node["bias"].shape == node["weight"].shape[:1]
        return (node["weight"].shape[0],)
    if kind in ("AvgPool2d", "AvgPool3d"):
        return (shape[0],) + convolved(shape[1:], node["padding"], axes * (1,), node["kernel_size"][0], node["stride"])
    if kind == "Flatten":
        assert (node["start_dim"], node["end_dim"]) == (0, -1)
        assert tuple(node["input_type"]) == shape, (name, shape)
        return (int(np.prod(shape)),)
    if kind == "IF":
        for field in ("r", "v_threshold", "v_reset"):
            assert node[field].shape == shape and node[field].dtype == np.float32, (name, field)
        assert (node["r"] == 1).all() and (node["v_reset"] == 0).all() and (node["v_threshold"] > 0).all()
        return shape
    if kind == "LIF":
        for field in FIELDS[kind]:
            assert node[field].shape == shape and node[field].dtype == np.float32, (name, field)
        assert (node["r"] == node["tau"]).all() and (node["tau"] > 1).all()
        assert (node["v_leak"] == 0).all() and (node["v_reset"] == 0).all() and (node["v_threshold"] > 0).all()
        return shape
    if kind == "Output":
        assert tuple(node["shape"]) == shape, (name, shape)
    return shape


def read_node(group):
    node = {key: item[()] for key, item in group.items() if key != "metadata"}
    assert isinstance(node["type"], bytes), "type must be a text as h5py writes it"
    node["type"] = node["type"].decode("utf8")
    assert set(node) - {"type"} == FIELDS[node["type"]], (group.name, set(node))
    return node


def main(path):
    with h5py.File(path, "r") as f:
        assert f["version"][()].decode("utf8")
        assert set(f["node"]) == {"type", "nodes", "edges"}
        assert f["node"]["type"][()] == b"NIRGraph"
        edges = [(a.decode("utf8"), b.decode("utf8")) for a, b in f["node"]["edges"][()]]
        nodes = {name: read_node(group) for name, group in f["node"]["nodes"].items()}
    shapes = {}
    while len(shapes) < len(nodes):
        before = len(shapes)
        for name, node in nodes.items():
            sources = [a for a, b in edges if b == name]
            if name in shapes or not all(a in shapes for a in sources):
                continue
            if node["type"] == "Input":
                assert not sources
                shapes[name] = tuple(node["shape"])
                continue
            received = {shapes[a] for a in sources}
            assert len(received) == 1, (name, received)
            shapes[name] = output_shape(name, node, received.pop())
        assert len(shapes) > before, "the graph has a cycle"
    kinds = [node["type"] for node in nodes.values()]
    assert kinds.count("Input") == 1 and kinds.count("Output") == 1


main(sys.argv[1])
