#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the example launch lines of the elements' pages, as they stand there, one
page after the other in one folder.

usage: examples.py PAGES
"""
import pathlib
import random
import re
import subprocess
import sys
import tempfile

# A page comes after those whose models it uses.
FIRST = ["anntrainer", "snnconverter", "snnfinetuner", "niftisrc", "cifarsrc"]


def rank(page):
    return FIRST.index(page.stem) if page.stem in FIRST else len(FIRST)


def make_images(folder):
    """A few images of noise in the format of CIFAR-10."""
    folder.mkdir()
    for name in "data_batch_1.bin", "test_batch.bin":
        (folder / name).write_bytes(b"".join(
            bytes([i]) + random.randbytes(3072) for i in range(4)))


failed = 0
pages = sorted(pathlib.Path(sys.argv[1]).glob("*.md"), key=rank)
with tempfile.TemporaryDirectory() as work:
    make_images(pathlib.Path(work) / "cifar-10-batches-bin")
    for page in pages:
        section = page.read_text().split("## Example\n")[1].split("\n## ")[0]
        lines = re.findall(r"^    (.*)$", section, re.M)
        if not any("gst-launch-1.0" in line and page.stem in line
                   for line in lines):
            print(f"FAILED: {page} has no example")
            failed += 1
        for line in lines:
            done = subprocess.run(line, shell=True, cwd=work, text=True,
                                  stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT)
            if done.returncode or "WARN" in done.stdout:
                print(f"FAILED: {page}: {line}\n{done.stdout[-2000:]}")
                failed += 1
sys.exit(1 if failed or not pages else 0)
