#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Masks of files and of a BIDS dataset.
# usage: snn-segment.sh SNN-SEGMENT SNN-LAUNCH PIPELINES
set -u
here=$(dirname "$(realpath "$0")")
segment=$(realpath "$1") launch=$(realpath "$2")
SNN_PIPELINE_PATH=$(realpath "$3")
export SNN_PIPELINE_PATH
program=$segment
. "$here/expect.sh"
patience=100

small_network hippocampus.nir
mv phantom-00000.nii.gz t1.nii.gz
"$launch" -q segment IMAGES=t1.nii.gz NETWORK="anninference model=hippocampus.nir" \
  >out 2>err || fail "segment"

# Files: the mask is the launch file's, beside the image.
expect 0 --model hippocampus.nir t1.nii.gz
cmp predictions/t1.nii.gz t1_label-hippocampus_dseg.nii.gz >out ||
  fail "another mask"
/usr/bin/python3 - <<'END' >out 2>err || fail "facts"
import csv, json, nibabel, numpy
facts = json.load(open("t1_label-hippocampus_dseg.json"))
mask = numpy.asarray(nibabel.load("t1_label-hippocampus_dseg.nii.gz").dataobj)
row, = csv.DictReader(open("volumes.tsv"), delimiter="\t")
one, = facts["Structures"]
assert one["Voxels"] == int(mask.sum()) == int(row["voxels"])
assert one["VolumeMM3"] == float(row["volume_mm3"]) == mask.sum()
assert one["Name"] == row["structure"] == "hippocampus"
assert facts["Sources"] == ["t1.nii.gz"] and row["image"] == "t1.nii.gz"
assert facts["Model"]["scaling"] == "zero-mean", facts
END
# No variable of the shell changes a mask, and the pipeline of the sidecar makes it.
export CONTENT=probability
expect 0 --model hippocampus.nir --overwrite t1.nii.gz
cmp predictions/t1.nii.gz t1_label-hippocampus_dseg.nii.gz >out ||
  fail "the environment made another mask"
! grep -q CONTENT err || fail "told of the environment"
says t1_label-hippocampus_dseg.json '"--no-environment"'
unset CONTENT
touch -d 2001-01-01 t1_label-hippocampus_dseg.nii.gz
expect 0 --model hippocampus.nir t1.nii.gz
says out "1 mask kept"
[ "$(stat -c %Y t1_label-hippocampus_dseg.nii.gz)" -eq "$(date -d 2001-01-01 +%s)" ] ||
  fail "a mask that existed was replaced"
says err "is kept, though its image is newer; --update makes it anew"
expect 0 --model hippocampus.nir --update t1.nii.gz
[ t1_label-hippocampus_dseg.nii.gz -nt t1.nii.gz ] || fail "an old mask was kept"
touch -d 2001-01-01 t1.nii.gz
expect 0 --model hippocampus.nir --update --encoder poissonencoder t1.nii.gz
says out "1 mask kept"
# Of spikes, that other ones made it.
"$launch" -q convert SOURCE="phantomsrc subjects=3" FOLDS=3 SAMPLES=4 \
  ANN=hippocampus.nir CONVERTED=spiking.nir >out 2>err || fail "convert"
expect 0 --model spiking.nir t1.nii.gz
expect 0 --model spiking.nir --update t1.nii.gz
says out "1 mask kept"
expect 0 --model spiking.nir --encoder "regularencoder timesteps=4" t1.nii.gz
says err "is kept, though another encoder made it"
expect 0 --model spiking.nir --encoder "regularencoder timesteps=4" --update t1.nii.gz
says t1_label-spiking_dseg.json "regularencoder timesteps=4"
expect 0 --model spiking.nir --encoder "regularencoder timesteps=4" --update t1.nii.gz
says out "1 mask kept"
# A mask that was edited is said to be one, measured as it is, and not replaced but
# by --overwrite.
cp t1_label-hippocampus_dseg.nii.gz made.nii.gz
/usr/bin/python3 - <<'END' >out 2>err || fail "editing"
import nibabel, numpy
path = "t1_label-hippocampus_dseg.nii.gz"
mask = nibabel.load(path)
voxels = numpy.zeros(mask.shape, dtype=numpy.uint8)
voxels[1:3, 1:3, 1:3] = 1
nibabel.save(nibabel.Nifti1Image(voxels, mask.affine, mask.header), path)
END
cp t1_label-hippocampus_dseg.nii.gz edited.nii.gz
touch -d 2001-01-01 t1_label-hippocampus_dseg.nii.gz
touch t1.nii.gz
expect 0 --model hippocampus.nir --update t1.nii.gz
says err "t1_label-hippocampus_dseg.nii.gz is not the mask that was made"
says err "its image is newer; --overwrite makes it anew"
says volumes.tsv "t1.nii.gz	hippocampus	hippocampus	8	8.0	1	false"
cmp t1_label-hippocampus_dseg.nii.gz edited.nii.gz >out || fail "an edited mask is gone"
echo none >t1_label-hippocampus_dseg.nii.gz
expect 1 --model hippocampus.nir t1.nii.gz
says err "t1_label-hippocampus_dseg.nii.gz is not the mask that was made"
# Mask and sidecar are of one another, even where one of them can't be replaced.
cp t1_label-hippocampus_dseg.json before.json
rm t1_label-hippocampus_dseg.nii.gz
mkdir -p t1_label-hippocampus_dseg.nii.gz/folder
expect 1 --model hippocampus.nir --overwrite t1.nii.gz
says err "snn-segment: t1.nii.gz: ./t1_label-hippocampus_dseg.nii.gz: Is a dir"
cmp t1_label-hippocampus_dseg.json before.json >out || fail "a sidecar of no mask"
rm t1_label-hippocampus_dseg.json
expect 1 --model hippocampus.nir --overwrite t1.nii.gz
[ ! -e t1_label-hippocampus_dseg.json ] || fail "a sidecar of no mask is left"
rm -r t1_label-hippocampus_dseg.nii.gz
expect 0 --model hippocampus.nir --overwrite t1.nii.gz
cmp t1_label-hippocampus_dseg.nii.gz made.nii.gz >out || fail "another mask"
rm t1_label-hippocampus_dseg.json
expect 1 --model hippocampus.nir t1.nii.gz
says err "--overwrite replaces it"
expect 1 --model none.nir t1.nii.gz
says err "none.nir"
expect 2 --jobs 0 t1.nii.gz
expect 2 --filter mprage t1.nii.gz
expect 1 --finder hippocampus.nir t1.nii.gz
says err "--finder needs a --model"

# Images of one name in several folders each have their rows, whichever way they are
# given.
mkdir s1 s2
cp phantom-00001.nii.gz s1/T1.nii.gz
cp phantom-00002.nii.gz s2/T1.nii.gz
expect 0 --model hippocampus.nir s1/T1.nii.gz s2/T1.nii.gz
cp s1/volumes.tsv all.tsv
expect 0 --model hippocampus.nir --overwrite "$PWD/s1/T1.nii.gz"
cmp s1/volumes.tsv all.tsv >out || fail "another table of the same"
[ "$(cut -f 3 s1/volumes.tsv | tail -n +2 | tr '\n' ' ')" = "../s2/T1.nii.gz T1.nii.gz " ] ||
  fail "rows of $(cat s1/volumes.tsv)"

# The same once more makes no masks of masks; of an image that is called like one, and
# that nothing tells of, it does.
cp phantom-00001.nii.gz s2/T2_label-mine_dseg.nii.gz
expect 0 --model hippocampus.nir s2/*.nii.gz
says out "1 mask of before left out, as s2/T1_label-hippocampus_dseg.nii.gz"
[ "$(find s2 -name '*.nii.gz' | wc -l)" -eq 4 ] || fail "masks of masks: $(ls s2)"
expect 0 --model hippocampus.nir s2/*.nii.gz
says out "2 masks kept"
[ "$(find s2 -name '*.nii.gz' | wc -l)" -eq 4 ] || fail "masks of masks: $(ls s2)"
expect 1 --model hippocampus.nir s2/T1_label-hippocampus_dseg.nii.gz
says err "s2/T1_label-hippocampus_dseg.nii.gz is a mask that was made here"

# A table of somebody else stays, and nothing is begun that can't be ended.
mkdir own
cp t1.nii.gz own
printf 'subject\tvolume\n01\t3000\n' >own/volumes.tsv
cp own/volumes.tsv own.tsv
expect 1 --model hippocampus.nir own/t1.nii.gz
says err "own/volumes.tsv is no table of snn-segment"
cmp own/volumes.tsv own.tsv >out || fail "a table of somebody else is gone"
[ "$(find own | wc -l)" -eq 3 ] || fail "segmented for no table"

# Heads: one network finds, another one segments what is found.
"$launch" -q train SOURCE="phantomsrc subjects=4" SIZE=8x48x48 FOLD=all EPOCHS=10 \
  WIDTH=8 RATE=0.003 AUGMENT=identity ANN=finder.nir >out 2>err || fail "train"
expect 0 --finder finder.nir --model finder.nir --label ball t1.nii.gz
/usr/bin/python3 - <<'END' >out 2>err || fail "facts of what was found"
import csv, json, nibabel, numpy
facts = json.load(open("t1_label-ball_dseg.json"))
mask = nibabel.load("t1_label-ball_dseg.nii.gz")
image = nibabel.load("t1.nii.gz")
assert mask.shape == image.shape and (mask.affine == image.affine).all()
one, = facts["Structures"]
assert one["Voxels"] == (numpy.asarray(mask.dataobj) == 1).sum() > 300
assert one["Components"] == 1
assert facts["Finder"]["File"] == facts["Model"]["File"] == "finder.nir"
rows = list(csv.DictReader(open("volumes.tsv"), delimiter="\t"))
assert [row["label"] for row in rows] == ["ball", "hippocampus", "spiking"], rows
assert open("t1_label-ball_dseg.png", "rb").read(4) == b"\x89PNG"
END
cp t1.nii.gz dark.nii.gz
/usr/bin/python3 - <<'END' >out 2>err || fail "a dark image"
import nibabel, numpy
image = nibabel.load("t1.nii.gz")
noise = numpy.random.default_rng(1).random(image.shape).astype(numpy.float32)
nibabel.save(nibabel.Nifti1Image(noise, image.affine), "dark.nii.gz")
END
expect 1 --finder finder.nir --model finder.nir --label ball dark.nii.gz
says err "dark.nii.gz"
[ -e dark_label-ball_dseg.nii.gz ] && fail "a mask of what was not found"

# Images that the elements read and nibabel does not: quaternions that are none, no
# volume in the fourth dimension, an affine that is singular, data that is plain.
mkdir odd
cp t1.nii.gz odd/z.nii.gz
/usr/bin/python3 - <<'END' >out 2>err || fail "odd headers"
import gzip, struct
plain = gzip.open("t1.nii.gz").read()
def write(name, *changes):
    data = bytearray(plain)
    for layout, offset, *values in changes:
        struct.pack_into(layout, data, offset, *values)
    open("odd/" + name, "wb").write(data)
write("quaternion.nii", ("<2h", 252, 1, 0), ("<3f", 256, 1, 1, 1))
write("none.nii", ("<8h", 40, 4, *struct.unpack_from("<3h", plain, 42), 0, 1, 1, 1))
write("singular.nii", ("<2h", 252, 0, 1), ("<12f", 280, *[1, 0, 0, 0] * 3))
write("plain.nii.gz")
END
expect 1 --model hippocampus.nir odd/*.nii odd/*.nii.gz
for name in quaternion.nii none.nii singular.nii plain.nii.gz; do
  says err "snn-segment: odd/$name: "
done
says err "4 of 5 images failed"
! grep -q Traceback err || fail "a traceback"
[ "$(cut -f 3 odd/volumes.tsv | tail -n +2)" = z.nii.gz ] || fail "no table of the others"
[ "$(find odd -name '*_dseg.*' | wc -l)" -eq 3 ] || fail "masks of what failed"

# What is stopped leaves nothing behind, and what is killed leaves what the next one
# takes away; what another process or machine works in stays.
mkdir stop
/usr/bin/python3 - <<'END' >out 2>err || fail "a large image"
import nibabel, numpy
noise = numpy.random.default_rng(1).integers(0, 255, (220, 220, 220), numpy.uint8)
nibabel.save(nibabel.Nifti1Image(noise, numpy.eye(4)), "stop/large.nii")
END
# launched PROCESS: the snn-launch that it runs.
launched () {
  local child
  for child in $(cat /proc/"$1"/task/*/children 2>/dev/null); do
    grep -qx snn-launch "/proc/$child/comm" && echo "$child" && return
  done
  return 1
}
# begin: segments it, until there is a child, whose number is in $child.
begin () {
  # In the background SIGINT is ignored, and of who runs tests by nohup SIGHUP, too.
  env --default-signal=TERM,HUP,INT \
    "$segment" --finder "$SNN_PIPELINE_PATH/models/finder.nir" \
    --model "$SNN_PIPELINE_PATH/models/hippocampus.nir" stop/large.nii >out 2>err &
  child=
  until child=$(launched $!) || ! kill -0 $! 2>/dev/null; do sleep 0.1; done
  sleep 0.5
  [ -n "$(find stop -name '.snn-*')" ] || fail "it is done before it can be stopped"
}
for signal in TERM HUP INT; do
  begin
  kill -s $signal $!
  wait $!
  status=$?
  [ $status -eq $((128 + $(kill -l $signal))) ] || fail "SIG$signal: status $status"
  kill -0 "$child" 2>/dev/null && fail "SIG$signal: its child is left"
  [ "$(ls -A stop)" = large.nii ] || fail "SIG$signal: left over: $(ls -A stop)"
done
# Also while its modules are still loading; before, Python itself may have a word.
for seconds in 0.05 0.2 0.5; do
  timeout -s INT $seconds "$segment" stop/large.nii >out 2>err
  ! grep -q snnreport err || fail "a traceback after $seconds s"
done
begin
kill -s KILL $! "$child"
wait $! 2>/dev/null
stale=$(ls -d stop/.snn-segment-*)
mine=${stale/-$!-/-$$-} theirs=${stale/-$!-/another-$!-}
mkdir "$mine" "$theirs"
mv stop/large.nii .
cp t1.nii.gz stop
expect 0 --model hippocampus.nir stop/t1.nii.gz
[ ! -e "$stale" ] || fail "what a killed one left is still there"
[ -d "$mine" ] && [ -d "$theirs" ] || fail "what others work in is gone"
rmdir "$mine" "$theirs"

# A dataset, of which one subject is broken and one is not looked at.
for name in 01:phantom-00001 02:phantom-00002; do
  mkdir -p "bids/sub-${name%%:*}/ses-1/anat"
  cp "${name#*:}.nii.gz" \
    "bids/sub-${name%%:*}/ses-1/anat/sub-${name%%:*}_ses-1_T1w.nii.gz"
done
mkdir -p bids/sub-03/anat bids/sub-04/anat
echo none >bids/sub-03/anat/sub-03_T1w.nii.gz
cp t1.nii.gz bids/sub-04/anat/sub-04_T1w.nii.gz
echo sub-04 >bids/.bidsignore
expect 1 --model hippocampus.nir bids derived participant --jobs 2
says err "sub-03_T1w.nii.gz"
says err "1 of 3 images failed"
for subject in 01 02; do
  [ -s derived/sub-$subject/ses-1/anat/sub-${subject}_ses-1_space-T1w_label-hippocampus_dseg.nii.gz ] ||
    fail "no mask of subject $subject"
done
[ -s derived/dataset_description.json ] || fail "no dataset_description.json"
[ "$(wc -l <derived/volumes.tsv)" -eq 3 ] || fail "volumes.tsv has not two rows"
says derived/volumes.tsv "sub-02	ses-1	sub-02_ses-1_T1w.nii.gz	hippocampus"
says derived/dseg.tsv "1	hippocampus	hippocampus"
says derived/volumes.html 'src="sub-02/figures/sub-02_ses-1_space-T1w_label-hippocampus_dseg.png"'
[ -s derived/sub-02/figures/sub-02_ses-1_space-T1w_label-hippocampus_dseg.png ] ||
  fail "no picture of subject 02"
expect 1 --model hippocampus.nir bids derived participant --filter ses=2
says err "has no sub-"
cp own.tsv derived/volumes.tsv
expect 1 bids derived group
says err "derived/volumes.tsv is no table of snn-segment"
expect 1 --model hippocampus.nir bids derived participant
cmp derived/volumes.tsv own.tsv >out || fail "a table of somebody else is gone"
rm derived/volumes.tsv
expect 0 bids derived group
[ "$(wc -l <derived/volumes.tsv)" -eq 3 ] || fail "group: not two rows"
# A mask that was edited is measured as it is; one that can't be is told of.
cp -r derived edited
cp edited.nii.gz \
  edited/sub-01/ses-1/anat/sub-01_ses-1_space-T1w_label-hippocampus_dseg.nii.gz
expect 0 bids edited group
says err "sub-01_ses-1_space-T1w_label-hippocampus_dseg.nii.gz is not the mask that was"
says edited/volumes.tsv "hippocampus	8	8.0"
[ "$(wc -l <edited/volumes.tsv)" -eq 3 ] || fail "edited: not two rows"
echo none >edited/sub-02/ses-1/anat/sub-02_ses-1_space-T1w_label-hippocampus_dseg.nii.gz
expect 1 bids edited group
[ "$(wc -l <edited/volumes.tsv)" -eq 2 ] || fail "a row of a mask that is none"
# Of a mask that is gone, nothing is left in table and page, nor of a subject.
cp -r derived less
rm less/sub-01/ses-1/anat/*.nii.gz
expect 0 bids less group
[ "$(wc -l <less/volumes.tsv)" -eq 2 ] || fail "a row of a mask that is gone"
! grep -q sub-01 less/volumes.html || fail "a mask that is gone is on the page"
rm -r less/sub-02
expect 0 bids less group
[ "$(wc -l <less/volumes.tsv)" -eq 1 ] || fail "a row of a subject that is gone"
expect 0 --model hippocampus.nir bids derived participant --participant-label sub-01
expect 1 --model hippocampus.nir bids derived participant --participant-label 09
says err "bids has no sub-*/[ses-*/]anat/*_T1w.nii.gz of sub-09"
# A subject that is a link is one, and what is not there is told of.
mv bids/sub-02 elsewhere
ln -s ../elsewhere bids/sub-02
ln -s nowhere bids/sub-05
expect 1 --model hippocampus.nir bids linked participant --participant-label 02 99 \
  --session 1 7
says err "bids has no image of sub-99 that was to be segmented"
says err "bids has no image of ses-7 that was to be segmented"
[ "$(cut -f 1 linked/volumes.tsv | tail -n +2)" = sub-02 ] || fail "a link is no subject"
expect 1 --model hippocampus.nir bids derived participant
says err "bids/sub-05 is a link to what is not there"
# With the folders swapped, the dataset stays as it is, whatever is below it.
mkdir bids/derivatives
cp -r derived bids/derivatives/gst-snn
find bids | sort >before
expect 1 derived bids group
says err "bids has no mask, and no dataset_description.json of gst-snn"
find bids | sort | cmp - before >out || fail "the dataset is written to"
# Nor is it where masks of it go, by whatever name.
ln -s bids same
expect 1 --model hippocampus.nir bids same participant
says err "same is the dataset itself; a folder for the masks was expected"
find bids | sort | cmp - before >out || fail "masks are in the dataset"
# Nor is what another tool has made of it.
mkdir other
echo '{"GeneratedBy": [{"Name": "another"}]}' >other/dataset_description.json
echo mine >other/dseg.tsv
expect 1 --model hippocampus.nir bids other participant
says err "other/dataset_description.json does not say that gst-snn made other"
[ "$(ls -A other)" = "$(printf 'dataset_description.json\ndseg.tsv')" ] &&
  [ "$(cat other/dseg.tsv)" = mine ] || fail "masks among those of another tool"
# Not either where its masks have names, and files beside them, as ours have.
cp -r derived/sub-01 other/
find other | sort >before
expect 1 bids other group
says err "other/dataset_description.json does not say that gst-snn made other"
find other | sort | cmp - before >out || fail "a table among masks of another tool"
# A dataset without OUT, or with a level that is none, is no image.
expect 1 --model hippocampus.nir bids
says err "bids is a folder; image files were expected, as bids/*.nii.gz"
expect 1 --model hippocampus.nir bids new participants
says err "or for a dataset 'BIDS OUT participant'"
[ ! -e new ] || fail "masks of no level"
[ -z "$(find . -name '.snn-*')" ] || fail "left over: $(find . -name '.snn-*')"

[ $failures -eq 0 ]
