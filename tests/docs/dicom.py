#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes a volume as a series of DICOM files, a slice each, with what a scanner
would say of place and size: explicit little endian, MR image storage (DICOM PS3.3
C.7.6 and PS3.5).

usage: dicom.py VOLUME FOLDER, of whole numbers that fit into 16 bits
"""
import os
import struct
import sys

import nibabel
import numpy

MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"
EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
ROOT = "1.2.826.0.1.3680043.2.1125.1"
# Of these, the length has four bytes.
LONG = ("OB", "OW")


def element(group, number, kind, value):
    """An element of a data set; its length is even."""
    if isinstance(value, int):
        data = struct.pack("<H", value)
    elif isinstance(value, str):
        data = value.encode()
        data += (b"\0" if kind == "UI" else b" ") * (len(data) % 2)
    else:
        data = value
    head = struct.pack("<HH", group, number) + kind.encode()
    if kind in LONG:
        return head + struct.pack("<HI", 0, len(data)) + data
    return head + struct.pack("<H", len(data)) + data


def decimals(values):
    return "\\".join(f"{value:.6g}" for value in values)


def file_of(pixels, index, directions, position, zooms):
    """A slice: pixels as rows and columns."""
    name = f"{ROOT}.3.{index + 1}"
    meta = b"".join(element(0x0002, *one) for one in (
        (0x0001, "OB", b"\0\1"), (0x0002, "UI", MR_IMAGE), (0x0003, "UI", name),
        (0x0010, "UI", EXPLICIT_LITTLE_ENDIAN), (0x0012, "UI", ROOT)))
    data = b"".join(element(*one) for one in (
        (0x0008, 0x0016, "UI", MR_IMAGE), (0x0008, 0x0018, "UI", name),
        (0x0008, 0x0060, "CS", "MR"), (0x0008, 0x0070, "LO", "nobody"),
        (0x0008, 0x103e, "LO", "T1"), (0x0010, 0x0010, "PN", "phantom"),
        (0x0010, 0x0020, "LO", "01"),
        (0x0018, 0x0050, "DS", f"{zooms[2]:g}"),
        (0x0018, 0x0088, "DS", f"{zooms[2]:g}"),
        (0x0020, 0x000d, "UI", ROOT + ".1"), (0x0020, 0x000e, "UI", ROOT + ".2"),
        (0x0020, 0x0011, "IS", "1"), (0x0020, 0x0013, "IS", str(index + 1)),
        (0x0020, 0x0032, "DS", decimals(position)),
        (0x0020, 0x0037, "DS", decimals(directions)),
        (0x0020, 0x0052, "UI", ROOT + ".4"),
        (0x0028, 0x0002, "US", 1), (0x0028, 0x0004, "CS", "MONOCHROME2"),
        (0x0028, 0x0010, "US", pixels.shape[0]),
        (0x0028, 0x0011, "US", pixels.shape[1]),
        (0x0028, 0x0030, "DS", decimals((zooms[1], zooms[0]))),
        (0x0028, 0x0100, "US", 16), (0x0028, 0x0101, "US", 16),
        (0x0028, 0x0102, "US", 15), (0x0028, 0x0103, "US", 1),
        (0x7fe0, 0x0010, "OW", pixels.astype("<i2").tobytes())))
    length = element(0x0002, 0x0000, "UL", struct.pack("<I", len(meta)))
    return bytes(128) + b"DICM" + length + meta + data


def main():
    volume, folder = nibabel.load(sys.argv[1]), sys.argv[2]
    values = numpy.asarray(volume.dataobj)
    # DICOM's patient looks the other way in x and y.
    affine = numpy.diag([-1., -1., 1., 1.]) @ volume.affine
    zooms = numpy.linalg.norm(affine[:3, :3], axis=0)
    axes = affine[:3, :3] / zooms
    os.makedirs(folder)
    for k in range(values.shape[2]):
        with open(os.path.join(folder, f"{k:03}.dcm"), "wb") as file:
            file.write(file_of(values[:, :, k].T, k,
                               [*axes[:, 0], *axes[:, 1]],
                               (affine @ [0, 0, k, 1])[:3], zooms))


if __name__ == "__main__":
    main()
