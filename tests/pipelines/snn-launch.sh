#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The runner, with GStreamer's own elements.
# usage: snn-launch.sh SNN-LAUNCH
set -u
here=$(dirname "$(realpath "$0")")
launch=$(realpath "$1")
program=$launch
. "$here/expect.sh"

# A dataset is looked at as a whole, and all that is wrong is told at once.
cases=$SNN_TEST_DATA/cases
mkdir images labels
cp "$cases"/img.nii.gz images/a.nii.gz
cp "$cases"/img.nii.gz images/b.nii.gz
cp "$cases"/img.nii.gz images/c.nii.gz
cp "$cases"/mask-true.nii.gz labels/a.nii.gz
cp "$cases"/mask-qform-grid.nii.gz labels/b.nii.gz
expect 1 check images labels
says out "1 of them usable"
says out "images/b.nii.gz and 3 in labels/b.nii.gz"
says out "There is no label for images/c.nii.gz"
says out "177 voxels"
rm images/[bc]* labels/b*
expect 0 check IMAGES=images LABELS=labels SIZE=0x0x2
says out "label voxels"
expect 2 check images labels SIZE=few
says err "SIZE=few"
expect 2 check
expect 1 check nowhere
rm -r images labels

# A log tells what was run, what elements said, and how it ended.
cat >level.launch <<'END'
audiotestsrc num-buffers=${COUNT:-3} samplesperbuffer=44100
  ! audio/x-raw,rate=44100 ! level name=meter ! fakesink
END
expect 0 --log=log.jsonl level.launch COUNT=2
expect 0 --log=log.jsonl --print level.launch
echo 'filesrc location=/nonexistent.bin ! fakesink' >broken.launch
expect 1 --log=log.jsonl broken.launch
python3 - <<'END' || fail "the log: $(cat log.jsonl)"
import json
lines = [json.loads(line) for line in open("log.jsonl")]
first, second = lines[0], lines[-2]
assert first["event"] == "begin" and first["settings"] == ["COUNT=2"]
assert "audiotestsrc num-buffers=2" in first["pipeline"]
assert first["machine"]["processors"] > 0 and first["commit"]
assert first["versions"]["gstreamer"].startswith("1.")
messages = [line for line in lines if line["event"] == "message"]
assert len(messages) >= 20
assert messages[0]["element"] == "meter" and messages[0]["name"] == "level"
assert isinstance(messages[0]["fields"]["duration"], int)
end = lines[-3]
assert end["event"] == "end" and end["status"] == 0 and end["seconds"] >= 0
assert second["event"] == "begin" and second["settings"] == []
assert lines[-1]["status"] == 1
END
# Half of a line, of a run that was killed, spoils none of the next run's.
printf '{"event":"mess' >half.jsonl
expect 0 --log=half.jsonl level.launch COUNT=2
[ "$(sed -n 1p half.jsonl)" = '{"event":"mess' ] &&
  sed -n 2p half.jsonl | grep -q '^{"event":"begin"' ||
  fail "the log after half of a line: $(cat half.jsonl)"
expect 2 --log=nowhere/log.jsonl level.launch
says err "nowhere/log.jsonl"

cat >count.launch <<'END'
# Passes a few buffers.
#
# COUNT  how many
fakesrc num-buffers=${COUNT:-3}
  ! filesink location="${OUT}" # written anew
END

expect 0 count.launch OUT=a.bin COUNT=2
[ -f a.bin ] || fail "no output file"
expect 0 count OUT="it's \"b\" \\.bin" --quiet
[ -f "it's \"b\" \\.bin" ] || fail "no output file of that name"

expect 0 --print count.launch OUT="c d.bin" COUNT=1
says out 'fakesrc num-buffers=1 ! filesink location="c d.bin"'
[ "$(wc -l <out)" -eq 1 ] || fail "more than a line"
xargs gst-launch-1.0 -q <out 2>err ||
  fail "gst-launch-1.0 does not take what --print says"
[ -f "c d.bin" ] || fail "gst-launch-1.0 wrote no file"
expect 0 --print count.launch OUT=e.bin
# shellcheck disable=SC2046 # words, as a user would have them
gst-launch-1.0 -q $(cat out) 2>err ||
  fail "gst-launch-1.0 does not take what --print says"
[ -f e.bin ] || fail "gst-launch-1.0 wrote no file"

expect 0 --list count.launch
says out "Passes a few buffers."
says out "COUNT=3"
says out "how many"
says out "OUT  (must be set)"
SNN_PIPELINE_PATH=$work expect 0 --list
says out "Passes a few buffers."

echo 'filesrc location="${OUT}" ! filesink location="${COPY}"' >copy.launch
expect 0 count.launch copy.launch OUT=f.bin COPY=g.bin COUNT=1
says out "count.launch: Passes a few buffers."
[ -f g.bin ] || fail "the second pipeline did not run"
rm -f f.bin
expect 1 copy.launch count.launch OUT=f.bin COPY=g.bin
[ ! -f f.bin ] || fail "a pipeline ran after one that failed"
expect 2 count.launch copy.launch OUT=f.bin COPY=g.bin ABSENT=1
[ ! -f f.bin ] || fail "a pipeline ran with a wrong variable"

expect 2 count.launch
says err "count.launch:5: OUT must be set"
expect 2 count.launch OUT=a.bin KOUNT=1
says err "count.launch has no variable KOUNT, did you mean COUNT? it has: COUNT, OUT"
expect 2 count.launch OUT=a.bin LOUDNESS=1
says err "count.launch has no variable LOUDNESS; it has: COUNT, OUT"
expect 2 count.launch OUT=a.bin loose
says err "expected VARIABLE=value, found 'loose'"
expect 2 nowhere.launch
says err "no launch file nowhere.launch"
SNN_PIPELINE_PATH=$work: expect 2 cuont
says err "neither here nor in $work, did you mean count?"
mkdir images
expect 2 count images
says err "as in IMAGES=images"
expect 2 --nonsense
expect 2
says err "FILE... [VARIABLE=value...]"

# The environment is told of whatever else is not, and the log knows of it.
export OUT=environment.bin
expect 0 --quiet --log=environment.jsonl count.launch COUNT=1
says err "Warning: OUT=environment.bin (from the environment)"
[ -f environment.bin ] || fail "the environment was not used"
says environment.jsonl '"settings":["COUNT=1","OUT=environment.bin"]'
expect 2 --no-environment count.launch
says err "OUT must be set"
expect 0 --no-environment --log=environment.jsonl count.launch OUT=given.bin
[ ! -s err ] || fail "told of what was not taken"
tail -n 2 environment.jsonl | grep -q '"settings":\["OUT=given.bin"\]' ||
  fail "the log: $(cat environment.jsonl)"
unset OUT

echo 'filesrc location=${IN:-/nonexistent.bin} ! fakesink' >broken.launch
expect 1 broken.launch
says err "Error from filesrc0"
says err "/nonexistent.bin"
expect 1 --verbose broken.launch
says err "gstfilesrc.c"

echo 'fakesrc ! absentelement ! fakesink' >absent.launch
expect 1 absent.launch
says err "There is no element absentelement"
echo 'fakesrc ! ! fakesink' >malformed.launch
expect 1 malformed.launch
says err "The description is no pipeline"
echo 'fakesrc absent-property=1 ! fakesink' >property.launch
expect 2 property.launch
says err 'fakesrc has no property "absent-property"'
echo 'fakesrc num-bufers=1 ! fakesink' >property.launch
expect 2 property.launch
says err 'no property "num-bufers", did you mean num-buffers?'
echo 'fakesrcc ! fakesink' >absent.launch
expect 1 absent.launch
says err "did you mean fakesrc?"

# Values are held against what the properties take, before anything runs.
cat >values.launch <<'END'
fakesrc num-buffers=${COUNT:-1} filltype=${FILL:-zero} sizemax=${SIZE:-4}
    silent=${SILENT:-true} name=first
  ! capsfilter caps="application/x-none, num-buffers=(int)-9"
  ! fakesink sync=${SYNC:-false}
END
expect 2 values.launch COUNT=-3
says err "COUNT=-3: num-buffers of fakesrc is -3, expected -1 to 2147483647, default -1"
expect 2 values.launch COUNT=many
says err "COUNT=many: num-buffers of fakesrc is many"
expect 2 values.launch COUNT=
says err "num-buffers of fakesrc is empty"
expect 2 values.launch COUNT=99999999999
says err "num-buffers of fakesrc is 99999999999"
expect 2 values.launch FILL=zeroes
says err "FILL=zeroes: filltype of fakesrc is zeroes, expected nothing, zero, random"
expect 2 values.launch SILENT=perhaps
says err "expected true or false"
expect 2 values.launch SYNC=7up
says err "SYNC=7up: sync of fakesink"
if gst-inspect-1.0 --exists phantomsrc; then
  cat >ours.launch <<'END'
phantomsrc subjects=${SUBJECTS:-1} noise=${NOISE:-0.1} seed=${SEED:-1}
    folds=${FOLDS:-5} ! ${ENCODER:-voxelnormalize} ! fakesink
END
  expect 2 ours.launch SUBJECTS=0
  says err "SUBJECTS=0: subjects of phantomsrc is 0, expected 1 to 65535, default 20"
  echo 'niftisrc location="${IMAGES:-images}" ! fakesink' >reads.launch
  mkdir -p pictures
  expect 1 reads.launch IMAGES=picturse
  says err "There is no file or folder picturse, did you mean pictures?"
  rmdir pictures
  # What is yet to be made is no mistyped name of what is there.
  echo 'phantomsrc ! voxelnormalize ! anntrainer location="${ANN}" width=2
      ! dicesink location="${REPORT}"' >writes.launch
  touch own.nir
  expect 1 writes.launch ANN=on.nir REPORT=on.nir
  says err "on.nir is being made already, by another element of this process"
  ! grep -q "did you mean" err || fail "another name for a file to be made"
  rm own.nir
  expect 2 ours.launch SUBJECTS=4294967298
  says err "SUBJECTS=4294967298: subjects of phantomsrc is 4294967298"
  expect 2 ours.launch NOISE=nan
  says err "NOISE=nan: noise of phantomsrc is nan, expected 0 to 1, default 0.06"
  expect 2 ours.launch SEED=-1
  says err "SEED=-1: seed of phantomsrc is -1"
  expect 2 ours.launch ENCODER="voxelnormalize mode=zero"
  says err "mode of voxelnormalize is zero, expected unit, zero-mean or z-score, default"
fi

# What could not be written is not done.
expect_full () {
  timeout 60 "$launch" "$@" >/dev/full 2>err
  [ $? -eq 1 ] || fail "no status 1 on a full device: $*"
  says err "snn-launch: the output could not be written"
}
expect_full --print count.launch OUT=a.bin
SNN_PIPELINE_PATH=$work expect_full --list
expect_full --list count.launch
expect_full --version
expect_full --help

# interrupt FILE SIGNAL...: sends the signals one after the other.
interrupt () {
  local pid signal
  timeout --foreground -s KILL 60 "$launch" "$1" >out 2>err &
  pid=$!
  shift
  for signal; do
    sleep 1
    kill -s "$signal" $pid
  done
  wait $pid
}

echo 'fakesrc is-live=true do-timestamp=true ! identity sleep-time=1000
  ! fakesink' >endless.launch
interrupt endless.launch INT
status=$?
[ $status -eq 130 ] || fail "status $status after SIGINT"
says err "Stopping after this batch"
interrupt endless.launch TERM
status=$?
[ $status -eq 143 ] || fail "status $status after SIGTERM"

# Where the output is a file, lines say in between that the work goes on: the
# first a second after the start, later where the machine is slow.
timeout --foreground -s KILL 60 "$launch" --interval=1 endless.launch \
  >out 2>err &
pid=$!
for tenth in $(seq 300); do
  grep -q . out && break
  sleep 0.1
done
kill -s INT $pid
wait $pid
grep -qE '^at 0:[0-9]{2}: at work$' out || fail "no line says that it works"
timeout -s INT 3 "$launch" endless.launch >out 2>err
[ ! -s out ] || fail "a line before a minute has passed"
expect 2 --interval=0 endless.launch
says err "--interval=0"

# The sink waits an hour for its second buffer, and so for the end.
echo 'fakesrc format=time datarate=1 sizetype=fixed ! fakesink sync=true' >waiting.launch
interrupt waiting.launch INT INT
status=$?
[ $status -eq 130 ] || fail "status $status after a second SIGINT"

[ $failures -eq 0 ]
