# SPDX-License-Identifier: LGPL-2.1-or-later
"""Table 3 and Fig. 6B of the paper: fine-tuning against direct training."""
from ..charts import Chart
from ..page import Figure, Table, grouped_heads, summary_cell
from ..summary import (Curves, distinct, has_errors, make_curves, select,
                       summarise)
from ..words import display_name


def _table(results, errors):
    stages = distinct(results, "stage")
    rows = []
    for batches in distinct(results, "batches"):
        row = select(results, batches=batches)
        rows.append((batches, [
            summary_cell(summarise(select(row, stage=stage), path), 3)
            for stage in stages
            for path in ("values/dice_2d/mean", "values/dice/mean")]))
    return Table("Test Dice against the number of batches seen (the paper's "
                 "Table 3)" + (": mean ± standard deviation over seeds."
                               if errors else "."),
                 grouped_heads("Batches", map(display_name, stages),
                               ("2D", "3D")), rows)


def add(report):
    results = report.results.of("direct")
    series = make_curves(results, Curves("stage", "batches",
                                         "values/dice_2d/mean"))
    if not series:
        return
    caption = ("2D Dice coefficient on the test subjects against the number of "
               "batches seen, starting from the converted network or from "
               "random weights (the paper's Fig. 6B).")
    if has_errors(series):
        caption += " Error bars: standard deviation over seeds."
    report.add("training", "Fine-tuning against direct training", [
        Figure(Chart("Test Dice against batches seen", "Batches seen",
                     "2D Dice coefficient", series), caption),
        _table(results, has_errors(series))])
