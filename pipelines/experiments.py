# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the experiments measure: each is a list of cells, and each cell says
where its measurement is and what is recorded with it. The Snakefile makes the
files that are named here; folder names say all that it needs to know."""
import hashlib
import inspect
import json
import os
import re


def subjects_of(folder):
    """The NIfTI files of a folder by the subjects that they are of, as sources name
    these."""
    names = os.listdir(folder) if folder and os.path.isdir(folder) else []
    ending = re.compile(r"\.nii(\.gz)?$", re.IGNORECASE)
    return {ending.sub("", name): os.path.join(folder, name)
            for name in sorted(names) if ending.search(name)}


class Cell:
    """A measurement of an experiment. settings are recorded with it; values
    are reports, logs the steps' logs with the measurement's own last, files
    what else has to be there, options more arguments of snn-record."""

    def __init__(self, settings, values=(), logs=(), files=(), options=()):
        self.settings = settings
        self.values = list(values)
        self.logs = list(logs)
        self.files = list(files)
        self.options = list(options)

    def name(self):
        text = ",".join(f"{k}={v}" for k, v in self.settings.items())
        digest = hashlib.sha256(text.encode()).hexdigest()[:8]
        return re.sub(r"[^\w.=,-]+", "-", text)[:100] + "-" + digest

    def inputs(self):
        return self.values + self.logs + self.files

    def same(self, other):
        return (self.inputs(), self.options) == (other.inputs(), other.options)

    def arguments(self):
        return ([f"--values={path}" for path in self.values]
                + [f"--log={path}" for path in self.logs] + self.options
                + [f"{k}={v}" for k, v in self.settings.items()])


def by_name(experiment, cells):
    """Two measurements that are recorded with the same settings can't be told apart
    in the results: the later one would take the other one's place."""
    named = {}
    for cell in cells:
        other = named.setdefault(cell.name(), cell)
        if not other.same(cell):
            settings = ", ".join(f"{k} {v}" for k, v in cell.settings.items())
            raise ValueError(
                f"{experiment}: {other.inputs()[-1]} and {cell.inputs()[-1]} would "
                f"both be recorded with {settings}; give their recipes labels that "
                "differ, or leave one of them out")
    return named


class Network:
    """A network by its folder, and the logs of the steps that led to it."""

    def __init__(self, folder, before=()):
        self.folder = folder
        self.logs = [*before, f"{folder}/log.jsonl"]
        self.file = f"{folder}/network.nir"

    def measured(self, name, settings, options=()):
        """A cell of this network's measurement."""
        folder = f"{self.folder}/{name}"
        return Cell(settings, [f"{folder}/report.json"],
                    [*self.logs, f"{folder}/log.jsonl"], options=options)


def check_names(config, known):
    """Raises ValueError where a configuration has a name that nothing looks at, which
    would leave what it is a slip of as it was. known: what config.yaml has."""
    for found, expected, what in (
            (config, known, "setting"),
            (config["experiments"], [
                name for name in {**known["experiments"], **config["experiments"]}
                if inspect.isgeneratorfunction(getattr(Experiments, name, None))],
             "experiment")):
        for name in found:
            if name not in expected:
                raise ValueError(f"The configuration has {name}, which is no {what}; "
                                 f"expected one of {', '.join(expected)}")


class Experiments:
    def __init__(self, config):
        self.config = config
        self.out = config["output"]

    # Networks

    def subjects(self, loss=None, mode=None, fold=0, seed=1):
        loss, mode = loss or self.config["loss"], mode or self.config["mode"]
        return f"{self.out}/{mode}/{loss}/fold{fold}/seed{seed}"

    def ann(self, **which):
        return Network(f"{self.subjects(**which)}/ann")

    def converted(self, recipe, **which):
        return Network(f"{self.subjects(**which)}/converted/{recipe}",
                       self.ann(**which).logs)

    def tuned(self, recipe, tuning, batches=None, **which):
        folder = f"{self.subjects(**which)}/tuned/{recipe}/{tuning}"
        if batches is not None:
            folder += f"/batches{batches}"
        return Network(folder, self.before(recipe, tuning, **which).logs)

    def before(self, recipe, tuning, **which):
        """What a tuning begins with: the converted network, or in a chain the
        same tuning of the timesteps that those of this one come "after"."""
        settings = self.tuning(tuning)
        after = settings.get("after", {}).get(int(settings["TIMESTEPS"]))
        if after is None:
            return self.converted(recipe, **which)
        return self.tuned(recipe, f"{tuning.partition('-T')[0]}-T{after}",
                          **which)

    def from_scratch(self, tuning, batches, **which):
        """Trained directly, by spikes from random weights on."""
        return Network(
            f"{self.subjects(**which)}/direct/{tuning}/batches{batches}")

    def recipe(self, name):
        """A recipe, or one with another threshold scale: "published-x0.5"."""
        base, _, scale = name.partition("-x")
        recipe = dict(self.config["recipes"][base])
        if recipe["file"] == "convert":
            recipe.setdefault("NEURON", "if")
        return recipe | {"SCALE": scale} if scale else recipe

    def tuning(self, name):
        """A tuning, or one with other timesteps: "direct-T4"."""
        base, _, timesteps = name.partition("-T")
        tuning = dict(self.config["tunings"][base])
        return tuning | {"TIMESTEPS": timesteps} if timesteps else tuning

    def test(self, encoder, timesteps, chunk=None):
        """The name of an SNN's measurement."""
        return f"{encoder}-T{timesteps}" + (f"-chunk{chunk}" if chunk else "")

    def test_tuned(self, tuning):
        tuning = self.tuning(tuning)
        return self.test(tuning["encoder"], tuning["TIMESTEPS"])

    def test_recipe(self, recipe, timesteps, chunk=None):
        return self.test(self.recipe(recipe)["encoder"], timesteps, chunk)

    # Experiments

    def runs(self, setup):
        """Folds by seeds, and by losses where an experiment names some."""
        for loss in setup.get("losses", [None]):
            for fold in setup["folds"]:
                for seed in setup["seeds"]:
                    yield {"fold": fold, "seed": seed} | (
                        {"loss": loss} if loss else {})

    def measured_ann(self, run, settings):
        """What the spiking networks of a run are compared with."""
        return self.ann(**run).measured("ann", {"stage": "ann"} | settings)

    def three_stages(self, setup, run, settings):
        recipe, tuning = setup["recipe"], setup["tuning"]
        yield self.measured_ann(run, settings)
        yield self.converted(recipe, **run).measured(
            self.test_recipe(recipe, setup["timesteps"]),
            {"stage": "converted"} | settings
            | {"conversion": recipe, "timesteps": setup["timesteps"]})
        yield self.tuned(recipe, tuning, **run).measured(
            self.test_tuned(tuning), {"stage": "fine-tuned"} | settings
            | {"conversion": recipe,
               "timesteps": self.tuning(tuning)["TIMESTEPS"]})

    def table1(self, setup):
        for run in self.runs(setup):
            yield from self.three_stages(setup, run, run)

    def ternary(self, setup):
        for run in self.runs(setup):
            for mode in ("unit", "zero-mean"):
                yield from self.three_stages(
                    setup, run | {"mode": mode}, run | {"mode": mode})

    def fig4(self, setup):
        for run in self.runs(setup):
            for cell in self.three_stages(setup, run, run):
                if cell.settings["stage"] != "ann":
                    yield cell

    def cutoffs(self, setup):
        for run in self.runs(setup):
            yield self.measured_ann(run, run)
            for conversion, recipe in setup["recipes"].items():
                name = self.test_recipe(recipe, setup["timesteps"])
                yield self.converted(recipe, **run).measured(
                    name + "-cutoffs",
                    {"stage": "converted", "conversion": conversion} | run)

    def over_time(self, setup, run, recipe, settings):
        name = self.test_recipe(recipe, setup["timesteps"], setup["chunk"])
        return self.converted(recipe, **run).measured(
            name, {"stage": "converted"} | settings | run,
            [f"--chunk={setup['chunk']}"])

    def timesteps(self, setup):
        for run in self.runs(setup):
            yield self.measured_ann(run, run)
            for scale in setup["scales"]:
                recipe = setup["recipe"]
                if scale != self.recipe(recipe)["SCALE"]:
                    recipe += f"-x{scale}"
                yield self.over_time(setup, run, recipe,
                                     {"threshold_scale": scale})

    def conversion(self, setup):
        for run in self.runs(setup):
            yield self.measured_ann(run, run)
            for conversion, recipe in setup["recipes"].items():
                yield self.over_time(setup, run, recipe,
                                     {"conversion": conversion})

    def lowlatency(self, setup):
        def named(recipe):
            recipe = self.recipe(recipe)
            spiking = recipe["encoder"] != "direct"
            return {"recipe": recipe["label"],
                    "input": "spiking" if spiking else "direct"}

        for run in self.runs(setup):
            yield self.measured_ann(run, run)
            for recipe in setup["recipes"]:
                yield self.over_time(setup | {"chunk": 1}, run, recipe,
                                     named(recipe))
            for tuned in setup["tuned"]:
                for timesteps in tuned["timesteps"]:
                    tuning = f"{tuned['tuning']}-T{timesteps}"
                    yield self.tuned(tuned["recipe"], tuning, **run).measured(
                        self.test_tuned(tuning),
                        {"stage": "fine-tuned", "timesteps": timesteps}
                        | named(tuned["recipe"]) | run)

    def energy(self, setup):
        for run in self.runs(setup):
            yield self.measured_ann(run, {"recipe": "ann"} | run)
            for recipe, steps in setup["recipes"].items():
                for timesteps in steps:
                    yield self.converted(recipe, **run).measured(
                        self.test_recipe(recipe, timesteps),
                        {"stage": "converted", "timesteps": timesteps,
                         "recipe": self.recipe(recipe)["label"]} | run)

    def direct(self, setup):
        tuning = setup["tuning"]
        for run in self.runs(setup):
            for batches in setup["batches"]:
                for stage, network in (
                        ("fine-tuned", self.tuned(
                            setup["recipe"], tuning, batches, **run)),
                        ("direct", self.from_scratch(
                            tuning, batches, **run))):
                    yield network.measured(
                        self.test_tuned(tuning),
                        {"stage": stage, "batches": batches} | run)

    def cifar(self, setup):
        for seed in setup["seeds"]:
            for mode in ("unit", "zero-mean"):
                folder = f"{self.out}/cifar/{mode}/seed{seed}"
                ann = Network(f"{folder}/ann")
                converted = Network(f"{folder}/converted", ann.logs)
                tuned = Network(f"{folder}/tuned", converted.logs)
                for stage, network, name in (
                        ("ann", ann, "ann"),
                        ("converted", converted, f"T{setup['timesteps']}"),
                        ("fine-tuned", tuned,
                         f"T{setup['tune']['TIMESTEPS']}")):
                    yield network.measured(
                        name, {"stage": stage, "mode": mode, "seed": seed})

    # Pictures and volumes to look at

    def pictured(self, setup):
        """Settings of a cell that shows a fold's first test subject."""
        return {"subject": f"first test subject of fold {setup['fold']}",
                "fold": setup["fold"], "seed": setup["seed"]}

    def predictions(self, setup):
        which = {"fold": setup["fold"], "seed": setup["seed"]}
        recipe, tuning = setup["recipe"], setup["tuning"]
        return (("ANN", self.ann(**which), "ann"),
                ("Converted SNN", self.converted(recipe, **which),
                 self.test_recipe(recipe, setup["timesteps"])),
                ("Fine-tuned SNN", self.tuned(recipe, tuning, **which),
                 self.test_tuned(tuning)))

    def fig3(self, setup):
        ann = self.ann(fold=setup["fold"], seed=setup["seed"]).folder
        shown = [("Input", f"{ann}/input"), ("True mask", f"{ann}/truth")]
        shown += [(title, f"{network.folder}/{name}")
                  for title, network, name in self.predictions(setup)]
        files = [f"{folder}/picture.png" for _, folder in shown]
        yield Cell(self.pictured(setup),
                   logs=[f"{folder}/picture.jsonl" for _, folder in shown],
                   files=files,
                   options=[f"--picture={title}={file}" for (title, _), file
                            in zip(shown, files)])

    def mask_of(self, subject):
        """The user's file; None where there is none of that name, or of nnU-Net's for
        the first channel."""
        masks = subjects_of(self.config["labels"])
        return masks.get(subject) or masks.get(subject.removesuffix("_0000"))

    def have_masks(self):
        """Whether masks are found by the names of images: made-up data has no
        files."""
        return any(self.mask_of(subject)
                   for subject in subjects_of(self.config["images"]))

    def true_mask(self, log):
        """The user's file of the subject that was written last, by the run's log: which
        one a fold begins with, only the source knows."""
        with open(log, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        subject = [line["fields"]["subject"] for line in lines
                   if line.get("name") == "niftisink"][-1]
        mask = self.mask_of(subject)
        if not mask:
            raise ValueError(f"there is no mask of {subject} in "
                             f"{self.config['labels']}")
        return mask

    def volumes(self, setup):
        """The first volume of the fold."""
        shown = [(title, f"{network.folder}/{name}")
                 for title, network, name in self.predictions(setup)]
        ann = self.ann(fold=setup["fold"], seed=setup["seed"]).folder
        image = f"{ann}/input"
        options = [f"--image={image}/volume.nii.gz"]
        truth = [f"{ann}/truth/volume.nii.gz"] \
            if self.have_masks() else []
        options += [f"--mask=True mask={file}" for file in truth]
        options += [f"--mask={title}={folder}/volume.nii.gz"
                    for title, folder in shown]
        folders = [image] + [folder for _, folder in shown]
        yield Cell(self.pictured(setup),
                   logs=[f"{folder}/volume.jsonl" for folder in folders],
                   files=truth + [f"{folder}/volume.nii.gz"
                                  for folder in folders],
                   options=options)

    def all(self):
        """Of each experiment that there is data for, the cells by name."""
        experiments = dict(self.config["experiments"])
        if not os.path.isdir(self.config["cifar"] or ""):
            experiments.pop("cifar", None)
        return {name: by_name(name, getattr(self, name)(setup))
                for name, setup in experiments.items()}
