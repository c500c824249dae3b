#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every file that is installed is claimed by exactly one debian/*.install, or by
debian/not-installed; no line of them claims nothing; and what they are of is in
debian/control.

usage: debian-files.py SOURCE BUILD-FOLDER PREFIX PLUGIN-FOLDER LIBRARY-FOLDER
"""
import fnmatch
import os
import pathlib
import re
import subprocess
import sys
import tempfile

TRIPLET = "usr/lib/TRIPLET"


def patterns(debian):
    """(Package, pattern) of each line; package "" is what is left out."""
    for path in sorted(debian.glob("*.install")) + [debian / "not-installed"]:
        package = "" if path.name == "not-installed" else path.stem
        for line in path.read_text().splitlines():
            if line and not line.startswith("#"):
                yield package, line.strip()


def matches(path, pattern):
    """As dh_install has it: a star is within a folder, a folder all below it."""
    parts, wanted = path.split("/"), pattern.split("/")
    return len(parts) >= len(wanted) and all(
        map(fnmatch.fnmatchcase, parts, wanted))


def installed(build, prefix, plugins, libraries):
    """Paths of what is installed, as if the prefix were Debian's."""
    places = [(plugins, TRIPLET + "/gstreamer-1.0"), (libraries, TRIPLET),
              (prefix, "usr")]
    with tempfile.TemporaryDirectory() as root:
        subprocess.run(["meson", "install", "-C", build, "--no-rebuild",
                        "--quiet", "--destdir", root], check=True,
                       stdout=subprocess.DEVNULL)
        for folder, _, names in os.walk(root):
            for name in names:
                path = os.path.join(folder, name)[len(root):]
                place = next(p for p in places if path.startswith(p[0] + "/"))
                yield place[1] + path[len(place[0]):]


def problems(source, files):
    debian = source / "debian"
    lines = list(patterns(debian))
    for path in files:
        claims = sorted({package or "not-installed" for package, pattern in lines
                         if matches(path, pattern)})
        if len(claims) != 1:
            yield f"{path}: claimed by {' and '.join(claims) or 'no package'}"
    for package, pattern in lines:
        if not any(matches(path, pattern) for path in files):
            yield f"{package or 'not-installed'}: {pattern} matches nothing"
    control = re.findall(r"^Package: (\S+)$", (debian / "control").read_text(),
                         re.MULTILINE)
    for package in {package for package, _ in lines if package} ^ set(control):
        yield f"{package}: debian/control and debian/*.install differ"


def main():
    source, build, *folders = sys.argv[1:]
    files = sorted(installed(build, *folders))
    wrong = list(problems(pathlib.Path(source), files))
    for text in wrong:
        print(text)
    print(f"{len(files)} files, {len(wrong)} problems")
    return 1 if wrong or not files else 0


if __name__ == "__main__":
    sys.exit(main())
