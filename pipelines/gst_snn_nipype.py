# SPDX-License-Identifier: LGPL-2.1-or-later
"""snn-segment as an interface of Nipype (Debian: python3-nipype):

    from gst_snn_nipype import Segment
    Segment(in_file="t1.nii.gz").run().outputs.dseg

In a node of a workflow, everything is made in the node's folder."""
import os
import re
import shlex

from nipype.interfaces.base import (
    CommandLine, CommandLineInputSpec, File, TraitedSpec, isdefined, traits)


class SegmentInputSpec(CommandLineInputSpec):
    # Nodes link it into their own folder, and masks are beside it.
    in_file = File(exists=True, mandatory=True, copyfile=False, argstr="%s",
                   position=-1, desc="a T1-weighted head, or what model knows")
    model = File(exists=True, argstr="--model %s",
                 desc="network, in place of those that come with gst-snn")
    finder = File(exists=True, argstr="--finder %s", requires=["model"],
                  desc="network that finds structures for model to segment")
    label = traits.Str(argstr="--label %s",
                       desc="of what is segmented, letters and digits")
    encoder = traits.Str(argstr="--encoder %s",
                         desc="with a spiking network, as directencoder")
    overwrite = traits.Bool(argstr="--overwrite",
                            desc="make a mask anew that exists")


class SegmentOutputSpec(TraitedSpec):
    dseg = File(exists=True, desc="label map on the grid of in_file")
    sidecar = File(exists=True, desc="how it was made, and volumes in mm3; JSON")
    picture = File(exists=True, desc="contours in three planes; PNG")
    volumes = File(exists=True, desc="table of all images in the folder; TSV")


class Segment(CommandLine):
    """Finds both hippocampi in a T1-weighted head, or what model knows."""
    _cmd = "snn-segment"
    input_spec = SegmentInputSpec
    output_spec = SegmentOutputSpec

    def _format_arg(self, name, trait_spec, value):
        # Nipype has a shell read what it puts together.
        if isinstance(value, (str, os.PathLike)):
            value = shlex.quote(os.fspath(value))
        return super()._format_arg(name, trait_spec, value)

    def _label(self):
        """As snn-segment has it."""
        if isdefined(self.inputs.label):
            name = self.inputs.label
        elif isdefined(self.inputs.model):
            name = os.path.splitext(os.path.basename(self.inputs.model))[0]
        else:
            name = "hippocampus"
        return re.sub("[^A-Za-z0-9]", "", name)

    def _run_interface(self, runtime, correct_return_codes=(0,)):
        # Not all versions of Nipype look at it, and a mask may be there of before.
        runtime = super()._run_interface(runtime, correct_return_codes)
        if runtime.returncode not in correct_return_codes:
            self.raise_exception(runtime)
        return runtime

    def _list_outputs(self):
        image = os.path.abspath(self.inputs.in_file)
        folder, name = os.path.split(image)
        stem = re.sub(r"(?i)\.nii(\.gz)?$", "", name)
        made = os.path.join(folder, f"{stem}_label-{self._label()}_dseg")
        return {"dseg": made + ".nii.gz", "sidecar": made + ".json",
                "picture": made + ".png",
                "volumes": os.path.join(folder, "volumes.tsv")}
