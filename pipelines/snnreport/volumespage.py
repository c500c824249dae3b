# SPDX-License-Identifier: LGPL-2.1-or-later
"""volumes.html: the pictures of all subjects of a dataset on one page, which is
sorted by volume or by what looks odd."""
import math
import os
import urllib.parse
from dataclasses import dataclass, field

import jinja2
import markupsafe
import numpy

from . import files, page
from .words import number

# Beyond these, a subject is worth a look.
ODD_Z = 2.5
ODD_ASYMMETRY = 15.
# Fewer say nothing of what is usual.
FEWEST = 5


@dataclass
class Subject:
    """structures: as in the facts beside a mask; picture: its file."""
    name: str
    structures: list
    picture: str
    asymmetry: float = math.nan
    z: dict = field(default_factory=dict)
    reasons: list = field(default_factory=list)

    def volume(self, name):
        return next((one["VolumeMM3"] for one in self.structures
                     if one["Name"] == name), math.nan)

    def total(self):
        return sum(one["VolumeMM3"] for one in self.structures)

    def largest_z(self):
        return max((abs(z) for z in self.z.values() if math.isfinite(z)),
                   default=math.nan)

    def oddness(self):
        """To sort by: the number of reasons, then how far the volumes are off."""
        z = self.largest_z()
        return len(self.reasons) + min(z if math.isfinite(z) else 0., 99.) / 100.


def names_of(subjects):
    """Of all structures, in the order in which they come."""
    return list(dict.fromkeys(one["Name"] for subject in subjects
                              for one in subject.structures))


def _scores(values):
    """How many standard deviations each is from the mean of the others; without
    itself, as one that is far off would widen what it is measured by."""
    values = numpy.array(values, dtype=float)
    known = numpy.isfinite(values)
    scores = numpy.full(len(values), math.nan)
    if known.sum() < FEWEST:
        return scores
    for i in numpy.flatnonzero(known):
        others = numpy.delete(values, i)
        others = others[numpy.isfinite(others)]
        sd = others.std(ddof=1)
        if sd > 0.:
            scores[i] = (values[i] - others.mean()) / sd
    return scores


def _asymmetry(subject):
    """Right minus left in percent of their mean; of the first pair there is."""
    for one in subject.structures:
        if not one["Name"].startswith("Left-"):
            continue
        left = one["VolumeMM3"]
        right = subject.volume("Right-" + one["Name"].removeprefix("Left-"))
        if left + right > 0.:
            return 200. * (right - left) / (right + left)
    return math.nan


def _reasons(subject):
    for one in subject.structures:
        if one["Voxels"] == 0:
            yield f"no {one['Name']}"
            continue
        if one["Components"] > 1:
            yield f"{one['Name']} in {one['Components']} pieces"
        if one["TouchesBorder"]:
            yield f"{one['Name']} touches the border"
        z = subject.z.get(one["Name"], math.nan)
        if abs(z) > ODD_Z:
            yield f"{one['Name']} {'large' if z > 0. else 'small'}"
    if abs(subject.asymmetry) > ODD_ASYMMETRY:
        yield "left and right differ"


def judge(subjects):
    """Fills in what is compared between subjects."""
    for name in names_of(subjects):
        for subject, z in zip(subjects, _scores([s.volume(name)
                                                 for s in subjects])):
            subject.z[name] = z
    for subject in subjects:
        subject.asymmetry = _asymmetry(subject)
        subject.reasons = list(_reasons(subject))


def write(path, subjects, version):
    judge(subjects)
    folder = os.path.dirname(path)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(page.TEMPLATES), autoescape=True,
        trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    environment.filters["digits"] = number
    environment.filters["link"] = lambda name: urllib.parse.quote(
        os.path.relpath(name, folder).replace(os.sep, "/"))
    text = environment.get_template("volumes.html").render(
        subjects=sorted(subjects, key=lambda s: -s.oddness()),
        names=names_of(subjects), version=version, odd_z=ODD_Z,
        odd_asymmetry=ODD_ASYMMETRY, fewest=FEWEST,
        style=markupsafe.Markup(page.style()))
    files.write_whole(path, text.encode())
