# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whether networks are right as often as they are sure, and what is gained where
a human sees to the voxels of which they are least sure."""
from ..charts import Chart
from ..page import Figure, Table, heads, summary_cell
from ..summary import (Curves, Point, Series, distinct, has_errors,
                       make_curves, select, summarise)
from ..words import display_name, with_loss

RELIABILITY = Curves("stage", "from", "right", "values/calibration/reliability")
REFERRED = Curves("stage", "below", "dice", "values/calibration/referred")


def _errors(results):
    """The expected calibration error of each stage."""
    losses = distinct(results, "loss")
    rows, several = [], False
    for stage in distinct(results, "stage"):
        found = select(results, stage=stage)
        summaries = [summarise(select(found, loss=loss),
                               "values/calibration_error/mean")
                     for loss in losses]
        rows.append((display_name(stage), [summary_cell(one, 4)
                                           for one in summaries]))
        several = several or any(one.n > 1 for one in summaries)
    return Table("Expected calibration error of voxels: mean over subjects"
                 + (", ± standard deviation over folds and seeds." if several
                    else "."),
                 heads("Stage", *map(display_name, losses)), rows)


def _figure(title, x_label, y_label, caption, series):
    if has_errors(series):
        caption += " Error bars: standard deviation over folds and seeds."
    return Figure(Chart(title, x_label, y_label, series), caption)


def _figures(results, loss):
    found = select(results, loss=loss)
    curves = make_curves(found, RELIABILITY)
    steps = sorted({p.x for one in curves for p in one.points})
    # A voxel of a bin of 0.05 is in its middle, but for how the bin is filled.
    straight = Series("As often as sure", [Point(x, x + 0.025) for x in steps])
    return [
        _figure(with_loss("Reliability", loss), "Confidence, from",
                "Part that is right",
                with_loss("Part of the voxels whose class is the predicted one, "
                          "by the probability of that class, in bins of 0.05",
                          loss) + ".", curves + [straight]),
        _figure(with_loss("Dice of what is kept", loss),
                "Least confidence that is kept", "3D Dice coefficient",
                with_loss("Dice of the voxels that are left when those with "
                          "less confidence are referred to a human", loss)
                + ".", make_curves(found, REFERRED))]


def add(report):
    results = [r for r in report.results.of("table1")
               if r.list("values/calibration/reliability")]
    if not results:
        return
    blocks = [_errors(results)]
    for loss in distinct(results, "loss"):
        blocks += _figures(results, loss)
    report.add("calibration", "How sure, and how often right", blocks)
