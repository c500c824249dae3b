# SPDX-License-Identifier: LGPL-2.1-or-later
"""Dice against timesteps: Fig. 6A of the paper, published against branch-aware
conversion, low latency; and against energy."""
from . import energy
from ..charts import Chart
from ..page import Figure, Table, cell, heads
from ..summary import (Curves, Series, distinct, has_errors, make_curves,
                       select, summarise)
from ..words import SPACE, number, with_loss

# The timesteps that tables show, as far as they were measured.
SHOWN = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64, 100, 200, 500, 1000, 2500)


def ann_dice(results):
    return summarise(select(results, stage="ann"), "values/dice/mean").mean


def _over_time(setting, prefix=""):
    return Curves(setting, "timesteps", "dice/mean", "values/timesteps", prefix)


def _error_bars(series, over):
    return f" Error bars: standard deviation over {over}." \
        if has_errors(series) else ""


def _latency_table(series, ann, margin, caption):
    """Curves as a table: a line each, with the timesteps side by side. Values
    within margin of the ANN's are bold."""
    steps = [t for t in SHOWN if any(one.at(t) for one in series)]
    rows = []
    for one in series:
        points = [one.at(t) for t in steps]
        if not any(points):
            continue
        rows.append((one.label, [
            cell(point.y, 3, best=point.y >= ann - margin) if point
            else cell(float("nan"), 3) for point in points]))
    return Table(caption, heads("Recipe", *(f"T{SPACE}={SPACE}{t}"
                                            for t in steps)), rows)


def _conversions(results, setting, prefix, title, caption):
    """Converted networks by timestep: a chart for each loss that they were
    trained with."""
    blocks = []
    for loss in distinct(results, "loss"):
        found = select(results, loss=loss)
        series = make_curves(found, _over_time(setting, prefix))
        if series:
            blocks += _over_time_figure(
                with_loss(title, loss), with_loss(caption, loss), series,
                ann_dice(found))
    return blocks


def _of_same_ann(results, reference):
    """Those whose ANN is that of the reference: of the same fold and seed, and
    the same Dice to all digits. (The loss that networks were trained with is
    not told in all experiments.)"""
    known = {(r.setting("fold"), r.setting("seed"),
              r.number("values/dice/mean"))
             for r in select(reference, stage="ann")}
    same = {(r.setting("loss"), r.setting("fold"), r.setting("seed"))
            for r in select(results, stage="ann")
            if (r.setting("fold"), r.setting("seed"),
                r.number("values/dice/mean")) in known}
    return [r for r in results if (r.setting("loss"), r.setting("fold"),
                                   r.setting("seed")) in same]


def _elsewhere(of, reference):
    """Curves of the same ANNs' conversions from other experiments."""
    conversions = make_curves(_of_same_ann(of("conversion"), reference),
                              _over_time("conversion"))
    scales = make_curves(_of_same_ann(of("timesteps"), reference),
                         _over_time("threshold_scale",
                                    "Published, thresholds × "))
    return conversions, scales


def _up_to(series, limit):
    return [Series(one.label, points) for one in series
            if (points := [p for p in one.points if p.x <= limit])]


def _low_latency(of):
    results = of("lowlatency")
    converted = make_curves(results, _over_time("recipe"))
    tuned = make_curves(select(results, stage="fine-tuned"),
                        Curves("recipe", "timesteps", "values/dice/mean"))
    ann = ann_dice(results)
    conversions, scales = _elsewhere(of, results)
    blocks = []
    if converted:
        last = max(p.x for one in converted for p in one.points)
        published = [] if any(one.label == "Published" for one in converted) \
            else _up_to([one for one in conversions + scales
                         if one.label == "Published"] or scales, last)
        blocks += _over_time_figure(
            "Low latency: Dice against timesteps by conversion recipe",
            "3D Dice coefficient of converted SNNs against timesteps, by "
            "recipe: scale of the activations, input, initial membrane"
            + ("; and the published conversion of the same ANNs"
               if published else "") + ".", converted + published, ann)
        if conversions + scales:
            blocks += _over_time_figure(
                "Dice against timesteps, all conversions",
                "3D Dice coefficient of all conversions of the same ANNs "
                "against timesteps.", converted + conversions + scales, ann)
        blocks.append(_latency_table(
            converted + published, ann, 0.01,
            "Low latency: 3D Dice coefficient of converted SNNs, without "
            "fine-tuning, against timesteps. Bold: within 0.01 of the ANN's "
            f"{number(ann, 3)}."))
    if tuned:
        blocks.append(_latency_table(
            tuned, ann, 0.005,
            "Low latency: 3D Dice coefficient after fine-tuning at T "
            f"timesteps. Bold: within 0.005 of the ANN's {number(ann, 3)}."))
    return blocks


def _over_time_figure(title, caption, series, ann):
    return [Figure(Chart(title, "Timesteps T", "3D Dice coefficient", series,
                         log_x=True, reference=ann, reference_label="ANN"),
                   caption + _error_bars(series, "folds and seeds"))]


def add(report):
    of = report.results.of
    blocks = _conversions(
        of("timesteps"), "threshold_scale", "thresholds × ",
        "Dice against timesteps by threshold scale",
        "3D Dice coefficient of the SNN converted as published against "
        "timesteps, for several scales of all thresholds (the paper's "
        "Fig. 6A).")
    blocks += _conversions(
        of("conversion"), "conversion", "",
        "Published against branch-aware conversion",
        "How much of the published conversion's loss is the scale error at "
        "skip branches: the same ANN converted as published (the better "
        "threshold scale) and branch-aware.")
    blocks += _low_latency(of) + energy.blocks(of("energy"))
    if blocks:
        report.add("timesteps", "Timesteps, latency and energy", blocks)
