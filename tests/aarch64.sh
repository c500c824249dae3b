#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Compiles core/ for aarch64 with Debian's cross compiler, as a machine without
# x86's kernels would, and looks whether all its parts are there. It is not
# linked with libraries, which needs none of that architecture: headers are
# the host's, which are the same for both.
#
# usage: aarch64.sh ROOT NIFTI_HEADERS GENERATED_HEADERS SOURCE...
set -euo pipefail

compiler=aarch64-linux-gnu-gcc
if ! command -v $compiler >/dev/null; then
  echo "skipped: there is no $compiler (Debian: gcc-aarch64-linux-gnu)"
  exit 77
fi

root=$1 nifti=$2 generated=$3
shift 3
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
read -ra headers < <(pkg-config --cflags --keep-system-cflags \
  gobject-2.0 hdf5 json-glib-1.0 libprotobuf-c openblas zlib | sed 's,-I/usr/include ,,')
echo '#define PACKAGE_VERSION "cross"' >"$folder/config.h"

export folder
printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} sh -c '
  file=$1
  shift
  exec "$@" -c "$file" -o "$folder/$(echo "$file" | tr / _).o"' \
  sh {} $compiler -std=gnu11 -O2 -fPIC -Wall -Wextra -Werror \
  -Wno-unused-parameter -Wno-missing-field-initializers \
  -Wmissing-prototypes -Wshadow -Wvla -ffp-contract=off -DHAVE_CONFIG_H \
  -I"$folder" -I"$root" -I"$generated" "${headers[@]/#-I/-isystem}" -isystem"$nifti"

$compiler -r -nostdlib "$folder"/*.o -o "$folder/core.o"
missing=$(aarch64-linux-gnu-nm -u "$folder/core.o" | grep -w 'snn_.*' || true)
if [ -n "$missing" ]; then
  echo "not defined on aarch64:" $missing
  exit 1
fi
echo "$# files compiled"
