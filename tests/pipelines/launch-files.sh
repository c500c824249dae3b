#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs every launch file there is on phantoms: by snn-launch, and then by plain
# gst-launch-1.0 what snn-launch --print says.
# usage: launch-files.sh SNN-LAUNCH SNN-INFO SNN-TABLE PIPELINES
set -u
here=$(dirname "$(realpath "$0")")
launch=$(realpath "$1") info=$(realpath "$2") table=$(realpath "$3")
pipelines=$(realpath "$4")
. "$here/expect.sh"
mkdir pictures

runners="snn-launch gst-launch-1.0"
# Plugins built with AddressSanitizer need it in gst-launch-1.0 from the start.
asan=$(ldd "$launch" | awk '$1 ~ /^libasan/ { print $3 }')
source=(SOURCE="phantomsrc subjects=5")

# run FILE OUTPUT [VARIABLE=value...]: has to write all of OUTPUT, the same
# bits by each runner.
declare -A known
run () {
  local file=$1 outputs=$2 output
  shift 2
  set -- "${source[@]}" "$@"
  known[$file]=yes
  for runner in $runners; do
    # shellcheck disable=SC2086 # words
    rm -f $outputs ./*.checkpoint
    if [ $runner = snn-launch ]; then
      timeout 120 "$launch" "$pipelines/$file" "$@" >out 2>&1 ||
        { fail "snn-launch $file: status $?"; continue; }
    else
      "$launch" --print "$pipelines/$file" "$@" >line 2>out ||
        { fail "snn-launch --print $file"; continue; }
      # shellcheck disable=SC2046 # words, as a user would have them
      LD_PRELOAD=$asan timeout 120 gst-launch-1.0 -q $(cat line) >out 2>&1 ||
        { fail "gst-launch-1.0 on $file: status $?"; continue; }
    fi
    for output in $outputs; do
      [ -s "$output" ] || fail "$file by $runner wrote no $output"
      if [ $runner = snn-launch ]; then
        cp "$output" kept.${output##*/}
      else
        cmp kept.${output##*/} "$output" >out 2>&1 ||
          fail "$file: $output by $runner is another"
      fi
    done
  done
}

size=SIZE=4x16x16
run train.launch "ann.nir train.json" $size EPOCHS=2 WIDTH=2 DEPTH=1
run convert.launch converted.nir SAMPLES=8
run convert-published.launch published.nir TIMESTEPS=8 SAMPLES=8 \
  CONVERTED=published.nir
run finetune.launch "snn.nir finetune.json" EPOCHS=1 TIMESTEPS=4
run shorten.launch "snn-2.nir shorten-2.json" EPOCHS=1 TIMESTEPS=2 CONVERTED=snn.nir
run train-direct.launch "direct.nir direct.json" $size EPOCHS=1 TIMESTEPS=4 \
  AUGMENT=voxelaugment \
  WIDTH=2 DEPTH=1
run evaluate-ann.launch ann.json
run evaluate-snn.launch snn.json TIMESTEPS=8
run segment.launch predictions/phantom-00004.nii.gz
run segment.launch tiles/phantom-00004.nii.gz MASKS=tiles OTHER_SIZE=tiles
run evaluate-ann.launch whole.json REPORT=whole.json OTHER_SIZE=whole
run heads.launch found/phantom-00004.nii.gz FINDER=ann.nir SNN=converted.nir \
  TIMESTEPS=8 FOUND=0 LEAST=0 MASKS=found
run overlay.launch pictures/slice-00003.png TIMESTEPS=8
# Those of a longer subject of before would be taken for this one's.
set -- pictures/slice-*.png
next=pictures/slice-$(printf %05d $#).png
for leftover in "" "$next"; do
  [ -z "$leftover" ] || cp "$1" "$leftover"
  "$launch" "$pipelines/overlay.launch" "${source[@]}" TIMESTEPS=8 >out 2>&1 ||
    fail "overlay.launch: status $?"
  [ "$(grep "earlier run" out)" = "${leftover:+Warning from multifilesink0: $leftover of an earlier run is still there; this run wrote $# before it}" ] ||
    fail "overlay.launch beside ${leftover:-nothing} of an earlier run: $(cat out)"
done
rm "$next"
run compare.launch compare.png SIZE=1x16x16 TIMESTEPS=8 TUNED_TIMESTEPS=4
cube=SIZE=16x16x16
for view in "y AXIS=y" "z AXIS=z" "volume AXIS=none NETWORK=unet3d BATCH=1"; do
  name=${view%% *}
  # shellcheck disable=SC2086 # words
  "$launch" -q "$pipelines/train.launch" "${source[@]}" $cube ${view#* } EPOCHS=1 WIDTH=2 \
    DEPTH=1 ANN=ann-$name.nir REPORT=train-$name.json EVALUATE=false >out 2>&1 ||
    fail "training of the view $view"
done
run views.launch views.json $cube
run views.launch views.json $cube ANN_Z=ann-z.nir ANN_VOLUME=ann-volume.nir

# Whole volumes.
runners=snn-launch
run train.launch "ann-volumes.nir volumes.json" SIZE=8x16x16 NETWORK=unet3d AXIS=none \
  EPOCHS=2 BATCH=2 WIDTH=2 DEPTH=1 ANN=ann-volumes.nir REPORT=volumes.json
run convert.launch converted-volumes.nir ANN=ann-volumes.nir \
  CONVERTED=converted-volumes.nir
run finetune.launch "snn-volumes.nir tuned-volumes.json" EPOCHS=1 BATCH=2 \
  TIMESTEPS=4 CONVERTED=converted-volumes.nir SNN=snn-volumes.nir \
  REPORT=tuned-volumes.json
run evaluate-ann.launch volumes.json ANN=ann-volumes.nir REPORT=volumes.json
run evaluate-snn.launch volumes.json SNN=snn-volumes.nir REPORT=volumes.json
run segment.launch volumes/phantom-00004.nii.gz SNN=snn-volumes.nir MASKS=volumes
"$info" snn-volumes.nir >out 2>&1 || fail "snn-info of a network of volumes"
for line in "input  *8x16x16, 1 channel.*" "axis  *none" "size  *8x16x16"; do
  grep -qx "  $line" out || fail "snn-info says nothing of $line"
done
runners="snn-launch gst-launch-1.0"

# The file says what had to be set for training alone.
"$info" snn.nir ann.nir >out 2>&1 || fail "snn-info"
for line in "network .*spiking" "axis  *x" "size  *4x16x16" "scaling  *zero-mean" \
    "encoder  *poissonencoder" "timesteps  *4" "network .*analog"; do
  grep -qx "  $line.*" out || fail "snn-info says nothing of $line"
done
"$info" snn.nir none.nir >out 2>&1
[ $? -eq 1 ] || fail "snn-info of no file"
grep -q "none.nir" out || fail "snn-info does not name the file"

# A network that was written before there were recipes, or by others: what it does not
# say is a variable, and a warning names it.
/usr/bin/python3 - <<'END' 2>out || cp ann.nir old.nir
import shutil
import h5py
shutil.copy("ann.nir", "old.nir")
with h5py.File("old.nir", "r+") as file:
    del file["gst-snn/metadata"]
END
"$launch" -q "$pipelines/evaluate-ann.launch" "${source[@]}" ANN=old.nir \
  REPORT=old.json >out 2>&1 || fail "a network without a recipe, by itself"
for line in "axis=x is taken.*(AXIS=...)" "size=0x16x16 is taken.*(SIZE=...)"; do
  grep -q "$line" out || fail "no warning with $line"
done
"$launch" -q "$pipelines/evaluate-ann.launch" "${source[@]}" ANN=old.nir \
  REPORT=old.json SIZE=4x16x16 AXIS=x SCALING=zero-mean >out 2>&1 ||
  fail "a network without a recipe"
grep -q Warning out && fail "what is set is warned of"
cmp <(sed /nir/d ann.json) <(sed /nir/d old.json) || fail "settings are not the recipe's"

# Files: two classes, two images a subject, neighbouring slices. Once, as lines for
# gst-launch-1.0 are no other than above.
/usr/bin/python3 - <<'END'
import pathlib
import nibabel
import numpy
random = numpy.random.default_rng(1)
for i in range(5):
    labels = numpy.zeros((4, 16, 16), numpy.uint8)
    labels[:, 2:8, 3:13] = 1
    labels[:, 8:14, 3:13] = 3
    noise = random.random(labels.shape)
    for folder, values in (("labels", labels), ("t1", noise + (labels == 1)),
                           ("t2", 100. * (noise + (labels == 3)))):
        pathlib.Path(folder).mkdir(exist_ok=True)
        nibabel.save(nibabel.Nifti1Image(values, numpy.eye(4)),
                     f"{folder}/s{i}.nii")
END
runners=snn-launch
source=(IMAGES=t1 CHANNELS=t2)
classes=(LABELS=labels CLASSES=1,3)
run train.launch "ann.nir train.json" "${classes[@]}" SIZE=4x16x16 CONTEXT=1 \
  EPOCHS=12 BATCH=2 WIDTH=4 DEPTH=1 RATE=0.01 WARMUP=1 LOSS=cross-entropy \
  AUGMENT=identity
run convert.launch converted.nir SAMPLES=8
run finetune.launch "snn.nir finetune.json" "${classes[@]}" EPOCHS=1 TIMESTEPS=4 \
  ENCODER=directencoder
run evaluate-ann.launch ann.json "${classes[@]}"
run evaluate-snn.launch snn.json "${classes[@]}" ENCODER=directencoder
run segment.launch "predictions/s0.nii.gz predictions/s4.nii.gz" OVERWRITE=true \
  NETWORK="anninference model=ann.nir"
run overlay.launch pictures/slice-00003.png "${classes[@]}" TIMESTEPS=4
"$info" snn.nir >out 2>&1 || fail "snn-info"
for line in "classes  *1,3" "context  *1" "input .*6 channels.*"; do
  grep -qx "  $line" out || fail "snn-info says nothing of $line"
done
/usr/bin/python3 - >out 2>&1 <<'END' || fail "classes that were segmented"
import nibabel
import numpy
found = numpy.asarray(nibabel.load("predictions/s4.nii.gz").dataobj)
right = numpy.asarray(nibabel.load("labels/s4.nii").dataobj)
assert set(numpy.unique(found)) == {0, 1, 3}, numpy.unique(found)
for value in 1, 3:
    a, b = found == value, right == value
    dice = 2. * (a & b).sum() / (a.sum() + b.sum())
    assert dice > .8, (value, dice)
END

# One structure of the two, which is told where only the network knows it.
run train.launch "three.nir train.json" LABELS=labels LABEL=3 SIZE=4x16x16 EPOCHS=1 \
  WIDTH=2 DEPTH=1 AUGMENT=identity ANN=three.nir
"$launch" -q "$pipelines/evaluate-ann.launch" "${source[@]}" LABELS=labels \
  ANN=three.nir REPORT=three.json >out 2>&1 || fail "labels of any structure"
grep -q "predicts the structure 3.*(LABEL=...)" out || fail "no warning of LABEL"
"$launch" -q "$pipelines/evaluate-ann.launch" "${source[@]}" LABELS=labels LABEL=1 \
  ANN=three.nir REPORT=three.json >out 2>&1 && fail "labels of another structure"
grep -q "predicts classes 3, found labels of classes 1" out || fail "no error of LABEL"

# Images that are noise. VGG-5 is large, so that these run once.
python3 - <<'END'
import random
random.seed(1)
for name, n in ("data_batch_1.bin", 4), ("test_batch.bin", 2):
    with open(name, "wb") as file:
        for i in range(n):
            file.write(bytes([i]) + random.randbytes(3072))
END
source=()
run train-cifar.launch "ann.nir train.json" CIFAR=. EPOCHS=1 EVALUATE=false \
  DISTORT="voxelaugment cutout=0.5"
run convert-cifar.launch converted.nir CIFAR=. TIMESTEPS=30 SAMPLES=4
run evaluate-cifar.launch accuracy.json CIFAR=. ANN=ann.nir
run finetune-cifar.launch "snn.nir finetune.json" CIFAR=. TIMESTEPS=2 EPOCHS=1 \
  EVALUATE=false
rm ./*.nir*

for file in "$pipelines"/*.launch; do
  [ -n "${known[$(basename "$file")]:-}" ] ||
    fail "no settings to run $(basename "$file") with"
done

"$table" "an ANN=ann.json" snn.json >out 2>&1 || fail "snn-table"
grep -q '^an ANN  *1  *[01]\.' out || fail "snn-table: no row for the ANN"
"$table" predictions/phantom-00004.nii.gz >out 2>err && fail "snn-table of no report"
[ -s out ] && fail "snn-table: heads of no rows"

[ $failures -eq 0 ]
