# SPDX-License-Identifier: LGPL-2.1-or-later
"""Segments one image after the other: what is made of each, and how."""
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass

from . import children, files, montage, volumes
from .words import tell


# A variable of the user's shell must not change a mask.
LAUNCH = ("snn-launch", "--no-environment")
# Between an encoder and a network's file.
TO_SNN = " ! snninference model="


class Failure(Exception):
    """One image that can't be segmented, and why."""


@dataclass(frozen=True)
class Paths:
    """What is made of an image."""
    mask: str
    sidecar: str
    picture: str


def _quoted(path):
    return path.replace("\\", "\\\\").replace('"', '\\"')


def networks_of(facts):
    """Digests of the networks that made a mask, by its facts."""
    made = (facts.get(key) for key in ("Model", "Finder"))
    return [one.get("SHA256") for one in made if isinstance(one, dict)]


def encoder_of(facts):
    """The encoder that a mask was made with, by its facts."""
    words = [str(word) for word in facts.get("Pipeline") or []]
    network = next((word.removeprefix("NETWORK=") for word in words
                    if word.startswith("NETWORK=")), "")
    encoder, spiking, _ = network.partition(TO_SNN)
    return encoder if spiking else ""


def _read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def _put(made, facts, paths):
    """A new mask and what tells of it, or what there was of both. Raises OSError
    that names what could not be written."""
    before = _read(paths.sidecar)
    # In this order: a mask that nothing tells of is not ours.
    files.write_whole(paths.sidecar,
                      (json.dumps(facts, indent=2) + "\n").encode())
    try:
        os.replace(made, paths.mask)
    except OSError as error:
        if before is None:
            os.unlink(paths.sidecar)
        else:
            files.write_whole(paths.sidecar, before)
        # The system names the temporary file.
        raise OSError(error.errno, error.strerror, paths.mask) from None


class Model:
    """A network's file, and what snn-info says of it by name."""

    def __init__(self, snn_info, path):
        self.path = path
        run = subprocess.run([snn_info, "--", path], text=True, errors="replace",
                             capture_output=True, check=False)
        if run.returncode != 0:
            raise Failure(run.stderr.strip().removeprefix("snn-info: "))
        pairs = [re.match(r"  (\S+(?: \S+)*)  +(.*)", line)
                 for line in run.stdout.splitlines()]
        self.facts = {pair[1]: pair[2] for pair in pairs if pair}
        self.digest = files.digest(path)

    def spikes(self):
        return self.facts["network"].startswith("spiking")

    def values(self):
        """What it tells apart, by the values in the masks it was trained on."""
        return [int(value) for value
                in re.findall("[0-9]+", self.facts.get("classes", "1"))]

    def describe(self):
        return {"File": os.path.basename(self.path), "SHA256": self.digest,
                **self.facts}


class Segmenter:
    """What is the same for all images. options: of the command; finder: file of
    the network that finds structures in whole heads, or None where images are
    seen as they are."""

    def __init__(self, here, version, options, finder, label):
        self.here = here
        self.version = version
        self.options = options
        self.label = label
        self.children = children.Children()
        self.model = Model(self._program("snn-info"), options.model)
        self.finder = finder and Model(self._program("snn-info"), finder)

    def _program(self, name):
        return os.path.join(self.here, name)

    def values(self):
        return (self.finder or self.model).values()

    def digests(self):
        """Of all networks that made a mask, as its facts have them."""
        return [model.digest for model in (self.model, self.finder) if model]

    def encoder(self):
        """Of the spikes; "" with a network that has none."""
        if not self.model.spikes():
            return ""
        return self.options.encoder \
            or self.model.facts.get("encoder", "directencoder")

    def network(self):
        """The part of the pipeline that makes predictions."""
        model = _quoted(self.options.model)
        if not self.model.spikes():
            return f'anninference model="{model}"'
        return f'{self.encoder()}{TO_SNN}"{model}"'

    def settings(self):
        """Of the launch file, but for what comes in and goes out."""
        if self.finder:
            return ["heads", f"FINDER={self.finder.path}",
                    f"NETWORK={self.network()}"]
        return ["segment", f"NETWORK={self.network()}"]

    def paths(self, image):
        name = f"{image.stem}_label-{self.label}_dseg"
        stem = os.path.join(image.folder, name)
        return Paths(stem + ".nii.gz", stem + ".json",
                     os.path.join(image.pictures, name + ".png"))

    def outdated(self, image, facts):
        """Why the mask that there is, with these facts, is not the one that would
        be made now; "" where nothing speaks against it."""
        mask = self.paths(image).mask
        if os.path.exists(image.path) \
                and os.path.getmtime(image.path) > os.path.getmtime(mask):
            return "its image is newer"
        if networks_of(facts) != self.digests():
            return "another network made it"
        if encoder_of(facts) != self.encoder():
            return "another encoder made it"
        return ""

    def segment(self, image):
        """Makes all files, or raises Failure; returns what the sidecar says."""
        paths = self.paths(image)
        try:
            os.makedirs(image.folder, exist_ok=True)
            os.makedirs(image.pictures, exist_ok=True)
            with children.work_folder(image.folder) as folder:
                made = self._run(image, folder)
                mask = volumes.load(made)
                facts = self._describe(image, mask, files.digest(made))
                files.write_whole(paths.picture, montage.png(
                    image.path, mask, image.stem))
                _put(made, facts, paths)
        except Failure:
            raise
        except OSError as error:
            raise Failure(files.reason(error)) from None
        # The elements read files that nibabel does not, by whatever it raises of
        # their headers and data; one such image must not keep the others from
        # their masks and their table.
        except Exception as error:
            raise Failure("its mask can't be measured or drawn: "
                          f"{type(error).__name__}: {error}") from None
        return facts

    def _run(self, image, folder):
        program, *options = LAUNCH
        command = [self._program(program), *options, "-q", *self.settings(),
                   f"IMAGES={image.path}", f"MASKS={folder}"]
        ended = self.children.run(command)
        if ended is None:
            raise Failure("stopped before it was begun")
        status, text = ended
        text = text.decode(errors="replace").strip()
        names = [n for n in os.listdir(folder) if n.endswith(".nii.gz")]
        if status != 0 or len(names) != 1:
            raise Failure(text or f"snn-launch ended with {status}, "
                          "and there is no mask")
        if text:
            tell("snn-segment", f"{image.path}: {text}")
        return os.path.join(folder, names[0])

    def _describe(self, image, mask, digest):
        facts = {
            "Description": f"{self.label}, as networks of gst-snn find it",
            "Sources": [image.source],
            "SpatialReference": image.source,
            "Type": "ROI",
            "GeneratedBy": [{"Name": "gst-snn", "Version": self.version}],
            "Command": ["snn-segment", *sys.argv[1:]],
            "Pipeline": [*LAUNCH, *self.settings(),
                         f"IMAGES={image.path}"],
            "Model": self.model.describe(),
        }
        if self.finder:
            facts["Finder"] = self.finder.describe()
        facts["Mask"] = {"SHA256": digest}
        facts["Label"] = self.label
        facts["Structures"] = volumes.measure(mask, self.values(), self.label)
        return facts
