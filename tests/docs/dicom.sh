#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# From a series of DICOM files to a mask, by the line of docs/heads.md: the volume
# is the one that was written, and so is its mask.
# usage: dicom.sh SOURCE SNN-SEGMENT SNN-LAUNCH
set -u
source=$(realpath "$1")
program=$(realpath "$2") launch=$(realpath "$3")
export SNN_PIPELINE_PATH=$source/pipelines
. "$source/tests/pipelines/expect.sh"
line=$(sed -n 's/^    \(dcm2niix .*\)/\1/p' "$source/docs/heads.md")
[ -n "$line" ] || fail "docs/heads.md has no line for dcm2niix"
if ! command -v dcm2niix >/dev/null; then
  echo "skipped: there is no dcm2niix"
  exit 77
fi

"$launch" -q train SOURCE="phantomsrc subjects=4" SIZE=8x48x48 FOLD=all EPOCHS=10 \
  WIDTH=8 RATE=0.003 AUGMENT=identity ANN=small.nir >out 2>err || fail "train"
"$launch" -q segment SOURCE="phantomsrc subjects=1" NETWORK=identity \
  CONTENT=probability MASKS=. >out 2>err || fail "volumes"
/usr/bin/python3 - <<'END' >out 2>err || fail "whole numbers"
import nibabel, numpy
volume = nibabel.load("phantom-00000.nii.gz")
values = numpy.rint(1000 * numpy.asarray(volume.dataobj)).astype(numpy.int16)
affine = numpy.diag([1.1, 0.9, 1.3, 1.])
affine[:3, 3] = -20., -30., 10.
nibabel.save(nibabel.Nifti1Image(values, affine), "sub-01_T1w.nii")
END
/usr/bin/python3 "$source/tests/docs/dicom.py" sub-01_T1w.nii dicom >out 2>err ||
  fail "dicom.py"
mkdir t1
eval "$line" >out 2>err || fail "$line"
[ -f t1/sub-01_T1w.nii.gz ] || fail "no t1/sub-01_T1w.nii.gz: $(ls t1)"
for image in sub-01_T1w.nii t1/sub-01_T1w.nii.gz; do
  expect 0 --quiet --model small.nir "$image"
done
/usr/bin/python3 - <<'END' >out 2>err || fail "another volume"
import nibabel, numpy
for end in ".nii", "_label-small_dseg.nii.gz":
    ours = nibabel.as_closest_canonical(nibabel.load("sub-01_T1w" + end))
    theirs = nibabel.as_closest_canonical(nibabel.load(
        "t1/sub-01_T1w" + (".nii.gz" if end == ".nii" else end)))
    assert numpy.allclose(ours.affine, theirs.affine, atol=1e-3), theirs.affine
    a, b = (numpy.asarray(one.dataobj) for one in (ours, theirs))
    assert a.shape == b.shape and (a == b).all(), (end, (a != b).sum())
    assert a.any(), end
END
[ $failures -eq 0 ]
