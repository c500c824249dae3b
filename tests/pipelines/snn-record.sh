#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Results are only ever added.
# usage: snn-record.sh SNN-RECORD
set -u
here=$(dirname "$(realpath "$0")")
program=$(realpath "$1")
. "$here/expect.sh"

cat >report.json <<'END'
{"format": "gst-snn dice report", "version": 1, "cut_off": 0.5,
 "dice": {"mean": 0.9, "sd": 0.1, "n": 2}, "passes": [],
 "chunks": [{"chunk": 1, "dice": {"mean": 0.4}},
            {"chunk": 2, "dice": {"mean": 0.9}}],
 "subjects": [{"subject": "a", "dice": 0.9}]}
END
cat >train.jsonl <<'END'
{"event":"begin","time":"t0","commit":"old","pipeline":"train"}
{"event":"begin","time":"t1","commit":"old","pipeline":"train"}
{"event":"message","name":"snn-rates","fields":{"rates":[9]}}
{"event":"end","status":0,"seconds":2.5}
END
cat >test.jsonl <<'END'
{"event":"begin","time":"t2","commit":"new","pipeline":"test","versions":{"x":"1"},"machine":{"cpu":"y"}}
{"event":"message","name":"snn-rates","fields":{"rates":[0.1]}}
{"event":"message","name":"snn-rates","fields":{"rates":[0.2]}}
{"event":"message","name":"snn-epoch","fields":{"loss":1}}
{"event":"message","name":"dice","fields":{"dice":1}}
{"event":"end","status":0,"seconds":1.5}
END
arguments=(r.jsonl table1 --values=report.json --log=train.jsonl
  --log=test.jsonl --chunk=10 --picture="a, b=sub/a.png" --image=image.nii
  --mask=true=/elsewhere/mask.nii stage=ann fold=0 scale=0.70 loss=bce)
expect 0 "${arguments[@]}"
python3 - <<'END' || fail "the result: $(cat r.jsonl)"
import json
line = json.loads(open("r.jsonl").read())
assert line["format"] == "gst-snn result" and line["version"] == 1
assert line["experiment"] == "table1"
assert line["settings"] == {"stage": "ann", "fold": 0, "scale": 0.7,
                            "loss": "bce"}
assert line["values"] == {
    "cut_off": 0.5, "dice": {"mean": 0.9, "sd": 0.1, "n": 2},
    "timesteps": [{"timesteps": 10, "dice": {"mean": 0.4}},
                  {"timesteps": 20, "dice": {"mean": 0.9}}],
    "rates": {"rates": [0.2]}}, line["values"]
assert line["subjects"] == [{"subject": "a", "dice": 0.9}]
assert line["provenance"] == {
    "commit": "new", "commits": ["old", "new"], "time": "t2", "seconds": 4.0,
    "commands": ["train", "test"], "versions": {"x": "1"},
    "machine": {"cpu": "y"}}
assert line["files"] == {
    "pictures": [{"caption": "a, b", "file": "sub/a.png"}],
    "volume": {"image": "image.nii", "masks": [
        {"name": "true", "file": "/elsewhere/mask.nii"}]}}
END

cp r.jsonl before.jsonl
expect 0 "${arguments[@]}"
cmp -s r.jsonl before.jsonl || fail "the same was added again"
sed -i 's/"mean": 0.9, "sd"/"mean": 0.8, "sd"/' report.json
expect 0 "${arguments[@]}"
says err "with another outcome"
[ "$(wc -l <r.jsonl)" -eq 2 ] || fail "another outcome was not added"
head -1 r.jsonl | cmp -s - before.jsonl || fail "what was there has changed"

# A picture that was made anew, and another subject, are outcomes as well, though the
# values are the same.
picture=(pictures.jsonl fig3 --picture="a=a.png" --image=b.nii --mask=c=c.nii)
echo 1 >a.png
echo 2 >b.nii
for n in 1 2 3; do
  expect 0 "${picture[@]}"
  expect 0 "${picture[@]}"
  [ "$(wc -l <pictures.jsonl)" -eq $n ] || fail "not $n pictures"
  case $n in
    1) echo 3 >a.png ;;
    2) echo 4 >c.nii ;;
  esac
done
python3 - <<'END' || fail "the pictures: $(cat pictures.jsonl)"
import hashlib, json
digest = lambda text: hashlib.sha256(text).hexdigest()
first, second, third = (json.loads(line)["files"] for line in open("pictures.jsonl"))
assert first["pictures"] == [
    {"caption": "a", "file": "a.png", "sha256": digest(b"1\n")}], first
assert second["pictures"][0]["sha256"] == digest(b"3\n"), second
assert second["volume"] == {"image": "b.nii", "sha256": digest(b"2\n"),
                            "masks": [{"name": "c", "file": "c.nii"}]}, second
assert third["volume"]["masks"][0]["sha256"] == digest(b"4\n"), third
END
sed 's/"subject": "a"/"subject": "b"/' report.json >subject.json
expect 0 subjects.jsonl table1 --values=report.json
expect 0 subjects.jsonl table1 --values=subject.json
says err "with another outcome"

echo '{"event":"begin","pipeline":"test"}' >>test.jsonl
expect 1 "${arguments[@]}"
says err "test.jsonl: the last run did not come to its end"
echo '{"event":"end","status":1}' >>test.jsonl
expect 1 "${arguments[@]}"
says err "test.jsonl: the last run failed"
echo 'nonsense' >>test.jsonl
expect 1 "${arguments[@]}"
says err "test.jsonl:9: "
[ "$(wc -l <r.jsonl)" -eq 2 ] || fail "a failure was added"
expect 1 r.jsonl table1 --values=nowhere.json
says err "nowhere.json"
expect 1 r.jsonl table1 stage
says err "found 'stage', where SETTING=value was expected"
expect 1 nowhere/r.jsonl table1 stage=ann
says err "nowhere/r.jsonl"
expect 2 r.jsonl
expect 2 --nonsense

# What is no good is refused by file and line, and nothing is added.
# refused TEXT NAME CONTENTS: as a report, and as a log.
refused () {
  printf "$3" >"bad$2"
  if [ "$2" = .json ]; then
    expect 1 bad.jsonl table1 --values=bad.json
  else
    expect 1 bad.jsonl table1 --values=report.json --log=bad.log
  fi
  says err "bad$2"
  says err "$1"
  [ "$(wc -l <err)" -eq 1 ] || fail "more than one line of error"
  [ ! -e bad.jsonl ] || fail "added: $(cat bad.jsonl)"
}
refused 'is of a pass that was cut short' .json \
  '{"complete":false,"dice":{"mean":0.9}}'
refused '"chunks" is not a list of objects' .json '{"chunks":[1,2]}'
refused '"chunks" is not' .json '{"chunks":[{"chunk":null}]}'
refused '"chunks" is not' .json '{"chunks":[{"chunk":1.5}]}'
refused '"chunks" is not' .json '{"chunks":{"chunk":1}}'
refused '"cut_offs" is not' .json '{"cut_offs":[{"cut_off":"x"}]}'
refused '"subjects" is not' .json '{"subjects":[{"subject":1}]}'
refused '"dice" is not an object of numbers' .json '{"dice":0.5}'
refused '"dice" is not' .json '{"dice":{"mean":"high"}}'
refused '"accuracy" is not a number' .json '{"accuracy":true}'
refused 'the number 1e999 is too large' .json '{"a":1e999}'
refused 'not UTF-8' .json '{"a":"\377"}'
refused 'lone surrogate' .json '{"a":"\\ud800"}'
refused 'an object was expected' .json '[]'
refused 'Expecting value' .json ''
refused 'nested too deeply' .json "$(printf '[%.0s' {1..100000})"
refused ':1: "event" is not a text' .log '{"event":1}\n'
refused ':2: "fields" is not an object' .log \
  '{"event":"begin"}\n{"event":"message","name":"snn-rates","fields":[]}\n'
refused ':1: "status" is not a number' .log '{"event":"end","status":"0"}\n'
refused ':1: not UTF-8' .log '{"event":"\377"}\n'
refused ':1: nested too' .log "$(printf '{"a":%.0s' {1..100000})\\n"
for file in "${SNN_HOSTILE:-/nowhere}"/record-*; do
  [ -e "$file" ] || continue
  expect 1 bad.jsonl table1 --values="$file" --log="$file"
  says err "$(basename "$file")"
done
# No escape sequence reaches the terminal.
expect 1 bad.jsonl table1 --values=$'no\e[31mwhere.json'
says err 'no\x1b[31mwhere.json'
expect 1 bad.jsonl table1 --values=report.json $'a=\377'
says err 'is not UTF-8'

# A run that was killed in the middle of a line: what came before it counts.
echo '{"event":"begin","pipeline":"first"}' >killed.log
cp killed.log cut.log
printf '{"event":"mess' >>cut.log
expect 1 bad.jsonl table1 --values=report.json --log=cut.log
says err "cut.log:2: the line broke off; it is left out"
says err "cut.log: the last run did not come to its end"
printf '{"event":"mess\n{"event":"begin","pipeline":"again"}\n' >>killed.log
echo '{"event":"end","status":0,"seconds":1}' >>killed.log
expect 0 killed.jsonl table1 --values=report.json --log=killed.log
says err "killed.log:2: the line broke off; it is left out"
grep -q '"commands":\["first","again"\]' killed.jsonl || fail "commands"
# In the middle of a run it is no such line.
sed -i '3s/.*/{"event":"message"}/' killed.log
expect 1 bad.jsonl table1 --values=report.json --log=killed.log
says err "killed.log:2: "

# Two at a time do not mix.
for i in 1 2 3 4 5 6 7 8; do
  "$program" many.jsonl table1 --values=report.json fold=$i &
done
wait
python3 - <<'END' || fail "concurrent results"
import json
folds = [json.loads(line)["settings"]["fold"] for line in open("many.jsonl")]
assert sorted(folds) == list(range(1, 9)), folds
END

[ $failures -eq 0 ]
