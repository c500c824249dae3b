# SPDX-License-Identifier: LGPL-2.1-or-later
# What tests of programs share, to be sourced. It goes to a new folder, which is
# gone at the end; $failures is how much was wrong so far. What a program prints is
# in out and err there. $program is what expect runs, for $patience seconds at most.
# shellcheck shell=bash
# shellcheck disable=SC2154 # program is the test's
patience=60
failures=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

fail () {
  echo "FAILED: $*"
  sed 's/^/  | /' out err 2>/dev/null
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
