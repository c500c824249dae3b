# SPDX-License-Identifier: LGPL-2.1-or-later
"""Dice against timesteps and against energy: Fig. 6A of the paper, published
against branch-aware conversion, low latency, cost."""
from ..charts import Chart
from ..page import Figure, Table, cell, heads
from ..summary import (Curves, distinct, has_errors, make_curves, select,
                       summarise)
from ..words import (SPACE, display_name, number, whole_number,
                     with_loss)

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
        rows.append((one.label, [
            cell(point.y, 3, best=point.y >= ann - margin) if point
            else cell(float("nan"), 3) for point in points]))
    return Table(caption, heads("Recipe", *(f"T{SPACE}={SPACE}{t}"
                                            for t in steps)), rows)


def _conversions(results, setting, prefix, title, caption, over):
    """Converted networks by timestep: a chart for each loss that they were
    trained with."""
    figures = []
    for loss in distinct(results, "loss"):
        found = select(results, loss=loss)
        series = make_curves(found, _over_time(setting, prefix))
        if series:
            figures.append(Figure(
                Chart(with_loss(title, loss), "Timesteps T",
                      "3D Dice coefficient", series, log_x=True,
                      reference=ann_dice(found), reference_label="ANN"),
                with_loss(caption, loss) + _error_bars(series, over)))
    return figures


def _low_latency(results):
    converted = make_curves(results, _over_time("recipe"))
    tuned = make_curves(select(results, stage="fine-tuned"),
                        Curves("recipe", "timesteps", "values/dice/mean"))
    ann = ann_dice(results)
    blocks = []
    if converted:
        blocks += _conversions(
            results, "recipe", "",
            "Low latency: Dice against timesteps by conversion recipe",
            "3D Dice coefficient of converted SNNs against timesteps, by "
            "recipe: scale of the activations, input, initial membrane.",
            "seeds")
        blocks.append(_latency_table(
            converted, ann, 0.01,
            "Low latency: 3D Dice coefficient of converted SNNs, without "
            "fine-tuning, against timesteps. Bold: within 0.01 of the ANN's "
            f"{number(ann, 3)}."))
    if tuned:
        blocks.append(_latency_table(
            tuned, ann, 0.005,
            "Low latency: 3D Dice coefficient after fine-tuning at T "
            f"timesteps. Bold: within 0.005 of the ANN's {number(ann, 3)}."))
    return blocks


def _costs(results):
    rows = []
    for recipe in distinct(results, "recipe"):
        row = select(results, recipe=recipe)
        for timesteps in distinct(row, "timesteps"):
            found = select(row, timesteps=timesteps)
            energy = {name: summarise(found, f"values/energy/{name}").mean
                      for name in ("accumulates", "multiply_accumulates",
                                   "microjoules")}
            rows.append((display_name(recipe), [
                cell(whole_number(timesteps), 0),
                cell(energy["accumulates"] / 1e6, 2),
                cell(energy["multiply_accumulates"] / 1e6, 2),
                cell(energy["microjoules"], 2),
                cell(summarise(found, "values/dice/mean").mean, 3)]))
    return Table(
        "Cost of a slice: synaptic operations and estimated energy (Horowitz's "
        "45 nm figures: 0.9 pJ an accumulate, 4.6 pJ a multiply-accumulate, "
        "float32; memory traffic not counted).",
        heads("Network", "T", "Accumulates (M)", "Multiply-accumulates (M)",
              "Energy (µJ)", "3D Dice"), rows)


def _energy(results):
    series = make_curves(results, Curves(
        "recipe", "values/energy/microjoules", "values/dice/mean",
        group="timesteps"))
    if not series:
        return []
    return [Figure(Chart("Dice against energy",
                         "Estimated energy of a slice (µJ)",
                         "3D Dice coefficient", series, log_x=True),
                   "3D Dice coefficient against the estimated energy of a "
                   "slice; along a curve the timesteps grow."
                   + _error_bars(series, "folds and seeds")),
            _costs(results)]


def add(report):
    of = report.results.of
    blocks = _conversions(
        of("timesteps"), "threshold_scale", "thresholds × ",
        "Dice against timesteps by threshold scale",
        "3D Dice coefficient of the SNN converted as published against "
        "timesteps, for several scales of all thresholds (the paper's "
        "Fig. 6A).", "folds and seeds")
    blocks += _conversions(
        of("conversion"), "conversion", "",
        "Published against branch-aware conversion",
        "How much of the published conversion's loss is the scale error at "
        "skip branches: the same ANN converted as published (the better "
        "threshold scale) and branch-aware.", "seeds")
    blocks += _low_latency(of("lowlatency"))
    blocks += _energy(of("energy"))
    if blocks:
        report.add("timesteps", "Timesteps, latency and energy", blocks)
