#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Includes within core/ point downwards only.

A file may include those of its own folder and of the folders above it in this
list, which docs/design.md explains. Each include that points elsewhere, or to a
file that is not there, is printed with its file and line.
"""
import pathlib
import re
import sys

FOLDERS = [
    ["base"],
    ["kernels"],
    ["graph"],
    ["hdf5"],
    ["ops"],
    ["run"],
    ["encode", "files", "onnx"],
    ["convert", "train", "volumes"],
    ["measure"],
]
LEVEL = {name: level for level, names in enumerate(FOLDERS) for name in names}
GENERATED = {"config.h", "onnx.pb-c.h"}
INCLUDE = re.compile(r'\s*#\s*include\s+"([^"]+)"')


def offence(core, file, target):
    """What is wrong with an include, or None."""
    found = (file.parent / target).resolve()
    if target in GENERATED:
        return None
    if not found.is_file():
        return "is not there"
    if core not in found.parents:
        return "is outside of core/"
    here = file.relative_to(core).parts[0]
    there = found.relative_to(core).parts[0]
    if there not in LEVEL:
        return f"is in {there}/, which has no place in the order of folders"
    if here != there and LEVEL[there] >= LEVEL[here]:
        return f"points from {here}/ up to {there}/"
    return None


def main():
    core = (pathlib.Path(sys.argv[1]) / "core").resolve()
    n_includes, n_wrong = 0, 0
    for file in sorted(core.rglob("*.[ch]")):
        if file.relative_to(core).parts[0] not in LEVEL:
            print(f"{file}: its folder has no place in the order of folders")
            n_wrong += 1
            continue
        for number, line in enumerate(file.read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            n_includes += 1
            wrong = offence(core, file, match[1])
            if wrong:
                print(f"{file}:{number}: {match[1]} {wrong}")
                n_wrong += 1
    if n_includes == 0:
        print(f"no includes found in {core}")
    return 1 if n_wrong or n_includes == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
