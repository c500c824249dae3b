# SPDX-License-Identifier: LGPL-2.1-or-later
"""The file of results: JSON lines, an object for each measurement;
docs/formats.md, section "Results", says what is in it."""
import fcntl
import math
import os

from . import strictjson
from .strictjson import FormatError

FORMAT = "gst-snn result"
VERSION = 1
# Members that are what came out.
OUTCOME = ("values", "subjects", "files")


def find(value, path):
    """What is at path, members separated by "/", in an object; None where
    there is nothing."""
    for name in path.split("/"):
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def find_number(value, path):
    """As find, a number; not a number where there is none."""
    found = find(value, path)
    return float(found) if strictjson.is_number(found) else math.nan


def find_text(value, path):
    found = find(value, path)
    return found if isinstance(found, str) else None


def find_list(value, path):
    """As find, a list; an empty one where there is none."""
    found = find(value, path)
    return found if isinstance(found, list) else []


def _setting_text(value):
    """A plain value as text; None for others."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value) if isinstance(value, (int, str)) else None


class Result:
    """A measurement. identity, the experiment and all settings, is equal for
    two measurements of the same thing; settings are texts."""

    def __init__(self, line, value):
        self.line = line
        self.object = value
        self.experiment = value["experiment"]
        texts = {name: _setting_text(setting)
                 for name, setting in value["settings"].items()}
        self.settings = {name: text for name, text in texts.items()
                         if text is not None}
        self.identity = " ".join(
            [self.experiment]
            + [f"{name}={self.settings[name]}" for name in
               sorted(self.settings)])

    def setting(self, name):
        """As text; "" where it is not set."""
        return self.settings.get(name, "")

    def number(self, path):
        return find_number(self.object, path)

    def text(self, path):
        return find_text(self.object, path)

    def list(self, path):
        return find_list(self.object, path)

    def same_outcome(self, other):
        return all(self.object.get(member) == other.object.get(member)
                   for member in OUTCOME)


def parse_line(where, line, data):
    """The result that is on a line. Raises FormatError."""
    value = strictjson.parse(where, data)
    if (find(value, "format") != FORMAT
            or not isinstance(find(value, "experiment"), str)
            or not isinstance(find(value, "settings"), dict)):
        raise FormatError(f'{where}: not an object of format "{FORMAT}" with '
                          '"experiment" and "settings"')
    if value.get("version") != VERSION:
        raise FormatError(f"{where}: version {value.get('version')}, where "
                          f"{VERSION} was expected")
    return Result(line, value)


class Results:
    """list has the last measurement of each identity, in the order in which
    the identities first came up; n_repeated counts the earlier ones that are
    left out, differing names the identities measured again with another
    outcome, problems the lines that could not be used."""

    def __init__(self, path, data):
        self.path = path
        self.n_repeated = 0
        self.differing = []
        self.problems = []
        known = {}
        for number, line in strictjson.lines(data):
            try:
                result = parse_line(f"{path}:{number}", number, line)
            except FormatError as error:
                self.problems.append(str(error))
                continue
            before = known.get(result.identity)
            if before:
                self.n_repeated += 1
                if not before.same_outcome(result):
                    self.differing.append(result.identity)
            known[result.identity] = result
        self.list = list(known.values())

    def of(self, experiment):
        return [r for r in self.list if r.experiment == experiment]


def load(path):
    """Raises OSError."""
    with open(path, "rb") as file:
        return Results(path, file.read())


def append(path, value):
    """Adds a result, an object, to the file, and makes the file where there is
    none; nothing that it held is changed. The line is brought to the disk;
    several processes may do so at the same time. What is in the file already
    is not added again. Returns whether it was measured before with another
    outcome. Raises OSError."""
    result = parse_line("the result", 0, strictjson.dump(value))
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC,
                     0o666)
    with open(handle, "r+b", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        held = file.readall()
        known = {r.identity: r for r in Results(path, held).list}
        before = known.get(result.identity)
        if before and before.same_outcome(result):
            return False
        # A line that broke off gets its end first; it stays, and readers tell
        # of it.
        data = b"\n" if held and not held.endswith(b"\n") else b""
        data += strictjson.dump(value) + b"\n"
        while data:
            data = data[file.write(data):]
        try:
            os.fsync(file.fileno())
        except OSError:
            # Pipes and the like have no disk to be brought to.
            if os.path.isfile(path):
                raise
        return before is not None
