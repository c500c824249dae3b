#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is wrong with a derivative of snn-segment, by BIDS 1.8.

usage: bids.py RAW DERIVATIVE
"""
import csv
import fnmatch
import json
import os
import re
import sys
import urllib.parse

try:
    from bids_validator import BIDSValidator
except ImportError:
    BIDSValidator = None

NAME = re.compile(r"(?P<raw>sub-[A-Za-z0-9]+(_ses-[A-Za-z0-9]+)?)_space-T1w"
                  r"_label-[A-Za-z0-9]+_dseg\.(nii\.gz|json)")


def files(root):
    """Paths of all files below, relative to it, as .bidsignore has them."""
    for folder, _, names in os.walk(root):
        for name in names:
            yield os.path.relpath(os.path.join(folder, name), root)


def load(*parts):
    with open(os.path.join(*parts), encoding="utf-8") as file:
        return json.load(file)


def origin_of(text, root, links):
    """The file that a BIDS URI names, by the derivative's links."""
    scheme, name, path = text.split(":")
    assert scheme == "bids", text
    return os.path.normpath(os.path.join(
        root, urllib.parse.unquote(links[name]), urllib.parse.unquote(path)))


def check_description(root):
    facts = load(root, "dataset_description.json")
    assert facts["DatasetType"] == "derivative", facts
    assert facts["Name"] and facts["BIDSVersion"] == "1.8.0", facts
    assert facts["GeneratedBy"][0]["Name"] == "gst-snn", facts
    with open(os.path.join(root, "README.md"), encoding="utf-8") as file:
        assert len(file.read()) > 150
    return facts["DatasetLinks"]


def check_mask(raw, root, path, links):
    """A mask has the place and name of its image, and a sidecar that names it."""
    found = NAME.fullmatch(os.path.basename(path))
    assert found, path
    image = os.path.join(os.path.dirname(path), found["raw"] + "_T1w.nii.gz")
    assert os.path.isfile(os.path.join(raw, image)), path
    if BIDSValidator:
        assert BIDSValidator().is_bids("/" + image), image
    facts = load(root, re.sub(r"\.(nii\.gz|json)$", ".json", path))
    for text in facts["Sources"] + [facts["SpatialReference"]]:
        assert os.path.samefile(origin_of(text, root, links),
                                os.path.join(raw, image)), text
    return {one["Value"] for one in facts["Structures"]}


def main():
    raw, root = sys.argv[1:]
    links = check_description(root)
    with open(os.path.join(root, ".bidsignore"), encoding="utf-8") as file:
        ignored = file.read().split()
    masks, values, others = [], set(), []
    for path in sorted(files(root)):
        if path.endswith(("_dseg.nii.gz", "_dseg.json")):
            values |= check_mask(raw, root, path, links)
            masks.append(path)
        elif not any(fnmatch.fnmatch(path, pattern + "*") for pattern in ignored):
            others.append(path)
    assert len(masks) == 6, masks
    assert others == [".bidsignore", "README.md", "dataset_description.json",
                      "dseg.tsv"], others
    with open(os.path.join(root, "dseg.tsv"), encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert {int(row["index"]) for row in rows} == values, rows
    assert all(row["name"] for row in rows), rows
    print(f"{len(masks)} masks and sidecars; python3-bids-validator "
          f"{'agrees' if BIDSValidator else 'is not there'}")


if __name__ == "__main__":
    main()
