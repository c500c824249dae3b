#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks the links between the documents: that files and headings are there.
Mentions of docs/*.md in the sources count, too.

usage: links.py SOURCE
"""
import pathlib
import re
import sys

source = pathlib.Path(sys.argv[1])
pages = [source / "README.md", *sorted((source / "docs").rglob("*.md"))]
folders = "core elements pipelines plugins tests".split()
problems = []


def headings(page):
    """Anchors as GitHub and GitLab make them of headings."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.M | re.S)
    return {re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")
            for title in re.findall(r"^#+ (.*)$", text, re.M)}


links = 0
for page in pages:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if "://" in target:
            continue
        links += 1
        name, _, anchor = target.partition("#")
        file = page.parent / name if name else page
        if not file.exists():
            problems.append(f"{page}: there is no {target}")
        elif anchor and anchor not in headings(file):
            problems.append(f"{page}: {file} has no heading #{anchor}")

for folder in folders:
    for file in (source / folder).rglob("*"):
        if not file.is_file() or file.suffix not in (
                ".c", ".h", ".launch", ".py", ".smk", ".yaml", ".js"):
            continue
        for name in re.findall(r"\bdocs/[\w/-]+\.md\b", file.read_text()):
            links += 1
            if not (source / name).exists():
                problems.append(f"{file}: there is no {name}")

print("\n".join(problems))
print(f"{links} links in {len(pages)} pages")
sys.exit(1 if problems or not links else 0)
