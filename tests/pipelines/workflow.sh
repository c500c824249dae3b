#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The workflow of experiments on phantoms: what it would do, a small target for
# real, and an interruption.
# usage: workflow.sh BUILD-PIPELINES PIPELINES
set -u
here=$(dirname "$(realpath "$0")")
programs=$(realpath "$1") pipelines=$(realpath "$2")
if ! command -v snakemake >/dev/null; then
  echo "snakemake is not installed"
  exit 77
fi
. "$here/expect.sh"
export PATH=$programs:$PATH SNN_PIPELINE_PATH=$pipelines HOME=$work
export PYTHONDONTWRITEBYTECODE=1

workflow=(snakemake -s "$pipelines/Snakefile"
  --profile "$pipelines/profiles/local" --cores 2)

# run ARGUMENT...: the workflow.
run () {
  timeout 250 "${workflow[@]}" "$@" >out 2>&1
}
quick=(--configfile "$pipelines/config-quick.yaml")

# Every experiment is a target; what is to be done is known beforehand.
run -n || fail "the plan of the full settings"
grep -qE '^record +[0-9]{3}' out || fail "the full plan is too small"
for target in table1 fig3 fig4 cutoffs timesteps conversion direct ternary \
    lowlatency energy volumes report; do
  run -n "$target" "${quick[@]}" || fail "the plan of $target"
done
[ ! -e experiments-quick ] || fail "a plan made files"

# Two recipes of one label would be one result.
cat >twice.yaml <<'END'
recipes: {calibrated-2: {label: twice}, channel-97: {label: twice}}
experiments: {lowlatency: {recipes: [calibrated-2, channel-97]}}
END
! run -n lowlatency "${quick[@]}" twice.yaml || fail "two measurements of one name"
says out "calibrated-2/direct-T8-chunk1/log.jsonl and "
says out "would both be recorded with stage converted, recipe twice"

# Launch files know the variables that they would be run with: one command of each kind.
for config in config config-defaults config-quick; do
  run -n -p --configfile "$pipelines/$config.yaml" --config cifar=. \
    || fail "the plan of $config"
  python3 - $config <<'END' || fail "a command of $config"
import shlex, subprocess, sys
kinds = {}
for line in open("out"):
    words = shlex.split(line) if "snn-launch --" in line else []
    if "snn-launch" in words:
        words = words[words.index("snn-launch"):]
        words = words[:words.index("&&")]
        kinds[tuple(w.partition("=")[0] for w in words)] = words
assert len(kinds) > 10, "too few commands"
# Direct training sees as many slices as the networks that it is compared with, and has
# their neurons.
of = {words[4]: words for words in kinds.values()}
direct = of["train-direct"]
assert [w for w in of["train"] if w.startswith("CONTEXT=")] \
    == [w for w in direct if w.startswith("CONTEXT=")], direct
defaults = sys.argv[1] == "config-defaults"
assert ("CONTEXT=1" in direct) == defaults, direct
assert ("NEURON=signed-if" if defaults else "NEURON=if") in direct, direct
for words in kinds.values():
    assert words[1:3] == ["--quiet", "--no-environment"], words
    subprocess.run([words[0], "--print", *words[4:]], check=True,
                   stdout=subprocess.DEVNULL)
END
done

# Small settings over the quick ones.
cat >small.yaml <<'END'
output: small
train: {EPOCHS: 4}
size: 4x24x24
width: 2
experiments:
  table1: {losses: [dice]}
END
small=("${quick[@]}" small.yaml)
run table1 "${small[@]}" || fail "table1"
[ "$(wc -l <small/results.jsonl)" -eq 3 ] || fail "not three results"
python3 - <<'END' || fail "the results"
import json
for line in map(json.loads, open("small/results.jsonl")):
    stage = line["settings"]["stage"]
    assert line["values"]["dice"]["n"] == 2 and line["values"]["dice"]["mean"] > 0
    assert line["values"]["hd95"]["n"] <= 2
    commands = line["provenance"]["commands"]
    assert len(commands) == {"ann": 2, "converted": 3, "fine-tuned": 4}[stage]
    assert ("rates" in line["values"]) == (stage != "ann")
END
snn-report small/results.jsonl -o small.html || fail "the report"
grep -q "Table 1.</b>" small.html || fail "no Table 1"

# Done is done.
run table1 "${small[@]}" || fail "table1 again"
grep -q "Nothing to be done" out || fail "it was done again"

# The true mask beside a volume is that of its subject, whatever else is in the folder.
mkdir images labels
for n in {0..9}; do
  touch images/phantom-0000$n.nii
  echo phantom-0000$n >labels/phantom-0000$n.nii
done
echo stray >labels/a.nii
truth=small/zero-mean/dice/fold0/seed1/ann/truth/volume.nii.gz
run $truth "${small[@]}" --config images=images labels=labels || fail "the true mask"
grep -q "\"subject\":\"$(zcat $truth)\"" "$(dirname $truth)/../input/volume.jsonl" ||
  fail "the true mask of another subject: $(zcat $truth)"
run -n volumes "${small[@]}" --config images=images labels=labels || fail "volumes"
grep -q truth/volume out || fail "no true mask is planned"

# A name that nothing looks at is a slip of one that something does.
while IFS='|' read -r slip message; do
  echo "$slip" >slip.yaml
  ! run -n table1 --configfile slip.yaml || fail "'$slip' passes"
  grep -q "$message; expected one of" out || fail "'$slip': $(cat out)"
done <<'END'
imagse: elsewhere|The configuration has imagse, which is no setting
experiments: {tabel1: {folds: [0]}}|The configuration has tabel1, which is no experiment
END

# Training that is interrupted goes on where it was, to the same bits.
network=zero-mean/dice/fold0/seed1/ann
cat >long.yaml <<'END'
output: long
train: {EPOCHS: 40}
END
sed 's/long/whole/' long.yaml >whole.yaml
run "whole/$network/network.nir" "${quick[@]}" whole.yaml || fail "training"
set -m
"${workflow[@]}" "long/$network/network.nir" "${quick[@]}" long.yaml >out 2>&1 &
set +m
for ((i = 0; i < 600; i++)); do
  grep -qs '"snn-epoch"' "long/$network/log.jsonl.part" && break
  sleep 0.1
done
kill -TERM -- -$!
wait $!
[ ! -e "long/$network/network.nir" ] || fail "half a network passes as one"
[ -e "long/$network/part.nir.checkpoint" ] || fail "no checkpoint is left"
run "long/$network/network.nir" "${quick[@]}" long.yaml || fail "going on"
[ "$(grep -c '"begin"' "long/$network/log.jsonl")" -ge 2 ] ||
  fail "the log does not tell of the interruption"
[ "$(grep -c '"snn-epoch"' "long/$network/log.jsonl")" -lt 80 ] ||
  fail "it began anew"
cmp "whole/$network/network.nir" "long/$network/network.nir" ||
  fail "the network is another one"

[ $failures -eq 0 ]
