#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Masks that exist, against true ones.
# usage: snn-measure.sh SNN-MEASURE SNN-LAUNCH CASES
set -u
here=$(dirname "$(realpath "$0")")
program=$(realpath "$1")
launch=$(realpath "$2")
cases=$(realpath "$3")
. "$here/expect.sh"

mkdir masks labels
cp "$cases/mask-prob.nii.gz" masks/a.nii.gz
cp "$cases/mask-true.nii.gz" labels/a.nii.gz
cp "$cases/pred-micron.nii.gz" masks/b.nii.gz
cp "$cases/true-micron.nii.gz" labels/b.nii.gz

# What dicesink says of the same values.
cat >measure.launch <<'END'
niftisrc location=masks label-location=labels axis=z
  ! dicesink location=dicesink.json
      metrics=dice+iou+sensitivity+precision+volume-difference+hd95+assd
END
"$launch" -q measure.launch >out 2>err || fail "dicesink"
expect 0 masks labels --cut-off 0.5 --json measure.json
cmp measure.json dicesink.json >out || fail "another report than dicesink's"

# Tables; a voxel of a mask is rounded, and a map of probabilities warned of.
expect 0 masks labels -t table.tsv -j measure.json
says err "Is it a map of"
[ ! -s out ] || fail "the table went to standard output, too"
/usr/bin/python3 - "$cases" <<'END' >out 2>err || fail "values"
import csv, json, sys, nibabel, numpy
rows = {row["subject"]: row
        for row in csv.DictReader(open("table.tsv"), delimiter="\t")}
report = json.load(open("measure.json"))
assert list(rows) == ["a", "b"], rows
for name, row in rows.items():
    p, t = (numpy.rint(nibabel.load(f"{folder}/{name}.nii.gz").get_fdata()) != 0
            for folder in ("masks", "labels"))
    dice = 2 * (p & t).sum() / (p.sum() + t.sum())
    assert abs(float(row["dice"]) - dice) < 1e-8, (row, dice)
    assert int(row["predicted_voxels"]) == p.sum()
    assert int(row["true_voxels"]) == t.sum()
assert abs(float(rows["b"]["hd95"]) - 1.118) < 1e-3, rows["b"]
assert report["n_subjects"] == 2 and "complete" not in report
END

# Classes, one empty in the mask, where its distances are not defined.
/usr/bin/python3 - <<'END' >out 2>err || fail "label maps"
import os, nibabel, numpy
random = numpy.random.default_rng(3)
os.makedirs("maps"), os.makedirs("truth")
truth = random.integers(0, 4, (9, 8, 7)).astype("int16") * 17
made = numpy.where(random.random(truth.shape) < 0.2, 17, truth)
made[made == 51] = 0
for folder, data in (("maps", made), ("truth", truth)):
    nibabel.save(nibabel.Nifti1Image(data.astype("int16"), numpy.eye(4)),
                 f"{folder}/sub-1_{folder}.nii.gz")
END
mv truth/sub-1_truth.nii.gz truth/sub-1_label-all_dseg.nii.gz
mv maps/sub-1_maps.nii.gz maps/sub-1_space-T1w_dseg.nii.gz
for labels in all 17,34,51; do
  expect 0 maps truth --labels $labels -q
  [ ! -s err ] || fail "not quiet"
  mv out classes-$labels.tsv
done
cmp classes-all.tsv classes-17,34,51.tsv >out || fail "all are other classes"
/usr/bin/python3 - <<'END' >out 2>err || fail "classes"
import csv, nibabel, numpy
row, = csv.DictReader(open("classes-all.tsv"), delimiter="\t")
p = numpy.asarray(nibabel.load("maps/sub-1_space-T1w_dseg.nii.gz").dataobj)
t = numpy.asarray(nibabel.load("truth/sub-1_label-all_dseg.nii.gz").dataobj)
values = []
for c in (17, 34, 51):
    n = (p == c).sum() + (t == c).sum()
    values.append(2 * ((p == c) & (t == c)).sum() / n)
    assert abs(float(row[f"class_{c}_dice"]) - values[-1]) < 1e-8, (c, row)
assert row["class_51_hd95"] == "n/a" and row["class_17_hd95"] != "n/a"
assert abs(float(row["dice"]) - numpy.mean(values)) < 1e-8
END
expect 0 maps truth --label 34 -q
says out "sub-1_space-T1w_dseg	7	"
[ ! -s err ] || fail "a remark on a map that has the value"

# A mask of 0 and 1 has none of the values that labels have; that is said, and
# not of an empty one.
mkdir plain
/usr/bin/python3 - <<'END' >out 2>err || fail "plain masks"
import nibabel, numpy
truth = nibabel.load("truth/sub-1_label-all_dseg.nii.gz")
data = (numpy.asarray(truth.dataobj) == 34).astype("int16")
nibabel.save(nibabel.Nifti1Image(data, truth.affine), "plain/sub-1_dseg.nii.gz")
END
expect 0 plain truth --label 34 -q
says err "plain/sub-1_dseg.nii.gz: none of its 140 voxels that are not 0, such as 1, is 34"
expect 0 plain truth --labels 17,34 -q
says err "plain/sub-1_dseg.nii.gz: none of its 140 voxels that are not 0, such as 1, is one of 17,34"
expect 0 plain truth -q
[ ! -s err ] || fail "a remark on a mask that is as expected"
/usr/bin/python3 - <<'END' >out 2>err || fail "an empty mask"
import nibabel, numpy
path = "plain/sub-1_dseg.nii.gz"
mask = nibabel.load(path)
nibabel.save(nibabel.Nifti1Image(0 * numpy.asarray(mask.dataobj), mask.affine), path)
END
expect 0 plain truth --label 34 -q
! grep -q "is 34" err || fail "a remark on the values of an empty mask"

# What does not pair, and what can't be read, is named.
cp masks/a.nii.gz masks/surplus.nii.gz
cp labels/a.nii.gz labels/missing.nii.gz
expect 1 masks labels -j measure.json
says err "There is no label for masks/surplus.nii.gz"
says err "There is no mask for the label labels/missing.nii.gz"
grep -q '"complete" *: *false' measure.json || fail "not said to be partial"
rm masks/surplus.nii.gz labels/missing.nii.gz
cp labels/b.nii.gz labels/a.nii.gz
expect 1 masks labels -q
says err "masks/a.nii.gz"
says err "labels/a.nii.gz"
says out "b	"
echo damaged >masks/b.nii.gz
expect 1 masks labels -q
says err "there is nothing to measure"

# Nothing that is read is replaced: masks, labels, and lists of them, by whatever
# name, for both reports.
mkdir own
cp "$cases/mask-prob.nii.gz" own/p.nii.gz
cp "$cases/mask-true.nii.gz" own/t.nii.gz
ln -s t.nii.gz own/link.nii.gz
printf 'p.nii.gz,t.nii.gz\n' >own/pairs.csv
echo p.nii.gz >own/p.txt
echo t.nii.gz >own/t.txt
(cd own && sha256sum *) >sums
for report in p.nii.gz t.nii.gz link.nii.gz; do
  for option in -t -j; do
    expect 1 own/p.nii.gz own/t.nii.gz $option own/$report
    says err "own/$report"
    says err "not replaced"
  done
done
expect 1 own/pairs.csv own/pairs.csv -t own/pairs.csv
says err "own/pairs.csv is a file that is read from"
expect 1 own/p.txt own/t.txt -j own/p.txt
expect 1 own/p.txt own/t.txt -t own/t.txt
(cd own && sha256sum *) | cmp - sums >out || fail "an input was replaced"
expect 1 own/p.nii.gz own/t.nii.gz -t none/table.tsv
says err "there is no such folder"
expect 0 own/p.nii.gz own/t.nii.gz -c 0.5 -q -t commas.csv
says commas.csv "subject,n_samples,"
expect 0 own/p.nii.gz own/t.nii.gz -c 0.5 -q -t tabs.txt
says tabs.txt "subject	n_samples	"

# Values that float32 does not tell apart are refused rather than missed.
/usr/bin/python3 - <<'END' >out 2>err || fail "large values"
import nibabel, numpy
for value, name in ((2**24 - 1, "large"), (2**24 + 1, "larger")):
    data = numpy.zeros((4, 4, 4), "int32")
    data[1:3, 1:3, 1:3] = value
    nibabel.save(nibabel.Nifti1Image(data, numpy.eye(4)), f"own/{name}.nii.gz")
    nibabel.save(nibabel.Nifti1Image(data, numpy.eye(4)), f"own/{name}-true.nii.gz")
END
for option in "--label 16777215" "--labels all"; do
  expect 0 own/large.nii.gz own/large-true.nii.gz $option -q
  says out "large	4	8	8	8	0	1	1"
done
for option in "--label 16777217" "--labels all"; do
  expect 1 own/larger.nii.gz own/larger-true.nii.gz $option -q
  says err "own/larger.nii.gz can't be compared by the class 16777217"
done

# A table that could not be written is no success.
timeout $patience "$program" own/p.nii.gz own/t.nii.gz >/dev/full 2>err
[ $? -eq 1 ] || fail "no status 1 on a full device"
says err "snn-measure: the output could not be written: No space left"
expect 2 masks
expect 2 masks labels more
expect 2 masks labels --labels 1 --label 2
expect 2 masks labels --labels 1 --cut-off 0.5
expect 1 masks none
says err "none"

[ $failures -eq 0 ]
