#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Stops each stage in its middle, by each signal: what was good before stays, what
# is new is whole, and nothing is left lying about.
# usage: interrupts.sh SNN-LAUNCH PIPELINES
set -u
here=$(dirname "$(realpath "$0")")
launch=$(realpath "$1")
SNN_PIPELINE_PATH=$(realpath "$2")
export SNN_PIPELINE_PATH
. "$here/expect.sh"

# Made without a stop, of so little that it takes no time.
row="what is stopped later"
few=(SOURCE="phantomsrc subjects=3" FOLDS=3)
"$launch" -q train "${few[@]}" SIZE=2x16x16 EPOCHS=1 WIDTH=2 DEPTH=1 >out 2>err ||
  { fail "status $? of train"; exit 1; }
"$launch" -q convert "${few[@]}" SAMPLES=4 >out 2>err || fail "status $? of convert"
"$launch" -q evaluate-ann "${few[@]}" >out 2>err || fail "status $? of evaluate-ann"
NETWORK="anninference model=ann.nir"
"$launch" -q segment SOURCE="phantomsrc subjects=2" NETWORK="$NETWORK" \
  >out 2>err || fail "status $? of segment"
mkdir good
cp ann.nir converted.nir ann.json predictions/phantom-00000.nii.gz good

# More subjects than can be made before the signal comes.
many=(SOURCE="phantomsrc subjects=3000")
slow=(SOURCE="phantomsrc subjects=3" SIZE=2x16x16 FOLDS=3)

# To add a stage, add a row: its name, the file by which it is known to run, the
# good file that has to stay as it is (-: none), and what it says when it is
# stopped (-: nothing; one of several with @ between them).
rows=(
  "convert|converted.nir.lock|converted.nir|converted.nir is not written"
  "convert-all|converted.nir.lock|converted.nir|converted.nir is not written"
  "evaluate|ann.json.lock|ann.json|ann.json, a report of whole ones, is not replaced@no report is written"
  "segment|predictions/phantom-00003.nii.gz|predictions/phantom-00000.nii.gz|-"
  "train|new.nir.checkpoint|-|-"
)

# The arguments of each row.
arguments () {
  case $1 in
    convert) args=(convert "${many[@]}" SAMPLES=100000) ;;
    convert-all) args=(convert "${many[@]}" SAMPLES=0) ;;
    evaluate) args=(evaluate-ann "${many[@]}" SUBSET=all) ;;
    segment) args=(segment "${many[@]}" NETWORK="$NETWORK") ;;
    train) args=(train "${slow[@]}" EPOCHS=100000 WIDTH=2 DEPTH=1 SCHEDULE=constant
      ANN=new.nir REPORT=new.json) ;;
  esac
}

for signal in INT TERM; do
  for line in "${rows[@]}"; do
    IFS='|' read -r name running good says <<<"$line"
    row="$name, SIG$signal"
    rm -f new.* predictions/phantom-0000[1-9]* predictions/phantom-000[1-9]*
    arguments "$name"
    timeout --foreground -s KILL 60 "$launch" "${args[@]}" >out 2>err &
    until [ -e "$running" ] || ! kill -0 $! 2>/dev/null; do sleep 0.1; done
    sleep 0.3
    kill -s $signal $!
    wait $!
    status=$?
    [ $signal = INT ] && wanted=130 || wanted=143
    [ $status -eq $wanted ] || fail "status $status, expected $wanted"
    [ "$good" = - ] || cmp -s "$good" "good/${good##*/}" || fail "$good is another"
    [ "$says" = - ] || grep -qF -- "${says//@/$'\n'}" err || fail "no '$says'"
    left=$(find . -name '*.lock' -o -name '.snn-*')
    [ -z "$left" ] || fail "left over: $left"
    if [ "$name" = segment ]; then
      for mask in predictions/*; do
        gzip -t "$mask" 2>/dev/null || fail "$mask is not whole"
      done
    fi
    if [ "$name" = train ]; then
      "$launch" -q evaluate-ann "${few[@]}" ANN=new.nir REPORT=new.json >out 2>err ||
        fail "new.nir can't be used"
    fi
  done
done

[ $failures -eq 0 ]
