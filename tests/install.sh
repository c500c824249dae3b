#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Installs into an empty folder, and uses what is there: plugins by GStreamer,
# headers and library by a small program through pkg-config.
# usage: install.sh SOURCE BUILD-FOLDER PREFIX PLUGIN-FOLDER LIBRARY-FOLDER
set -eu
source=$1 build=$2 prefix=$3 plugins=$4 libraries=$5
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
cd "$root"

failed () {
  echo "FAILED: $*"
  exit 1
}

DESTDIR=$root meson install -C "$build" --no-rebuild --quiet >log 2>&1 ||
  { cat log; failed "meson install"; }
for file in "$plugins"/libgst{nifti,snn}.so "$prefix"/bin/snn-{launch,record,report,table} \
    "$prefix"/share/gst-snn/pipelines/train.launch; do
  [ -f "$root$file" ] || failed "there is no $file"
done

# As a user's environment is, but for where the root is.
unset GST_PLUGIN_PATH GST_PLUGIN_PATH_1_0 SNN_PIPELINE_PATH
export LD_LIBRARY_PATH=$root$libraries GST_REGISTRY_1_0=$root/registry.bin
export GST_PLUGIN_PATH_1_0=$root$plugins
gst-inspect-1.0 phantomsrc >log || failed "GStreamer finds no phantomsrc"
"$root$prefix/bin/snn-launch" --print \
  "$root$prefix/share/gst-snn/pipelines/train.launch" >log ||
  failed "snn-launch does not run"

for program in snn-{export,import,info,measure,segment}; do
  "$root$prefix/bin/$program" --version >log || failed "$program does not run"
done
"$root$prefix/bin/snn-record" results.jsonl table1 stage=ann fold=0 ||
  failed "snn-record does not run"
"$root$prefix/bin/snn-report" "$source/tests/data/report/results.jsonl" \
  -o page.html >log 2>&1 || { cat log; failed "snn-report does not run"; }
grep -q 'Table 1.</b>' page.html || failed "the report has no tables"

cat >user.c <<'END'
#include <snn/graph/network.h>
#include <snn/train/trainer.h>
#include <snn/convert/conversion.h>

int
main (void)
{
  SnnShape input = { 1, 48, 56 };
  GError *error = NULL;
  SnnNetwork *network = snn_network_new_unet (input, 4, 2, 1, &error);

  if (!network)
    return 1;
  snn_network_unref (network);
  return 0;
}
END
cat >meta.c <<'END'
#include <snn/snn.h>
#include <gst/snn/snn.h>

int
main (void)
{
  GstBuffer *buffer;
  GstSnnSampleMeta *meta;
  guint slice;

  gst_init (NULL, NULL);
  buffer = gst_buffer_new ();
  gst_buffer_add_snn_sample_meta (buffer, NULL)->slice = 7;
  meta = gst_buffer_get_snn_sample_meta (buffer);
  slice = meta ? meta->slice : 0;
  gst_buffer_unref (buffer);
  return slice != 7;
}
END
export PKG_CONFIG_PATH=$root$libraries/pkgconfig
# build PROGRAM LIBRARY: by what pkg-config says of it, and nothing else.
build () {
  local flags
  flags=$(pkg-config --cflags --libs "$2" | sed "s|$prefix|$root$prefix|g")
  # shellcheck disable=SC2086 # words
  cc -Wall -Werror -o "$1" "$1.c" $flags || failed "a program of $2 does not build"
  "./$1" || failed "a program of $2 does not run"
}
build user snncore-1.0
build meta gstsnn-1.0

typelibs=$root$libraries/girepository-1.0
if [ -f "$typelibs/SnnCore-1.0.typelib" ]; then
  GI_TYPELIB_PATH=$typelibs /usr/bin/python3 -c 'import gi
gi.require_version ("SnnCore", "1.0")
gi.require_version ("GstSnn", "1.0")
from gi.repository import GstSnn, SnnCore
assert not SnnCore.Network.new ().spiking
assert GstSnn.SampleMeta' || failed "the typelibs are of no use"
fi

# A prefix of one's own holds all that is installed.
meson setup own "$source" --prefix="$root/own-prefix" -Dtests=false >log 2>&1 ||
  { cat log; failed "meson setup with a prefix"; }
meson introspect own --installed |
  python3 -c 'import json, sys; print(*json.load(sys.stdin).values(), sep="\n")' >files
grep -qx "$root/own-prefix/.*/gstreamer-1.0/libgstsnn.so" files ||
  failed "no plugin in the prefix"
grep -v "^$root/own-prefix/" files && failed "these are outside of the prefix"
exit 0
