# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the paper claims, and what the results say to it."""
from ..page import Claims, Paragraph
from ..pairs import (LEVEL, Claim, Comparison, Verdict, at, at_cut_off,
                     at_timesteps, compare, is_pair)
from ..summary import (Curves, distinct, make_curves, select, summarise)
from ..words import display_name, number, short

DICE = "values/dice/mean"
# What passes for the ANN's own Dice.
MARGIN = 0.01


def _restored(of):
    results = of("table1")
    verdicts, parts = [], []
    for loss in distinct(results, "loss"):
        row = select(results, loss=loss)
        tuned = compare(row, "stage", "fine-tuned", "ann", DICE)
        converted = compare(row, "stage", "converted", "ann", DICE)
        if not tuned.n:
            continue
        verdicts.append(tuned.verdict(-MARGIN))
        parts.append(f"{display_name(loss)} {tuned.text(-MARGIN)}"
                     + (f", converted {number(converted.mean, 3, sign=True)}"
                        if converted.n else ""))
    if not parts:
        return []
    return [Claim(Verdict.of_all(verdicts), "Fine-tuning restores the "
                  f"converted network to within {MARGIN} of the ANN.",
                  "Mean difference of the 3D Dice coefficient to the ANN: "
                  + "; ".join(parts) + f". p is of a difference of "
                  f"{number(-MARGIN, 2)}.")]


def _faster(of):
    results = of("direct")
    verdicts, parts = [], []
    for batches in distinct(results, "batches"):
        gain = compare(select(results, batches=batches), "stage", "fine-tuned",
                       "direct", "values/dice_2d/mean")
        if gain.n:
            verdicts.append(gain.verdict())
            parts.append(f"{batches} batches {gain.text()}")
    if not parts:
        return []
    return [Claim(Verdict.of_all(verdicts), "Fine-tuning beats direct training "
                  "at every number of batches seen.",
                  "2D Dice, fine-tuned less directly trained, after "
                  + "; ".join(parts) + ".")]


def _best_cut_off(results):
    """The best point of all cut-offs; None where there is none."""
    curves = make_curves(results, Curves(None, "cut_off", "dice/mean",
                                         "values/cut_offs"))
    return max((p for one in curves for p in one.points),
               key=lambda point: point.y, default=None)


def _cut_off(of):
    """Where a conversion lost nothing there is nothing to repair."""
    results = of("cutoffs")
    verdicts, detail = [], ""
    for loss in distinct(results, "loss"):
        row = select(results, loss=loss)
        ann = select(row, stage="ann")
        published = select(row, conversion="published")
        at_half, reference = summarise(published, DICE), summarise(ann, DICE)
        best = _best_cut_off(published)
        if not best or not reference.n:
            continue
        detail += (f"{display_name(loss) + ': ' if loss else ''}best 3D Dice "
                   f"{number(best.y, 3)} at cut-off {short(best.x)}, "
                   f"{number(at_half.mean, 3)} at 0.5; the ANN has "
                   f"{number(reference.mean, 3)}")
        if at_half.mean < reference.mean - MARGIN:
            # That it stays below the ANN by more than the margin.
            below = Comparison(ann, published, at(DICE), at_cut_off(best.x))
            verdicts.append(below.verdict(MARGIN))
            detail += f", the difference is {below.text(MARGIN)}"
        detail += ". "
    if not detail:
        return []
    detail += f"Repaired would mean within {MARGIN} of the ANN." if verdicts \
        else "The conversion lost nothing that could be repaired."
    return [Claim(Verdict.of_all(verdicts) if verdicts else Verdict.UNDECIDED,
                  "A global cut-off does not repair the published conversion.",
                  detail)]


def _of_learnt(results, path):
    """Those whose ANNs, of all modes, have learnt something: what is made of
    one that has not says nothing of spikes. And how many ANNs have not."""
    silent = [r for r in select(results, stage="ann")
              if not r.number(path) > 0]
    return [r for r in results if not any(is_pair(r, ann, "mode")
                                          for ann in silent)], len(silent)


def _ternary(of, experiment, path, claim, measure):
    results, n_silent = _of_learnt(of(experiment), path)
    gains = {stage: compare(select(results, stage=stage), "mode", "zero-mean",
                            "unit", path)
             for stage in ("ann", "converted", "fine-tuned")}
    if not gains["converted"].n or not gains["fine-tuned"].n:
        return []
    detail = f"{measure}, ternary less binary: " + "; ".join(
        f"{display_name(stage) if stage == 'ann' else stage} {gain.text()}"
        for stage, gain in gains.items() if gain.n) + "."
    if n_silent:
        detail += (" Left out: runs in which an ANN had learnt nothing "
                   f"({n_silent}).")
    return [Claim(Verdict.of_all([gains["converted"].verdict(),
                                  gains["fine-tuned"].verdict()]),
                  claim, detail)]


def _latency(of, stage, margin, spikes, limit):
    """Whether any recipe comes within the margin. The recipe is chosen among
    several, so that its test is at a level that much stricter."""
    results = select(of("lowlatency"), input=spikes)
    ann = select(of("lowlatency"), stage="ann")
    found = select(results, stage=stage)
    converted = stage == "converted"
    series = make_curves(found, Curves(
        "recipe", "timesteps", "dice/mean", "values/timesteps") if converted
        else Curves("recipe", "timesteps", DICE))
    reference = summarise(ann, DICE)
    if not series or not reference.n:
        return []
    close = [(point.x, -point.y, one.label, point.y) for one in series
             for point in one.points if point.y >= reference.mean - margin]
    detail = f"No recipe came within {margin} of the ANN's " \
        f"{number(reference.mean, 3)}."
    if close:
        steps, _, label, dice = min(close)
        detail = (f"Fewest timesteps: T = {short(steps)}, 3D Dice "
                  f"{number(dice, 3)} (ANN {number(reference.mean, 3)}), by "
                  f"“{label}”.")
    verdict = Verdict.UNDECIDED
    # Each recipe at the last of its timesteps within the limit.
    last = [max((p for p in one.points if p.x <= limit), default=None,
                key=lambda p: p.x) for one in series]
    candidates = [(p.y, p.x, one.label) for p, one in zip(last, series) if p]
    if candidates:
        _, steps, label = max(candidates)
        rows = [r for r in found if display_name(r.setting("recipe")) == label
                and (converted or r.setting("timesteps") == short(steps))]
        test = Comparison(
            rows, ann, at_timesteps(steps) if converted else at(DICE),
            at(DICE), level=LEVEL / len(candidates))
        verdict = test.verdict(-margin)
        detail += (f" At T = {short(steps)}, “{label}” less the ANN: "
                   + test.text(-margin)
                   + (f"; the best of {len(candidates)} recipes, at a level "
                      "that allows for that" if len(candidates) > 1 else "")
                   + ".")
    return [Claim(verdict, f"{display_name(stage)} SNNs with {spikes} input "
                  f"come within {margin} of the ANN at T ≤ {limit} (beyond the "
                  "paper).", detail)]


def add(report):
    of = report.results.of
    claims = (
        _restored(of) + _faster(of) + _cut_off(of)
        + _ternary(of, "cifar", "values/accuracy", "Ternary spikes beat binary "
                   "ones in classification.", "Accuracy as a fraction")
        + _ternary(of, "ternary", DICE, "Ternary spikes beat binary ones in "
                   "segmentation.", "3D Dice")
        + _latency(of, "converted", 0.01, "direct", 12)
        + _latency(of, "converted", 0.01, "spiking", 32)
        + _latency(of, "fine-tuned", 0.005, "direct", 4)
        + _latency(of, "fine-tuned", 0.005, "spiking", 16))
    if claims:
        report.add("claims", "The claims tested", [Claims(claims), Paragraph(
            "Tested by pairs of networks of the same ANN, on the subjects that "
            "both were measured on where these are known. “Holds” and “Does "
            "not hold” are said where the confidence interval of the mean "
            "difference and, from six differences on, Wilcoxon's signed-rank "
            "test agree at 5 %, of at least two pairs of networks; all else is "
            "undecided.")])
