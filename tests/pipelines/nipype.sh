#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The interface for Nipype: alone, and as a node of a workflow.
# usage: nipype.sh SNN-SEGMENT SNN-LAUNCH PIPELINES
set -u
here=$(dirname "$(realpath "$0")")
launch=$(realpath "$2")
PATH=$(dirname "$(realpath "$1")"):$PATH
SNN_PIPELINE_PATH=$(realpath "$3")
export PATH SNN_PIPELINE_PATH PYTHONPATH=$SNN_PIPELINE_PATH
. "$here/expect.sh"
export HOME=$work
if ! /usr/bin/python3 -c 'import nipype' 2>err; then
  echo "skipped: there is no python3-nipype"
  exit 77
fi

small_network small.nir
echo none >bad.nii.gz
/usr/bin/python3 - <<'END' >out 2>err || fail "nipype"
import json
import os
import nibabel
from nipype import Node, Workflow
from gst_snn_nipype import Segment

top = os.getcwd()
model = os.path.abspath("small.nir")


def look(outputs, folder):
    for name in ("dseg", "sidecar", "picture", "volumes"):
        path = getattr(outputs, name)
        assert os.path.dirname(path) == folder and os.path.getsize(path), path
    assert nibabel.load(outputs.dseg).shape \
        == nibabel.load(os.path.join(top, "phantom-00000.nii.gz")).shape
    assert json.load(open(outputs.sidecar))["Label"] == "small"


alone = Segment(in_file="phantom-00000.nii.gz", model=model)
assert alone.cmdline == f"snn-segment --model {model} phantom-00000.nii.gz", \
    alone.cmdline
look(alone.run().outputs, os.getcwd())

# A shell reads the command.
os.mkdir("it's a folder; $(touch made)")
os.chdir("it's a folder; $(touch made)")
os.link("../phantom-00000.nii.gz", "phantom-00000.nii.gz")
os.link("../small.nir", "a small.nir")
odd = Segment(in_file=os.path.abspath("phantom-00000.nii.gz"),
              model=os.path.abspath("a small.nir"), label="small")
look(odd.run().outputs, os.getcwd())
assert sorted(os.listdir()) == [
    "a small.nir", "phantom-00000.nii.gz",
    *(f"phantom-00000_label-small_dseg.{end}" for end in ("json", "nii.gz", "png")),
    "volumes.tsv"], os.listdir()
os.chdir("..")

flow = Workflow("flow", base_dir=os.getcwd())
node = Node(Segment(in_file=os.path.abspath("phantom-00000.nii.gz"), model=model),
            name="segment")
flow.add_nodes([node])
done, = flow.run().nodes()
look(done.result.outputs, os.path.join(os.getcwd(), "flow", "segment"))

try:
    Segment(in_file="bad.nii.gz", model=model).run()
except RuntimeError as error:
    assert "is not NIfTI" in str(error), error
else:
    raise AssertionError("a broken image was segmented")
END
[ $failures -eq 0 ]
