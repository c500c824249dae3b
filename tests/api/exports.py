#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Holds what a library exports against what its installed headers declare:
neither may have what the other has not.

usage: exports.py LIBRARY UMBRELLA HEADER-FOLDER FLAG...

UMBRELLA is the header that includes all, FLAGs are the compiler's. What is
declared in files of HEADER-FOLDER counts.
"""
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
import declarations  # noqa: E402

library, umbrella, folder, *flags = sys.argv[1:]


def declared():
    """Names of the functions and variables."""
    return declarations.functions(umbrella, folder, flags).keys() \
        | variables(os.path.realpath(folder))


def variables(root):
    """Those declared extern; the compiler lists only functions."""
    text = subprocess.run(["gcc", "-E", *flags, "-x", "c", umbrella], check=True,
                          text=True, stdout=subprocess.PIPE).stdout
    ours, lines = False, []
    for line in text.splitlines():
        marker = re.match(r'# \d+ "(.*?)"', line)
        if marker:
            ours = os.path.realpath(marker[1]).startswith(root + os.sep)
        elif ours:
            lines.append(line)
    declarations = re.findall(r"\bextern\s+([^;(){}]*);", "\n".join(lines))
    return {re.findall(r"\w+", re.sub(r"\[.*?\]", "", each))[-1]
            for each in declarations}


def exported():
    text = subprocess.run(["nm", "-D", "--defined-only", library], check=True,
                          text=True, stdout=subprocess.PIPE).stdout
    return {line.split()[-1].split("@")[0] for line in text.splitlines()}


wanted, there = declared(), exported()
if not wanted:
    sys.exit(f"no declarations found under {folder}")
for name in sorted(there - wanted):
    print(f"{name} is exported, and no installed header declares it")
for name in sorted(wanted - there):
    print(f"{name} is declared, and not exported")
print(f"{len(wanted)} declared, {len(there)} exported")
sys.exit(there != wanted)
