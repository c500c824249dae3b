#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every program that is installed has a man page that man formats without a
warning, and that says what the program's --help says.

usage: man-pages.py BUILD-FOLDER
"""
import json
import os
import re
import subprocess
import sys

# Options are what pages are read for.
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


def installed(build):
    """Where each installed file goes, and where it is made."""
    text = subprocess.run(["meson", "introspect", build, "--installed"],
                          check=True, capture_output=True, text=True).stdout
    return {goes: made for made, goes in json.loads(text).items()}


def formatted(page):
    """(Text of a page, what man warns of)."""
    run = subprocess.run(
        ["man", "--warnings", "--encoding=UTF-8", "--local-file", page],
        check=False, capture_output=True, text=True,
        env=os.environ | {"LC_ALL": "C.UTF-8", "MANROFFSEQ": "",
                          "MANWIDTH": "80", "MAN_KEEP_FORMATTING": ""})
    warnings = run.stderr.strip()
    if run.returncode != 0 and not warnings:
        warnings = f"man ended with {run.returncode}"
    return run.stdout, warnings


def wrong_with(program, page):
    """What is wrong with the page of a program: a line each."""
    text, warnings = formatted(page)
    yield from warnings.splitlines()
    for head in ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS",
                 "SEE ALSO"):
        if not re.search(f"^{head}$", text, re.MULTILINE):
            yield f"there is no section {head}"
    name = os.path.basename(program)
    if not re.search(f"^ +{name} [-\N{HYPHEN}\N{MINUS SIGN}] [a-z]", text,
                     re.MULTILINE):
        yield "NAME does not say in a line what the program is"
    says = subprocess.run([program, "--help"], check=True, capture_output=True,
                          text=True).stdout
    # What is broken at the end of a line is whole again.
    whole = re.sub(r"\N{HYPHEN}\n *", "", text)
    for option in sorted(set(OPTION.findall(says)) - set(OPTION.findall(whole))):
        yield f"{option} is in --help only"


def main():
    files = installed(sys.argv[1])
    programs = [path for path in files if os.path.basename(
        os.path.dirname(path)) == "bin"]
    n_wrong = 0
    for program in sorted(programs):
        name = os.path.basename(program)
        page = [made for path, made in files.items()
                if path.endswith(f"/man1/{name}.1")]
        problems = list(wrong_with(
            os.path.join(sys.argv[1], "pipelines", name), page[0])) \
            if len(page) == 1 else ["there is no man page"]
        for problem in problems:
            print(f"{name}: {problem}")
        n_wrong += len(problems)
    print(f"{len(programs)} programs, {n_wrong} problems")
    return 1 if n_wrong or not programs else 0


if __name__ == "__main__":
    sys.exit(main())
