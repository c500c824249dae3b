#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the commands of a page, those in blocks of sh, in a folder of their own, and
compares the table that the last of them prints with the one of the page: a row's
numbers may differ by 0.005, as kernels round in their own order.

usage: tutorial.py PAGE FILE...

FILEs are copied into the folder first.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

MOST_APART = 0.005


def rows(text):
    """Name and numbers of each line that has some."""
    lines = (line.split() for line in text.splitlines())
    return {words[0]: [float(word) for word in words[1:]] for words in lines
            if len(words) > 2 and re.fullmatch(r"[0-9.]+", words[1])}


def main():
    page = pathlib.Path(sys.argv[1]).read_text()
    commands = re.findall(r"^```sh\n(.*?)^```$", page, re.M | re.S)
    expected = rows(re.search(r"^```\n( +subjects.*?)^```$", page,
                              re.M | re.S)[1])
    printed = {}
    with tempfile.TemporaryDirectory() as work:
        for file in sys.argv[2:]:
            shutil.copy(file, work)
        for block in commands:
            done = subprocess.run(["bash", "-euc", block], cwd=work, text=True,
                                  stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT)
            print(block, done.stdout, sep="")
            if done.returncode or "WARN" in done.stdout:
                sys.exit("FAILED: the commands above")
            if "subjects" in done.stdout:
                printed.update(rows(done.stdout))
    wrong = [name for name, numbers in expected.items()
             if name not in printed or any(
                 abs(a - b) > MOST_APART
                 for a, b in zip(numbers, printed[name], strict=True))]
    if wrong or not expected:
        sys.exit(f"FAILED: {', '.join(wrong) or 'no table'}: the page has "
                 f"{expected}, printed is {printed}")


main()
