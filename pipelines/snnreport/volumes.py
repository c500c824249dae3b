# SPDX-License-Identifier: LGPL-2.1-or-later
"""How large the structures of a mask are, and the table that says so."""
import csv
import io
import json
import os
from dataclasses import dataclass

import nibabel
import numpy
import scipy.ndimage

from . import files

COLUMNS = ("participant_id", "session_id", "image", "label", "structure",
           "voxels", "volume_mm3", "components", "touches_border")

# FreeSurfer's numbers of structures: name and abbreviation. To name a structure
# that a network of one's own knows, add a row.
STRUCTURES = {
    17: ("Left-Hippocampus", "HIP-L"),
    18: ("Left-Amygdala", "AMY-L"),
    53: ("Right-Hippocampus", "HIP-R"),
    54: ("Right-Amygdala", "AMY-R"),
}

# Millimetres in the units of lengths that NIfTI knows, by its numbers.
UNITS = {1: 1e3, 2: 1., 3: 1e-3}


class NotOurs(Exception):
    """A file in the place of a table that has something else in it; the text says
    which and what."""


def structure_name(value, label):
    """Of a value in masks; a mask of one structure is called by its label."""
    if value in STRUCTURES:
        return STRUCTURES[value][0]
    return label if value == 1 else f"{label}-{value}"


def box_of(voxels):
    """Slices of the smallest box that holds all that is not 0; of everything
    where nothing is."""
    box = []
    for axis in range(3):
        others = tuple(other for other in range(3) if other != axis)
        there = numpy.flatnonzero(voxels.any(axis=others))
        box.append(slice(int(there[0]), int(there[-1]) + 1) if len(there)
                   else slice(0, voxels.shape[axis]))
    return tuple(box)


def millimetres(header):
    """In the unit that a header says lengths have, as the elements have it: what
    says none, or none that there is, means millimetres."""
    return UNITS.get(int(header["xyzt_units"]) % 8, 1.)


def load(path):
    """A mask in memory: that of a head is large, and unpacked once. Its affine and
    its voxel size are in millimetres, which nibabel leaves in the file's unit.
    Raises ValueError where the affine says of no volume how large it is."""
    mask = nibabel.load(path)
    unit = millimetres(mask.header)
    affine = numpy.diag([unit, unit, unit, 1.]) @ mask.affine
    # What is not a number is not above 0.
    if not abs(numpy.linalg.det(affine[:3, :3])) > 0.:
        raise ValueError("the affine of its header is singular, by which nothing "
                         "has a volume")
    scaled = nibabel.Nifti1Image(numpy.asarray(mask.dataobj), affine, mask.header)
    zooms = scaled.header.get_zooms()
    scaled.header.set_zooms((*nibabel.affines.voxel_sizes(affine), *zooms[3:]))
    scaled.header.set_xyzt_units("mm")
    return scaled


def measure(mask, expected, label):
    """A dict for each value that a mask has, or was expected to have."""
    voxels = numpy.asarray(mask.dataobj)
    voxel = abs(numpy.linalg.det(mask.affine[:3, :3]))
    box = box_of(voxels)
    inner = voxels[box]
    there = [int(value) for value in numpy.unique(inner[inner > 0])]
    ends = numpy.concatenate([numpy.moveaxis(voxels, axis, 0)[end].ravel()
                              for axis in range(3) for end in (0, -1)])
    return [_describe(inner == value, voxel, value,
                      structure_name(value, label), bool((ends == value).any()))
            for value in sorted({*there, *expected})]


def _describe(inside, voxel, value, name, border):
    n = int(inside.sum())
    return {
        "Value": value,
        "Name": name,
        "Voxels": n,
        "VolumeMM3": round(float(n * voxel), 3),
        "Components": int(scipy.ndimage.label(inside)[1]),
        "TouchesBorder": border,
    }


def read_facts(path):
    """What the file beside a mask says; None where the mask has to be made."""
    try:
        with open(path, encoding="utf-8") as file:
            facts = json.load(file)
        for structure in facts["Structures"]:
            if not structure["Voxels"] >= 0 or not structure["VolumeMM3"] >= 0 \
                    or not isinstance(structure["Name"], str) \
                    or not isinstance(structure["Value"], int):
                return None
        return facts if isinstance(facts["Label"], str) \
            and isinstance(facts["Sources"][0], str) else None
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        return None


def current(facts, mask):
    """(Facts of the mask that is there, what is to be told of it): one that is not
    the one that facts tell of, as it was edited, is measured anew. Raises ValueError
    and OSError where that can't be done."""
    made = facts.get("Mask")
    digest = made.get("SHA256") if isinstance(made, dict) else None
    # Before they had digests, facts were all that there was to go by.
    if digest is None or digest == files.digest(mask):
        return facts, ""
    try:
        structures = measure(load(mask), [one["Value"] for one
                                          in facts["Structures"]], facts["Label"])
    except OSError:
        raise
    # By whatever nibabel raises of a file that is none.
    except Exception as error:
        raise ValueError(f"{mask} is not the mask that was made, and can't be "
                         f"measured: {error}") from None
    return {**facts, "Structures": structures}, \
        f"{mask} is not the mask that was made, as if it was edited; its volumes " \
        "are measured anew, its picture is of before"


@dataclass(frozen=True)
class Row:
    """A structure of an image. image: its name in the table."""
    subject: str
    session: str
    image: str
    label: str
    structure: str
    voxels: int
    mm3: float
    components: int
    border: bool

    def cells(self):
        return (self.subject, self.session, self.image, self.label,
                self.structure, str(self.voxels), str(self.mm3),
                str(self.components), str(self.border).lower())


def name_beside(image, table):
    """An image's name in a table of files: its path from the table's folder, as
    images of several folders may have one name. Links of folders are followed, so
    that it is the same whichever way the image was given."""
    folder, name = os.path.split(image.path)
    return os.path.relpath(os.path.join(os.path.realpath(folder), name),
                           os.path.realpath(os.path.dirname(table)))


def rows(image, name, facts):
    return [Row(f"sub-{image.subject}" if image.subject else "n/a",
                f"ses-{image.session}" if image.session else "n/a",
                name, facts["Label"], one["Name"], one["Voxels"],
                one["VolumeMM3"], one["Components"], one["TouchesBorder"])
            for one in facts["Structures"]]


def check_table(path):
    """Raises NotOurs where there is a file that begins as no table of ours does:
    it may be somebody's own, of the same name. An empty one is nobody's."""
    head = "\t".join(COLUMNS)
    try:
        with open(path, "rb") as file:
            first = file.readline(1 << 16).rstrip(b"\r\n").decode(
                errors="replace")
            empty = not first and not file.read(1)
    except FileNotFoundError:
        return
    if first != head and not empty:
        raise NotOurs(f"{path} is no table of snn-segment and stays as it is: its "
                      f"first line is '{first[:100]}', where "
                      f"'{head}' was expected; move it elsewhere")


def _write_cells(path, lines):
    check_table(path)
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(lines)
    files.write_whole(path, text.getvalue().encode())


def write_table(path, all_rows):
    """A table of these rows and nothing else."""
    _write_cells(path, sorted((row.cells() for row in all_rows),
                              key=lambda cells: (cells[2:5], cells)))


def add_to_table(path, new):
    """Adds rows to the table; those of the same image and label are replaced."""
    check_table(path)
    table = {}
    replaced = {(row.image, row.label) for row in new}
    try:
        with open(path, encoding="utf-8", newline="") as file:
            for cells in csv.reader(file, delimiter="\t"):
                if len(cells) == len(COLUMNS) and tuple(cells) != COLUMNS \
                        and tuple(cells[2:4]) not in replaced:
                    table[tuple(cells[2:5])] = cells
    except FileNotFoundError:
        pass
    table.update({row.cells()[2:5]: row.cells() for row in new})
    _write_cells(path, [table[key] for key in sorted(table)])


def write_keys(folder, all_facts):
    """BIDS' dseg.tsv: what values in the masks stand for. Where masks of two labels
    have other names for a value, none holds for all, and each label gets its own,
    label-LABEL_dseg.tsv, which BIDS has for masks with that in their names."""
    whole, labels = {}, {}
    for facts in all_facts:
        for one in facts["Structures"]:
            whole.setdefault(one["Value"], set()).add(one["Name"])
            labels.setdefault(facts["Label"], {})[one["Value"]] = one["Name"]
    path = os.path.join(folder, "dseg.tsv")
    if all(len(names) == 1 for names in whole.values()):
        keys = {path: {value: names.pop() for value, names in whole.items()}}
    else:
        keys = {os.path.join(folder, f"label-{label}_dseg.tsv"): known
                for label, known in labels.items()}
        # Of a run before there was the second label.
        if os.path.exists(path):
            os.unlink(path)
    for place, known in keys.items():
        if known:
            _write_key(place, known)


def _write_key(path, known):
    lines = ["index\tname\tabbreviation"]
    lines += [f"{value}\t{known[value]}\t"
              f"{STRUCTURES[value][1] if value in STRUCTURES else known[value]}"
              for value in sorted(known)]
    files.write_whole(path, ("\n".join(lines) + "\n").encode())
