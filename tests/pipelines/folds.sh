#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Folds by variables of the launch files: default names of files have the fold in
# them, FOLD=all is everybody, SPLIT a file of folds, and who measures a network on
# what it was trained on is warned.
# usage: folds.sh SNN-LAUNCH PIPELINES
set -u
here=$(dirname "$(realpath "$0")")
launch=$(realpath "$1")
SNN_PIPELINE_PATH=$(realpath "$2")
export SNN_PIPELINE_PATH
program=$launch
. "$here/expect.sh"

# silent TEXT: neither of the two files has it.
silent () {
  ! grep -qF -- "$1" out err || fail "'$1' is there"
}

from=(SOURCE="phantomsrc subjects=4")
folds=("${from[@]}" FOLDS=4)
size=(EPOCHS=1 WIDTH=2 DEPTH=1)
export SIZE=1x16x16
seen="was trained on 1 of the 1 labelled subjects that it is given"

# Two folds in one folder do not meet.
expect 0 train convert "${folds[@]}" "${size[@]}" SAMPLES=2 FOLD=1
expect 0 train "${folds[@]}" "${size[@]}" FOLD=2
expect 0 train "${folds[@]}" "${size[@]}"
expect 0 evaluate-ann "${folds[@]}" FOLD=1
silent "$seen"
expect 0 evaluate-ann "${folds[@]}" FOLD=2 ANN=ann-fold-1.nir REPORT=other.json
says err "ann-fold-1.nir $seen: phantom-00002"
expect 0 evaluate-snn "${folds[@]}" FOLD=2 SNN=converted-fold-1.nir TIMESTEPS=4
says err "converted-fold-1.nir $seen: phantom-00002"
expect 0 segment "${from[@]}" FOLD=1 NETWORK="anninference model=ann-fold-1.nir"
for file in ann.nir ann-fold-{1,2}.nir train.json train-fold-{1,2}.json \
  converted-fold-1.nir ann-fold-1.json snn-fold-2.json \
  predictions-fold-1/phantom-00003.nii.gz; do
  [ -s "$file" ] || fail "there is no $file"
done

# Everybody: nobody is left to be measured on.
expect 0 train "${from[@]}" "${size[@]}" FOLD=all
silent "held-out"
[ -s ann-fold-all.nir ] || fail "there is no ann-fold-all.nir"
expect 0 evaluate-ann "${from[@]}" FOLD=all
says out "over 4 subjects"
says err "was trained on 4 of the 4 labelled subjects"
expect 1 train "${from[@]}" "${size[@]}" FOLD=all SUBSET=train ANN=b.nir \
  REPORT=b.json EVALUATE=false
says err "leave none to send"
expect 2 train "${from[@]}" FOLD=some
says err "FOLD=some: fold of phantomsrc is some, expected 0 to 65534"

# nnU-Net's file.
echo '[{"train": ["phantom-00000"], "val": ["phantom-00003", "phantom-00001"]},
  {"train": ["phantom-00001"], "val": ["phantom-00002"]}]' >splits_final.json
expect 0 train "${from[@]}" "${size[@]}" SPLIT=splits_final.json FOLD=1 ANN=split.nir
says out "over 1 subject"
expect 0 evaluate-ann "${from[@]}" SPLIT=splits_final.json FOLD=0 ANN=split.nir \
  REPORT=split.json
says out "over 2 subjects"
says err "was trained on 1 of the 2 labelled subjects that it is given: phantom-00001"
# All is everybody of every fold, and who is in none is told.
expect 0 train "${from[@]}" "${size[@]}" SPLIT=splits_final.json FOLD=all \
  ANN=everybody.nir REPORT=everybody.json
says out "over 4 subjects"
silent "Warning from"
echo '[{"train": ["phantom-00000"], "val": ["phantom-00003"]}]' >some.json
expect 0 evaluate-ann "${from[@]}" SPLIT=some.json FOLD=all ANN=split.nir \
  REPORT=some-report.json
says out "over 2 subjects"
says err "some.json does not name 2 of the 4 subjects, the first of them phantom-00001"
expect 1 train "${from[@]}" "${size[@]}" SPLIT=nowhere.json ANN=b.nir REPORT=b.json
says err "nowhere.json"

# A run that is done is not done again, unless it shall.
expect 0 train "${folds[@]}" "${size[@]}" FOLD=1
silent "epoch 1/1, loss"
says err "All 1 epochs are done"
expect 0 train "${folds[@]}" "${size[@]}" FOLD=1 RESUME=false
says out "epoch 1/1, loss"

# A box of each volume, and a label of several.
expect 0 --print segment ROI=1:9,0:16,0:16
says out ' roi="1:9,0:16,0:16" '
expect 0 --print train LABEL=2 IMAGES=a LABELS=b
says out 'location="a" label-value=2 label-location="b" '
says out ' folds=5 '

[ $failures -eq 0 ]
