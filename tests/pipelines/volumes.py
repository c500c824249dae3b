#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The images that snn-segment finds, what it measures of masks, and its tables.
usage: volumes.py PIPELINES"""
import os
import sys
import tempfile
import unittest

import nibabel
import numpy

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv.pop(1))

from snnreport import bids, montage, volumes  # noqa: E402


class Folder(unittest.TestCase):
    """In a folder of its own, which is gone afterwards."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()


class Units(Folder):
    def mask(self, unit, length, sform=True):
        """12 voxels of 2 x 1 x 1.5 mm, in a unit of so many mm."""
        voxels = numpy.zeros((6, 7, 8), dtype=numpy.uint8)
        voxels[1:3, 2:4, 2:5] = 1
        affine = numpy.diag([2. / length, 1. / length, 1.5 / length, 1.])
        image = nibabel.Nifti1Image(voxels, affine)
        image.header.set_xyzt_units(unit)
        if not sform:
            image.header.set_sform(None, code=0)
            image.header.set_qform(affine, code=1)
        path = self.path(f"{unit}-{sform}.nii.gz")
        nibabel.save(image, path)
        return path

    def test_volumes_are_in_millimetres(self):
        for unit, length in (("mm", 1.), ("micron", 1e-3), ("meter", 1e3),
                             ("unknown", 1.)):
            for sform in True, False:
                path = self.mask(unit, length, sform)
                mask = volumes.load(path)
                one, = volumes.measure(mask, [1], "ball")
                self.assertEqual((one["Voxels"], one["VolumeMM3"]), (12, 36.),
                                 path)
                numpy.testing.assert_allclose(mask.header.get_zooms(),
                                              (2., 1., 1.5), rtol=1e-5)

    def test_a_unit_that_is_none(self):
        path = self.mask("mm", 1.)
        image = nibabel.load(path)
        image.header["xyzt_units"] = 7
        self.assertEqual(volumes.millimetres(image.header), 1.)

    def test_an_affine_that_is_singular(self):
        path = self.mask("mm", 1.)
        image = nibabel.load(path)
        image.header.set_sform(numpy.diag([1., 1., 0., 1.]), code=1)
        path = self.path("singular.nii")
        nibabel.save(nibabel.Nifti1Image(image.dataobj, None, image.header), path)
        with self.assertRaisesRegex(ValueError, "singular"):
            volumes.load(path)

    def test_the_picture_is_the_same(self):
        pictures = {montage.png(path, volumes.load(path), "ball") for path in (
            self.mask("mm", 1.), self.mask("micron", 1e-3))}
        self.assertEqual(len(pictures), 1)


class Tables(Folder):
    @staticmethod
    def row(image):
        return volumes.Row("n/a", "n/a", image, "ball", "ball", 3, 3., 1, False)

    def test_a_table_of_somebody_else_stays(self):
        for text in ("subject\tvolume\n01\t3\n", "\n1\t2\n",
                     "\t".join(volumes.COLUMNS) + "\tmine\n", "\0\n"):
            path = self.write("volumes.tsv", text)
            for write in volumes.write_table, volumes.add_to_table:
                with self.assertRaisesRegex(volumes.NotOurs, "volumes.tsv is no"):
                    write(path, [self.row("a.nii")])
                self.assertEqual(self.read("volumes.tsv"), text)

    def test_a_table_of_ours_is_replaced(self):
        for text in ("", "\t".join(volumes.COLUMNS) + "\r\n"):
            path = self.write("volumes.tsv", text)
            volumes.add_to_table(path, [self.row("a.nii")])
            volumes.add_to_table(path, [self.row("b.nii")])
            self.assertEqual(len(self.read("volumes.tsv").splitlines()), 3)
            volumes.write_table(path, [self.row("b.nii")])
            self.assertEqual(len(self.read("volumes.tsv").splitlines()), 2)

    def test_values_mean_what_the_masks_of_a_label_say(self):
        def facts(label, *structures):
            return {"Label": label, "Structures": [
                {"Value": value, "Name": name} for value, name in structures]}

        head = "index\tname\tabbreviation\n"
        one = facts("one", (17, "Left-Hippocampus"), (1, "one"))
        volumes.write_keys(self.folder, [])
        self.assertEqual(os.listdir(self.folder), [])
        volumes.write_keys(self.folder, [one, one])
        self.assertEqual(self.read("dseg.tsv"), head + "1\tone\tone\n"
                         "17\tLeft-Hippocampus\tHIP-L\n")
        volumes.write_keys(self.folder, [one, facts("two", (1, "two"))])
        self.assertEqual(sorted(os.listdir(self.folder)),
                         ["label-one_dseg.tsv", "label-two_dseg.tsv"])
        self.assertIn("1\tone\tone\n", self.read("label-one_dseg.tsv"))
        self.assertEqual(self.read("label-two_dseg.tsv"),
                         head + "1\ttwo\ttwo\n")


class Datasets(Folder):
    def image(self, *parts):
        path = self.path("raw", *parts)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb"):
            pass

    def find(self, **which):
        return bids.find(self.path("raw"), self.path("out"), **which)

    def test_links_are_followed_and_lead_nowhere_else(self):
        self.image("sub-1", "anat", "sub-1_T1w.nii.gz")
        self.image("sub-1", "ses-2", "anat", "sub-1_ses-2_T1w.nii")
        self.image("sub-1", "func", "anat", "sub-1_T1w.nii.gz")
        self.image("..", "real", "anat", "sub-3_T1w.nii.gz")
        os.symlink("../real", self.path("raw", "sub-3"))
        os.symlink(".", self.path("raw", "sub-1", "ses-1"))
        os.symlink("../..", self.path("raw", "sub-1", "anat", "up"))
        os.symlink("nowhere", self.path("raw", "sub-4"))
        self.assertEqual([image.source for image in self.find()], [
            "bids:raw:sub-1/anat/sub-1_T1w.nii.gz",
            "bids:raw:sub-1/ses-2/anat/sub-1_ses-2_T1w.nii",
            "bids:raw:sub-3/anat/sub-3_T1w.nii.gz"])
        self.assertEqual(bids.dangling(self.path("raw")),
                         [self.path("raw", "sub-4")])

    def test_what_was_asked_for_and_is_not_there(self):
        self.image("sub-1", "ses-2", "anat", "sub-1_ses-2_T1w.nii")
        images = self.find(subjects=["1", "sub-99"], sessions=["2", "3"])
        self.assertEqual(len(images), 1)
        self.assertEqual(bids.unmatched(images, ["1", "sub-99"],
                                        ["ses-2", "3"]),
                         ["sub-99", "ses-3"])
        self.assertEqual(bids.unmatched(images, [], []), [])

    def test_an_image_has_one_space(self):
        for name, stem in (
                ("sub-1_T1w", "sub-1_space-T1w"),
                ("sub-1_acq-a_T1w", "sub-1_acq-a_space-T1w"),
                ("sub-1_space-MNI_desc-preproc_T1w", "sub-1_space-MNI_desc-preproc"),
                ("sub-1_desc-preproc_T1w", "sub-1_space-T1w_desc-preproc")):
            self.image("sub-1", "anat", name + ".nii.gz")
            found = {os.path.basename(image.path): image.stem
                     for image in self.find()}
            self.assertEqual(found[name + ".nii.gz"], stem)


if __name__ == "__main__":
    unittest.main()
