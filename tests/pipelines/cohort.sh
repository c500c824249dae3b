#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The workflow of a cohort: every subject is segmented, one that is broken does not
# stop the others, and what is done is kept. With a fourth word on a real Slurm,
# which is started for it; snakemake asks it once in a minute.
# usage: cohort.sh SNN-SEGMENT SNN-LAUNCH PIPELINES [slurm]
set -u
here=$(dirname "$(realpath "$0")")
launch=$(realpath "$2")
PATH=$(dirname "$(realpath "$1")"):$PATH
SNN_PIPELINE_PATH=$(realpath "$3")
export PATH SNN_PIPELINE_PATH
. "$here/slurm.sh"
. "$here/expect.sh"
if ! command -v snakemake >/dev/null; then
  echo "skipped: there is no snakemake"
  exit 77
fi
program=$(command -v snakemake)
patience=200
# Snakemake keeps what it knows of files here, and asks Slurm about the user.
export HOME=$work XDG_CACHE_HOME=$work/cache USER=${USER:-$(id -un)}

small_network small.nir
for n in 0 1; do
  mkdir -p bids/sub-0$n/anat
  cp phantom-0000$n.nii.gz bids/sub-0$n/anat/sub-0${n}_T1w.nii.gz
done
mkdir -p bids/sub-bad/anat
echo none >bids/sub-bad/anat/sub-bad_T1w.nii.gz

bids=bids options="--model $work/small.nir"

# cohort STATUS OUT ARGUMENT...: of the dataset $bids with $options.
cohort () {
  local wanted=$1 out=$2
  shift 2
  expect "$wanted" -s "$SNN_PIPELINE_PATH/cohort.smk" "$@" --config bids="$bids" \
    out="$out" mem_mb=500 options="$options"
}

# again ARGUMENT...: where nothing fails, on this machine.
again () {
  cohort 0 "$@" --profile "$SNN_PIPELINE_PATH/profiles/local" --cores 2
}

# complete OUT: the table has both subjects.
complete () {
  for n in 0 1; do
    [ -s "$1/sub-0$n/anat/sub-0${n}_space-T1w_label-small_dseg.nii.gz" ] ||
      fail "$1 has no mask of sub-0$n"
    says "$1/volumes.tsv" "sub-0${n}_T1w.nii.gz"
  done
  [ "$(wc -l <"$1/volumes.tsv")" -eq 3 ] || fail "$1: not two rows"
  [ -s "$1/volumes.html" ] || fail "$1: no page"
}

locally () {
  cohort 1 derived --profile "$SNN_PIPELINE_PATH/profiles/local" --cores 2
  says derived/cohort-log/sub-bad-*.log "sub-bad_T1w.nii.gz"
  says derived/.bidsignore "cohort-log/"
  complete derived
  rm -r bids/sub-bad
  touch -d 2001-01-01 derived/sub-00/anat/*.nii.gz
  again derived
  complete derived
  [ "$(date -r derived/sub-00/anat/*.nii.gz +%Y)" -eq 2001 ] || fail "made anew"
  again derived
  says err "Nothing to be done"
}

# mask OUT [LABEL [NAME]]: of subject 00.
mask () {
  local folder=$1/sub-00
  [ "${3:-sub-00}" = sub-00 ] || folder=$folder/${3#sub-00_}
  echo "$folder/anat/${3:-sub-00}_space-T1w_label-${2:-small}_dseg.nii.gz"
}

# What is not the same is done: another dataset, output, option; an image that was
# replaced, a session more, whose file may be old, and one whose file is not there.
changes () {
  local before
  mkdir other
  cp -r bids other/bids
  cp phantom-00002.nii.gz other/bids/sub-00/anat/sub-00_T1w.nii.gz
  again elsewhere
  complete elsewhere
  bids=other/bids again more
  complete more
  cmp "$(mask elsewhere)" "$(mask more)" >out && fail "one mask of two images"

  before=$options
  options="$before --label another"
  again derived
  [ -s "$(mask derived another)" ] || fail "other options changed nothing"
  options=$before
  again derived
  ! grep -q "Nothing to be done" err || fail "what came in between is forgotten"

  cp phantom-00002.nii.gz bids/sub-00/anat/sub-00_T1w.nii.gz
  mkdir -p bids/sub-00/ses-2/anat
  cp -p phantom-00001.nii.gz bids/sub-00/ses-2/anat/sub-00_ses-2_T1w.nii.gz
  touch -d 2001-01-01 bids/sub-00/ses-2/anat/*.nii.gz
  again derived
  cmp "$(mask derived)" "$(mask more)" || fail "the mask of an image that is gone"
  [ -s "$(mask derived small sub-00_ses-2)" ] || fail "no mask of the new session"
  mkdir -p bids/sub-02/anat
  ln -s nowhere.nii.gz bids/sub-02/anat/sub-02_T1w.nii.gz
  cohort 1 derived --profile "$SNN_PIPELINE_PATH/profiles/local" --cores 2
  says derived/cohort-log/sub-02-*.log "sub-02_T1w.nii.gz"
}

on_slurm () {
  local jobs
  have_slurm || { echo "skipped: Slurm is not there, or this is not root"; exit 77; }
  trap 'stop_slurm; rm -rf "$work"' EXIT
  start_slurm || { cat slurm/*.log; fail "Slurm does not start"; return; }
  patience=600
  rm -r bids/sub-bad
  cohort 0 derived --profile "$SNN_PIPELINE_PATH/profiles/slurm" \
    --default-resources slurm_partition=main mem_mb=500 runtime=10 \
    --latency-wait 5
  complete derived
  # A job a subject, and one for the table.
  jobs=$(grep -c '_job_complete: JobId=[0-9]* done' slurm/slurmctld.log)
  [ "$jobs" -eq 3 ] || fail "$jobs jobs ended: $(cat slurm/slurmctld.log)"
  echo "$(sinfo -V) ran $jobs jobs"
}

if [ "${4:-}" = slurm ]; then on_slurm; else locally; changes; fi
[ $failures -eq 0 ]
