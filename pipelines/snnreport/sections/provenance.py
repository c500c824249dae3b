# SPDX-License-Identifier: LGPL-2.1-or-later
"""How to repeat every measurement."""
import math

from ..page import Measurements, Paragraph
from ..results import find
from ..words import count, number, short


def _object(result, name):
    """Plain members of an object of the provenance, in a sentence."""
    value = find(result.object, f"provenance/{name}")
    if not isinstance(value, dict):
        return None
    return ", ".join(
        f"{key} {member if isinstance(member, str) else short(member)}"
        for key, member in value.items()
        if isinstance(member, (str, int, float)))


def _facts(result):
    seconds = result.number("provenance/seconds")
    facts = [(name, result.text(f"provenance/{name}"))
             for name in ("commit", "time")]
    facts.append(("duration", f"{number(seconds, 0)} s"
                  if math.isfinite(seconds) else None))
    facts += [(name, _object(result, name)) for name in ("versions", "machine")]
    return [(name, text) for name, text in facts if text] + [
        ("line", str(result.line))]


def _distinct(results, name, path):
    texts = dict.fromkeys(filter(None, (r.text(path) for r in results)))
    return [Paragraph(f"{name}: {', '.join(texts)}.")] if texts else []


def add(report):
    results = report.results
    if not results.list:
        return
    blocks = [Paragraph(
        "Every measurement with the commit, seed, versions, machine and "
        "commands that it came from. Commands are GStreamer pipelines, in the "
        "order in which they were run; gst-launch-1.0 takes them as they are.")]
    blocks += _distinct(results.list, "Commits", "provenance/commit")
    blocks += _distinct(results.list, "Processors", "provenance/machine/cpu")
    if results.n_repeated:
        blocks.append(Paragraph(
            f"{count(results.n_repeated, 'measurement was', 'measurements were')}"
            " superseded by later ones of the same settings; "
            f"{count(len(results.differing), 'time')} the outcome differed."))
    blocks += [Paragraph(f"Differed: {identity}")
               for identity in results.differing]
    # In an order that does not depend on which job was done first.
    blocks.append(Measurements([
        {"identity": result.identity, "facts": _facts(result),
         "commands": [str(c) for c in result.list("provenance/commands")]}
        for result in sorted(results.list, key=lambda r: r.identity)]))
    report.add("provenance", "How to repeat it", blocks)
