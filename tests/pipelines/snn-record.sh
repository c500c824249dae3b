#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Results are only ever added.
# usage: snn-record.sh SNN-RECORD
set -u
record=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0

fail () {
  echo "FAILED: $*"
  sed 's/^/  | /' err 2>/dev/null
  failures=$((failures + 1))
}

# expect STATUS ARGUMENT...
expect () {
  local wanted=$1 status
  shift
  "$record" "$@" >out 2>err
  status=$?
  [ "$status" -eq "$wanted" ] || fail "status $status of: $*"
}

says () {
  grep -qF -- "$1" err || fail "no '$1'"
}

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
says "with another outcome"
[ "$(wc -l <r.jsonl)" -eq 2 ] || fail "another outcome was not added"
head -1 r.jsonl | cmp -s - before.jsonl || fail "what was there has changed"

echo '{"event":"begin","pipeline":"test"}' >>test.jsonl
expect 1 "${arguments[@]}"
says "test.jsonl: the last run did not come to its end"
echo '{"event":"end","status":1}' >>test.jsonl
expect 1 "${arguments[@]}"
says "test.jsonl: the last run failed"
echo 'nonsense' >>test.jsonl
expect 1 "${arguments[@]}"
says "test.jsonl:9: "
[ "$(wc -l <r.jsonl)" -eq 2 ] || fail "a failure was added"
expect 1 r.jsonl table1 --values=nowhere.json
says "nowhere.json"
expect 1 r.jsonl table1 stage
says "found 'stage', where SETTING=value was expected"
expect 1 nowhere/r.jsonl table1 stage=ann
says "nowhere/r.jsonl"
expect 2 r.jsonl
expect 2 --nonsense

# Two at a time do not mix.
for i in 1 2 3 4 5 6 7 8; do
  "$record" many.jsonl table1 --values=report.json fold=$i &
done
wait
python3 - <<'END' || fail "concurrent results"
import json
folds = [json.loads(line)["settings"]["fold"] for line in open("many.jsonl")]
assert sorted(folds) == list(range(1, 9)), folds
END

[ $failures -eq 0 ]
