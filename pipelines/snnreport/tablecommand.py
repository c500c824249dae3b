# SPDX-License-Identifier: LGPL-2.1-or-later
"""snn-table: prints a table of dicesink's reports, a line each."""
import argparse
import math
import unicodedata

from . import files, strictjson
from .results import find_number
from .strictjson import FormatError
from .words import shown, tell

PROGRAM = "snn-table"
COLUMNS = ("dice/mean", "dice/sd", "dice_2d/mean")


def _width(text):
    """In cells of a terminal."""
    return sum(0 if unicodedata.combining(c) else
               2 if unicodedata.east_asian_width(c) in "WF" else 1
               for c in text)


def _padded(text, width):
    return text + " " * (width - _width(text))


def _cell(value):
    return f"{value:8.4f}" if math.isfinite(value) else f"{'-':>8}"


def _row(path):
    with open(path, "rb") as file:
        report = strictjson.parse(path, file.read())
    n_subjects = find_number(report, "n_subjects")
    if math.isnan(n_subjects):
        raise FormatError(f"{path} is not a report of dicesink")
    cells = [_cell(find_number(report, column)) for column in COLUMNS]
    short = ["cut short"] if report.get("complete") is False else []
    return [f"{n_subjects:8.0f}", *cells, *short]


def _split(argument):
    """Label and path, apart by the last "=", which may be part of a label
    before that."""
    label, sign, path = argument.rpartition("=")
    return (shown(label), path) if sign else (shown(argument), argument)


def main(version):
    parser = argparse.ArgumentParser(
        prog=PROGRAM, allow_abbrev=False,
        description="Prints the Dice that dicesink measured, a line for each "
        "report. One of a pass that was cut short is marked so.")
    parser.add_argument("--version", action="version",
                        version=f"%(prog)s {version}")
    parser.add_argument("reports", metavar="[LABEL=]REPORT", nargs="+")
    pairs = [_split(text) for text in parser.parse_args().reports]
    rows, status = [], 0
    for label, path in pairs:
        try:
            rows.append([label, *_row(path)])
        except FormatError as error:
            tell(PROGRAM, error)
            status = 1
        except OSError as error:
            tell(PROGRAM, files.reason(error))
            status = 1
    if rows:
        heads = (f"{head:>8}" for head in ("subjects", "Dice", "SD", "Dice 2D"))
        rows.insert(0, ["", *heads])
    width = max((_width(label) for label, *_ in rows), default=0)
    for label, *cells in rows:
        print(_padded(label, width), *cells, sep="  ")
    return status
