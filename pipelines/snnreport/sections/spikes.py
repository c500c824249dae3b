# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tables 4 and 5 of the paper: binary against ternary spikes."""
import math

from ..page import Cell, Table, count_cell, heads
from ..summary import distinct, select, summarise
from ..words import display_name, spread, with_loss

STAGES = ("ann", "converted", "fine-tuned")


def _cell(results, path, deviation, factor, digits):
    """The deviation of subjects where there is one, else that of the
    results."""
    mean = summarise(results, path)
    sd = summarise(results, deviation).mean if deviation else math.nan
    if math.isnan(sd) and mean.n > 1:
        sd = mean.sd
    return Cell(spread(factor * mean.mean, factor * sd, digits))


def _table(results, caption, path, deviation="", factor=1, digits=3):
    """A line for each normalisation, a column for each stage."""
    rows = []
    for mode in distinct(results, "mode"):
        row = select(results, mode=mode)
        cells = [_cell(select(row, stage=stage), path, deviation, factor,
                       digits) for stage in STAGES]
        rows.append((display_name(mode),
                     cells + [count_cell(len(distinct(row, "seed")))]))
    return Table(caption, heads("Input", "ANN", "Converted SNN",
                                "Fine-tuned SNN", "Seeds"), rows)


def add(report):
    images = report.results.of("cifar")
    volumes = report.results.of("ternary")
    blocks = []
    if images:
        several = len(distinct(images, "seed")) > 1
        blocks.append(_table(
            images, "CIFAR-10, VGG-5: accuracy on the test images in per cent "
            "(the paper's Table 4)"
            + (", mean ± standard deviation over seeds." if several else "."),
            "values/accuracy", factor=100, digits=2))
    for loss in distinct(volumes, "loss"):
        blocks.append(_table(
            select(volumes, loss=loss), with_loss(
                "Segmentation: 3D Dice coefficient (the paper's Table 5), mean "
                "over test subjects ± standard deviation, averaged over folds "
                "and seeds.", loss),
            "values/dice/mean", "values/dice/sd"))
    if blocks:
        report.add("spikes", "Binary against ternary spikes", blocks)
