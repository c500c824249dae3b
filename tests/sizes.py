#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""No file is longer than 700 lines, and no function than 80.

usage: sizes.py ROOT

Looks at C, Python and shell programs below the folders of FOLDERS. A function
is as long as its lines from its name to its last brace or line; tables are no
functions.
"""
import ast
import pathlib
import re
import sys

FOLDERS = [".ci", "core", "elements", "plugins", "pipelines", "tests"]
MOST_LINES = 700
MOST_OF_A_FUNCTION = 80


def braces(lines, name):
    """Functions that begin by a line of their name and end by a brace of its
    own: (name, first line, lines)."""
    start = None
    for number, line in enumerate(lines, 1):
        found = name.match(line)
        if found:
            start = (found[1], number)
        elif line == "}" and start:
            yield start[0], start[1], number - start[1] + 1
            start = None
        elif line.startswith("}"):
            start = None


def of_c(lines):
    return braces(lines, re.compile(r"(?:GST_START_TEST \()?(\w+)(?: \(|\))"))


def of_shell(lines):
    return braces(lines, re.compile(r"(\w+) \(\)"))


def of_python(lines):
    for node in ast.walk(ast.parse("\n".join(lines))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node.lineno, node.end_lineno - node.lineno + 1


def kind(path):
    """How to find the functions of a file, or None where it is no program."""
    if path.suffix in (".c", ".h"):
        return of_c
    if path.suffix == ".py":
        return of_python
    if path.suffix == ".sh":
        return of_shell
    if path.suffix == "":
        with open(path, "rb") as file:
            first = file.readline()
        if first.startswith(b"#!") and b"python" in first:
            return of_python
        if first.startswith(b"#!") and b"sh" in first:
            return of_shell
    return None


def main():
    root = pathlib.Path(sys.argv[1])
    n_files, n_functions, n_wrong = 0, 0, 0
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if not path.is_file() or "node_modules" in path.parts:
                continue
            functions = kind(path)
            if not functions:
                continue
            lines = path.read_text().splitlines()
            n_files += 1
            if len(lines) > MOST_LINES:
                print(f"{path} has {len(lines)} lines")
                n_wrong += 1
            for name, number, length in functions(lines):
                n_functions += 1
                if length > MOST_OF_A_FUNCTION:
                    print(f"{path}:{number}: {name} has {length} lines")
                    n_wrong += 1
    print(f"{n_files} files, {n_functions} functions, {n_wrong} too long")
    return 1 if n_wrong or n_files == 0 or n_functions == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
