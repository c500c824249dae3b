#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reading and adding results, means, curves, charts, and what pairs say.
usage: results.py PIPELINES"""
import contextlib
import io
import json
import math
import os
import sys
import tempfile
import unittest
import unittest.mock
import xml.etree.ElementTree

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv.pop(1))

from snnreport import (charts, files, page, pairs, results,  # noqa: E402
                       tablecommand, words)
from snnreport.sections import calibration, segmentation  # noqa: E402
from snnreport.summary import (Curves, Point, Series, distinct,  # noqa: E402
                               make_curves, select, summarise)


def line(experiment, settings, values, **more):
    return json.dumps({"format": "gst-snn result", "version": 1,
                       "experiment": experiment, "settings": settings,
                       "values": values} | more) + "\n"


def parse(*texts, path="r"):
    return results.Results(path, "".join(texts).encode())


class Reading(unittest.TestCase):
    def test_parse(self):
        found = parse(
            line("a", {"fold": 0, "loss": "dice", "x": 0.7, "y": True},
                 {"dice": {"mean": 0.5}, "list": [1, 2]}), "\n",
            line("b", {"fold": 1}, {"dice": {"mean": None}}))
        self.assertEqual(len(found.list), 2)
        self.assertEqual(found.problems, [])
        self.assertEqual(len(found.of("a")), 1)
        self.assertEqual(len(found.of("c")), 0)
        full, short = found.list
        self.assertEqual(short.line, 3)
        self.assertEqual(full.identity, "a fold=0 loss=dice x=0.7 y=true")
        self.assertEqual(full.setting("x"), "0.7")
        self.assertEqual(full.setting("none"), "")
        self.assertEqual(full.number("values/dice/mean"), 0.5)
        for path in ("values/dice", "values/dice/mean/more", "settings/loss",
                     "settings/y"):
            self.assertTrue(math.isnan(full.number(path)), path)
        self.assertTrue(math.isnan(short.number("values/dice/mean")))
        self.assertEqual(full.text("settings/loss"), "dice")
        self.assertIsNone(full.text("settings/fold"))
        self.assertEqual(len(full.list("values/list")), 2)
        self.assertEqual(full.list("values/dice"), [])

    def test_problems(self):
        found = parse('[]\n{"format":"gst\n{}\n', line("a", {}, {}),
                      '{"format":"gst-snn result","version":2,'
                      '"experiment":"a","settings":{}}\nnull\n', path="file")
        self.assertEqual(len(found.list), 1)
        self.assertEqual([p.split(" ")[0] for p in found.problems],
                         [f"file:{n}:" for n in (1, 2, 3, 5, 6)])
        self.assertIn("version 2, where 1 was expected", found.problems[3])

    def test_hostile_lines(self):
        """Each is a problem of its line, and the next one is read."""
        cases = {
            b"\xff\xfe": "not UTF-8 at byte 0",
            b"[" * 200000: "nested too deeply",
            b'{"a":' * 100000: "nested too deeply",
            b'{"a":1e999}': "the number 1e999 is too large",
            b'{"a":' + b"9" * 5000 + b"}": "is too large",
            b'{"a":NaN}': "NaN is not JSON",
            b'{"a":-Infinity}': "-Infinity is not JSON",
            b'{"a":"\\ud800"}': "lone surrogate",
        }
        for case, text in cases.items():
            with self.subTest(case=case[:20]):
                found = results.Results(
                    "f", case + b"\n" + line("a", {}, {}).encode())
                self.assertEqual(len(found.list), 1)
                self.assertEqual(len(found.problems), 1)
                self.assertTrue(found.problems[0].startswith("f:1: "),
                                found.problems)
                self.assertIn(text, found.problems[0])

    def test_repeated(self):
        """The last measurement counts, in the place of the first; that it
        differs is known."""
        found = parse(line("a", {"fold": 0, "seed": 1}, {"accuracy": 0.1}),
                      line("b", {"fold": 0}, {"accuracy": 0.2}),
                      line("a", {"seed": 1, "fold": 0}, {"accuracy": 0.3}),
                      line("b", {"fold": 0}, {"accuracy": 0.2}))
        self.assertEqual(len(found.list), 2)
        self.assertEqual(found.list[0].number("values/accuracy"), 0.3)
        self.assertEqual(found.n_repeated, 2)
        self.assertEqual(found.differing, ["a fold=0 seed=1"])


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, *names, data=b"data"):
        os.makedirs(os.path.dirname(self.path(*names)), exist_ok=True)
        with open(self.path(*names), "wb") as file:
            file.write(data)

    def test_append(self):
        self.write("r.jsonl", data=b'{"broken')
        value = json.loads(line("a", {}, {}))
        for _ in range(2):
            self.assertFalse(results.append(self.path("r.jsonl"), value))
        with open(self.path("r.jsonl"), encoding="utf-8") as file:
            self.assertTrue(file.read().startswith('{"broken\n{'))
        found = results.load(self.path("r.jsonl"))
        self.assertEqual(len(found.list), 1)
        self.assertEqual(found.n_repeated, 0)
        self.assertEqual(len(found.problems), 1)
        value["values"]["n"] = 1
        self.assertTrue(results.append(self.path("r.jsonl"), value))
        self.assertEqual(results.load(self.path("r.jsonl")).n_repeated, 1)

        nowhere = self.path("no", "r.jsonl")
        with self.assertRaisesRegex(FileNotFoundError, nowhere):
            results.append(nowhere, value)
        with self.assertRaisesRegex(FileNotFoundError, nowhere):
            results.load(nowhere)

    def test_embed(self):
        self.write("results", "a", "in.png")
        self.write("out.png")
        self.write("results-2", "out.png")
        os.symlink("../out.png", self.path("results", "link.png"))
        os.symlink("a/in.png", self.path("results", "inner.png"))
        os.mkfifo(self.path("results", "fifo"))
        with open(self.path("results", "large"), "wb") as file:
            file.truncate(files.LARGEST_EMBEDDED + 1)
        root = self.path("results")
        for name in ("a/in.png", "inner.png", self.path("results/a/in.png")):
            self.assertEqual(files.embed(root, name), "ZGF0YQ==", name)
        for name, text in (("../out.png", "not in the folder"),
                           ("link.png", "not in the folder"),
                           ("../results-2/out.png", "not in the folder"),
                           ("/etc/hostname", "not in the folder"),
                           ("/dev/zero", "not in the folder"),
                           ("fifo", "no regular file"),
                           ("a", "Is a directory"),
                           ("large", "more than"),
                           ("none", "No such file"),
                           ("a\0b", "null byte"),
                           ("n" * 5000, "too long")):
            with self.subTest(name=name[:30]):
                with self.assertRaisesRegex(files.Refused, text):
                    files.embed(root, name)

    def test_write_whole(self):
        self.write("old", data=b"old")
        os.chmod(self.path("old"), 0o600)
        os.symlink("old", self.path("link"))
        files.write_whole(self.path("link"), b"new")
        self.assertTrue(os.path.islink(self.path("link")))
        self.assertEqual(os.stat(self.path("old")).st_mode & 0o777, 0o600)
        with open(self.path("old"), "rb") as file:
            self.assertEqual(file.read(), b"new")
        self.assertEqual(sorted(os.listdir(self.folder)), ["link", "old"])


class Summaries(unittest.TestCase):
    def test_summary(self):
        found = parse(line("a", {"loss": "dice", "t": 10}, {"d": 1}),
                      line("a", {"loss": "bce", "t": 9}, {"d": 2}),
                      line("a", {"loss": "bce", "t": 10}, {"d": 4}),
                      line("a", {"loss": "odd"}, {"e": 4})).list
        self.assertEqual(distinct(found, "loss"), ["bce", "dice", "odd"])
        self.assertEqual(distinct(found, "t"), ["", "9", "10"])
        summary = summarise(found, "values/d")
        self.assertEqual(summary.n, 3)
        self.assertAlmostEqual(summary.mean, 7 / 3, 12)
        self.assertAlmostEqual(summary.sd, math.sqrt(7 / 3), 12)
        none = summarise(found, "values/f")
        self.assertTrue(none.n == 0 and math.isnan(none.mean))
        self.assertEqual(words.display_name("bce-dice"), "BCE-Dice")
        self.assertEqual(words.display_name("odd"), "odd")

    def test_curves(self):
        found = parse(
            line("a", {"k": "y", "s": 1}, {"l": [{"x": 2, "d": {"m": 5}},
                                                 {"x": 1, "d": {"m": 3}}]}),
            line("a", {"k": "y", "s": 2}, {"l": [{"x": 1, "d": {"m": 5}},
                                                 {"x": 3}, 7]}),
            line("a", {"k": "z", "s": 1}, {})).list
        (series,) = make_curves(found, Curves("k", "x", "d/m", "values/l",
                                              "<"))
        self.assertEqual(series.label, "<y")
        first, second = series.points
        self.assertEqual((first.x, first.y, first.n), (1, 4, 2))
        self.assertAlmostEqual(first.error, math.sqrt(2), 12)
        self.assertEqual((second.x, second.y, second.error), (2, 5, 0))
        (series,) = make_curves(found, Curves(None, "s", "settings/s"))
        self.assertEqual(len(series.points), 2)
        self.assertEqual(series.points[0].n, 2)

    def test_groups(self):
        """A point for each value, at the mean x."""
        found = parse(*(line("a", {"t": t, "seed": s}, {"e": t + s, "d": s})
                        for t in (8, 4) for s in (1, 3))).list
        (series,) = make_curves(found, Curves(None, "values/e", "values/d",
                                              group="t"))
        self.assertEqual([(p.x, p.y, p.n) for p in series.points],
                         [(6, 2, 2), (10, 2, 2)])

    def test_words(self):
        for value, digits, text in ((-0.5, 2, "−0.50"), (-0.0001, 2, "0.00"),
                                    (math.nan, 3, "–"), (1.25e6, 0, "1250000")):
            self.assertEqual(words.number(value, digits), text)
        self.assertEqual(words.number(0.01, 2, sign=True), "+0.01")
        self.assertEqual(words.spread(0.5372, 0.1, 3), "0.537\u00a0±\u00a00.100")
        self.assertEqual(words.shown("a\x1b[31m\u202eb\n"),
                         "a\\x1b[31m\\u202eb\\n")


class Charts(unittest.TestCase):
    def test_tick_step(self):
        for span, n, step in ((1, 5, .2), (.9, 5, .2), (1.1, 5, .5),
                              (40, 5, 10), (0, 5, 1), (math.nan, 5, 1)):
            self.assertAlmostEqual(charts.tick_step(span, n), step, 12)

    def test_log_ticks(self):
        self.assertEqual(charts.log_ticks(.9, 40), [1, 2, 5, 10, 20])
        self.assertEqual(charts.log_ticks(7.5, 35), [8, 9, 10, 20, 30])
        self.assertEqual(charts.log_ticks(1, 10000),
                         [1, 10, 100, 1000, 10000])

    CASES = (
        (Point(1, .5, .1, 3), Point(10, .8, 0, 1), Point(100, .9, math.nan, 1)),
        (Point(0, .5), Point(-5, .5), Point(3, math.nan, 0, 0)),
        (Point(7, .5), Point(7, .5), Point(7, .5)),
        (Point(1e-9, -3), Point(1e9, 1e6, 1e3, 2), Point(math.inf, 1)),
        None,
    )

    def test_charts(self):
        """Charts of nothing, of one point, of values that can't be drawn, of
        all: the markup is well-formed, escaped, and without anything that is
        no number."""
        for i, points in enumerate(self.CASES):
            for variant in range(6):
                series = [Series("<a> & b", list(points))] if points else []
                chart = charts.Chart(
                    "<title>", "x & y", "<y>", series, bool(variant % 2),
                    bool(variant // 2 % 2), .7 if variant % 3 else math.nan,
                    '"reference"')
                bars = charts.Bars("<title>", "y", ["a\n<b>"] * 3 if points
                                   else [], series)
                for drawn in (chart, bars):
                    with self.subTest(case=i, variant=variant):
                        self.check(charts.svg(drawn, "a & b"), i == 3)
                        heads, rows = drawn.table()
                        self.assertTrue(all(len(values) == len(heads) - 1
                                            for _, values in rows))

    def check(self, svg, may_be_infinite):
        xml.etree.ElementTree.fromstring(charts.standalone(svg, "a > b {}\n")
                                         .replace("a > b {}", ""))
        self.assertNotIn("nan", svg)
        self.assertNotIn("<title></title>", svg)
        if not may_be_infinite:
            self.assertNotIn("inf", svg.replace("sans-serif", ""))

    def test_labels(self):
        """Text that matplotlib would take for something else, or that is no
        XML, is drawn as it is read."""
        labels = ("$x$", "_hidden", "$\\frac{", "\x1b[31m", "x" * 500, "漢字")
        series = [Series(label, [Point(1, i)]) for i, label
                  in enumerate(labels)]
        svg = charts.svg(charts.Chart("t", "x", "y", series), "text")
        root = xml.etree.ElementTree.fromstring(charts.standalone(svg, ""))
        drawn = {e.text for e in root.iter() if e.tag.endswith("}text")}
        for text in ("$x$", " _hidden", "$\\frac{", "\\x1b[31m", "漢字"):
            self.assertIn(text, drawn)

    def test_ticks_have_labels(self):
        for log, xs in ((True, (1, 2500)), (True, (8, 32)), (False, (.1, .6))):
            series = [Series("a", [Point(x, .5 + i / 10) for i, x in
                                   enumerate(xs)])]
            svg = charts.svg(charts.Chart("t", "x", "y", series, log), "text")
            root = xml.etree.ElementTree.fromstring(
                charts.standalone(svg, ""))
            ticks = [e for e in root.iter()
                     if e.get("id", "").startswith("t-xtick")]
            self.assertGreaterEqual(len(ticks), 3)
            for tick in ticks:
                self.assertTrue([e for e in tick.iter() if e.text
                                 and e.tag.endswith("}text")])


class Pairs(unittest.TestCase):
    @staticmethod
    def networks(differences, subjects=0, seeds=1, spread=0.001):
        """An ANN and a tuned network of each fold and seed, apart by a fold's
        difference; each subject's by a bit more or less."""
        texts = []
        for fold, difference in enumerate(differences):
            for seed in range(seeds):
                for stage, more in (("ann", 0), ("fine-tuned", difference)):
                    listed = [{"subject": f"{fold}-{i}", "dice": .8 + i / 100
                               + more + (spread * (i % 3 - 1) if more else 0)}
                              for i in range(subjects)]
                    texts.append(line(
                        "table1", {"stage": stage, "fold": fold, "seed": seed},
                        {"dice": {"mean": .8 + more}},
                        **({"subjects": listed} if subjects else {})))
        return parse(*texts).list

    def comparison(self, *arguments, **named):
        return pairs.compare(self.networks(*arguments, **named), "stage",
                             "fine-tuned", "ann", "values/dice/mean")

    def test_verdicts(self):
        holds, fails, undecided = pairs.Verdict
        for name, (comparison, bound, verdict, units) in {
                "one pair": (self.comparison([.1]), 0, undecided, 1),
                "one pair of many subjects": (
                    self.comparison([.1], subjects=30), 0, undecided, 30),
                "two pairs, far above": (
                    self.comparison([.1, .101]), 0, holds, 2),
                "two pairs, apart": (
                    self.comparison([.1, .001]), 0, undecided, 2),
                "far below": (self.comparison([-.1, -.101]), 0, fails, 2),
                "subjects": (self.comparison([-.004, -.006], subjects=10),
                             -.01, holds, 20),
                "subjects, below": (
                    self.comparison([-.02, -.02], subjects=10), -.01, fails,
                    20),
                "subjects, on the bound": (
                    self.comparison([-.01, -.01], subjects=9), -.01, undecided,
                    18),
                "seeds are not subjects": (
                    self.comparison([.004], subjects=4, seeds=9, spread=.01),
                    0, undecided, 4),
                "none": (self.comparison([]), 0, undecided, 0)}.items():
            with self.subTest(name):
                self.assertEqual(comparison.verdict(bound), verdict,
                                 comparison.text(bound))
                self.assertEqual(len(comparison.differences), units)

    def test_interval(self):
        """Against a textbook's value: t of 3 degrees of freedom is 3.1824."""
        comparison = self.comparison([.1, .2, .3, .4])
        half = 3.1824463 * math.sqrt(1 / 60) / 2
        self.assertAlmostEqual(comparison.low, .25 - half, 6)
        self.assertAlmostEqual(comparison.high, .25 + half, 6)

    def test_wilcoxon(self):
        """Six differences of one sign: p = 2 / 2^6."""
        comparison = self.comparison([.1, .2, .3, .4, .5, .6])
        self.assertAlmostEqual(comparison.p(), 2 / 64, 9)
        self.assertTrue(math.isnan(self.comparison([.1] * 5).p()))

    def test_pairs_share_their_ann(self):
        found = self.networks([.1, .2], seeds=2)
        first = select(found, stage="fine-tuned", fold="0")
        second = select(found, stage="ann", fold="1")
        self.assertEqual(pairs.Comparison(
            first, second, pairs.at("values/dice/mean")).n, 0)


def calibrated(stage, fold, right):
    values = {"calibration_error": {"mean": 0.01 + fold / 100},
              "calibration": {
                  "reliability": [{"from": 0.5, "right": 0.5},
                                  {"from": 0.95, "right": right}],
                  "referred": [{"below": 0.5, "dice": 0.8},
                               {"below": 0.99, "dice": 0.9}]}}
    return line("table1", {"stage": stage, "fold": fold, "seed": 1,
                           "loss": "dice"}, values)


class Calibration(unittest.TestCase):
    def test_curves_are_means_over_folds(self):
        made = page.Report(parse(calibrated("ann", 0, 0.9),
                                 calibrated("ann", 1, 1.0)), ".", ".")
        calibration.add(made)
        table, reliability, kept = made.sections[0].blocks
        self.assertEqual(table.rows[0][1][0].text.split(),
                         ["0.0150", "±", "0.0071"])
        ann, straight = reliability.chart.series
        self.assertEqual([p.x for p in ann.points], [0.5, 0.95])
        self.assertAlmostEqual(ann.at(0.95).y, 0.95)
        self.assertAlmostEqual(straight.at(0.95).y, 0.975)
        self.assertEqual([p.y for p in kept.chart.series[0].points], [0.8, 0.9])

    def test_one_measurement_has_no_deviation(self):
        made = page.Report(parse(calibrated("ann", 0, 0.9)), ".", ".")
        calibration.add(made)
        table = made.sections[0].blocks[0]
        self.assertEqual(table.rows[0][1][0].text, "0.0100")
        self.assertNotIn("±", table.caption)

    def test_nothing_where_it_was_not_measured(self):
        made = page.Report(parse(line("table1", {"stage": "ann"}, {})), ".", ".")
        calibration.add(made)
        self.assertEqual(made.sections, [])


class Segmentation(unittest.TestCase):
    def test_deviation_is_that_of_folds_whatever_the_seeds(self):
        """Of folds whose means are 0.7 and 0.9."""
        made = page.Report(parse(*(
            line("table1", {"stage": "ann", "loss": "dice", "fold": fold,
                            "seed": seed},
                 {"dice": {"mean": 0.7 + 0.2 * fold + 0.05 * side, "sd": 0.1}})
            for fold in (0, 1) for seed, side in ((1, -1), (2, 1)))), ".", ".")
        segmentation.add(made)
        dice = made.sections[0].blocks[0].rows[0][1][0]
        self.assertEqual(dice.text.split(), ["0.800", "±", "0.100"])
        self.assertEqual(dice.small, "(0.141)")


class Tables(unittest.TestCase):
    def test_what_was_cut_short_is_marked(self):
        report = {"n_subjects": 3, "dice": {"mean": 0.9, "sd": 0.1}}
        with tempfile.TemporaryDirectory() as folder:
            paths = [os.path.join(folder, name) for name in ("whole", "short")]
            for path, more in zip(paths, ({}, {"complete": False})):
                with open(path, "w", encoding="utf-8") as file:
                    json.dump(report | more, file)
            said = io.StringIO()
            with unittest.mock.patch("sys.argv", ["snn-table", *paths]), \
                    contextlib.redirect_stdout(said):
                self.assertEqual(tablecommand.main("0"), 0)
        _, whole, short = said.getvalue().splitlines()
        self.assertEqual(whole.split()[1:], ["3", "0.9000", "0.1000", "-"])
        self.assertEqual(short.split()[1:],
                         ["3", "0.9000", "0.1000", "-", "cut", "short"])


class Page(unittest.TestCase):
    def test_scripts_end_where_they_end(self):
        self.assertEqual(page._safe_script("a</SCRIPT>b</b></script"),
                         "a<\\/SCRIPT>b</b><\\/script")


if __name__ == "__main__":
    unittest.main()
