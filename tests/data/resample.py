#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes resample.json: small volumes with what they become on other grids,
computed here from the definitions with scipy's interpolation of single points.
Needs numpy and scipy; the tests only read what it wrote."""

import json
import pathlib

import numpy
from scipy import ndimage

FILL = -7.0


def affine(zooms, origin, angles=(0, 0, 0), flip=(1, 1, 1)):
    out = numpy.eye(4)
    turn = numpy.eye(3)
    for axis, angle in enumerate(angles):
        c, s = numpy.cos(angle), numpy.sin(angle)
        i, j = [(1, 2), (2, 0), (0, 1)][axis]
        around = numpy.eye(3)
        around[i, i], around[i, j], around[j, i], around[j, j] = c, -s, s, c
        turn = around @ turn
    out[:3, :3] = turn @ numpy.diag(numpy.array(zooms) * flip)
    out[:3, 3] = origin
    return out


def points(old, new, dims):
    """Positions in the old grid of the points of each new voxel: an array of
    dims x points x 3."""
    step = numpy.linalg.inv(old) @ new
    counts = [max(1, int(numpy.ceil(abs(step[:3, j]).max() - 1e-3)))
              for j in range(3)]
    axes = []
    for n, count in zip(dims, counts):
        offsets = (numpy.arange(count) + 0.5) / count - 0.5
        axes.append((numpy.arange(n)[:, None] + offsets).ravel())
    grid = numpy.stack(numpy.meshgrid(*axes, indexing="ij"), -1)
    grid = grid.reshape(dims[0], counts[0], dims[1], counts[1],
                        dims[2], counts[2], 3)
    grid = grid.transpose(0, 2, 4, 1, 3, 5, 6).reshape(*dims, -1, 3)
    return grid @ step[:3, :3].T + step[:3, 3]


def sample(values, at):
    """Mean over the points inside; nan where none is."""
    n = numpy.array(values.shape)
    inside = ((at > -0.5 - 1e-4) & (at < n - 0.5 + 1e-4)).all(-1)
    got = ndimage.map_coordinates(values, numpy.moveaxis(at, -1, 0), order=1,
                                  mode="nearest")
    count = inside.sum(-1)
    total = (got * inside).sum(-1)
    return numpy.where(count > 0, total / numpy.maximum(count, 1), numpy.nan)


def nearest(labels, old, new, dims):
    at = numpy.stack(numpy.meshgrid(*[numpy.arange(n) for n in dims],
                                    indexing="ij"), -1)
    step = numpy.linalg.inv(old) @ new
    at = at @ step[:3, :3].T + step[:3, 3]
    at = numpy.floor(at + 0.5 + 1e-4).astype(int)
    at = numpy.clip(at, 0, numpy.array(labels.shape) - 1)
    return labels[tuple(numpy.moveaxis(at, -1, 0))]


def majority(labels, at, own):
    values = numpy.unique(labels)
    shares = numpy.stack([sample((labels == v).astype(float), at)
                          for v in values])
    outside = numpy.isnan(shares[0])
    best = shares >= shares.max(0) - 1e-5
    out = values[best.argmax(0)]
    for v, b in zip(values, best):
        out = numpy.where(b & (own == v), v, out)
    return numpy.where(outside, 0, out)


def flat(array):
    return array.ravel(order="F").tolist()


def main():
    random = numpy.random.default_rng(11)
    cases = []

    def case(name, dims, old, new_dims, new):
        values = random.standard_normal(dims).round(3)
        noise = ndimage.gaussian_filter(random.standard_normal(dims), 1.0)
        labels = numpy.digitize(noise, numpy.quantile(noise, [.4, .6, .8]))
        labels = numpy.array([0, 17, 53, 530])[labels]
        at = points(old, new, new_dims)
        image = sample(values, at)
        voted = majority(labels, at, nearest(labels, old, new, new_dims))
        cases.append({
            "name": name, "dims": dims, "affine": flat(old.T),
            "new_dims": new_dims, "new_affine": flat(new.T),
            "values": flat(values),
            "labels": flat(labels), "fill": FILL,
            "image": [round(v, 6) for v in
                      flat(numpy.where(numpy.isnan(image), FILL, image))],
            "majority": flat(voted)})

    one = affine((1, 1, 1), (0, 0, 0))
    case("equal", (5, 4, 3), one, (5, 4, 3), one)
    case("whole voxels", (6, 5, 4), one, (6, 6, 6),
         affine((1, 1, 1), (2, -1, 0)))
    case("half a voxel", (6, 5, 4), one, (6, 5, 4),
         affine((1, 1, 1), (0.5, -0.5, 0.5)))
    case("finer", (5, 4, 6), one, (10, 8, 12),
         affine((.5, .5, .5), (-.25, -.25, -.25)))
    case("coarser", (8, 9, 7), affine((.7, .7, .7), (3, -2, 1)), (3, 3, 3),
         affine((2, 2, 2), (3.4, -1.5, 1.3)))
    case("twice", (8, 6, 4), affine((.5, .5, .5), (-.25, -.25, -.25)),
         (4, 3, 2), one)
    case("mixed", (7, 5, 6), affine((1, 1, 3), (-3, -2, -8)), (9, 5, 9),
         affine((1.2, 0.9, 1.0), (-5, -2.2, -8)))
    case("mirrored", (6, 5, 4), affine((1, 1, 1), (5, 0, 0),
                                       flip=(-1, 1, 1)), (6, 5, 4),
         affine((1, 1.1, 1), (0, 0, 0.2)))
    case("turned", (7, 8, 6), one, (6, 6, 6),
         affine((1, 1, 1), (0.3, 0.8, -0.6), angles=(0.2, -0.1, 0.3)))
    case("oblique file", (6, 7, 5),
         affine((1, 1.2, 2), (4, 5, 6), angles=(0.3, 0.2, -0.4)), (6, 7, 9),
         affine((1, 1.2, 1), (4, 5, 6), angles=(0.3, 0.2, -0.4)))
    case("turned and coarser", (9, 8, 7), affine((.8, .8, .8), (0, 0, 0)),
         (4, 4, 4), affine((1.9, 1.9, 1.9), (0, 0.5, 0), angles=(0, 0.3, .5)))
    permuted = numpy.eye(4)[[1, 2, 0, 3]]
    case("axes exchanged", (4, 5, 6), one, (6, 4, 5), permuted)
    case("elsewhere", (4, 4, 4), one, (3, 3, 3), affine((1, 1, 1), (9, 9, 9)))
    case("one voxel", (1, 1, 1), one, (3, 2, 1),
         affine((.4, .4, .4), (-.4, 0, 0)))

    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text("[\n" + ",\n".join(json.dumps(c) for c in cases) + "]\n")


if __name__ == "__main__":
    main()
