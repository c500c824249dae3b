#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# snn-import and snn-export: what they say, and files that others can read.
# usage: exchange.sh SNN-IMPORT SNN-EXPORT SNN-INFO DATA
set -u
here=$(dirname "$(realpath "$0")")
import=$(realpath "$1") export=$(realpath "$2") info=$(realpath "$3")
data=$(realpath "$4")
program=env
. "$here/expect.sh"

expect 0 "$import" "$data/phantoms.onnx" -o ann.nir --signed -r axis=x -r size=24x48x48
expect 0 "$info" ann.nir
says out "values from -1 to 1"
says out 'axis               x'
says out 'size               24x48x48'

# What could not be printed is not done.
for command in "$info ann.nir" "$info --version" "$import --version" \
  "$export --help"; do
  $command >/dev/full 2>err
  [ $? -eq 1 ] || fail "no status 1 on a full device: $command"
  says err ": the output could not be written"
done

for recipe in axsi=y axis axis= =y timesteps=8; do
  expect 1 "$import" "$data/phantoms.onnx" -o never.nir -r "$recipe"
  says err "The recipe has no '$recipe'; expected NAME=VALUE"
done

# Values are those that elements can read later.
for recipe in axis=sagittal axis=auto context=-1 context=1.5 context=17 \
  size=24-48-48 size=24x48 spacing=1x-1x1 scaling=minmax lower-percentile=-1 \
  upper-percentile=101 minimum=low maximum=nan; do
  expect 1 "$import" "$data/phantoms.onnx" -o never.nir -r "$recipe"
  says err "The recipe has $recipe: "
done
says err 'expected a number'
[ ! -e never.nir ] || fail "a file of a recipe that was refused"
expect 0 "$import" "$data/phantoms.onnx" -o recipe.nir -r axis=none -r context=16 \
  -r size=0x48x48 -r spacing=1x1x1.5 -r scaling=z-score -r lower-percentile=0.5 \
  -r upper-percentile=99.5 -r minimum=-1e3 -r maximum=2000 -r encoder=directencoder

# Nor are other values read from the metadata of a file, unless they are replaced.
expect 0 "$export" ann.nir -o noted.onnx
/usr/bin/python3 - <<'END' >out 2>err || fail "metadata"
data = open("noted.onnx", "rb").read()
assert data.count(b"axis\x12\x01x") == 1
open("noted.onnx", "wb").write(data.replace(b"axis\x12\x01x", b"axis\x12\x01q"))
END
expect 1 "$import" noted.onnx -o never.nir
says err "noted.onnx: its metadata: The recipe has axis=q: expected x, y, z or none"
[ ! -e never.nir ] || fail "a file of a recipe that was refused"
expect 0 "$import" noted.onnx -o noted.nir -r axis=y

expect 1 "$import" "$data/unet.onnx" -o open.nir
says err 'height is left open; expected a size (snn-import --size)'
expect 0 "$import" "$data/unet.onnx" -o open.nir --size 16x12
expect 0 "$info" open.nir
says out 'input              16x12'
expect 1 "$import" "$data/unet.onnx" -o open.nir --size 16
says err "size is '16'; expected WIDTHxHEIGHT"
for size in 8x0 8x6x 8x6x4x2 8x6x-4 8,6; do
  expect 1 "$import" "$data/volumes.onnx" -o never.nir --size "$size"
  says err "size is '$size'; expected WIDTHxHEIGHT, such as 56x48, or of volumes"
done
expect 1 "$import" "$data/unet.onnx" -o never.nir --size 16x12x4
says err "is of slices (4 axes); a depth of 4 was asked for, which only volumes have"
expect 1 "$import" "$data/volumes.onnx" -o never.nir --size 8x6
says err 'depth is left open; expected a size (snn-import --size)'
expect 0 "$import" "$data/volumes.onnx" -o volumes.nir --size 8x6x4 -r axis=none
expect 0 "$info" volumes.nir
says out 'input              8x6x4'
says out 'axis               none'
expect 0 "$import" "$data/classes.onnx" -o classes.nir --classes 3,7
expect 0 "$info" classes.nir
says out 'classes            3,7'
expect 1 "$import" "$data/classes.onnx" -o never.nir --classes 3
says err "classes.onnx: --classes: 1 classes take an output of 1 channels; the network's has 3"
# The values are of the channels in their order, whether or not they ascend.
expect 0 "$import" "$data/classes.onnx" -o swapped.nir --classes 7,3
expect 0 "$info" swapped.nir
says out 'classes            3,7'
cmp -s classes.nir swapped.nir && fail "channels in another order are the same"

expect 1 "$import" "$data/maxpool.onnx" -o never.nir
says err '(MaxPool): such operators are not supported: train with average pooling'
expect 1 "$import" ann.nir -o never.nir
says err 'ann.nir: is no ONNX file'
[ ! -e never.nir ] || fail "a file of a network that was refused"
expect 2 "$import" "$data/unet.onnx"
says err 'expected one MODEL.onnx, and -o FILE.nir'
# What is read is not written over, by any name.
cp "$data/phantoms.onnx" own.onnx
ln -s own.onnx link.nir
expect 1 "$import" own.onnx -o link.nir
says err 'link.nir is the same file as own.onnx, which is read from'
cmp own.onnx "$data/phantoms.onnx" >out || fail "the input of snn-import"
cp ann.nir own.nir
expect 1 "$export" own.nir -o own.nir
says err 'own.nir is a file that is read from'
cmp own.nir ann.nir >out || fail "the input of snn-export"
expect 1 "$import" "$data/phantoms.onnx" -o nowhere/ann.nir
says err 'nowhere/ann.nir'

expect 0 "$export" ann.nir -o ann.onnx
expect 0 "$export" classes.nir --probabilities -o classes.onnx
expect 0 "$export" volumes.nir -o volumes.onnx
expect 0 "$import" classes.onnx -o back.nir
expect 0 "$export" back.nir --probabilities -o again.onnx
cmp -s classes.onnx again.onnx || fail "there and back is another network"
expect 2 "$export" ann.nir
expect 1 "$export" ann.onnx -o never.onnx
says err 'ann.onnx'

# ONNX's own checker, where it is installed.
if /usr/bin/python3 -c 'import onnx' 2>/dev/null; then
  expect 0 /usr/bin/python3 -c 'import onnx, sys
for name in "ann.onnx", "classes.onnx", "volumes.onnx":
    model = onnx.load (name)
    onnx.checker.check_model (model, full_check=True)
    shape = model.graph.output[0].type.tensor_type.shape.dim
    print (name, [dim.dim_param or dim.dim_value for dim in shape])'
  says out "ann.onnx ['samples', 1, 48, 48]"
  says out "classes.onnx ['samples', 3, 8, 12]"
  says out "volumes.onnx ['samples', 1, 4, 6, 8]"
  # Files of every opset between those that PyTorch wrote here: the same network.
  expect 0 /usr/bin/python3 -c 'import onnx, sys
from onnx.version_converter import convert_version
for name in "phantoms", "residual":
    model = onnx.load (f"{sys.argv[1]}/{name}.onnx")
    for opset in range (13, 18):
        onnx.save (convert_version (model, opset), f"{name}-{opset}.onnx")' "$data"
  for name in phantoms residual; do
    expect 0 "$import" "$data/$name.onnx" -o "$name.nir"
    for opset in 13 14 15 16 17; do
      expect 0 "$import" "$name-$opset.onnx" -o "$name-$opset.nir"
      cmp -s "$name.nir" "$name-$opset.nir" ||
        fail "$name in opset $opset is another network"
    done
  done
fi
[ $failures -eq 0 ]
