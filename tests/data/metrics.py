#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes metrics.json: mask pairs with their metrics, and masks with their
distance maps, computed here from the definitions by comparing all pairs of
voxels. Needs numpy and scipy; the tests only read what it wrote."""

import json
import pathlib

import numpy
from scipy import ndimage
from scipy.spatial.distance import cdist


def surface(mask):
    faces = ndimage.generate_binary_structure(3, 1)
    return mask & ~ndimage.binary_erosion(mask, faces, border_value=0)


def ratio(a, b):
    return None if b == 0 else float(a) / float(b)


def metrics(p, t, zooms):
    both, n_p, n_t = (p & t).sum(), p.sum(), t.sum()
    empty = n_p + n_t == 0
    out = {
        "dice": 1.0 if empty else ratio(2 * both, n_p + n_t),
        "iou": 1.0 if empty else ratio(both, (p | t).sum()),
        "sensitivity": ratio(both, n_t),
        "precision": ratio(both, n_p),
        "volume_difference": ratio(float(n_p) - float(n_t), n_t),
        "hd95": 0.0 if empty else None,
        "assd": 0.0 if empty else None,
    }
    if n_p and n_t:
        a = numpy.argwhere(surface(p)) * zooms
        b = numpy.argwhere(surface(t)) * zooms
        d = cdist(a, b)
        forth, back = d.min(axis=1), d.min(axis=0)
        out["hd95"] = max(numpy.percentile(forth, 95),
                          numpy.percentile(back, 95))
        out["assd"] = numpy.concatenate([forth, back]).mean()
    return out


def text(mask):
    """x fastest, then y, then z."""
    return "".join("01"[int(v)] for v in mask.ravel(order="F"))


def blob(random, dims, smooth, fraction):
    noise = ndimage.gaussian_filter(random.standard_normal(dims), smooth)
    return noise > numpy.quantile(noise, 1 - fraction)


def main():
    random = numpy.random.default_rng(5)
    pairs, maps = [], []

    def pair(name, p, t, zooms):
        pairs.append({"name": name, "dims": p.shape, "zooms": zooms,
                      "predicted": text(p), "truth": text(t),
                      "metrics": metrics(p, t, numpy.array(zooms))})

    for name, dims, zooms in (
            ("isotropic", (9, 8, 7), (1.0, 1.0, 1.0)),
            ("anisotropic", (10, 7, 6), (0.5, 1.25, 3.0)),
            ("flat", (12, 1, 9), (1.0, 2.0, 0.7)),
            ("line", (17, 1, 1), (0.9, 1.0, 1.0))):
        t = blob(random, dims, 1.2, 0.25)
        p = t ^ blob(random, dims, 0.5, 0.1)
        pair(name, p, t, zooms)
    t = blob(random, (8, 8, 8), 1.5, 0.2)
    none, every = numpy.zeros_like(t), numpy.ones_like(t)
    zooms = (1.0, 1.5, 2.0)
    pair("equal", t, t, zooms)
    pair("disjoint", numpy.roll(t, 4, 0) & ~t, t, zooms)
    pair("no prediction", none, t, zooms)
    pair("no truth", t, none, zooms)
    pair("both empty", none, none, zooms)
    pair("full", every, t, zooms)
    point = none.copy()
    point[7, 0, 3] = True
    pair("one voxel", point, t, zooms)

    for dims, zooms, fraction in (((7, 6, 5), (1.0, 1.0, 1.0), 0.05),
                                  ((5, 8, 4), (2.0, 0.7, 1.3), 0.03),
                                  ((4, 3, 2), (1.0, 1.0, 1.0), 0.0)):
        m = random.random(dims) < fraction
        every = numpy.argwhere(numpy.ones(dims)) * zooms
        if m.any():
            d = cdist(every, numpy.argwhere(m) * zooms).min(axis=1)
            squared = [round(v, 9) for v in
                       (d.reshape(dims) ** 2).ravel(order="F").tolist()]
        else:
            squared = None
        maps.append({"dims": dims, "zooms": zooms, "mask": text(m),
                     "squared": squared})

    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text("{\"pairs\": [\n"
                    + ",\n".join(json.dumps(p) for p in pairs)
                    + "],\n\"maps\": [\n"
                    + ",\n".join(json.dumps(m) for m in maps) + "]}\n")


if __name__ == "__main__":
    main()
