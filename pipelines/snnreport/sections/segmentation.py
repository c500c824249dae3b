# SPDX-License-Identifier: LGPL-2.1-or-later
"""Table 1, Figs. 3 and 4, Table 2 and Fig. 5 of the paper, and the further
metrics."""
import math

from ..charts import Bars, Chart
from ..data import subjects
from ..page import (Cell, Figure, Pictures, Table, cell, count_cell,
                    grouped_heads, heads, text_cell)
from ..results import find_text
from ..summary import (Curves, Point, Series, distinct, has_errors,
                       make_curves, select, summarise, summarise_values)
from ..words import display_name, number, spread, with_loss

STAGES = ("ann", "converted", "fine-tuned")
METRICS = (
    ("iou", "IoU", 3),
    ("sensitivity", "Sensitivity", 3),
    ("precision", "Precision", 3),
    ("hd95", "HD95 (mm)", 2),
    ("assd", "ASSD (mm)", 2),
    ("volume_difference", "Volume difference", 3),
)


def _dice(results, name):
    """The mean over subjects (or slices) and their standard deviation, each
    averaged over folds and seeds; in small print the deviation of the folds'
    means, each of which is that of its seeds."""
    means = summarise_values([
        summarise(select(results, fold=fold), f"values/{name}/mean").mean
        for fold in distinct(results, "fold")])
    deviations = summarise(results, f"values/{name}/sd")
    return Cell(spread(means.mean, deviations.mean, 3),
                small=f"({number(means.sd, 3)})" if means.n > 1 else "")


def _losses(results):
    rows = []
    for loss in distinct(results, "loss"):
        row = select(results, loss=loss)
        cells = [_dice(select(row, stage=stage), name) for stage in STAGES
                 for name in ("dice", "dice_2d")]
        rows.append((display_name(loss), cells + [
            count_cell(n) for n in (subjects(row), len(distinct(row, "fold")),
                                    len(distinct(row, "seed")))]))
    return Table(
        "Dice coefficients of ANN, early-stop converted and fine-tuned SNN for "
        "three losses (the paper's Table 1). 3D: over test subjects; 2D: over "
        "their slices. Mean ± standard deviation, averaged over folds and seeds; in "
        "brackets the standard deviation of the folds' means.",
        grouped_heads("Loss", map(display_name, STAGES), ("3D", "2D"),
                      "Subjects", "Folds", "Seeds"), rows)


def _loss_bars(results):
    losses = distinct(results, "loss")
    series = []
    for stage in STAGES:
        points = []
        for i, loss in enumerate(losses):
            found = select(results, stage=stage, loss=loss)
            mean = summarise(found, "values/dice/mean")
            sd = summarise(found, "values/dice/sd")
            points.append(Point(i, mean.mean, sd.mean, mean.n))
        series.append(Series(display_name(stage), points))
    caption = ("3D Dice coefficient of each stage, by the loss it was trained "
               "with.")
    if has_errors(series):
        caption += (" Error bars: standard deviation over test subjects, "
                    "averaged over folds and seeds.")
    return Figure(Bars("3D Dice by loss and stage", "3D Dice coefficient",
                       [display_name(loss) for loss in losses], series),
                  caption)


def _metrics(results):
    """Further metrics, where they were measured."""
    rows = []
    for loss in distinct(results, "loss"):
        for stage in STAGES:
            found = select(results, loss=loss, stage=stage)
            if found:
                rows.append((display_name(loss), [text_cell(
                    display_name(stage))] + [
                    cell(summarise(found, f"values/{name}/mean").mean, digits,
                         summarise(found, f"values/{name}/sd").mean)
                    for name, _, digits in METRICS]))
    return Table(
        "Further metrics of the same predictions: means over test subjects ± "
        "standard deviation, averaged over folds and seeds. HD95: 95 % Hausdorff "
        "distance; ASSD: average symmetric surface distance; volume "
        "difference: (predicted − true) / true.",
        heads("Loss", "Stage", *(heading for _, heading, _ in METRICS)), rows)


def _pictures(report, result):
    """A slice, and what the networks see in it."""
    pictures = []
    for picture in result.list("files/pictures"):
        file, text = find_text(picture, "file"), find_text(picture, "caption")
        data = report.embed(file) if file else None
        if data:
            pictures.append((text or "", data))
    if not pictures:
        return None
    names = {name.lower() for name, _ in pictures}
    caption = f"A slice of the {result.setting('subject')}"
    if "true mask" in names:
        caption += " with the true mask (outlined in blue)"
    if names - {"true mask", "input"}:
        caption += " and the predictions (in orange)" if "true mask" in names \
            else " with the predictions (in orange)"
    return Pictures(caption + "; the paper's Fig. 3.", pictures)


def _layer_means(results, label, path):
    """The mean of the results' rates (or thresholds), layer by layer."""
    lists = [[v if isinstance(v, (int, float)) else math.nan
              for v in result.list(path)] for result in results]
    points = []
    for layer in range(max(map(len, lists), default=0)):
        summary = summarise_values([values[layer] for values in lists
                                    if layer < len(values)])
        points.append(Point(layer, summary.mean, summary.sd, summary.n))
    return Series(label, points)


def _rates(results):
    thresholds = _layer_means(results, "", "values/rates/thresholds").points
    layers = [f"{layer}\nv = {thresholds[i].y:.2g}" if i < len(thresholds)
              else str(layer)
              for i, layer in enumerate(results[0].list("values/rates/layers"))]
    series = [_layer_means(select(results, stage=stage), display_name(stage),
                           "values/rates/rates")
              for stage in distinct(results, "stage")]
    caption = ("Firing frequency of each layer's neurons on the test subjects, "
               "from the input to the output side (the paper's Fig. 4). v: the "
               "layer's mean threshold.")
    if has_errors(series):
        caption += " Error bars: standard deviation over folds and seeds."
    return Figure(Bars("Firing frequency by layer",
                       "Spikes per neuron and timestep", layers, series),
                  caption)


def _cut_offs(results):
    figures = []
    for loss in distinct(results, "loss"):
        found = select(results, loss=loss)
        series = make_curves(select(found, stage="converted"), Curves(
            "conversion", "cut_off", "dice/mean", "values/cut_offs"))
        if not series:
            continue
        caption = with_loss(
            "3D Dice coefficient of the converted SNN against the cut-off of "
            "its output (the paper's Table 2 and Fig. 5).", loss)
        if has_errors(series):
            caption += " Error bars: standard deviation over folds and seeds."
        ann = summarise(select(found, stage="ann"), "values/dice/mean").mean
        figures.append(Figure(
            Chart(with_loss("Dice against the output cut-off", loss),
                  "Output cut-off", "3D Dice coefficient", series,
                  reference=ann, reference_label="ANN at 0.5"), caption))
    return figures


def add(report):
    table = report.results.of("table1")
    rates = report.results.of("fig4")
    blocks = [_losses(table), _loss_bars(table)] if table else []
    blocks += filter(None, (_pictures(report, result)
                            for result in report.results.of("fig3")))
    if rates:
        blocks.append(_rates(rates))
    blocks += _cut_offs(report.results.of("cutoffs"))
    if summarise(table, "values/iou/mean").n:
        blocks.append(_metrics(table))
    if blocks:
        report.add("segmentation", "Three stages", blocks)
