# SPDX-License-Identifier: LGPL-2.1-or-later
"""What installed headers declare, as the compiler lists it."""
import os
import re
import subprocess
import tempfile


def functions(umbrella, folder, flags):
    """{name: declaration} of the functions that files of folder declare; umbrella
    includes all, flags are the compiler's."""
    with tempfile.NamedTemporaryFile(suffix=".txt") as listing:
        subprocess.run(["gcc", "-fsyntax-only", "-aux-info", listing.name,
                        *flags, "-x", "c", umbrella], check=True)
        lines = open(listing.name).read().splitlines()
    found = {}
    root = os.path.realpath(folder)
    for line in lines:
        parts = re.match(r"/\* (.*?):\d+:\w+ \*/ (extern .*?(\w+) \(.*;)", line)
        if parts and os.path.realpath(parts[1]).startswith(root + os.sep):
            found[parts[3]] = parts[2]
    return found
