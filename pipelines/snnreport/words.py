# SPDX-License-Identifier: LGPL-2.1-or-later
"""Text for terminals, numbers and names for print."""
import math
import sys
import unicodedata

MINUS = "\u2212"
DASH = "\u2013"
SPACE = "\u00a0"  # that no line ends at

# Values of settings in the order in which they are listed, and their names in
# print.
NAMES = {
    "ann": "ANN",
    "converted": "Converted",
    "fine-tuned": "Fine-tuned",
    "direct": "Direct training",
    "bce": "BCE",
    "dice": "Dice",
    "bce-dice": "BCE-Dice",
    "unit": "Binary, [0, 1]",
    "zero-mean": f"Ternary, [{MINUS}1, 1]",
    "published": "Published",
    "branch-aware": "Branch-aware",
    "layer": "Per layer",
    "channel": "Per channel",
    "zero": "0",
    "half": "v/2",
    "poisson": "Poisson",
    "regular": "Regular",
    "direct-input": "Direct (analog)",
}
RANKS = {value: rank for rank, value in enumerate(NAMES)}


def shown(text, keep=""):
    """Text that may come from anywhere, without what would steer a terminal or
    break a document (controls, marks of direction, halves of characters): each
    such character as its number."""
    return "".join(
        c if c.isprintable() or c in keep or unicodedata.category(c) == "Zs"
        else c.encode("unicode_escape", "surrogatepass").decode()
        for c in str(text))


def tell(program, text):
    print(f"{program}: {shown(text)}", file=sys.stderr)


def display_name(value):
    """How a setting's value is called in print."""
    return NAMES.get(value, value)


def with_loss(text, loss):
    """A title or caption with the loss that networks were trained with."""
    if not loss:
        return text
    end = "." if text.endswith(".") else ""
    return f"{text.removesuffix('.')} (loss: {display_name(loss)}){end}"


def whole_number(text):
    """The number that the whole of text is; not a number otherwise."""
    try:
        return float(text) if "_" not in text else math.nan
    except ValueError:
        return math.nan


def order(value):
    """Sorts values of a setting: known words in their usual order, then
    numbers by size, then others by the alphabet."""
    number = whole_number(value)
    if not math.isnan(number):
        return len(RANKS), 0, number, value
    return RANKS.get(value, len(RANKS)), 1 if value else -1, 0.0, value


def number(value, digits, sign=False):
    """With so many decimals and a true minus; a dash for what is none."""
    if not math.isfinite(value):
        return DASH
    text = f"{value:{'+' if sign else ''}.{digits}f}"
    if float(text) == 0:
        text = text.replace("-", "")
    return text.replace("-", MINUS)


def short(value):
    """A number as short as it can be said, as "%.4g"."""
    return f"{value:.4g}".replace("-", MINUS)


def spread(mean, sd, digits):
    """"mean ± sd", both with so many decimals; sd may be not a number."""
    text = number(mean, digits)
    if math.isfinite(mean) and math.isfinite(sd):
        text += f"{SPACE}±{SPACE}{number(sd, digits)}"
    return text


def count(n, what, plural=None):
    """"1 subject", "3 subjects"."""
    return f"{n} {what if n == 1 else plural or what + 's'}"
