#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What snn-segment makes of a BIDS dataset is a BIDS derivative: by what BIDS 1.8
# asks of it, by Debian's python3-bids-validator, which knows names of raw data,
# and by BIDS' own validator where $BIDS_VALIDATOR is one (fetch-bids-validator).
# usage: bids.sh SNN-SEGMENT SNN-LAUNCH PIPELINES
set -u
here=$(dirname "$(realpath "$0")")
program=$(realpath "$1") launch=$(realpath "$2")
SNN_PIPELINE_PATH=$(realpath "$3")
export SNN_PIPELINE_PATH
. "$here/expect.sh"

small_network hippocampus.nir

# subject NAME PHANTOM: a T1-weighted image, and a further one that is not.
subject () {
  local folder=raw/$1/anat
  [ "${1%/ses-*}" = "$1" ] || folder=raw/${1%/*}/${1#*/}/anat
  mkdir -p "$folder"
  cp "$2.nii.gz" "$folder/${1//\//_}_T1w.nii.gz"
  cp "$2.nii.gz" "$folder/${1//\//_}_T2w.nii.gz"
}
subject sub-01/ses-1 phantom-00000
subject sub-01/ses-2 phantom-00001
subject sub-02 phantom-00002
echo '{"Name": "Phantoms", "BIDSVersion": "1.8.0", "DatasetType": "raw",
  "Authors": ["nobody", "nobody else"]}' >raw/dataset_description.json
printf 'Volumes that phantomsrc makes up, for a test of names and files. %s\n' \
  'There is nothing in them that is of anybody, and nothing that scanners make.' \
  >raw/README
printf 'participant_id\nsub-01\nsub-02\n' >raw/participants.tsv
expect 0 --model hippocampus.nir --quiet raw raw/derivatives/gst-snn participant

/usr/bin/python3 "$here/bids.py" raw raw/derivatives/gst-snn >out 2>err ||
  fail "no BIDS derivative"
cat out

validator=${BIDS_VALIDATOR:-$(command -v bids-validator)}
if [ -n "$validator" ]; then
  # It can't read headers of files that are shorter than what it asks for.
  for dataset in raw raw/derivatives/gst-snn; do
    timeout 200 "$validator" --ignoreNiftiHeaders "$dataset" >out 2>err ||
      fail "bids-validator does not accept $dataset"
  done
  echo "bids-validator accepts both"
else
  echo "no BIDS_VALIDATOR: not looked at by BIDS' own validator"
fi
[ $failures -eq 0 ]
