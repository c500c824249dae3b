# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a slice costs, and Dice against it.

Operations are counted in two ways, as NeuroBench does (Yik et al. 2025, "The
NeuroBench framework", doi:10.1038/s41467-025-56739-4): dense, with every zero
as any other value, and effective, without what is multiplied by zero. Only
like is comparable with like: an ANN that skips zeros is cheaper, too."""
from ..charts import Chart
from ..page import Figure, Table, cell, heads
from ..results import Result
from ..summary import (Curves, Series, distinct, has_errors, make_curves,
                       select, summarise)
from ..words import display_name, whole_number

COUNTS = ("accumulates", "multiply_accumulates", "microjoules")
KINDS = ("effective", "dense")


def _completed(result):
    """With the names of both kinds. Earlier results have only one, without its
    name: dense of ANNs, effective of spiking networks."""
    values = result.object.get("values")
    energy = values.get("energy") if isinstance(values, dict) else None
    if not isinstance(energy, dict):
        return result
    kind = "dense" if result.setting("stage") == "ann" else "effective"
    energy = {f"{kind}_{name}": energy[name] for name in COUNTS
              if name in energy} | energy
    return Result(result.line, result.object
                  | {"values": values | {"energy": energy}})


def _curves(results, kind):
    return make_curves(results, Curves(
        "recipe", f"values/energy/{kind}_microjoules", "values/dice/mean",
        group="timesteps"))


def _renamed(series, more):
    return [Series(f"{one.label}, {more}", one.points) for one in series]


def _costs(results):
    rows = []
    for recipe in distinct(results, "recipe"):
        row = select(results, recipe=recipe)
        for timesteps in distinct(row, "timesteps"):
            found = select(row, timesteps=timesteps)
            cells = [cell(whole_number(timesteps), 0)]
            for kind in KINDS:
                for name, factor in zip(COUNTS, (1e-6, 1e-6, 1)):
                    mean = summarise(found, f"values/energy/{kind}_{name}").mean
                    cells.append(cell(mean * factor, 2))
            cells.append(cell(summarise(found, "values/dice/mean").mean, 3))
            rows.append((display_name(recipe), cells))
    return Table(
        "Cost of a slice: synaptic operations, in millions of accumulates "
        "(AC) and multiply-accumulates (MAC), and estimated energy "
        "(Horowitz's 45 nm figures: 0.9 pJ an accumulate, 4.6 pJ a "
        "multiply-accumulate, float32; memory traffic not counted). Effective: "
        "without what is multiplied by zero; dense: with it. A dash: not "
        "measured.",
        heads("Network", "T", "Effective AC", "Effective MAC",
              "Effective µJ", "Dense AC", "Dense MAC", "Dense µJ", "3D Dice"),
        rows)


def _figure(title, x_label, caption, series):
    if has_errors(series):
        caption += " Error bars: standard deviation over folds and seeds."
    return Figure(Chart(title, x_label, "3D Dice coefficient", series,
                        log_x=True), caption)


def blocks(results):
    results = [_completed(result) for result in results]
    ann = select(results, stage="ann")
    spiking = [r for r in results if r not in ann]
    effective_ann = _renamed(_curves(ann, "effective"), "zeros skipped")
    dense_ann = _renamed(_curves(ann, "dense"), "dense")
    effective, dense = _curves(spiking, "effective"), _curves(spiking, "dense")
    made = []
    if effective:
        made.append(_figure(
            "Dice against energy", "Estimated energy of a slice (µJ)",
            "3D Dice coefficient against the estimated energy of a slice's "
            "effective operations; along a curve the timesteps grow."
            + (" The ANN's energy is of dense operations, too, for hardware "
               "that multiplies zeros." if effective_ann and dense_ann
               else " The ANN's is of dense operations, of which an ANN that "
               "skips zeros needs a part; how large was not measured."
               if dense_ann else ""),
            effective_ann + dense_ann + effective))
    if dense:
        made.append(_figure(
            "Dice against energy, dense operations",
            "Estimated energy of a slice, dense (µJ)",
            "3D Dice coefficient against the energy that a slice would take if "
            "every synapse worked in every timestep.", dense_ann + dense))
    if effective or dense:
        made.append(_costs(results))
    return made
