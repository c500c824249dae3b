# SPDX-License-Identifier: LGPL-2.1-or-later
"""snn-segment: masks, and how large they are, of files or of a BIDS dataset."""
import argparse
import concurrent.futures
import csv
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import time

import nibabel
import numpy
import scipy.ndimage

from . import bids, files
from .words import count, shown, tell

PROGRAM = "snn-segment"
FAILED = 1
USAGE = 2
COLUMNS = ("participant_id", "session_id", "image", "label", "voxels",
           "volume_mm3", "components", "touches_border")
LEVELS = ("participant", "group")


class Failure(Exception):
    """One image that can't be segmented, and why."""


def _parser(version):
    parser = argparse.ArgumentParser(
        prog=PROGRAM, allow_abbrev=False,
        usage="%(prog)s [OPTION...] --model MODEL IMAGE...\n"
        "       %(prog)s [OPTION...] --model MODEL BIDS OUT participant|group",
        description="Segments images by a network, and writes for each a mask "
        "on its own grid, a JSON file that says how it was made, and volumes.tsv. "
        "Masks of files lie beside them; those of a BIDS dataset become a "
        "derivative in OUT. What exists is kept.")
    parser.add_argument("--version", action="version",
                        version=f"%(prog)s {version}")
    parser.add_argument("--model", metavar="MODEL",
                        help="file of the network (not for group)")
    parser.add_argument("--label", metavar="NAME",
                        help="of the structure, letters and digits; by default "
                        "those of MODEL's name")
    parser.add_argument("--encoder", metavar="ELEMENT",
                        help="with a spiking network; by default the one that "
                        "it was tuned with, else directencoder")
    parser.add_argument("--participant-label", metavar="LABEL", nargs="+",
                        default=[], help="only these subjects")
    parser.add_argument("--session-label", metavar="LABEL", nargs="+",
                        default=[], help="only these sessions")
    parser.add_argument("--overwrite", action="store_true",
                        help="make masks anew that exist")
    parser.add_argument("--jobs", metavar="N", type=int, default=1,
                        help="images at a time (1)")
    parser.add_argument("--quiet", action="store_true",
                        help="only errors and warnings")
    parser.add_argument("paths", metavar="IMAGE", nargs="+",
                        help=argparse.SUPPRESS)
    return parser


class Segmenter:
    """What is the same for all images."""

    def __init__(self, here, version, options, label):
        self.here = here
        self.version = version
        self.options = options
        self.label = label
        self.facts = self._ask_model()
        with open(options.model, "rb") as file:
            self.digest = hashlib.sha256(file.read()).hexdigest()

    def _program(self, name):
        return os.path.join(self.here, name)

    def _ask_model(self):
        """What snn-info says, by name."""
        run = subprocess.run([self._program("snn-info"), "--",
                              self.options.model], text=True, errors="replace",
                             capture_output=True, check=False)
        if run.returncode != 0:
            raise Failure(run.stderr.strip().removeprefix("snn-info: "))
        pairs = [re.match(r"  (\S+(?: \S+)*)  +(.*)", line)
                 for line in run.stdout.splitlines()]
        return {pair[1]: pair[2] for pair in pairs if pair}

    def network(self):
        """The part of the pipeline that makes predictions."""
        model = self.options.model.replace("\\", "\\\\").replace('"', '\\"')
        if not self.facts["network"].startswith("spiking"):
            return f'anninference model="{model}"'
        encoder = self.options.encoder \
            or self.facts.get("encoder", "directencoder")
        return f'{encoder} ! snninference model="{model}"'

    def paths(self, image):
        """Of the mask and of what says how it was made."""
        stem = os.path.join(image.folder,
                            f"{image.stem}_label-{self.label}_dseg")
        return stem + ".nii.gz", stem + ".json"

    def segment(self, image):
        """Makes both files, or raises Failure."""
        mask, sidecar = self.paths(image)
        try:
            os.makedirs(image.folder, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".snn-segment-",
                                             dir=image.folder) as folder:
                made = self._run(image, folder)
                facts = self._describe(image, made)
                # In this order: a mask that nothing tells of is not ours.
                files.write_whole(
                    sidecar, (json.dumps(facts, indent=2) + "\n").encode())
                os.replace(made, mask)
        except OSError as error:
            raise Failure(files.reason(error)) from None
        return facts

    def _run(self, image, folder):
        command = [self._program("snn-launch"), "-q", "segment",
                   f"IMAGES={image.path}", f"NETWORK={self.network()}",
                   f"MASKS={folder}"]
        run = subprocess.run(command, stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, check=False)
        text = run.stderr.decode(errors="replace").strip()
        names = [n for n in os.listdir(folder) if n.endswith(".nii.gz")]
        if run.returncode != 0 or len(names) != 1:
            raise Failure(text or f"snn-launch ended with {run.returncode}")
        if text:
            tell(PROGRAM, f"{image.path}: {text}")
        return os.path.join(folder, names[0])

    def _describe(self, image, made):
        mask = nibabel.load(made)
        voxels = numpy.asarray(mask.dataobj) > 0
        voxel = abs(numpy.linalg.det(mask.affine[:3, :3]))
        ends = [voxels.take((0, -1), axis).any() for axis in range(3)]
        n = int(voxels.sum())
        return {
            "Sources": [image.path],
            "Type": "ROI",
            "GeneratedBy": [{"Name": "gst-snn", "Version": self.version}],
            "Command": [PROGRAM, *sys.argv[1:]],
            "Model": {"File": os.path.basename(self.options.model),
                      "SHA256": self.digest, **self.facts},
            "Pipeline": self.network(),
            "Label": self.label,
            "Voxels": n,
            "VolumeMM3": round(float(n * voxel), 3),
            "Components": int(scipy.ndimage.label(voxels)[1]),
            "TouchesBorder": bool(any(ends)),
        }


def _read_facts(path):
    """Of a mask that exists; None where it has to be made."""
    try:
        with open(path, encoding="utf-8") as file:
            facts = json.load(file)
        return facts if facts["Voxels"] >= 0 else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _row(image, facts):
    return (f"sub-{image.subject}" if image.subject else "n/a",
            f"ses-{image.session}" if image.session else "n/a",
            os.path.basename(image.path), facts["Label"], facts["Voxels"],
            facts["VolumeMM3"], facts["Components"],
            str(facts["TouchesBorder"]).lower())


def _write_table(path, rows):
    """Adds to the table; a row of the same image and label is replaced."""
    table = {}
    try:
        with open(path, encoding="utf-8", newline="") as file:
            for row in csv.reader(file, delimiter="\t"):
                if len(row) == len(COLUMNS) and tuple(row) != COLUMNS:
                    table[row[2], row[3]] = row
    except FileNotFoundError:
        pass
    table.update({(row[2], row[3]): row for row in rows})
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(table[key] for key in sorted(table))
    files.write_whole(path, text.getvalue().encode())


class Progress:
    """A line for each image that is done."""

    def __init__(self, total, quiet):
        self.total, self.quiet = total, quiet
        self.done, self.start = 0, time.monotonic()

    def tell(self, image, text):
        self.done += 1
        left = (time.monotonic() - self.start) / self.done \
            * (self.total - self.done)
        if not self.quiet:
            print(f"{self.done}/{self.total} {shown(image.path)}: {text}, "
                  f"{int(left) // 60}:{int(left) % 60:02} left", flush=True)


def _segment_all(segmenter, images, options):
    """(Facts of each image that has a mask, images that failed and why)."""
    facts, failed, todo = {}, {}, []
    for image in images:
        mask, sidecar = segmenter.paths(image)
        known = _read_facts(sidecar)
        if options.overwrite or not os.path.exists(mask):
            todo.append(image)
        elif not known:
            failed[image] = Failure(f"{mask} exists, and no {sidecar} says that "
                                    "it is ours; --overwrite replaces it")
        else:
            facts[image] = known
            if known.get("Model", {}).get("SHA256") != segmenter.digest:
                tell(PROGRAM, f"{mask} is kept, though another network made it; "
                     "--overwrite makes it anew")
    if facts and not options.quiet:
        print(f"{count(len(facts), 'mask')} kept")
    progress = Progress(len(todo), options.quiet)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        running = {pool.submit(segmenter.segment, image): image
                   for image in todo}
        try:
            for future in concurrent.futures.as_completed(running):
                image = running[future]
                try:
                    facts[image] = future.result()
                    progress.tell(image, f"{facts[image]['VolumeMM3']:.0f} mm3")
                except Failure as failure:
                    failed[image] = failure
                    progress.tell(image, "failed")
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            raise
    return facts, failed


def _check_names(segmenter, images):
    """Two images must not have one mask."""
    seen = {}
    for image in images:
        other = seen.setdefault(segmenter.paths(image)[0], image)
        if other is not image:
            raise Failure(f"{other.path} and {image.path} would have the same "
                          "mask; give one of them")


def _run(version, here, options, images, label, table):
    segmenter = Segmenter(here, version, options, label)
    _check_names(segmenter, images)
    facts, failed = _segment_all(segmenter, images, options)
    rows = [_row(image, facts[image]) for image in images if image in facts]
    if rows:
        _write_table(table, rows)
    for image, failure in failed.items():
        tell(PROGRAM, f"{image.path}: {failure}")
    if failed:
        tell(PROGRAM, f"{len(failed)} of {count(len(images), 'image')} failed")
    return FAILED if failed else 0


def _gather(out):
    """Rows of all masks that there are in a derivative."""
    rows = []
    for folder, folders, names in os.walk(out):
        folders.sort()
        for name in sorted(names):
            found = re.fullmatch(r"(.*)_label-[A-Za-z0-9]+_dseg\.json", name)
            facts = _read_facts(os.path.join(folder, name)) if found else None
            if facts:
                rows.append(_row(bids.beside(facts["Sources"][0]), facts))
    return rows


def _label_of(options):
    name = options.label or os.path.splitext(
        os.path.basename(options.model))[0]
    return re.sub("[^A-Za-z0-9]", "", name)


def main(version, here):
    parser = _parser(version)
    options = parser.parse_args()
    level = options.paths[2] if len(options.paths) == 3 \
        and options.paths[2] in LEVELS else None
    if level != "group" and not options.model:
        parser.error("--model is needed: the file of a network")
    if options.jobs < 1:
        parser.error("--jobs needs a number from 1 on")
    try:
        if level == "group":
            _write_table(os.path.join(options.paths[1], "volumes.tsv"),
                         _gather(options.paths[1]))
            return 0
        label = _label_of(options)
        if not label:
            parser.error("--label needs letters and digits")
        if level:
            root, out = options.paths[:2]
            images = bids.find(root, out, options.participant_label,
                               options.session_label)
            if not images:
                raise Failure(f"{root} has no sub-*/[ses-*/]anat/*_T1w.nii.gz "
                              "of those subjects and sessions")
            os.makedirs(out, exist_ok=True)
            bids.describe_dataset(out, version)
        else:
            images = [bids.beside(path) for path in options.paths]
            out = images[0].folder
        return _run(version, here, options, images, label,
                    os.path.join(out, "volumes.tsv"))
    except Failure as failure:
        tell(PROGRAM, failure)
        return FAILED
    except OSError as error:
        tell(PROGRAM, files.reason(error))
        return FAILED
    except KeyboardInterrupt:
        return 130
