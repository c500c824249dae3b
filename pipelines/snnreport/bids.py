# SPDX-License-Identifier: LGPL-2.1-or-later
"""Images of a BIDS dataset, and names of what is made of them, as BIDS 1.8 has
them (bids-specification.readthedocs.io)."""
import fnmatch
import json
import os
import re
import urllib.parse
from dataclasses import dataclass

from . import files

VERSION = "1.8.0"
DESCRIPTION = "dataset_description.json"
ENDINGS = (".nii.gz", ".nii")
SUFFIX = "_T1w"
# Of a subject, for pictures.
PICTURES = "figures"
# Of a derivative, what the jobs of cohort.smk said.
COHORT_LOG = "cohort-log"
# What is no part of BIDS; for it, label is of masks of one structure only.
IGNORED = "*.html\nvolumes.tsv\nsub-*/figures/\n*_label-*_dseg.*\n" \
    f"label-*_dseg.tsv\n{COHORT_LOG}/\n"
# What the derivative calls the dataset that its images are of.
ORIGIN = "raw"
README = """# Masks by gst-snn

What `snn-segment` of gst-snn found in T1-weighted images: for each a label map
(`dseg`) on the image's own grid, with a JSON file that says which networks made
it and how. `dseg.tsv` says what the values in all of them are (or a
`label-LABEL_dseg.tsv` for each label, where labels differ), `volumes.tsv` how
large each structure is in mm3, and `volumes.html` has a picture of each to look
at before figures are used.

Research software, not a medical device.
"""


@dataclass(frozen=True)
class Image:
    """An image to segment, and where its mask goes: folder and beginning of the
    name, without label and suffix; pictures: the folder of its picture. source:
    what the mask's sidecar calls it."""
    path: str
    source: str
    folder: str
    pictures: str
    stem: str
    subject: str
    session: str


def ending(path):
    return next((end for end in ENDINGS if path.lower().endswith(end)), "")


def _ignored(root):
    """Patterns of .bidsignore."""
    try:
        with open(os.path.join(root, ".bidsignore"), encoding="utf-8") as file:
            lines = [line.strip() for line in file]
    except FileNotFoundError:
        return []
    return [line.strip("/") for line in lines
            if line and not line.startswith("#")]


def _is_ignored(relative, patterns):
    parts = relative.split("/")
    ways = ["/".join(parts[:n]) for n in range(1, len(parts) + 1)] + parts
    return any(fnmatch.fnmatchcase(way, pattern)
               for way in ways for pattern in patterns)


def _entity(name, key):
    found = re.search(rf"(?:^|_){key}-([A-Za-z0-9]+)", name)
    return found[1] if found else ""


def _chosen(value, wanted, key):
    return not wanted or value in [w.removeprefix(key + "-") for w in wanted]


def _folders(path, beginning):
    """Names of the folders in a folder that begin so, in order; links to folders
    are some, as datasets are put together of those of others."""
    return [name for name in sorted(os.listdir(path))
            if name.startswith(beginning)
            and os.path.isdir(os.path.join(path, name))]


def _anatomies(root):
    """Folders of anatomical images, relative to a dataset: of subjects, and of
    their sessions. No deeper ones, so that no link can lead around in circles."""
    for subject in _folders(root, "sub-"):
        folder = os.path.join(root, subject)
        parts = [subject]
        parts += [os.path.join(subject, name) for name in _folders(folder, "ses-")
                  if not os.path.samefile(os.path.join(folder, name), folder)]
        for part in parts:
            path = os.path.join(part, "anat")
            if os.path.isdir(os.path.join(root, path)):
                yield path


def dangling(root):
    """Subjects that are links to what is not there."""
    return [path for path in (os.path.join(root, name) for name
                              in sorted(os.listdir(root)))
            if os.path.basename(path).startswith("sub-")
            and os.path.islink(path) and not os.path.exists(path)]


def _stem(name):
    """Of what is made of an image: in its own space, T1w, where its name has no
    other one. BIDS has space before these."""
    stem = name.removesuffix(SUFFIX)
    if _entity(stem, "space"):
        return stem
    later = re.search("_(?:res|den|label|desc)-", stem)
    at = later.start() if later else len(stem)
    return f"{stem[:at]}_space-T1w{stem[at:]}"


def find(root, out, subjects=(), sessions=(), filters=()):
    """T1-weighted images of a dataset, in the order of their names. filters:
    (entity, value) that each has to have, as ("acq", "mprage"). Raises OSError
    where a folder can't be read."""
    patterns = _ignored(root)
    images = []
    for relative in _anatomies(root):
        folder = os.path.join(root, relative)
        for name in sorted(os.listdir(folder)):
            stem = name[:-len(ending(name))] if ending(name) else ""
            if not stem.endswith(SUFFIX):
                continue
            if _is_ignored(os.path.join(relative, name).replace(os.sep, "/"),
                           patterns):
                continue
            subject, session = _entity(name, "sub"), _entity(name, "ses")
            if _chosen(subject, subjects, "sub") \
                    and _chosen(session, sessions, "ses") \
                    and all(_entity(name, key) == value
                            for key, value in filters):
                images.append(Image(
                    os.path.join(folder, name),
                    f"bids:{ORIGIN}:{_url(os.path.join(relative, name))}",
                    os.path.join(out, relative),
                    os.path.join(out, relative.split(os.sep)[0], PICTURES),
                    _stem(stem), subject, session))
    return images


def unmatched(images, subjects, sessions):
    """Of the subjects and sessions that were asked for, those of no image, with
    what they are labels of."""
    return [key + label.removeprefix(key) for key, wanted, there in (
        ("sub-", subjects, {image.subject for image in images}),
        ("ses-", sessions, {image.session for image in images}))
            for label in dict.fromkeys(wanted)
            if label.removeprefix(key) not in there]


def beside(path):
    """An image of no dataset: its mask goes beside it."""
    name = os.path.basename(path)
    stem = name[:-len(ending(name))] if ending(name) else name
    folder = os.path.dirname(path) or "."
    return Image(path, path, folder, folder, stem, _entity(name, "sub"),
                 _entity(name, "ses"))


def _url(path):
    return urllib.parse.quote(path.replace(os.sep, "/"))


def describe_dataset(root, out, version):
    """Writes what makes a folder a derivative of the dataset at root, as far as
    it is not there yet."""
    origin = _url(os.path.relpath(root, out))
    for name, text in (
            (".bidsignore", IGNORED), ("README.md", README),
            (DESCRIPTION, json.dumps({
                "Name": "Masks by gst-snn",
                "BIDSVersion": VERSION,
                "DatasetType": "derivative",
                "GeneratedBy": [{"Name": "gst-snn", "Version": version}],
                "SourceDatasets": [{"URL": origin}],
                "DatasetLinks": {ORIGIN: origin},
            }, indent=2) + "\n")):
        path = os.path.join(out, name)
        if not os.path.exists(path):
            files.write_whole(path, text.encode())


def is_derivative(out):
    """Whether a folder says that it is a derivative of gst-snn."""
    try:
        with open(os.path.join(out, DESCRIPTION), encoding="utf-8") as file:
            made = json.load(file)["GeneratedBy"]
        return any(one["Name"] == "gst-snn" for one in made)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def picture_of(out, stem):
    """The picture of a mask of a derivative; stem: the mask without ending."""
    subject = os.path.relpath(stem, out).split(os.sep)[0]
    return os.path.join(out, subject, PICTURES,
                        os.path.basename(stem) + ".png")
