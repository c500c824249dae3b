#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What frees a thing takes NULL for nothing.

usage: null.py LIBRARY UMBRELLA HEADER-FOLDER FLAG...

Every function that installed headers declare and whose name and parameter say that
it lets go of one thing is called with NULL, with criticals fatal."""
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import declarations  # noqa: E402

LETS_GO = re.compile(r"extern void (\w+_(?:free|unref|close)) \((\w+ \*|gpointer|"
                     r"void \*)\);")

library, umbrella, folder, *flags = sys.argv[1:]
names = sorted(
    found[1] for found in map(
        LETS_GO.fullmatch,
        declarations.functions(umbrella, folder, flags).values()) if found)
program = "\n".join([
    f'#include "{umbrella}"', "#include <stdio.h>", "int main (void) {",
    *(f'  puts ("{name}"); fflush (stdout); {name} (NULL);' for name in names),
    "  return 0;", "}"])
with tempfile.TemporaryDirectory() as work:
    source, binary = pathlib.Path(work) / "null.c", pathlib.Path(work) / "null"
    source.write_text(program)
    here = pathlib.Path(library).resolve()
    subprocess.run(["gcc", *flags, str(source), "-o", str(binary), str(here),
                    f"-Wl,-rpath,{here.parent}",
                    *subprocess.run(["pkg-config", "--libs", "gstreamer-base-1.0"],
                                    check=True, text=True,
                                    stdout=subprocess.PIPE).stdout.split()],
                   check=True)
    done = subprocess.run([str(binary)], env={"G_DEBUG": "fatal-criticals"},
                          text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
called = done.stdout.split()
if done.returncode:
    print(f"FAILED: {called[-1] if called else 'nothing was called'}\n"
          f"{done.stdout}")
print(f"{len(names)} functions let go of NULL" if names else "none found")
sys.exit(1 if done.returncode or not names else 0)
