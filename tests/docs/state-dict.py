#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the script of docs/exchange.md for a state dict, on the weights of a network
that PyTorch exported, and compares what it writes with what snn-import makes of the
file.

usage: state-dict.py PAGE SNN-IMPORT CLASSIFIER.onnx
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import h5py
import numpy
try:
    import onnx
    from onnx import numpy_helper
except ImportError:
    print("skipped: there is no python3-onnx")
    sys.exit(77)


def parameters(path):
    """Weights and biases of each layer."""
    with h5py.File(path) as file:
        return {f"{name}.{field}": node[field][()]
                for name, node in file["node/nodes"].items()
                for field in ("weight", "bias") if field in node}


page, program, network = map(os.path.abspath, sys.argv[1:])
script = "\n".join(re.findall(r"^```python\n(.*?)^```$",
                              pathlib.Path(page).read_text(), re.M | re.S))
names = {"state": {tensor.name: numpy_helper.to_array(tensor)
                   for tensor in onnx.load(network).graph.initializer}}
with tempfile.TemporaryDirectory() as work:
    os.chdir(work)
    exec(compile(script, page, "exec"), names)
    subprocess.run([program, network, "-o", "imported.nir"], check=True)
    found, expected = parameters("classifier.nir"), parameters("imported.nir")
    subprocess.run([pathlib.Path(program).parent / "snn-info", "classifier.nir"],
                   check=True)
assert found.keys() == expected.keys(), (found.keys(), expected.keys())
assert len(found) == 8
for name in found:
    numpy.testing.assert_allclose(found[name], expected[name], 1e-5, 1e-6,
                                  err_msg=name)
