# SPDX-License-Identifier: LGPL-2.1-or-later
"""Volumes with their masks, to turn and slice in the browser, with NiiVue."""
from ..page import Paragraph, Programs, Viewer
from ..results import find_text

# What a mask is, by its name in the results; each role has its own colour.
ROLES = {"true mask": "truth", "ann": "ann", "converted snn": "converted",
         "fine-tuned snn": "fine-tuned"}

KEYS = ("Drag to move the cross, scroll to go through slices; with the view in "
        "focus, V changes it, H and L move the cross left and right, J and K "
        "down and up; of the rendering they turn it")


def _layer(report, kind, name, file):
    data = report.embed(file)
    return data and {
        "kind": kind, "name": name, "role": ROLES.get(name.lower(), ""),
        "file": "volume.nii.gz" if file.endswith(".gz") else "volume.nii",
        "data": data}


def _viewer(report, result):
    image = result.text("files/volume/image")
    if not image:
        return None
    layers = [_layer(report, "image", "Image", image)]
    for mask in result.list("files/volume/masks"):
        file, name = find_text(mask, "file"), find_text(mask, "name")
        if file:
            layers.append(_layer(report, "mask", name or file, file))
    if not layers[0]:
        return None
    layers = [layer for layer in layers if layer]
    roles = {layer["role"] for layer in layers if layer["kind"] == "mask"}
    what = ["the true mask"] if "truth" in roles else []
    what += ["the networks' predictions"] if roles - {"truth"} else []
    return Viewer(
        f"The {result.setting('subject')}: the image"
        + (f" with {' and '.join(what)}" if what else "")
        + f". {KEYS}. The letters in a corner say what lies to the left of and "
        "above each view: left (L), right (R), anterior (A), posterior (P), "
        "superior (S), inferior (I). The subject's left is on the left "
        "(neurological convention). The page holds all data and needs no "
        "network.", layers)


def add(report):
    results = report.results.of("volumes")
    if not results:
        return
    niivue = report.program("niivue.js")
    if not niivue:
        blocks = [Paragraph("The interactive view is not in this page: the "
                            "program was built without NiiVue (option "
                            "report-viewer).")]
    else:
        viewers = [_viewer(report, result) for result in results]
        blocks = [viewer for viewer in viewers if viewer]
        if not blocks:
            return
        blocks.append(Programs([niivue, report.program("report-viewer.js")],
                               report.program("niivue-license.txt")))
    report.add("volumes", "A volume to look at", blocks)
