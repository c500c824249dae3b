# SPDX-License-Identifier: LGPL-2.1-or-later
"""Results of experiments: keeping them (snn-record), showing them (snn-report,
snn-table).

results.jsonl, which docs/formats.md describes, is the contract between them.
From the bottom up:

    words       text for terminals, numbers and names for print
    strictjson  JSON that is refused by file and line where it is no good
    files       files written whole; files beside the results, to embed
    results     the file of results: reading, looking things up, adding
    record      a result out of what a measurement left behind
    data        what data the results are of
    summary     picking results, means, curves
    pairs       pairs of networks, and what they say to a claim
    charts      curves and bars as SVG, by matplotlib
    page        the page's parts, and the whole of it by Jinja
    sections    of the page: claims, segmentation, timesteps, energy, training,
                volumes, provenance; each a module
    *command    the programs
"""
