#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Compiles each public header alone, as C11 and as C++17.
# usage: headers.sh HEADER... -- FLAG...
set -u
headers=()
while [ "$1" != -- ]; do
  headers+=("$1")
  shift
done
shift
failures=0
for header in "${headers[@]}"; do
  gcc -std=c11 -Wall -Wextra -Werror -Wno-unused-parameter -fsyntax-only "$@" \
    -include "$header" -x c /dev/null ||
    { echo "FAILED as C11: $header"; failures=$((failures + 1)); }
  g++ -std=c++17 -Wall -Wextra -Werror -Wno-unused-parameter -fsyntax-only \
    "$@" -include "$header" -x c++ /dev/null ||
    { echo "FAILED as C++17: $header"; failures=$((failures + 1)); }
done
echo "${#headers[@]} headers, $failures failures"
[ ${#headers[@]} -gt 0 ] && [ $failures -eq 0 ]
