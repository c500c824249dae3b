#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes made-up results of every experiment, for the tests of snn-report:
tests/data/report.py FOLDER"""
import gzip
import json
import math
import pathlib
import random
import struct
import sys
import zlib

random.seed(1)
folder = pathlib.Path(sys.argv[1])
folder.mkdir(exist_ok=True)
lines = []
PROVENANCE = {
    "commit": "0123456789abcdef", "time": "2026-01-31T12:00:00Z",
    "seconds": 12.5,
    "commands": ["niftisrc location=images label-location=labels "
                 "! anninference model=\"ann.nir\" ! dicesink <made up>"],
    "versions": {"gst-snn": "0.1.0", "gstreamer": "1.22.0"},
    "machine": {"cpu": "Made-up CPU", "cores": 2},
}


def moments(mean, sd=0.02, n=22):
    return {"mean": round(min(mean, 1), 4), "sd": round(sd, 4), "n": n}


def subjects(mean, fold):
    """A fold's, whose mean is exactly that."""
    offsets = [random.gauss(0, 0.02) for _ in range(22)]
    middle = sum(offsets) / len(offsets)
    return [{"subject": f"subject-{5 * i + fold:03}",
             "dice": mean + offset - middle}
            for i, offset in enumerate(offsets)]


def add(experiment, settings, values, files=None, subjects=None):
    line = {"format": "gst-snn result", "version": 1,
            "experiment": experiment, "settings": settings, "values": values,
            "provenance": PROVENANCE}
    if files:
        line["files"] = files
    if subjects:
        line["subjects"] = subjects
    lines.append(json.dumps(line))


def dice(mean):
    mean += random.gauss(0, 0.004)
    return {"dice": moments(mean), "dice_2d": moments(mean - 0.02, 0.2, 704)}


def saturating(steps, level, start, speed):
    rise = max(0, steps - start)
    return level * rise / (rise + speed)


LEVELS = {"ann": 0.89, "converted": 0.84, "fine-tuned": 0.886}
for loss, penalty in (("bce", 0.006), ("dice", 0), ("bce-dice", 0.003)):
    for fold in range(3):
        for stage, level in LEVELS.items():
            values = dice(level - penalty)
            mean = values["dice"]["mean"]
            values.update(iou=moments(mean / (2 - mean)),
                          sensitivity=moments(mean + 0.01),
                          precision=moments(mean - 0.01),
                          volume_difference=moments(0.02 - mean / 50, 0.08),
                          hd95=moments(0, 0.4) | {"mean": 1.7 - mean},
                          assd=moments(0.5, 0.1))
            add("table1", {"stage": stage, "loss": loss, "fold": fold,
                           "seed": 1}, values, subjects=subjects(mean, fold))

LAYERS = ["conv1a", "conv1b", "conv2a", "conv2b", "conv3a", "conv3b", "up2",
          "dec2a", "dec2b", "up1", "dec1a", "dec1b"]
for stage, gain in (("converted", 1), ("fine-tuned", 1.6)):
    for seed in (1, 2):
        rates = [gain * (0.05 + 0.06 * abs(math.sin(i + seed / 9)))
                 for i in range(len(LAYERS))]
        add("fig4", {"stage": stage, "fold": 0, "seed": seed}, {"rates": {
            "layers": LAYERS, "rates": rates,
            "thresholds": [0.7 + 0.3 * i for i in range(len(LAYERS))]}})

for loss, seed in (("dice", 1), ("dice", 2), ("bce", 1), ("bce", 2)):
    add("cutoffs", {"stage": "ann", "fold": 0, "seed": seed, "loss": loss},
        dice(0.89))
    for conversion, best in (("published", 0.84), ("branch-aware", 0.884)):
        curve = [{"cut_off": c,
                  "dice": moments(best - (c - 0.48) ** 2 * 1.5
                                  + random.gauss(0, 0.002)),
                  "dice_2d": moments(best - 0.03)}
                 for c in (0.1, 0.2, 0.3, 0.4, 0.45, 0.48, 0.5, 0.55, 0.6)]
        add("cutoffs", {"stage": "converted", "conversion": conversion,
                        "fold": 0, "seed": seed, "loss": loss},
            dice(best) | {"cut_offs": curve})


def curve(steps, level, start, speed):
    return [{"timesteps": t, "dice": moments(
        saturating(t, level, start, speed) + random.gauss(0, 0.003))}
        for t in steps]


def energy(timesteps):
    """Of the ANN, and of a spiking network."""
    if not timesteps:
        counts = {"effective": (0, 30e6), "dense": (0, 65e6)}
    else:
        counts = {"effective": (9e6 * timesteps, 2.5e5 * timesteps),
                  "dense": (64e6 * timesteps, 1e6 * timesteps)}
    return {"energy": {name: value for kind, (acs, macs) in counts.items()
                       for name, value in (
                           (f"{kind}_accumulates", acs),
                           (f"{kind}_multiply_accumulates", macs),
                           (f"{kind}_microjoules",
                            0.9e-6 * acs + 4.6e-6 * macs))}}


LONG = [10 * i for i in range(1, 251)]
for seed in (1, 2):
    ann = dice(0.89)
    add("timesteps", {"stage": "ann", "fold": 0, "seed": seed}, ann)
    for scale in (0.5, 0.7, 0.8, 1.0):
        add("timesteps", {"stage": "converted", "conversion": "published",
                          "threshold_scale": scale, "fold": 0, "seed": seed},
            {"timesteps": curve(LONG, 0.885, 20 + 60 * scale ** 3, 6 + 30 * scale ** 4)})
    add("conversion", {"stage": "ann", "fold": 0, "seed": seed}, ann)
    for conversion, start in (("published", 40), ("branch-aware", 9)):
        add("conversion", {"stage": "converted", "conversion": conversion,
                           "fold": 0, "seed": seed},
            {"timesteps": curve(LONG[:20], 0.885, start, start / 20)})
    add("lowlatency", {"stage": "ann", "fold": 0, "seed": seed}, ann)
    for recipe, spikes, start, speed in (
            ("per layer, 99 %, v/2, direct", "direct", 0, 1.2),
            ("per channel, 99.9 %, v/2, direct", "direct", 0, 0.6),
            ("per channel, 97 %, v/2, direct", "direct", 0, 0.1),
            ("per channel, 97 %, v/2, Poisson", "spiking", 0, 0.3)):
        add("lowlatency", {"stage": "converted", "recipe": recipe,
                           "input": spikes, "fold": 0, "seed": seed},
            {"timesteps": curve([1, 2, 4, 6, 8, 12, 16, 24, 32], 0.892, start,
                                speed)})
    for steps in (1, 2, 4, 8):
        add("lowlatency", {"stage": "fine-tuned", "timesteps": steps,
                           "recipe": "per channel, 97 %, v/2, direct",
                           "input": "direct", "fold": 0, "seed": seed},
            dice(0.889 - 0.02 / steps ** 2))
    add("energy", {"stage": "ann", "recipe": "ann", "fold": 0, "seed": seed},
        ann | energy(0))
    for steps in (1, 2, 4, 8, 16, 32):
        add("energy", {"stage": "converted", "timesteps": steps,
                       "recipe": "per channel, 97 %, v/2, direct", "fold": 0,
                       "seed": seed},
            dice(saturating(steps, 0.892, 0, 0.1)) | energy(steps))
    for batches in (5, 10, 20, 40, 60, 109, 218):
        add("direct", {"stage": "fine-tuned", "batches": batches, "fold": 0,
                       "seed": seed}, dice(0.88 - 0.1 / batches))
        add("direct", {"stage": "direct", "batches": batches, "fold": 0,
                       "seed": seed},
            dice(0.86 * batches / (batches + 20 + 8 * seed)))
    for mode, loss in (("unit", 0.01), ("zero-mean", 0)):
        for stage, level in LEVELS.items():
            add("cifar", {"stage": stage, "mode": mode, "seed": seed},
                {"accuracy": level - 0.05 - loss})
            add("ternary", {"stage": stage, "mode": mode, "fold": 0,
                            "seed": seed}, dice(level - loss))

SIZE = (24, 30, 26)


def inside(x, y, z, radius):
    return ((x - 12) / 5) ** 2 + ((y - 15) / 10) ** 2 + ((z - 13) / 6) ** 2 \
        <= radius


def brightness(x, y, z):
    shade = 60 + 30 * math.sin(x / 3) * math.cos(y / 4) + 20 * math.cos(z / 3)
    return int(shade + (90 if inside(x, y, z, 1) else 0)) % 256


def write_volume(name, value):
    header = struct.pack("<i", 348).ljust(40, b"\0")
    header += struct.pack("<8h", 3, *SIZE, 1, 1, 1, 1)
    header = header.ljust(70, b"\0") + struct.pack("<hh", 2, 8)
    header = header.ljust(76, b"\0") + struct.pack("<8f", 1, 1, 1, 1, 0, 0, 0, 0)
    header += struct.pack("<fff", 352, 1, 0)
    header = header.ljust(252, b"\0") + struct.pack("<hh", 0, 1)
    header = header.ljust(280, b"\0") + struct.pack(
        "<12f", 1, 0, 0, -12, 0, 1, 0, -15, 0, 0, 1, -13)
    header = header.ljust(344, b"\0") + b"n+1\0" + bytes(4)
    voxels = bytes(value(x, y, z) for z in range(SIZE[2])
                   for y in range(SIZE[1]) for x in range(SIZE[0]))
    (folder / name).write_bytes(gzip.compress(header + voxels, mtime=0))


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(
        ">I", zlib.crc32(kind + data))


def write_picture(name, value):
    rows = b"".join(b"\0" + bytes(value(12, y, z) for y in range(SIZE[1]))
                    for z in reversed(range(SIZE[2])))
    (folder / name).write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", SIZE[1], SIZE[2], 8, 0, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


MASKS = (("truth", "True mask", 1), ("converted", "Converted SNN", 0.6),
         ("fine-tuned", "Fine-tuned SNN", 0.95))
write_volume("image.nii.gz", brightness)
write_picture("image.png", brightness)
for name, _, radius in MASKS:
    write_volume(f"{name}.nii.gz", lambda *at: int(inside(*at, radius)))
    write_picture(f"{name}.png", lambda *at: 255 * inside(*at, radius))
add("fig3", {"subject": "first test subject of fold 0", "fold": 0}, {}, {"pictures": [
    {"file": "image.png", "caption": "Input"}] + [
    {"file": f"{name}.png", "caption": text} for name, text, _ in MASKS]})
add("volumes", {"subject": "first test subject of fold 0", "fold": 0}, {}, {"volume": {
    "image": "image.nii.gz", "masks": [
        {"name": text, "file": f"{name}.nii.gz"} for name, text, _ in MASKS]}})
(folder / "results.jsonl").write_text("\n".join(lines) + "\n")
