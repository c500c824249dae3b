# SPDX-License-Identifier: LGPL-2.1-or-later
# What tests of programs share, to be sourced. It goes to a new folder, which is
# gone at the end; $failures is how much was wrong so far. What a program prints is
# in out and err there. $program is what expect runs, for $patience seconds at most;
# $row, where it is set, what is tested now.
# shellcheck shell=bash
# shellcheck disable=SC2154 # program and launch are the test's
patience=60
failures=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

fail () {
  echo "FAILED: ${row:+$row: }$*"
  tail -qn 60 out err 2>/dev/null | sed 's/^/  | /'
  failures=$((failures + 1))
}

# expect STATUS ARGUMENT...: runs it and compares its exit status.
expect () {
  local wanted=$1 status
  shift
  timeout $patience "$program" "$@" >out 2>err
  status=$?
  [ "$status" -eq "$wanted" ] || fail "status $status of: $*"
}

# says FILE TEXT
says () {
  grep -qF -- "$2" "$1" || fail "no '$2' in $1"
}

# small_network FILE: trained by $launch on phantoms, which are phantom-00000.nii.gz to
# phantom-00002.nii.gz then.
small_network () {
  "$launch" -q train SOURCE="phantomsrc subjects=3" SIZE=4x16x16 FOLDS=3 EPOCHS=1 \
    WIDTH=2 DEPTH=1 ANN="$1" EVALUATE=false >out 2>err || fail "train"
  "$launch" -q segment SOURCE="phantomsrc subjects=3" NETWORK=identity \
    CONTENT=probability MASKS=. >out 2>err || fail "volumes"
}
