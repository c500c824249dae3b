# SPDX-License-Identifier: LGPL-2.1-or-later
"""JSON that says what is wrong with it.

Python's reader takes more than JSON is (NaN, lone surrogates, numbers that
become infinite) and fails in ways of its own on deep nesting; here all of that
is a FormatError with a text for the user."""
import json
import math

LARGEST_INTEGER = 2 ** 63


class FormatError(Exception):
    """A file that can't be used; the text names it, and the line."""


def _float(text):
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"the number {text[:40]} is too large")
    return value


def _integer(text):
    if len(text) > 20 or abs(int(text)) >= LARGEST_INTEGER:
        raise ValueError(f"the number {text[:40]} is too large")
    return int(text)


def _constant(text):
    raise ValueError(f"{text} is not JSON")


def parse(where, data):
    """The value that data, bytes, is; where ("FILE:LINE") is for messages."""
    try:
        text = data.decode()
        value = json.loads(text, parse_float=_float, parse_int=_integer,
                           parse_constant=_constant)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        raise FormatError(f"{where}: not UTF-8 at byte {error.start}") from None
    except UnicodeEncodeError:
        raise FormatError(f"{where}: half of a character (a lone surrogate) "
                          "in a text") from None
    except RecursionError:
        raise FormatError(f"{where}: nested too deeply") from None
    except json.JSONDecodeError as error:
        place = "" if error.lineno == 1 else f"line {error.lineno}, "
        raise FormatError(f"{where}: {error.msg} at {place}column "
                          f"{error.colno}") from None
    except ValueError as error:
        raise FormatError(f"{where}: {error}") from None
    return value


def parse_object(where, data):
    value = parse(where, data)
    if not isinstance(value, dict):
        raise FormatError(f"{where}: an object was expected")
    return value


def lines(data):
    """Number, from 1, and bytes of each line that is not empty."""
    for i, line in enumerate(data.split(b"\n"), 1):
        if line.strip():
            yield i, line.strip()


def dump(value):
    """On one line, as bytes."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False,
                      separators=(",", ":")).encode()


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)
