#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs the commands of docs/heads.md, as they stand there, on heads that are made up
# of label maps. Skipped where there are none.
# usage: heads.sh SOURCE SNN-SEGMENT SNN-LAUNCH
set -u
here=$(dirname "$(realpath "$0")")
source=$(realpath "$1")
PATH=$(dirname "$(realpath "$2")"):$(dirname "$(realpath "$3")"):$PATH
SNN_PIPELINE_PATH=$source/pipelines
export PATH SNN_PIPELINE_PATH
data=${GST_SNN_DATA:-${SNN_SHARED_DATA:-}}
# shellcheck disable=SC2034 # that of expect.sh
program=snn-segment
. "$here/../pipelines/expect.sh"
[ -d "$data/labelmaps" ] || { echo "SKIP: no label maps in \$GST_SNN_DATA"; exit 77; }

# The page has a folder called out, which is not ours.
mkdir page
log=$PWD/log
cd page || exit 1
snn-launch -q segment SOURCE="labelmapsrc location=$data/labelmaps subjects=3
  voxel-size=2 grid=96x112x112 head-seed=3 stripped=0" NETWORK=identity \
  CONTENT=probability MASKS=. >"$log" 2>&1 || fail "heads"
mkdir -p bids/sub-01/anat bids/sub-02/ses-1/anat
mv head-00000.nii.gz t1.nii.gz
mv head-00001.nii.gz bids/sub-01/anat/sub-01_T1w.nii.gz
mv head-00002.nii.gz bids/sub-02/ses-1/anat/sub-02_ses-1_T1w.nii.gz
cp "$source"/pipelines/models/*.nir .

n=0
while read -r line; do
  timeout 200 bash -c "$line" >"$log" 2>&1 ||
    fail "status $? of: $line: $(tail -n 3 "$log")"
  n=$((n + 1))
done < <(grep -E '^    snn-(segment|launch) ' "$source/docs/heads.md")
[ $n -ge 6 ] || fail "only $n commands in docs/heads.md"

grep -oE '^    out/[^ ]+|^\| `(t1_[^`]+|volumes.tsv)`' "$source/docs/heads.md" |
  tr -d ' |`' >files
[ "$(wc -l <files)" -ge 9 ] || fail "docs/heads.md names few files"
while read -r file; do
  [ -s "$file" ] || fail "docs/heads.md speaks of $file"
done <files
says out/volumes.tsv "sub-02	ses-1	sub-02_ses-1_T1w.nii.gz	hippocampus	Left-Hippocampus"
[ "$(grep -o 'loading="lazy"' out/volumes.html | wc -l)" -eq 2 ] ||
  fail "volumes.html has not two pictures"
[ $failures -eq 0 ]
