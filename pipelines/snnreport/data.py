# SPDX-License-Identifier: LGPL-2.1-or-later
"""What data the results are of: by the commands that they came from, so that
the page calls nothing by a name that it does not have."""
import re

from .results import find_text
from .summary import distinct
from .words import count

SOURCES = {"niftisrc": "volumes of {}", "volumesrc": "volumes of {}",
           "phantomsrc": "synthetic volumes (phantoms)",
           "cifarsrc": "CIFAR-10 images of {}"}


def _property(command, name):
    found = re.search(rf'(?<![\w-]){name}=(?:"([^"]*)"|(\S+))', command)
    return (found[1] or found[2]) if found else ""


def _measurement(result):
    """The command that measured, without what comes after the source."""
    commands = [c for c in result.list("provenance/commands")
                if isinstance(c, str)]
    return commands[-1].split("!")[0].strip() if commands else ""


def source(result):
    """What a result was measured on, in words; "" where it can't be told."""
    command = _measurement(result)
    words = SOURCES.get(command.split(" ")[0])
    return words.format(_property(command, "location")) if words else ""


def subjects(results):
    """How many, by their names; where a result has none, as many as were
    measured in each fold."""
    names = {find_text(s, "subject") for r in results
             for s in r.list("subjects")} - {None}
    if names:
        return len(names)
    folds = {}
    for result in results:
        n = result.number("values/dice/n")
        fold = result.setting("fold")
        folds[fold] = max(folds.get(fold, 0), int(n) if n > 0 else 0)
    return sum(folds.values())


def _listed(values, what):
    values = [v for v in values if v]
    return f"{what}{'s' if len(values) > 1 else ''} {', '.join(values)}" \
        if values else ""


def describe(results):
    """A sentence for each source of data."""
    sentences = []
    for name in sorted({source(r) for r in results} - {""}):
        found = [r for r in results if source(r) == name]
        n = subjects(found)
        n_images = max([r.number("values/n") for r in found
                        if r.number("values/n") > 0], default=0)
        folds = {_property(_measurement(r), "folds") for r in found} - {""}
        tested = _listed(distinct(found, "fold"), "fold")
        if tested and folds:
            tested += f" of {'/'.join(sorted(folds))}"
        parts = [count(n, "test subject") if n else "",
                 count(int(n_images), "test image") if n_images else "",
                 tested, _listed(distinct(found, "seed"), "seed")]
        sentences.append(f"Data: {name}; " + ", ".join(filter(None, parts))
                         + ".")
    return sentences
