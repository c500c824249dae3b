# SPDX-License-Identifier: LGPL-2.1-or-later
"""Picking results, taking means of them, and making curves."""
import math
import statistics
from dataclasses import dataclass, field

from .results import find_list, find_number
from .words import display_name, order, whole_number


@dataclass
class Summary:
    """mean is not a number where n is 0; sd is that of a sample (n - 1), 0
    below two values."""
    mean: float = math.nan
    sd: float = 0.0
    n: int = 0


@dataclass
class Point:
    """error: half the length of the error bar, 0 for none; n: how many values
    y is the mean of."""
    x: float
    y: float
    error: float = 0.0
    n: int = 1


@dataclass
class Series:
    """Points by x."""
    label: str
    points: list = field(default_factory=list)

    def at(self, x):
        return next((p for p in self.points if p.x == x), None)


@dataclass
class Curves:
    """Where the points of curves come from.

    series: the setting whose every value is a curve; None: one curve
    prefix: put before the value in a curve's label
    points: a list in the result, "values/cut_offs", whose objects are the
        points; None: the result is one point
    x: in an object of the list, a member; else a setting, or a path that
        begins with "values/"
    y: path in an object of the list, or in the result
    group: a setting whose every value is a point, at the mean x; without
        points, and with an x that is a path

    Points of a curve with the same x, or of the same group, make one: the
    mean, and the standard deviation as its error."""
    series: str
    x: str
    y: str
    points: str = None
    prefix: str = ""
    group: str = None


def select(results, **settings):
    """Those with all of these settings, given as texts."""
    return [r for r in results if all(r.setting(name) == value
                                      for name, value in settings.items())]


def distinct(results, setting):
    """The values of a setting: known words in their usual order, numbers by
    size, others by the alphabet."""
    return sorted({r.setting(setting) for r in results}, key=order)


def summarise_values(values):
    """Of numbers; those that are not finite are left out."""
    finite = [v for v in values if math.isfinite(v)]
    if not finite:
        return Summary()
    return Summary(statistics.fmean(finite),
                   statistics.stdev(finite) if len(finite) > 1 else 0.0,
                   len(finite))


def summarise(results, path):
    """Of the numbers at path, leaving out results without."""
    return summarise_values([r.number(path) for r in results])


def _points(result, curves):
    if curves.points:
        return [(find_number(point, curves.x), find_number(point, curves.y))
                for point in find_list(result.object, curves.points)]
    x = result.number(curves.x) if curves.x.startswith("values/") \
        else whole_number(result.setting(curves.x))
    return [(x, result.number(curves.y))]


def _merged(results, curves):
    """One point of those with the same x."""
    by_x = {}
    for result in results:
        for x, y in _points(result, curves):
            if math.isfinite(x) and math.isfinite(y):
                by_x.setdefault(x, []).append(y)
    summaries = [(x, summarise_values(by_x[x])) for x in sorted(by_x)]
    return [Point(x, s.mean, s.sd, s.n) for x, s in summaries]


def _grouped(results, curves):
    points = []
    for value in distinct(results, curves.group):
        group = select(results, **{curves.group: value})
        x, y = summarise(group, curves.x), summarise(group, curves.y)
        if x.n and y.n:
            points.append(Point(x.mean, y.mean, y.sd, y.n))
    return sorted(points, key=lambda point: point.x)


def make_curves(results, curves):
    """Series, labelled for readers; those without points are left out."""
    made = []
    setting = curves.series or ""
    for value in distinct(results, setting):
        selected = select(results, **{setting: value})
        points = _grouped(selected, curves) if curves.group \
            else _merged(selected, curves)
        if points:
            made.append(Series(curves.prefix + display_name(value), points))
    return made


def has_errors(series):
    return any(point.error > 0 for one in series for point in one.points)
