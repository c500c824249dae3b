# SPDX-License-Identifier: LGPL-2.1-or-later
"""Pairs of networks, and what they say to a claim.

Two measurements are a pair when they share the ANN they came from (fold, seed,
loss and so on). Where both name their subjects, the unit is the subject: the
mean of its differences over all pairs, so that many seeds on few subjects do
not pass for many subjects. Where they do not, it is the pair of networks.

A claim "the difference is above a bound" holds where the confidence interval of
the mean difference (Student's t) and, for six units and more, Wilcoxon's
signed-rank test, both say so at 5 %, and there are at least two pairs of
networks; it does not hold where both say the opposite. All else is undecided.
With fewer than six units Wilcoxon's test can't reach 5 %, whatever the data."""
import enum
import math
from dataclasses import dataclass

from .results import find_list, find_number, find_text
from .summary import select, summarise_values
from .words import count, number

PAIR_SETTINGS = ("loss", "fold", "seed", "mode", "batches")
LEVEL = 0.05
FEWEST_PAIRS = 2
FEWEST_FOR_WILCOXON = 6


class Verdict(enum.Enum):
    HOLDS = "Holds"
    FAILS = "Does not hold"
    UNDECIDED = "Undecided"

    def __str__(self):
        return self.value

    @classmethod
    def of_all(cls, verdicts):
        """Of a claim with several parts, each of which has to hold."""
        for verdict in (cls.FAILS, cls.UNDECIDED):
            if verdict in verdicts:
                return verdict
        return cls.HOLDS


@dataclass
class Claim:
    verdict: Verdict
    claim: str
    detail: str


# A measure maps a result to its mean and to {subject: value}; the latter is
# empty where subjects are not known.

def at(path):
    """The measure "values/dice/mean" and its like."""
    member = path.split("/")[1]

    def measure(result):
        return result.number(path), {
            find_text(s, "subject"): find_number(s, member)
            for s in result.list("subjects") if find_text(s, "subject")}
    return measure


def at_cut_off(cut_off):
    """3D Dice at another cut-off."""
    def pick(owner, path):
        return next((find_number(point, path)
                     for point in find_list(owner, "cut_offs")
                     if find_number(point, "cut_off") == cut_off), math.nan)

    def measure(result):
        return pick(result.object.get("values"), "dice/mean"), {
            find_text(s, "subject"): pick(s, "dice")
            for s in result.list("subjects") if find_text(s, "subject")}
    return measure


def at_timesteps(timesteps):
    """3D Dice after so many timesteps of a pass."""
    def measure(result):
        return next((find_number(point, "dice/mean")
                     for point in result.list("values/timesteps")
                     if find_number(point, "timesteps") == timesteps),
                    math.nan), {}
    return measure


def is_pair(a, b, apart_from=""):
    return all(a.setting(name) == b.setting(name) for name in PAIR_SETTINGS
               if name != apart_from)


def _interval(values, level):
    from scipy import stats
    summary = summarise_values(values)
    if summary.n < 2:
        return math.nan, math.nan
    half = float(stats.t.ppf(1 - level / 2, summary.n - 1)) \
        * summary.sd / math.sqrt(summary.n)
    return summary.mean - half, summary.mean + half


def _wilcoxon(values):
    """Of the two-sided test; not a number where it could not say anything."""
    from scipy import stats
    if len(values) < FEWEST_FOR_WILCOXON:
        return math.nan
    if not any(values):
        return 1.0
    return float(stats.wilcoxon(values).pvalue)


class Comparison:
    """Of all pairs of first and second: differences, one a unit; mean; n
    pairs of networks; by_subject, whether units are subjects."""

    def __init__(self, first, second, measure, other_measure=None,
                 apart_from="", level=LEVEL):
        self.level = level
        pairs = [(measure(a), (other_measure or measure)(b))
                 for a in first for b in second if is_pair(a, b, apart_from)]
        pairs = [(a, b) for a, b in pairs if math.isfinite(a[0] - b[0])]
        self.n = len(pairs)
        by_subject = {}
        for (_, a), (_, b) in pairs:
            for name in a.keys() & b.keys():
                if math.isfinite(a[name] - b[name]):
                    by_subject.setdefault(name, []).append(a[name] - b[name])
        self.by_subject = bool(pairs) and all(a and b for (_, a), (_, b)
                                              in pairs) and bool(by_subject)
        self.differences = [sum(d) / len(d) for d in by_subject.values()] \
            if self.by_subject else [a[0] - b[0] for a, b in pairs]
        self.mean = summarise_values(self.differences).mean
        self.low, self.high = _interval(self.differences, level)

    def p(self, bound=0.0):
        """Of Wilcoxon's test of a difference that is the bound's."""
        return _wilcoxon([d - bound for d in self.differences])

    def verdict(self, bound=0.0):
        """On "the difference is above the bound"."""
        p = self.p(bound)
        if self.n < FEWEST_PAIRS or not self.low <= self.high \
                or p >= self.level:
            return Verdict.UNDECIDED
        if self.low > bound:
            return Verdict.HOLDS
        return Verdict.FAILS if self.high < bound else Verdict.UNDECIDED

    def basis(self):
        """"66 subjects, 3 pairs of networks"."""
        pairs = count(self.n, "pair of networks", "pairs of networks")
        return pairs if not self.by_subject else \
            f"{count(len(self.differences), 'subject')}, {pairs}"

    def text(self, bound=0.0):
        """"−0.005 (95 % CI −0.008 to −0.002, Wilcoxon p = 0.01; 22 subjects,
        2 pairs of networks)"; p is of the bound."""
        parts = []
        if self.low <= self.high:
            confidence = f"{100 * (1 - self.level):.4g}"
            parts.append(f"{confidence} % CI {number(self.low, 3, sign=True)} "
                         f"to {number(self.high, 3, sign=True)}")
        p = self.p(bound)
        if math.isfinite(p):
            parts.append("Wilcoxon p " + ("< 0.001" if p < 0.001
                                          else f"= {number(p, 3)}"))
        inner = ", ".join(parts)
        return (f"{number(self.mean, 3, sign=True)} ("
                + (inner + "; " if inner else "") + self.basis() + ")")


def compare(results, setting, value, other, path):
    """The number at path where setting is value, less that where it is other
    and all else is the same."""
    return Comparison(select(results, **{setting: value}),
                      select(results, **{setting: other}), at(path),
                      apart_from=setting)
