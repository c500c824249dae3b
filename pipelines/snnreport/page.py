# SPDX-License-Identifier: LGPL-2.1-or-later
"""The page that is being written: its parts as data, and Jinja, which escapes
every text, to make HTML of them.

A section is a list of blocks; a block is a dataclass whose kind names the macro
of templates/blocks.html that shows it. To add a kind: a class here, a macro
there."""
import datetime
import math
import os
from dataclasses import dataclass, field
from pathlib import Path

import jinja2
import markupsafe

from . import charts, data, files
from .words import number, shown, spread

TEMPLATES = Path(__file__).parent / "templates"


@dataclass
class Head:
    text: str
    columns: int = 1
    rows: int = 1


@dataclass
class Cell:
    """small: in small print below; best: in bold; is_text: to the left."""
    text: str
    small: str = ""
    best: bool = False
    is_text: bool = False


@dataclass
class Table:
    """heads: lines of them; rows: a name and cells each."""
    caption: str
    heads: list
    rows: list
    kind: str = "table"
    number: int = 0


@dataclass
class Paragraph:
    text: str
    kind: str = "paragraph"


@dataclass
class Figure:
    """A chart with its numbers as a table that can be unfolded."""
    chart: charts.Chart
    caption: str
    kind: str = "figure"
    number: int = 0
    svg: str = ""


@dataclass
class Pictures:
    """pictures: caption and PNG in base 64 each."""
    caption: str
    pictures: list
    kind: str = "pictures"
    number: int = 0


@dataclass
class Viewer:
    """layers: dicts of kind, name, role, file and data (base 64)."""
    caption: str
    layers: list
    kind: str = "viewer"
    number: int = 0


@dataclass
class Programs:
    """What shows the viewers, with its licence."""
    programs: list
    license: str
    kind: str = "programs"


@dataclass
class Claims:
    """claims: of pairs.Claim."""
    claims: list
    kind: str = "claims"


@dataclass
class Measurements:
    """How to repeat each; measurements: dicts."""
    measurements: list
    kind: str = "measurements"


@dataclass
class Section:
    id: str
    heading: str
    blocks: list = field(default_factory=list)


def cell(mean, digits, sd=math.nan, best=False):
    """A cell of "mean ± sd"."""
    return Cell(spread(mean, sd, digits), best=best)


def summary_cell(summary, digits):
    """A cell of a mean, with the deviation where it is of several."""
    return cell(summary.mean, digits, summary.sd if summary.n > 1 else math.nan)


def text_cell(text):
    return Cell(text, is_text=True)


def count_cell(n):
    return Cell(number(n, 0))


def heads(*names):
    """One line of heads."""
    return [[Head(name) for name in names]]


def grouped_heads(first, groups, under, *last):
    """Two lines: groups of columns, each with the same heads under it."""
    groups = list(groups)
    return [[Head(first, rows=2)] + [Head(g, columns=len(under))
                                     for g in groups]
            + [Head(name, rows=2) for name in last],
            [Head(name) for _ in groups for name in under]]


class Report:
    """results: what to report; folder: that files named by the results are in;
    viewer: folder of NiiVue, see viewer/fetch. problems are files that could
    not be embedded."""

    def __init__(self, results, folder, viewer):
        self.results = results
        self.folder = folder
        self.viewer = viewer
        self.sections = []
        self.problems = []
        self.figures = []
        self.lead = data.describe(results.list)
        self._numbers = {}

    def add(self, section_id, heading, blocks):
        """A section, with numbers for its tables and figures."""
        for block in blocks:
            if hasattr(block, "number"):
                kind = "table" if block.kind == "table" else "figure"
                self._numbers[kind] = self._numbers.get(kind, 0) + 1
                block.number = self._numbers[kind]
            if isinstance(block, Figure):
                block.svg = charts.svg(block.chart, block.caption)
                self.figures.append(block)
        self.sections.append(Section(section_id, heading, blocks))

    def embed(self, name):
        """A file named by a result, in base 64; None, and a word in the page,
        where it can't be had."""
        try:
            return files.embed(self.folder, name)
        except files.Refused as error:
            self.problems.append(str(error))
            return None

    def program(self, name):
        """A file of the viewer; empty where it was built without."""
        for folder in (self.viewer, TEMPLATES):
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                return Path(path).read_text(encoding="utf-8")
        return ""

    def html(self):
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True,
            trim_blocks=True, lstrip_blocks=True,
            undefined=jinja2.StrictUndefined, finalize=_finalize)
        environment.globals["safe_script"] = _safe_script
        now = datetime.datetime.now(datetime.timezone.utc)
        return environment.get_template("page.html").render(
            report=self, style=markupsafe.Markup(style()),
            date=f"{now.day} {now:%B %Y, %H:%M} UTC",
            problems=self.results.problems + self.problems)

    def write_charts(self, folder):
        """Each chart as a file of its own, named after its title,
        "dice-against-energy.svg", in a folder that is made where it does not
        exist. Raises OSError."""
        os.makedirs(folder, exist_ok=True)
        for figure in self.figures:
            name = charts.chart_name(figure.chart.title)
            files.write_whole(
                os.path.join(folder, f"{name}.svg"),
                charts.standalone(figure.svg, style()).encode())


def style():
    return (TEMPLATES / "report.css").read_text(encoding="utf-8")


def _finalize(value):
    """What is put into the page holds nothing that breaks a document; what is
    HTML already stays as it is."""
    if isinstance(value, markupsafe.Markup) or not isinstance(value, str):
        return value
    return shown(value, keep="\n")


def _safe_script(text):
    """Program text within <script>, where "</script" would end it early."""
    lower, parts, rest = text.lower(), [], 0
    at = lower.find("</script")
    while at >= 0:
        parts += [text[rest:at], "<\\/"]
        rest = at + 2
        at = lower.find("</script", rest)
    return markupsafe.Markup("".join(parts) + text[rest:])
