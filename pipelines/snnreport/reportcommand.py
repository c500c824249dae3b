# SPDX-License-Identifier: LGPL-2.1-or-later
"""snn-report: makes a page of a file of results."""
import argparse
import os

from . import files, results
from .words import tell

PROGRAM = "snn-report"
FAILED = 1


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


def _write(options, viewer):
    """Returns the exit status: a page without a result, where there were to be
    some, is no success."""
    found = results.load(options.results)
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
    return FAILED if found.problems and not found.list else 0


def main(version, viewer):
    """viewer: folder of NiiVue, which is empty where it was built without."""
    options = _parser(version).parse_args()
    try:
        return _write(options, viewer)
    except OSError as error:
        tell(PROGRAM, files.reason(error))
        return FAILED
