# SPDX-License-Identifier: LGPL-2.1-or-later
"""snn-segment: masks, and how large they are, of files or of a BIDS dataset."""
import argparse
import concurrent.futures
import os
import re
import time

from . import bids, children, files, volumes, volumespage
from .segment import Failure, Segmenter
from .words import count, shown, tell

PROGRAM = "snn-segment"
FAILED = 1
LEVELS = ("participant", "group")
# What comes with gst-snn: its two networks, and what they segment.
FINDER, MODEL, LABEL = "finder.nir", "hippocampus.nir", "hippocampus"
TABLE = "volumes.tsv"
# Names of masks, without ending.
MASK = ".*_label-[A-Za-z0-9]+_dseg"

# Options: their names, and what argparse is told of each.
OPTIONS = (
    (("--model",), {
        "metavar": "MODEL", "help": "file of a network of one's own, for images "
        "as it was trained on; by default whole heads are segmented by the "
        "networks that come with gst-snn"}),
    (("--finder",), {
        "metavar": "MODEL", "help": "file of a network that finds structures in "
        "whole heads, for MODEL to segment each"}),
    (("--label",), {
        "metavar": "NAME", "help": "of what is segmented, letters and digits; by "
        "default those of MODEL's name"}),
    (("--encoder",), {
        "metavar": "ELEMENT", "help": "with a spiking network; by default the "
        "one that it was tuned with, else directencoder"}),
    (("--participant-label",), {
        "metavar": "LABEL", "nargs": "+", "default": [],
        "help": "only these subjects"}),
    (("--session", "--session-label"), {
        "metavar": "LABEL", "nargs": "+", "default": [],
        "help": "only these sessions"}),
    (("--filter",), {
        "metavar": "ENTITY=VALUE", "nargs": "+", "default": [],
        "help": "only images whose names have these, as acq=mprage"}),
    (("--overwrite",), {
        "action": "store_true", "help": "make masks anew that exist"}),
    (("--update",), {
        "action": "store_true", "help": "make masks anew that are older than "
        "their image, or that another network or encoder made"}),
    (("--jobs",), {
        "metavar": "N", "type": int, "default": 1,
        "help": "images at a time (1)"}),
    (("--quiet",), {
        "action": "store_true", "help": "only errors and warnings"}),
)


def _parser(version):
    parser = argparse.ArgumentParser(
        prog=PROGRAM, allow_abbrev=False,
        usage="%(prog)s [OPTION...] IMAGE...\n"
        "       %(prog)s [OPTION...] BIDS OUT participant|group",
        description="Finds both hippocampi in T1-weighted heads, or what MODEL "
        "knows in images of its kind. Writes for each image a mask on its own "
        "grid, a JSON file that says how it was made and a picture, and "
        "volumes.tsv. Masks of files lie beside them; those of a BIDS dataset "
        "become a derivative in OUT, with a page of all pictures, volumes.html. "
        "What exists is kept. Research software, not a medical device.")
    parser.add_argument("--version", action="version",
                        version=f"%(prog)s {version}")
    for names, how in OPTIONS:
        parser.add_argument(*names, **how)
    parser.add_argument("paths", metavar="IMAGE", nargs="+",
                        help=argparse.SUPPRESS)
    return parser


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


def _in_words(facts):
    return ", ".join(f"{one['Name']} {one['VolumeMM3']:.0f} mm3"
                     for one in facts["Structures"])


def _look_around(segmenter, images, options):
    """(Facts of masks that exist, what stands in the way, what has to be made)."""
    facts, failed, todo = {}, {}, []
    for image in images:
        paths = segmenter.paths(image)
        known = volumes.read_facts(paths.sidecar)
        if options.overwrite or not os.path.exists(paths.mask):
            todo.append(image)
        elif not known:
            failed[image] = Failure(
                f"{paths.mask} exists, and no {paths.sidecar} says that it is "
                "ours; --overwrite replaces it")
        else:
            try:
                facts[image], edited = volumes.current(known, paths.mask)
            except (OSError, ValueError) as error:
                failed[image] = error
                continue
            why = segmenter.outdated(image, known)
            if edited:
                tell(PROGRAM, edited)
            if why and options.update and not edited:
                del facts[image]
                todo.append(image)
            elif why:
                tell(PROGRAM, f"{paths.mask} is kept, though {why}; "
                     f"{'--overwrite' if edited else '--update'} makes it anew")
    return facts, failed, todo


def _segment_all(segmenter, images, options):
    """(Facts of each image that has a mask, images that failed and why)."""
    for folder in {image.folder for image in images}:
        children.remove_stale(folder)
    facts, failed, todo = _look_around(segmenter, images, options)
    if facts and not options.quiet:
        print(f"{count(len(facts), 'mask')} kept")
    progress = Progress(len(todo), options.quiet)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        try:
            running = {pool.submit(segmenter.segment, image): image
                       for image in todo}
            for future in concurrent.futures.as_completed(running):
                image = running[future]
                try:
                    facts[image] = future.result()
                    progress.tell(image, _in_words(facts[image]))
                except Failure as failure:
                    failed[image] = failure
                    progress.tell(image, "failed")
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            segmenter.children.stop()
            raise
    return facts, failed


def _check_names(segmenter, images):
    """Two images must not have one mask."""
    seen = {}
    for image in images:
        other = seen.setdefault(segmenter.paths(image).mask, image)
        if other is not image:
            raise Failure(f"{other.path} and {image.path} would have the same "
                          "mask; give one of them")


def _run(segmenter, options, images):
    """Makes what is missing; (facts of each image, status)."""
    _check_names(segmenter, images)
    facts, failed = _segment_all(segmenter, images, options)
    for image, failure in failed.items():
        tell(PROGRAM, f"{image.path}: {failure}")
    if failed:
        tell(PROGRAM, f"{len(failed)} of {count(len(images), 'image')} failed")
    return facts, FAILED if failed else 0


def _gather(out, tells):
    """((Image, its facts, its mask) of all masks that there are in a derivative,
    status). tells: of those that were edited, too, which a run over them has told
    of already."""
    found, status = [], 0
    for folder, folders, names in os.walk(out):
        # Another derivative may be below it.
        if folder == out:
            folders[:] = [name for name in folders if name.startswith("sub-")]
        folders.sort()
        for name in sorted(names):
            if not re.fullmatch(MASK + r"\.json", name):
                continue
            facts = volumes.read_facts(os.path.join(folder, name))
            stem = os.path.join(folder, name[:-len(".json")])
            # A mask that was taken away, say as it was no good, counts no more.
            if not facts or not os.path.exists(stem + ".nii.gz"):
                continue
            try:
                facts, edited = volumes.current(facts, stem + ".nii.gz")
            except (OSError, ValueError) as error:
                tell(PROGRAM, error)
                status = FAILED
                continue
            if edited and tells:
                tell(PROGRAM, edited)
            found.append((bids.beside(facts["Sources"][0]), facts, stem))
    return found, status


def _check_maker(out):
    """What another tool made keeps the table and the page that it has."""
    description = os.path.join(out, bids.DESCRIPTION)
    if os.path.exists(description) and not bids.is_derivative(out):
        raise Failure(f"{description} does not say that gst-snn made {out}; a folder "
                      "for its masks alone was expected")


def _summarise(out, version, tells=False):
    """The table and the page of all subjects of a derivative; the status."""
    found, status = _gather(out, tells)
    # With the two folders swapped, it is the dataset itself.
    if not found and not bids.is_derivative(out):
        raise Failure(f"{out} has no mask, and no {bids.DESCRIPTION} of "
                      "gst-snn; masks of snn-segment were expected, in OUT of "
                      "'BIDS OUT group'")
    # Other tools name their masks as we do.
    _check_maker(out)
    volumes.write_table(os.path.join(out, TABLE), [
        row for image, facts, _ in found for row in volumes.rows(
            image, os.path.basename(image.path), facts)])
    volumes.write_keys(out, [facts for _, facts, _ in found])
    volumespage.write(os.path.join(out, "volumes.html"), [
        volumespage.Subject(
            re.sub("_space-T1w|_label-[A-Za-z0-9]+_dseg$", "",
                   os.path.basename(stem)), facts["Structures"],
            bids.picture_of(out, stem)) for _, facts, stem in found], version)
    return status


def _label_of(options):
    name = options.label or os.path.splitext(os.path.basename(options.model))[0]
    return re.sub("[^A-Za-z0-9]", "", name)


def _take_models(options, models):
    """Where no network is named, those that come with gst-snn are taken."""
    if options.finder and not options.model:
        raise Failure("--finder needs a --model that segments what it finds")
    if options.model:
        return
    options.finder = os.path.join(models, FINDER)
    options.model = os.path.join(models, MODEL)
    options.label = options.label or LABEL


def _filters(options, parser):
    pairs = [text.partition("=") for text in options.filter]
    for key, equals, value in pairs:
        if not equals or not re.fullmatch("[a-z]+", key) or not value:
            parser.error(f"--filter {key}{equals}{value}: expected "
                         "ENTITY=VALUE, as acq=mprage")
    return [(key, value) for key, _, value in pairs]


def _check_out(root, out):
    """The README, the dseg.tsv and what is ignored in a folder of somebody else's
    are not ours to write."""
    if os.path.exists(out) and os.path.samefile(root, out):
        raise Failure(f"{out} is the dataset itself; a folder for the masks was "
                      "expected, as "
                      f"{os.path.join(out, 'derivatives', 'gst-snn')}")
    _check_maker(out)


def _dataset(segmenter, options, version, filters):
    root, out = options.paths[:2]
    _check_out(root, out)
    images = bids.find(root, out, options.participant_label, options.session,
                       filters)
    unmatched = bids.unmatched(images, options.participant_label,
                               options.session)
    if not images:
        wanted = unmatched + [f"{key}-{value}" for key, value in filters]
        of = f" of {', '.join(wanted)}" if wanted else ""
        raise Failure(f"{root} has no sub-*/[ses-*/]anat/*_T1w.nii.gz{of}")
    missing = [f"{root} has no image of {name} that was to be segmented"
               for name in unmatched]
    if not options.participant_label:
        missing += [f"{path} is a link to what is not there"
                    for path in bids.dangling(root)]
    # Before the time that it takes to segment.
    volumes.check_table(os.path.join(out, TABLE))
    os.makedirs(out, exist_ok=True)
    bids.describe_dataset(root, out, version)
    _, status = _run(segmenter, options, images)
    for text in missing:
        tell(PROGRAM, text)
        status = FAILED
    return max(status, _summarise(out, version))


def _is_ours(path):
    """Whether a file is a mask that was made here, and no image to segment."""
    stem = path[:-len(bids.ending(path))] if bids.ending(path) else path
    return re.fullmatch(MASK, os.path.basename(stem)) is not None \
        and volumes.read_facts(stem + ".json") is not None


def _files(segmenter, options):
    folder = next(filter(os.path.isdir, options.paths), None)
    if folder is not None:
        raise Failure(f"{folder} is a folder; image files were expected, as "
                      f"{os.path.join(folder, '*.nii.gz')}, or for a dataset "
                      "'BIDS OUT participant'")
    # *.nii.gz has the masks of the last time, too.
    ours = [path for path in options.paths if _is_ours(path)]
    images = [bids.beside(path) for path in options.paths if path not in ours]
    if not images:
        raise Failure(f"{ours[0]} is a mask that was made here, and so is all that "
                      "is given; an image was expected")
    if ours and not options.quiet:
        print(f"{count(len(ours), 'mask')} of before left out, as {shown(ours[0])}")
    table = os.path.join(images[0].folder, TABLE)
    volumes.check_table(table)
    facts, status = _run(segmenter, options, images)
    rows = [row for image in images if image in facts
            for row in volumes.rows(
                image, volumes.name_beside(image, table), facts[image])]
    if rows:
        volumes.add_to_table(table, rows)
    return status


def main(version, here, models):
    parser = _parser(version)
    options = parser.parse_args()
    level = options.paths[2] if len(options.paths) == 3 \
        and options.paths[2] in LEVELS else None
    filters = _filters(options, parser)
    if options.jobs < 1:
        parser.error("--jobs needs a number from 1 on")
    children.raise_of_signals()
    try:
        if level == "group":
            return _summarise(options.paths[1], version, tells=True)
        _take_models(options, models)
        label = _label_of(options)
        if not label:
            parser.error("--label needs letters and digits")
        segmenter = Segmenter(here, version, options, options.finder, label)
        if level:
            return _dataset(segmenter, options, version, filters)
        return _files(segmenter, options)
    except (Failure, volumes.NotOurs) as failure:
        tell(PROGRAM, failure)
        return FAILED
    except OSError as error:
        tell(PROGRAM, files.reason(error))
        return FAILED
    except children.Stopped as stopped:
        return 128 + stopped.number
