#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The networks that come with gst-snn: their cards, and what they find in heads that
# are made up of label maps, and in a real one. Skipped as far as there is no data.
# usage: shipped-models.sh SNN-SEGMENT SNN-LAUNCH PIPELINES
set -u
here=$(dirname "$(realpath "$0")")
program=$(realpath "$1")
PATH=$(dirname "$(realpath "$2")"):$PATH
SNN_PIPELINE_PATH=$(realpath "$3")
export PATH SNN_PIPELINE_PATH
models=$SNN_PIPELINE_PATH/models
data=${GST_SNN_DATA:-${SNN_SHARED_DATA:-}}
. "$here/expect.sh"
patience=200
SKIPPED=77

for name in finder hippocampus; do
  [ "$(stat -c %s "$models/$name.nir")" -lt 1000000 ] ||
    fail "$name.nir has 1 MB or more"
  says "$models/$name.md" "$(sha256sum <"$models/$name.nir" | cut -d ' ' -f 1)"
done
"$models/rebuild" -h >out 2>err || fail "rebuild -h"
says out "usage: rebuild"
"$models/rebuild" "$PWD" >out 2>err && fail "a rebuild of no data"
says err "there is no"

# agree WHAT LEAST MASK LABELS: the Dice coefficient of each side is LEAST or more,
# and its centre less than 4 mm off.
agree () {
  /usr/bin/python3 - "$@" >out 2>err <<'END' || fail "$1: $(tail -n 1 err)"
import sys
import nibabel
import numpy

what, least, found, right = sys.argv[1:]
found, right = nibabel.load(found), nibabel.load(right)
a, b = (numpy.asarray(one.dataobj) for one in (found, right))
assert numpy.allclose(found.affine, right.affine, atol=1e-3), "another grid"
for value in 17, 53:
    dice = 2. * ((a == value) & (b == value)).sum() / (
        (a == value).sum() + (b == value).sum())
    far = numpy.linalg.norm(numpy.subtract(*(
        one.affine @ [*numpy.argwhere(voxels == value).mean(axis=0), 1.]
        for one, voxels in ((found, a), (right, b)))))
    print(f"{what}, {value}: Dice {dice:.3f}, centres {far:.1f} mm apart")
    assert dice >= float(least) and far < 4., (value, dice, far)
END
  cat out >>figures
}
: >figures

if [ -d "$data/labelmaps" ] && /usr/bin/python3 -c 'import gi, nibabel' 2>/dev/null
then
  "$models/made-up-heads" heads labels location="$data/labelmaps" labels=17,53 \
    subjects=16 head-seed=77 voxel-size=1 grid=192x224x224 folds=4 fold=0 \
    subset=test max-subjects=2 >out 2>err || fail "made-up-heads"
  "$models/made-up-heads" heads labels location="$data/labelmaps" >out 2>err &&
    fail "heads were written to a folder that is not empty"
  says err "is not empty"
  expect 0 --quiet heads/*.nii.gz
  for head in head-00000 head-00004; do
    agree $head 0.7 heads/${head}_label-hippocampus_dseg.nii.gz \
      labels/$head.nii.gz
  done
  [ "$(wc -l <heads/volumes.tsv)" -eq 5 ] || fail "volumes.tsv has not four rows"
  says heads/volumes.tsv "head-00000.nii.gz	hippocampus	Left-Hippocampus"
else
  echo "SKIP: no label maps in \$GST_SNN_DATA, or no python3-gi"
fi

real=$data/heads/studyforrest_sub02
if [ -e "${real}_T1w.nii.gz" ]; then
  ln -s "${real}_T1w.nii.gz" real.nii.gz
  expect 0 --quiet real.nii.gz
  agree real 0.78 real_label-hippocampus_dseg.nii.gz \
    "${real}_hippodeep_dseg.nii.gz"
else
  echo "SKIP: no real head in \$GST_SNN_DATA"
fi
cat figures
[ $failures -eq 0 ] || exit 1
[ -s figures ] || exit $SKIPPED
