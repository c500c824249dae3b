# SPDX-License-Identifier: LGPL-2.1-or-later
"""snn-record: adds a measurement to a file of results."""
import argparse

from . import files, record, results
from .strictjson import FormatError
from .words import tell

PROGRAM = "snn-record"
FAILED = 1


def _parser(version):
    parser = argparse.ArgumentParser(
        prog=PROGRAM, allow_abbrev=False,
        description="Adds a measurement to a file of results, for snn-report.",
        epilog="Nothing in the file is changed. What it holds already is not "
        "added again; another outcome of the same settings is added, and said "
        "so.")
    parser.add_argument("--version", action="version",
                        version=f"%(prog)s {version}")
    parser.add_argument("--values", metavar="FILE", action="append", default=[],
                        help="JSON report of dicesink or accuracysink")
    parser.add_argument("--log", metavar="FILE", action="append", default=[],
                        help="log of snn-launch; of several steps in their "
                        "order, the measurement last")
    parser.add_argument("--chunk", metavar="T", type=int, default=0,
                        help="timesteps of a chunk, where Dice was measured "
                        "after each")
    parser.add_argument("--picture", metavar="CAPTION=FILE", action="append",
                        default=[], help="PNG file to show")
    parser.add_argument("--image", metavar="FILE", help="volume to show")
    parser.add_argument("--mask", metavar="NAME=FILE", action="append",
                        default=[], help="mask of the volume")
    parser.add_argument("results", metavar="RESULTS")
    parser.add_argument("experiment", metavar="EXPERIMENT")
    parser.add_argument("settings", metavar="SETTING=value", nargs="*")
    return parser


def main(version):
    options = _parser(version).parse_intermixed_args()
    try:
        value = record.make(
            options.results, options.experiment, options.settings,
            options.values, options.log, options.chunk, options.picture,
            options.image, options.mask, lambda text: tell(PROGRAM, text))
        if results.append(options.results, value):
            tell(PROGRAM, f"{options.experiment} was measured before, with "
                 "another outcome; both are kept, and the later one counts")
    except FormatError as error:
        tell(PROGRAM, error)
        return FAILED
    except OSError as error:
        tell(PROGRAM, files.reason(error))
        return FAILED
    return 0
