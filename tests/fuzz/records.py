#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Logs, reports and results that are mangled, guided by coverage.

usage: records.py PIPELINES RESULTS [EXECUTIONS [SEED [TARGET...]]]

Each target reads bytes. It may refuse them by FormatError, and nothing else; what
it takes has to be what can be written and read again. An input that takes a step
from line to line in snnreport that none before it took is kept and mangled
further. RESULTS are those of an experiment that came to its end, to begin with.
EXECUTIONS are of each target; the same SEED makes the same inputs.

To add a target: a function of a folder and bytes, its seeds, and a row in
TARGETS."""
import json
import math
import pathlib
import random
import sys
import tempfile
import traceback

sys.dont_write_bytecode = True
PIPELINES = pathlib.Path(sys.argv[1]).resolve()
RESULTS = pathlib.Path(sys.argv[2]).resolve()
sys.path.insert(0, str(PIPELINES))

from snnreport import page, record, results, sections, strictjson  # noqa: E402

READERS = str(PIPELINES / "snnreport")
MOST_KEPT = 4000
MOST_BYTES = 100000

# What readers stumble over.
TOKENS = [b'"', b"{", b"}", b"[", b"]", b",", b":", b"\n", b"\\", b"null",
          b"true", b"NaN", b"-Infinity", b"1e999", b"-0", b"1E-400", b"9" * 25,
          b"\\ud800", b"\\u0000", b"\xff", b"\xef\xbb\xbf", b"\0", b"[" * 3000,
          b'{"event":"begin"', b'"event":"end"', b'"status":0', b'"chunk":1']
VALUES = [None, True, False, 0, -1, 1, 3, 0.5, 1e300, 2 ** 62, "", "a", "0", "/",
          "../x", "<b>", "%s", "\u202e", "nan", [], {}, [[]], [{}], {"": {}},
          {"mean": None}, {"mean": "x"}, {"mean": 0.5, "sd": 0.1}]


def lines(*values):
    return b"".join(strictjson.dump(value) + b"\n" for value in values)


def short(value):
    """value with two items of each list, so that more of it gets mangled."""
    if isinstance(value, dict):
        return {name: short(inner) for name, inner in value.items()}
    return [short(inner) for inner in value[:2]] if isinstance(value, list) \
        else value


def experiments():
    """A file of results for each experiment that there is."""
    found = {}
    for line in RESULTS.read_text().splitlines():
        value = short(json.loads(line))
        found.setdefault(value["experiment"], []).append(value)
    return [lines(*(draw.sample(values, min(8, len(values)))))
            for draw in (random.Random(0),) for values in found.values()]


SPREAD = {"mean": 0.8, "sd": 0.1}
REPORT = {"format": "gst-snn report", "version": 1, "epoch": 0, "accuracy": 0.5,
          "dice": SPREAD, "hd95": SPREAD,
          "subjects": [{"subject": "s", "dice": 0.5}],
          "cut_offs": [{"cut_off": 0.5, "dice": SPREAD}],
          "chunks": [{"chunk": 1, "dice": SPREAD}]}
LOG = [{"event": "begin", "pipeline": "a ! b", "commit": "c", "time": "t",
        "versions": {"v": "1"}, "machine": {"cpu": "x"}},
       {"event": "message", "name": "snn-rates", "fields": {"mean-rate": 0.1}},
       {"event": "message", "name": "snn-epoch", "fields": {"loss": 0.1}},
       {"event": "end", "status": 0, "seconds": 2.5}]


def read_results(_, data):
    found = results.Results("r", data)
    again = results.Results("r", lines(*(r.object for r in found.list)))
    assert [r.identity for r in again.list] == [r.identity for r in found.list]
    assert not again.problems
    for value in found.list:
        for path in "values/dice/mean", "values/timesteps", "settings/fold":
            value.number(path), value.text(path), value.list(path)


def make_page(folder, data):
    """What a section has to say is made of anything that Results takes."""
    report = page.Report(results.Results("r", data), folder, folder)
    for section in sections.ALL:
        section.add(report)


def make_record(folder, **files):
    made = record.make(str(folder / "r.jsonl"), "e", ["fold=0"],
                       files.get("values", ()), files.get("logs", ()), 4)
    taken = results.Results("r", lines(made))
    assert len(taken.list) == 1 and not taken.problems, taken.problems
    seconds = made["provenance"]["seconds"]
    assert not math.isinf(seconds), seconds


def read_report(folder, data):
    (folder / "report.json").write_bytes(data)
    make_record(folder, values=[str(folder / "report.json")])


def read_log(folder, data):
    (folder / "log").write_bytes(data)
    make_record(folder, logs=[str(folder / "log")])


# Function, seeds, and how many executions for one of the others: a page is slow.
TARGETS = {
    "results": (read_results, experiments(), 1),
    "report": (read_report, [strictjson.dump(REPORT)], 1),
    "log": (read_log, [lines(*LOG), lines(*LOG)[:-20], lines(*LOG, *LOG)], 1),
    "page": (make_page, experiments(), 0.2),
}


class Coverage:
    """Steps from line to line, within the readers."""

    def __init__(self):
        self.steps = set()
        self.last = 0

    def enter(self, frame, event, _):
        if not frame.f_code.co_filename.startswith(READERS):
            return None
        return self.line

    def line(self, frame, event, _):
        here = hash((frame.f_code, frame.f_lineno))
        self.steps.add((self.last, here))
        self.last = here
        return self.line

    def run(self, function, *arguments):
        """Whether a step was new."""
        before = len(self.steps)
        self.last = 0
        sys.settrace(self.enter)
        try:
            function(*arguments)
        except strictjson.FormatError as refusal:
            assert str(refusal) and "\n" not in str(refusal), refusal
        finally:
            sys.settrace(None)
        return len(self.steps) > before


def spots(value, found):
    """Every member and item in value, as (container, key)."""
    if isinstance(value, dict):
        found += [(value, key) for key in value]
    elif isinstance(value, list):
        found += [(value, i) for i in range(len(value))]
    for inner in (value.values() if isinstance(value, dict) else
                  value if isinstance(value, list) else ()):
        spots(inner, found)
    return found


def mangle_value(draw, data):
    """One line's JSON with a member replaced, moved or gone."""
    parts = data.split(b"\n")
    i = draw.randrange(len(parts))
    try:
        value = json.loads(parts[i])
        places = spots(value, [])
    except (ValueError, RecursionError):
        return mangle_bytes(draw, data)
    if not places:
        return mangle_bytes(draw, data)
    for _ in range(draw.choice((1, 1, 2, 4))):
        container, key = draw.choice(places)
        how = draw.randrange(3)
        if how == 0 and isinstance(container, dict):
            container.pop(key, None)
        elif how == 1:
            other, name = draw.choice(places)
            try:
                container[key] = json.loads(json.dumps(other[name]))
            except (KeyError, IndexError):
                pass
        elif isinstance(container, dict) or key < len(container):
            container[key] = draw.choice(VALUES)
    parts[i] = json.dumps(value).encode()
    return b"\n".join(parts)


def mangle_bytes(draw, data):
    data = bytearray(data)
    for _ in range(draw.choice((1, 1, 2, 5))):
        at = draw.randrange(len(data) + 1)
        end = min(len(data), at + draw.choice((0, 1, 1, 4, 30)))
        how = draw.randrange(4)
        if how == 0:
            data[at:end] = draw.choice(TOKENS)
        elif how == 1:
            data[at:end] = b""
        elif how == 2:
            data[at:at] = data[at:end]
        elif data:
            data[at % len(data)] = draw.randrange(256)
    return bytes(data)


def fuzz(name, executions, seed, folder):
    """Returns whether all was well."""
    function, corpus, share = TARGETS[name]
    corpus = list(corpus)
    draw = random.Random(f"{name} {seed}")
    coverage = Coverage()
    executions = max(1, int(executions * share))
    for i in range(executions):
        data = corpus[i] if i < len(corpus) else draw.choice(
            (mangle_value, mangle_bytes))(draw, draw.choice(corpus))[:MOST_BYTES]
        try:
            new = coverage.run(function, folder, data)
        except Exception:  # noqa: BLE001
            traceback.print_exc()
            print(f"FAILED: {name}, execution {i} of seed {seed}: {data!r}")
            return False
        if new and len(corpus) < MOST_KEPT:
            corpus.append(data)
    print(f"{name}: {executions} executions, {len(corpus)} inputs kept, "
          f"{len(coverage.steps)} steps")
    return True


def main(executions="2000", seed="0", *names):
    with tempfile.TemporaryDirectory() as folder:
        well = [fuzz(name, int(executions), seed, pathlib.Path(folder))
                for name in names or TARGETS]
    return 0 if all(well) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[3:]))
