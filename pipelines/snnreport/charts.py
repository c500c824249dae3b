# SPDX-License-Identifier: LGPL-2.1-or-later
"""Curves and bars as SVG, drawn by matplotlib.

Colours are those of Okabe and Ito, which colour-blind readers can tell apart;
each comes with a marker and dashes of its own, so that a print without colours
will do as well. In the SVG they are variables of the style sheet, report.css,
which has them for light and dark screens and for paper; the text stays text,
in the page's own typeface."""
import io
import logging
import math
import re
import warnings
from dataclasses import dataclass, field
from html import escape

from .words import number, short, shown

logging.getLogger("matplotlib").setLevel(logging.ERROR)
import matplotlib  # noqa: E402 (it logs while it is imported)

matplotlib.use("svg")
from matplotlib import figure, lines, patches, ticker  # noqa: E402

# In the SVG's own units (points); the style sheet scales it to the page.
WIDTH, HEIGHT = 720, 380
LEFT, RIGHT, TOP, BOTTOM = 68, 16, 14, 52
LEGEND_LINE = 20
CHAR_WIDTH = 6.6
LONGEST_LABEL = 90
# Crowded markers would hide each other and the line.
MARKER_DISTANCE = 9

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00",
           "#1a1a1a", "#8c8c8c")
INK, SOFT, FAINT = "#111111", "#595959", "#e6e6e6"
VARIABLES = {**{colour: f"--s{i}" for i, colour in enumerate(COLOURS)},
             INK: "--ink", SOFT: "--soft", FAINT: "--faint"}
MARKERS = ("o", "s", "^", "D", "v", "X", "P", "*")
DASHES = ((None, None), (8, 4), (2, 3), (10, 3, 2, 3), (5, 3),
          (12, 3, 2, 3, 2, 3), (1, 4), (4, 2))
# Of bars, where colours are all that tells them apart.
OPACITIES = (1, .72, .45, .25)

SETTINGS = {
    "svg.fonttype": "none", "svg.hashsalt": "gst-snn", "text.parse_math": False,
    "font.family": "DejaVu Sans", "font.size": 12.5, "text.color": INK,
    "axes.edgecolor": INK, "axes.labelcolor": INK, "axes.linewidth": 1,
    "axes.spines.top": False, "axes.spines.right": False,
    "axes.axisbelow": True, "axes.grid": True, "axes.grid.axis": "y",
    "grid.color": FAINT, "xtick.color": INK, "ytick.color": INK,
    "xtick.major.size": 6, "ytick.major.size": 0, "patch.edgecolor": INK,
    "patch.linewidth": .6,
}


@dataclass
class Chart:
    """reference: a horizontal line; unit_y: whether y, as a Dice coefficient,
    is never beyond 0 and 1; digits: decimals of y in the table."""
    title: str
    x_label: str
    y_label: str
    series: list
    log_x: bool = False
    unit_y: bool = True
    reference: float = math.nan
    reference_label: str = ""
    digits: int = 3

    def table(self):
        """The numbers: heads, and a row each x with the series side by
        side."""
        values = sorted({p.x for one in self.series for p in one.points})
        return ([self.x_label] + [one.label for one in self.series],
                [(short(x), [_value_text(one.at(x), self.digits)
                             for one in self.series]) for x in values])


@dataclass
class Bars:
    """groups: a name for each group of bars, lines apart by a newline; the
    point of index i of a series is the bar in group i."""
    title: str
    y_label: str
    groups: list
    series: list
    digits: int = field(default=3)

    def table(self):
        return ([""] + [one.label for one in self.series],
                [(", ".join(group.split("\n")),
                  [_value_text(one.points[i] if i < len(one.points) else None,
                               self.digits) for one in self.series])
                 for i, group in enumerate(self.groups)])


def _value_text(point, digits):
    if not point or not math.isfinite(point.y):
        return number(math.nan, digits)
    text = number(point.y, digits)
    if point.error > 0:
        text += f" ± {number(point.error, digits)}"
    return text + (f" (n\u00a0=\u00a0{point.n})" if point.n > 1 else "")


def chart_name(title):
    """Of files and elements: "Dice against T, u = 0" is
    "dice-against-t-u-0"."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def tick_step(span, n):
    """The distance of about n ticks between 0 and span, of the form 1, 2 or 5
    times a power of ten."""
    if not 0 < span < math.inf:
        return 1.0
    power = 10.0 ** math.floor(math.log10(span / n))
    return next((factor * power for factor in (1, 2, 5)
                 if span / n <= factor * power * (1 + 1e-9)), 10 * power)


def log_ticks(low, high):
    """Every tick has its label: 1, 2 and 5 times the powers of ten; of a wide
    range the powers alone, of a narrow one all."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1,), (1, 2, 5), range(1, 10)):
        ticks = [factor * 10.0 ** power for power in powers
                 for factor in factors if low <= factor * 10.0 ** power <= high]
        if len(ticks) >= 4:
            break
    return ticks


def _label(text):
    text = shown(text)
    if len(text) > LONGEST_LABEL:
        text = text[:LONGEST_LABEL - 1] + "…"
    # Matplotlib leaves out of legends what begins with "_".
    return " " + text if text.startswith("_") else text


def _name_text(text):
    return "\n".join(_label(line) for line in text.split("\n"))


def _y_range(low, high, unit):
    """Widened to whole ticks, with the ticks' distance."""
    if not low <= high:
        low, high = 0, 1
    if unit and low < 0.5 * high:
        low = 0
    if high - low < 1e-6:
        low, high = low - .05, high + .05
    step = tick_step(high - low, 5)
    low = math.floor(low / step + 1e-9) * step
    high = math.ceil(high / step - 1e-9) * step
    return (max(low, 0), min(high, 1), step) if unit else (low, high, step)


def _x_range(values, log):
    low, high = (min(values), max(values)) if values else (1, 1)
    if log:
        if low == high:
            return low / 2, high * 2
        return low / 1.08, high * 1.08
    margin = .5 if low == high else .03 * (high - low)
    return low - margin, high + margin


def _drawn(chart, points):
    return [p for p in points if math.isfinite(p.x) and math.isfinite(p.y)
            and not (chart.log_x and p.x <= 0)]


class _Drawing:
    """A figure with one pair of axes and its legend below them."""

    def __init__(self, labels):
        self.labels = [_label(label) for label in labels]
        longest = max(map(len, self.labels), default=1)
        room = WIDTH - LEFT - RIGHT
        self.columns = max(1, int(room // (54 + CHAR_WIDTH * longest)))
        n_lines = math.ceil(len(self.labels) / self.columns)
        self.height = HEIGHT + LEGEND_LINE * n_lines
        self.figure = figure.Figure(figsize=(WIDTH / 72, self.height / 72))
        self.axes = self.figure.add_axes(
            (LEFT / WIDTH, 1 - (HEIGHT - BOTTOM) / self.height,
             (WIDTH - LEFT - RIGHT) / WIDTH,
             (HEIGHT - TOP - BOTTOM) / self.height))
        self.axes.patch.set_visible(False)
        self.figure.patch.set_visible(False)
        self.handles = []

    def y_axis(self, low, high, unit, label):
        low, high, step = _y_range(low, high, unit)
        self.axes.set_ylim(low, high)
        self.axes.yaxis.set_major_locator(ticker.MultipleLocator(step))
        self.axes.yaxis.set_major_formatter(
            ticker.FuncFormatter(lambda y, _: short(
                0 if abs(y) < 1e-6 * step else y)))
        self.axes.set_ylabel(label)

    def svg(self, title, text):
        if self.handles:
            self.figure.legend(
                self.handles, self.labels, loc="lower left", frameon=False,
                bbox_to_anchor=(LEFT / WIDTH, 0), ncol=self.columns,
                borderaxespad=0, borderpad=.2, handlelength=2.4,
                columnspacing=1.2, labelspacing=.35)
        file = io.BytesIO()
        self.figure.savefig(file, format="svg", metadata={"Date": None})
        return _page_svg(file.getvalue().decode(), self.height, title, text)


def _page_style(match):
    style = re.sub("|".join(VARIABLES),
                   lambda colour: f"var({VARIABLES[colour[0]]})", match[0])
    return re.sub(r'font: ([0-9.]+px) [^;"]*', r"font-size: \1", style)


def _page_svg(svg, height, title, text):
    """Matplotlib's SVG as a part of a page: no header, names of its own, its
    colours variables, a title and a text for those who can't see it."""
    name = chart_name(title)
    body = svg[svg.index(">", svg.index("<svg")) + 1:]
    body = re.sub(r"\s*<metadata>.*?</metadata>", "", body, flags=re.S)
    body = re.sub(r"\s*<defs>\s*<style.*?</style>\s*</defs>", "", body,
                  flags=re.S)
    body = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", body)
    body = re.sub(r'style="[^"]*"', _page_style, body)
    return (f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="img" '
            f'aria-labelledby="{name}-title {name}-text" '
            'xmlns:xlink="http://www.w3.org/1999/xlink">'
            f'<title id="{name}-title">{escape(shown(title))}</title>'
            f'<desc id="{name}-text">{escape(shown(text))}</desc>{body.strip()}\n')


def _draw_series(drawing, chart, index, series):
    axes = drawing.axes
    colour = COLOURS[index % len(COLOURS)]
    marker = MARKERS[(index + index // len(COLOURS)) % len(MARKERS)]
    style = {"color": colour, "linewidth": 2, "marker": marker,
             "markersize": 7.5, "markeredgewidth": 1.2,
             "markerfacecolor": "none" if index >= len(COLOURS) else colour,
             "dashes": DASHES[index % len(DASHES)] if index % len(DASHES)
             else (None, None)}
    points = _drawn(chart, series.points)
    places = [axes.transData.transform((p.x, p.y))[0] * 72
              / drawing.figure.dpi for p in points]
    marked, last = [], -math.inf
    for i, place in enumerate(places):
        if place - last >= MARKER_DISTANCE:
            marked.append(i)
            last = place
    axes.plot([p.x for p in points], [p.y for p in points], markevery=marked,
              clip_on=False, **style)
    low, high = axes.get_ylim()
    for point in (points[i] for i in marked):
        if point.error > 0:
            y = max(point.y - point.error, low), min(point.y + point.error, high)
            axes.plot([point.x] * 2, y, color=colour, linewidth=1.2, marker="_",
                      markersize=6, clip_on=False)
    drawing.handles.append(lines.Line2D([], [], **style))


def _draw_x_axis(axes, chart):
    xs = [p.x for one in chart.series for p in _drawn(chart, one.points)]
    low, high = _x_range(xs, chart.log_x)
    if chart.log_x:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(ticker.FixedLocator(log_ticks(low, high)))
    else:
        axes.xaxis.set_major_locator(
            ticker.MultipleLocator(tick_step(high - low, 8)))
    axes.xaxis.set_minor_locator(ticker.NullLocator())
    axes.xaxis.set_major_formatter(ticker.FuncFormatter(lambda x, _: short(x)))
    axes.set_xlim(low, high)
    axes.set_xlabel(chart.x_label)


def _chart_svg(chart, text):
    drawing = _Drawing([one.label for one in chart.series])
    points = [p for one in chart.series for p in _drawn(chart, one.points)]
    reference = [chart.reference] if math.isfinite(chart.reference) else []
    drawing.y_axis(
        min([p.y - max(p.error, 0) for p in points] + reference,
            default=math.nan),
        max([p.y + max(p.error, 0) for p in points] + reference,
            default=math.nan), chart.unit_y, chart.y_label)
    _draw_x_axis(drawing.axes, chart)
    for y in reference:
        drawing.axes.axhline(y, color=SOFT, linewidth=1, dashes=(2, 3))
        drawing.axes.annotate(
            _label(chart.reference_label), (1, y), (-2, 4), color=SOFT,
            xycoords=("axes fraction", "data"), textcoords="offset points",
            ha="right", fontsize=11.5)
    for i, series in enumerate(chart.series):
        _draw_series(drawing, chart, i, series)
    return drawing.svg(chart.title, text)


def _bars_svg(bars, text):
    drawing = _Drawing([one.label for one in bars.series])
    axes = drawing.axes
    n = max(len(bars.groups), 1)
    group = (WIDTH - LEFT - RIGHT) / n
    width = min(.8 / max(len(bars.series), 1), 48 / group)
    points = [p for one in bars.series for p in one.points
              if math.isfinite(p.y)]
    drawing.y_axis(min([0] + [p.y for p in points]),
                   max([p.y + max(p.error, 0) for p in points], default=0),
                   False, bars.y_label)
    axes.set_xlim(0, n)
    axes.tick_params(axis="x", length=0, labelsize=11)
    axes.set_xticks([i + .5 for i in range(len(bars.groups))],
                    [_name_text(name) for name in bars.groups])
    for i, series in enumerate(bars.series):
        style = {"color": COLOURS[i % len(COLOURS)], "edgecolor": INK,
                 "alpha": OPACITIES[i % len(OPACITIES)]}
        for j, point in enumerate(series.points):
            if not math.isfinite(point.y):
                continue
            x = j + .5 + width * (i + .5 - len(bars.series) / 2)
            axes.bar(x, point.y, width, **style)
            if point.error > 0:
                axes.plot([x, x], [max(point.y - point.error,
                                       axes.get_ylim()[0]),
                                   point.y + point.error], color=INK,
                          linewidth=1.2, marker="_", markersize=6)
        drawing.handles.append(patches.Patch(**style))
    return drawing.svg(bars.title, text)


def svg(chart, text):
    """A Chart or Bars; text, in plain words, is for those who can't see it."""
    draw = _bars_svg if isinstance(chart, Bars) else _chart_svg
    with matplotlib.rc_context(SETTINGS), warnings.catch_warnings():
        # Of glyphs that its own typeface lacks: the browser has others.
        warnings.simplefilter("ignore")
        return draw(chart, text)


def standalone(svg_text, style):
    """The chart as a file of its own, with the style sheet in it."""
    head, tail = svg_text.split(">", 1)
    head = head.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return (f"{head}>\n<style>\n{style}svg {{ background: var(--paper); }}\n"
            f"</style>{tail}")
