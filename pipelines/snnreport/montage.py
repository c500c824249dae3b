# SPDX-License-Identifier: LGPL-2.1-or-later
"""A picture of a head for each subject: contours of what was found, on slices in
three planes. Left and right are those of the world, whatever way the file is
stored: x grows to the right."""
import io
import logging

import nibabel
import numpy

logging.getLogger("matplotlib").setLevel(logging.ERROR)
import matplotlib  # noqa: E402 (it logs while it is imported)

from . import volumes  # noqa: E402

matplotlib.use("agg")
from matplotlib import pyplot  # noqa: E402

# Those of Okabe and Ito that stand out on grey: left, right, in between.
LEFT, RIGHT, MIDDLE = "#56b4e9", "#e69f00", "#009e73"
COLUMNS = 6
AROUND_MM = 14.
PLANES = (("coronal", 1), ("axial", 2), ("sagittal", 0))
DOTS = 90


def _load(image, mask):
    """What is shown of both, in RAS: values, labels, voxel sizes, affine. A box
    around what is found is read, and a margin."""
    head = nibabel.load(image)
    if head.shape[:3] != mask.shape:
        raise ValueError(f"{image} and its mask differ in shape")
    whole = numpy.asarray(mask.dataobj)
    margin = numpy.ceil(AROUND_MM / numpy.array(mask.header.get_zooms()[:3]))
    box = tuple(slice(max(0, side.start - int(m)), side.stop + int(m))
                for side, m in zip(volumes.box_of(whole), margin))
    shape = nibabel.Nifti1Image(whole[box], mask.slicer[box].affine)
    first = (0,) * (len(head.shape) - 3)
    values = numpy.asarray(head.dataobj[(*box, *first)], dtype=numpy.float32)
    values = nibabel.Nifti1Image(numpy.nan_to_num(values), shape.affine)
    values, shape = (nibabel.as_closest_canonical(one)
                     for one in (values, shape))
    return (numpy.asarray(values.dataobj), numpy.asarray(shape.dataobj),
            numpy.array(shape.header.get_zooms(), dtype=float), shape.affine)


def _side(inside, affine, middle):
    """Colour of a structure, by where its centre is in the world."""
    centre = (affine @ [*numpy.argwhere(inside).mean(axis=0), 1.])[0]
    return LEFT if centre < middle - 1. else RIGHT if centre > middle + 1. \
        else MIDDLE


def _colours(labels, affine):
    """{value: colour}. Where there are two structures or more, left and right are
    to either side of all of them; a single one is in between."""
    values = [v for v in numpy.unique(labels) if v > 0]
    middle = numpy.mean([(affine @ [*numpy.argwhere(labels == v).mean(axis=0),
                                    1.])[0] for v in values]) if values else 0.
    return {v: _side(labels == v, affine, middle) if len(values) > 1 else MIDDLE
            for v in values}


def _positions(labels, axis, low, high):
    """Slices in the middle of equal parts of what is found; across x, of either
    half by itself, as nothing is between two sides."""
    if axis != 0:
        return low + (numpy.arange(COLUMNS) + .5) * (high - low) / COLUMNS
    columns = numpy.flatnonzero((labels > 0).any(axis=(1, 2)))
    if not len(columns):
        return low + (numpy.arange(COLUMNS) + .5) * (high - low) / COLUMNS
    gaps = numpy.flatnonzero(numpy.diff(columns) > 1)
    parts = numpy.split(columns, [gaps[numpy.argmax(numpy.diff(columns)[gaps])]
                                  + 1]) if len(gaps) else [columns]
    n = COLUMNS // len(parts)
    return [part[int((i + .5) * len(part) / n)] for part in parts
            for i in range(n)]


def _draw(axes, values, labels, zooms, axis, position, colours, grey):
    cut = tuple(int(position) if i == axis else slice(None) for i in range(3))
    across, up = (i for i in range(3) if i != axis)
    extent = (0, values.shape[across] * zooms[across],
              0, values.shape[up] * zooms[up])
    axes.imshow(values[cut].T, cmap="gray", origin="lower", extent=extent,
                vmin=grey[0], vmax=grey[1], interpolation="bilinear")
    for value, colour in colours.items():
        inside = (labels[cut] == value).T
        if inside.any():
            axes.contour(inside, levels=[.5], colors=[colour], linewidths=1.1,
                         origin="lower", extent=extent)
    if axis != 0:
        for text, at in ("L", .03), ("R", .97):
            axes.text(at, .03, text, color="white", fontsize=8, va="bottom",
                      ha="left" if at < .5 else "right",
                      transform=axes.transAxes)


def png(image, mask, title):
    """The picture of a file and its mask, an image in memory, as bytes. Raises what
    nibabel does where a file can't be read."""
    values, labels, zooms, affine = _load(image, mask)
    colours = _colours(labels, affine)
    grey = numpy.percentile(values, (1., 99.5))
    size = values.shape * zooms
    heights = [size[1 if axis == 2 else 2]
               / size[1 if axis == 0 else 0] for _, axis in PLANES]
    figure = pyplot.figure(figsize=(2. * COLUMNS, 2. * sum(heights) + .5),
                           facecolor="black", dpi=DOTS)
    try:
        rows = figure.subplots(len(PLANES), COLUMNS, gridspec_kw={
            "height_ratios": heights, "wspace": .02, "hspace": .02, "left": .005,
            "right": .995, "bottom": .005,
            "top": 1. - .5 / figure.get_figheight()})
        for (_, axis), cells in zip(PLANES, rows):
            found = volumes.box_of(labels)[axis]
            for axes in cells:
                axes.set_axis_off()
            for axes, position in zip(cells, _positions(
                    labels, axis, found.start, found.stop)):
                _draw(axes, values, labels, zooms, axis, position, colours, grey)
        figure.text(.01, 1. - .12 / figure.get_figheight(), title, color="white",
                    fontsize=11, va="top", parse_math=False)
        for at, text, colour in (.8, "left", LEFT), (.9, "right", RIGHT):
            if colour in colours.values():
                figure.text(at, 1. - .12 / figure.get_figheight(), text,
                            color=colour, fontsize=11, va="top")
        data = io.BytesIO()
        figure.savefig(data, format="png", facecolor="black",
                       metadata={"Software": None})
        return data.getvalue()
    finally:
        pyplot.close(figure)
