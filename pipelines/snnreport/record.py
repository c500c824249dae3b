# SPDX-License-Identifier: LGPL-2.1-or-later
"""A result out of what a measurement left behind: reports, logs, files."""
import hashlib
import math
import os

from . import strictjson
from .results import FORMAT, VERSION
from .strictjson import FormatError, is_number
from .words import whole_number

# Members of reports that are no values.
BOOKKEEPING = {"format", "version", "epoch", "evaluate", "subjects", "passes",
               "chunks"}
# Messages that are no values.
TRAINING_MESSAGES = {"snn-epoch", "snn-conversion", "snn-conversion-done"}
# What the last run's begin says of the provenance.
OF_BEGIN = ("commit", "time", "versions", "machine")


def _is_text(value):
    return isinstance(value, str)


def _is_object(value):
    return isinstance(value, dict)


def _is_measure(value):
    """Numbers by name, null for what is undefined."""
    return _is_object(value) and all(v is None or is_number(v)
                                     for v in value.values())


def _is_list_of(member, check):
    return lambda value: isinstance(value, list) and all(
        _is_object(point) and check(point.get(member)) for point in value)


def _is_calibration(value):
    return _is_object(value) and all(
        isinstance(value.get(name), list)
        and all(map(_is_measure, value[name]))
        for name in ("reliability", "referred"))


# What members have to be, in reports and in lines of logs: what is found wrong
# here would be a hole in a table later.
REPORT = {
    "subjects": (_is_list_of("subject", _is_text),
                 'a list of objects with the text "subject"'),
    "chunks": (_is_list_of("chunk", lambda v: is_number(v) and v >= 1
                           and v == int(v)),
               'a list of objects with a whole number "chunk" from 1'),
    "cut_offs": (_is_list_of("cut_off", is_number),
                 'a list of objects with the number "cut_off"'),
    "accuracy": (is_number, "a number"),
    **{name: (_is_measure, "an object of numbers") for name in
       ("dice", "dice_2d", "dice_2d_labelled", "iou", "sensitivity",
        "precision", "volume_difference", "hd95", "assd",
        "calibration_error")},
    "calibration": (_is_calibration,
                    'lists of objects of numbers, "reliability" and "referred"'),
}
LOG_LINE = {
    **{name: (_is_text, "a text") for name in
       ("event", "name", "pipeline", "commit", "time")},
    **{name: (_is_object, "an object") for name in
       ("fields", "versions", "machine")},
    **{name: (is_number, "a number") for name in ("status", "seconds")},
}


def _check(where, value, shape):
    for name, (check, expected) in shape.items():
        if name in value and not check(value[name]):
            raise FormatError(f'{where}: "{name}" is not {expected}')
    return value


def _read(path):
    with open(path, "rb") as file:
        return file.read()


def _split(assignment, expected):
    """"NAME=value" in two."""
    name, sign, value = assignment.partition("=")
    if not name or not sign:
        raise FormatError(f"found '{assignment}', where {expected} was "
                          "expected")
    for text in (name, value):
        _need_text(text)
    return name, value


def _need_text(text):
    try:
        text.encode()
    except UnicodeEncodeError:
        raise FormatError(f"'{text}' is not UTF-8") from None


def _setting(text):
    """A number where the whole text is one, else the text."""
    try:
        whole = int(text)
        if abs(whole) < strictjson.LARGEST_INTEGER and "_" not in text:
            return whole
    except ValueError:
        pass
    number = whole_number(text)
    return number if math.isfinite(number) else text


def _over_time(chunks, timesteps):
    """What was predicted after each chunk as values over time."""
    return [{"timesteps": timesteps * int(point["chunk"])}
            | {name: value for name, value in point.items() if name != "chunk"}
            for point in chunks]


def _add_report(result, path, chunk):
    report = _check(path, strictjson.parse_object(path, _read(path)), REPORT)
    if report.get("complete") is False:
        raise FormatError(f"{path} is of a pass that was cut short, where a whole one "
                          "was expected")
    values = result["values"]
    values.update((name, value) for name, value in report.items()
                  if name not in BOOKKEEPING)
    if "subjects" in report:
        result["subjects"] = report["subjects"]
    if "chunks" in report and chunk > 0:
        values["timesteps"] = _over_time(report["chunks"], chunk)


def log_lines(path, warn):
    """The objects of a log of snn-launch. A line that broke off when its run
    was killed is the last of the file, or the next run's begin follows; it is
    left out, and warn is told."""
    data = _read(path)
    numbered = list(strictjson.lines(data))
    for i, (number, line) in enumerate(numbered):
        where = f"{path}:{number}"
        try:
            value = strictjson.parse_object(where, line)
        except FormatError:
            last = i + 1 == len(numbered)
            broke_off = not data.endswith(b"\n") if last \
                else numbered[i + 1][1].startswith(b'{"event":"begin"')
            if not broke_off or not line.startswith(b"{"):
                raise
            warn(f"{where}: the line broke off; it is left out")
            continue
        yield _check(where, value, LOG_LINE)


def _add_message(values, line):
    """What an element said at last: "snn-rates" becomes "rates"."""
    name = line.get("name", "")
    if (name.startswith("snn-") and name not in TRAINING_MESSAGES
            and "fields" in line):
        values[name[len("snn-"):].replace("-", "_")] = {
            field.replace("-", "_"): value
            for field, value in line["fields"].items()}


def _add_once(texts, text):
    if text not in texts:
        texts.append(text)


def _add_log(provenance, values, path, warn):
    """Reads a step's log; its messages become values where values are
    given."""
    status = None
    for line in log_lines(path, warn):
        event = line.get("event", "")
        if event == "begin":
            status = None
            _add_once(provenance["commands"], line.get("pipeline", ""))
            _add_once(provenance["commits"], line.get("commit", "unknown"))
            provenance.update((name, line[name]) for name in OF_BEGIN
                              if name in line)
        elif event == "end":
            status = line.get("status")
            provenance["seconds"] += line.get("seconds", 0)
        elif values is not None:
            _add_message(values, line)
    if status != 0:
        raise FormatError(
            f"{path}: the last run "
            + ("did not come to its end" if status is None else "failed")
            + ", where one that ended well was expected")


def _relative(path, results, warn):
    """path as it is seen from the folder of the results."""
    _need_text(path)
    file, folder = os.path.abspath(path), os.path.dirname(
        os.path.abspath(results))
    if os.path.commonpath([file, folder]) == folder:
        return os.path.relpath(file, folder)
    warn(f"{path} is not in the folder of {results} or below it: pages will "
         "not show it")
    return file


def _file(member, path, results, warn):
    """An object with a file and, as one that was made anew has the old one's name,
    the digest of what is in it, where it is there."""
    named = {member: _relative(path, results, warn)}
    if os.path.isfile(path):
        named["sha256"] = hashlib.sha256(_read(path)).hexdigest()
    return named


def _files(assignments, title, results, warn):
    """A list of objects with a file and what it is called."""
    pairs = [_split(text, "NAME=FILE") for text in assignments]
    return [{title: name} | _file("file", path, results, warn)
            for name, path in pairs]


def make(results, experiment, settings=(), values=(), logs=(), chunk=0,
         pictures=(), image=None, masks=(), warn=lambda text: None):
    """The result, an object in the format that docs/formats.md describes.

    results: the file it will be added to
    settings: "NAME=value"
    values: JSON reports, of dicesink or accuracysink
    logs: of snn-launch, of all steps in order, the measurement's last
    chunk: timesteps of a chunk, where the reports tell of chunks
    pictures: "CAPTION=FILE"; masks: "NAME=FILE", of the volume image

    Raises FormatError, also when a step failed or was interrupted, and
    OSError."""
    _need_text(experiment)
    result = {"format": FORMAT, "version": VERSION, "experiment": experiment,
              "settings": {name: _setting(value) for name, value in
                           (_split(text, "SETTING=value")
                            for text in settings)},
              "values": {},
              "provenance": {"commands": [], "commits": []}}
    provenance = result["provenance"]
    provenance["seconds"] = 0.0
    for path in values:
        _add_report(result, path, chunk)
    for i, path in enumerate(logs):
        _add_log(provenance, result["values"] if i + 1 == len(logs) else None,
                 path, warn)
    files = {}
    if pictures:
        files["pictures"] = _files(pictures, "caption", results, warn)
    if image:
        files["volume"] = _file("image", image, results, warn) | {
            "masks": _files(masks, "name", results, warn)}
    if files:
        result["files"] = files
    return result
