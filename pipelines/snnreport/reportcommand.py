# SPDX-License-Identifier: LGPL-2.1-or-later
"""snn-report: makes a page of a file of results."""
import argparse
import os

from . import files, results
from .words import tell

PROGRAM = "snn-report"
FAILED = 1
# Lines of a file that is of no use: one that has nothing of results has many.
MOST_TOLD = 5


def _parser(version):
    parser = argparse.ArgumentParser(
        prog=PROGRAM, allow_abbrev=False,
        description="Makes a page of tables and figures of the results that "
        "snn-record wrote.",
        epilog="The page is one HTML file that needs no network. What has no "
        "results yet is left out of it. Files that results name are shown if "
        "they are in the folder of RESULTS or below it.")
    parser.add_argument("--version", action="version",
                        version=f"%(prog)s {version}")
    parser.add_argument("-o", "--output", metavar="FILE", default="report.html",
                        help="page to write (report.html)")
    parser.add_argument("--charts", metavar="FOLDER",
                        help="folder, made where there is none, to write "
                        "each chart to as SVG")
    parser.add_argument("results", metavar="RESULTS")
    return parser


class Refused(Exception):
    """A page that is not written; the text says which and why."""


def _check_output(options, found):
    """Results are hours of work, and a page of them is seconds: one that took
    their place, as where the two names were swapped, would be no good trade."""
    output = options.output
    try:
        if os.path.samefile(output, options.results):
            raise Refused(f"{output} is the file of results itself; a page of "
                          "another name was expected")
        if os.path.isfile(output) and results.load(output).list:
            raise Refused(f"{output} has results of gst-snn, where a page or "
                          "nothing was expected; it is not replaced")
    except FileNotFoundError:
        pass
    if found.problems and not found.list:
        raise Refused(f"{options.results} has no line that is a result; {output} "
                      "is not written")


def _write(options, viewer):
    """Returns the exit status."""
    found = results.load(options.results)
    try:
        _check_output(options, found)
    except Refused as refused:
        for problem in found.problems[:MOST_TOLD]:
            tell(PROGRAM, problem)
        tell(PROGRAM, refused)
        return FAILED
    # After what can fail fast: matplotlib takes a second to load.
    from . import page, sections
    report = page.Report(found, os.path.dirname(options.results) or ".",
                         viewer)
    for section in sections.ALL:
        section.add(report)
    for problem in found.problems + report.problems:
        tell(PROGRAM, problem)
    files.write_whole(options.output,
                      report.html().encode(errors="backslashreplace"))
    if options.charts:
        report.write_charts(options.charts)
    return 0


def main(version, viewer):
    """viewer: folder of NiiVue, which is empty where it was built without."""
    options = _parser(version).parse_args()
    try:
        return _write(options, viewer)
    except OSError as error:
        tell(PROGRAM, files.reason(error))
        return FAILED
