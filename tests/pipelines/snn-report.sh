#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A page of made-up results (tests/data/report.py), as a browser shows it.
# usage: snn-report.sh SNN-REPORT DATA VIEWER
set -u
here=$(dirname "$(realpath "$0")")
report=$(realpath "$1") data=$(realpath "$2") viewer=$(realpath "$3")
. "$here/expect.sh"

# count FILE TEXT: how many lines have it.
count () {
  grep -cF -- "$2" "$1"
}

"$report" "$data/results.jsonl" -o page.html 2>err || fail "$(cat err)"
[ ! -s err ] || fail "warned: $(cat err)"
[ "$(count page.html '<svg class="chart"')" -eq 11 ] || fail "not 11 charts"
[ "$(count page.html '<caption><b>Table')" -eq 8 ] || fail "not 8 tables"
# What can't be read is left out, and all of it is a failure.
(printf '[%.0s' {1..2000}; echo; tail -n 1 "$data/results.jsonl") >part.jsonl
"$report" part.jsonl -o part.html 2>err || fail "one line of two: status $?"
grep -q "part.jsonl:1: " err || fail "the line is not named: $(cat err)"
head -n 1 part.jsonl >none.jsonl
"$report" none.jsonl -o none.html 2>err
[ $? -eq 1 ] || fail "a page of nothing is a success"
[ ! -e none.html ] || fail "a page of nothing is written"
# Results are never replaced by a page, whatever is swapped.
cp "$data/results.jsonl" mine.jsonl
head -n 2 part.jsonl >other.jsonl
ln -s mine.jsonl link.jsonl
for swapped in "mine.jsonl page.html" "mine.jsonl mine.jsonl" \
    "mine.jsonl link.jsonl" "mine.jsonl other.jsonl" "link.jsonl part.jsonl"; do
  # shellcheck disable=SC2086 # two words
  set -- $swapped
  "$report" -o "$1" "$2" 2>err
  [ $? -eq 1 ] || fail "a page in the place of results: $swapped"
  says err "snn-report: $1 "
  cmp mine.jsonl "$data/results.jsonl" >out || fail "results are gone: $swapped"
done
[ "$(wc -l <err)" -lt 8 ] || fail "told of too many lines"
cp page.html before.html
"$report" -o before.html none.jsonl 2>err && fail "a page of nothing is a success"
cmp page.html before.html >out || fail "a page is replaced by one of nothing"
for text in 'Table 1.</b> Dice coefficients of ANN' "the paper's Fig. 3" \
    "the paper's Fig. 4" "the paper's Table 2 and Fig. 5" \
    "the paper's Fig. 6A" "the paper's Fig. 6B" "the paper's Table 3" \
    "the paper's Table 4" "the paper's Table 5" 'Published against' \
    'Dice against energy' '<b>Holds</b>' 'HD95 (mm)' \
    'Data: volumes of images; 66 test subjects, folds 0, 1, 2, seeds 1, 2.' \
    '66 subjects, 3 pairs of networks' '<th scope="col">2D</th>' \
    'Effective MAC' 'ANN, zeros skipped' 'ANN, dense' \
    'Dice against timesteps, all conversions' 'neurological convention' \
    'published conversion of the same ANNs' 'with the true mask and the' \
    'data:image/png;base64,iVBOR' 0123456789abcdef 'dicesink &lt;made up&gt;'; do
  sed 's/&#39;/'"'"'/g' page.html >plain.html
  says plain.html "$text"
done
# Nothing is fetched: every address is a part of the page.
if grep -oE '<(script|img|link|iframe)[^>]* (src|href)="[^"]{0,40}' page.html |
    grep -vE '"(data:|#)'; then
  fail "the page refers to other files"
fi

# Charts can be had by themselves.
"$report" "$data/results.jsonl" -o again.html --charts=new/charts 2>err ||
  fail "$(cat err)"
[ "$(find new/charts -name '*.svg' | wc -l)" -eq 11 ] ||
  fail "not 11 files of charts"
for chart in new/charts/*.svg; do
  python3 -c "import sys, xml.etree.ElementTree as t; t.parse(sys.argv[1])" \
    "$chart" || fail "$chart is no XML"
done

# An ANN that has learnt nothing decides no claim.
python3 - "$data/results.jsonl" >silent.jsonl <<'END'
import json
import sys
for line in open(sys.argv[1]):
    result = json.loads(line)
    settings = result["settings"]
    if result["experiment"] == "ternary" and settings["stage"] == "ann" \
            and settings["mode"] == "unit" and str(settings["seed"]) == "1":
        result["values"]["dice"]["mean"] = 0
    print(json.dumps(result))
END
"$report" silent.jsonl -o silent.html 2>err
says silent.html 'Left out: runs in which an ANN had learnt nothing (1).'
[ "$(count page.html 'Left out')" -eq 0 ] || fail "left out without reason"

# A table of spikes for each loss.
python3 - "$data/results.jsonl" >losses.jsonl <<'END'
import json
import sys
for line in open(sys.argv[1]):
    result = json.loads(line)
    if result["experiment"] == "ternary":
        for loss in ("dice", "bce-dice"):
            result["settings"]["loss"] = loss
            print(json.dumps(result))
END
"$report" losses.jsonl -o losses.html 2>err
[ "$(count losses.html 'Segmentation: 3D Dice coefficient')" -eq 2 ] \
  || fail "not a table of spikes for each loss"

# Nothing holds of one pair, nor has one measurement error bars.
grep -E '"experiment": "(table1|direct|fig4)"' "$data/results.jsonl" |
  grep '"fold": 0' | grep -v '"seed": 2' >one.jsonl
"$report" one.jsonl -o one.html 2>err || fail "$(cat err)"
says one.html '<b>Undecided</b>'
! grep -qE '<b>(Holds|Does not hold)</b>' one.html || fail "one pair decided"
says one.html '1 pair of networks'
! grep -q 'Error bars: standard deviation over seeds' one.html ||
  fail "error bars are promised of one seed"
! grep -q 'Hippocampus' one.html || fail "data has a name that it has not"

# No true mask, no word of one; and the ANN is not drawn in its place.
python3 - "$data" >mask.jsonl <<'END'
import json
import sys
for line in open(f"{sys.argv[1]}/results.jsonl"):
    result = json.loads(line)
    if result["experiment"] in ("volumes", "fig3"):
        files = result["files"]
        if "volume" in files:
            files["volume"]["masks"] = [
                {"name": "ANN", "file": "converted.nii.gz"}]
        else:
            files["pictures"] = [p for p in files["pictures"]
                                 if p["caption"] != "True mask"]
        print(json.dumps(result))
END
mkdir masked
cp "$data"/*.png "$data"/*.nii.gz mask.jsonl masked
"$report" masked/mask.jsonl -o mask.html 2>err || fail "$(cat err)"
! grep -q 'true mask' mask.html || fail "a true mask is promised"
[ ! -s "$viewer" ] || says mask.html 'data-role="ann"'

# Every text of a result may be anybody's.
python3 - "$data" >hostile.jsonl <<'END'
import json
import sys


def spoil(value, text):
    if isinstance(value, dict):
        return {k: spoil(v, text) for k, v in value.items()}
    if isinstance(value, list):
        return [spoil(v, text) for v in value]
    return value + text if isinstance(value, str) else value


for line in open(f"{sys.argv[1]}/results.jsonl"):
    result = json.loads(line)
    for key in ("settings", "values", "provenance", "files"):
        if key in result:
            result[key] = spoil(
                result[key], "\"'><script>alert(1)</script>\x1b[31m\u202e")
    # The page goes by these.
    for key in ("stage", "recipe"):
        if key in result["settings"] and result["experiment"] != "direct":
            result["settings"][key] = result["settings"][key].split('"')[0]
    print(json.dumps(result))
print('{"format":' + "[" * 200000)
print('{"a\x1b[31m": 1e999}')
END
"$report" hostile.jsonl -o hostile.html 2>err || fail "$(tail -3 err)"
says err "hostile.jsonl:$(($(wc -l <"$data/results.jsonl") + 1)): nested too"
says err "hostile.jsonl:$(($(wc -l <"$data/results.jsonl") + 2)): "
! grep -q "<script>alert" hostile.html || fail "a script of a result's"
! grep -qP '\x1b|\xe2\x80\xae' hostile.html err || fail "controls are written"
says hostile.html '&lt;script&gt;alert(1)&lt;/script&gt;'

# Files elsewhere are not for the page, wherever links lead.
mkdir inside
echo secret >outside.png
ln -s ../outside.png inside/image.png
grep fig3 "$data/results.jsonl" >inside/fig3.jsonl
"$report" inside/fig3.jsonl -o inside.html 2>err || fail "status of a link"
says err "image.png: not embedded, as it is not in the folder of the results"
! grep -q "$(base64 <outside.png)" inside.html || fail "a file of elsewhere"

# What is missing is left out; what is broken is told, and left out.
head -3 "$data/results.jsonl" >some.jsonl
echo '{"format": "gst-snn result", "vers' >>some.jsonl
"$report" some.jsonl -o some.html 2>err || fail "status of broken results"
says err "some.jsonl:4: "
says some.html "some.jsonl:4: "
says some.html "<b>Table 1.</b>"
! grep -q "CIFAR" some.html || fail "a table without results"
: >none.jsonl
"$report" none.jsonl -o none.html || fail "no results are no error"
says none.html "There are no results yet."
grep fig3 "$data/results.jsonl" >missing.jsonl
"$report" missing.jsonl -o missing.html 2>err || fail "status of missing files"
says missing.html "image.png"
"$report" nowhere.jsonl -o nowhere.html 2>err && fail "read what is not there"
says err "nowhere.jsonl"
"$report" 2>err && fail "status without arguments"
"$report" none.jsonl -o nowhere/page.html 2>err && fail "wrote nowhere"
says err "nowhere/page.html"

# browse PAGE WIDTH OPTION...: opens a page without any network.
browse () {
  timeout 100 chromium --headless --no-sandbox --disable-gpu --disable-quic \
    --enable-unsafe-swiftshader --hide-scrollbars --no-first-run \
    --disable-background-networking --disable-component-update \
    --disable-sync --host-resolver-rules='MAP * ~NOTFOUND' \
    --user-data-dir="$work/profile" --enable-logging=stderr \
    --virtual-time-budget=20000 --window-size="$2,8000" "${@:3}" \
    "file://$work/$1"
}

if ! command -v chromium >/dev/null; then
  echo "chromium is not installed: the page was not looked at"
  [ $failures -eq 0 ] && exit 77
  exit 1
fi
# A page that says of itself which tables have to be scrolled: none, in a window
# of half the width neither.
cp page.html looked.html
cat >>looked.html <<'END'
<script>
document.body.dataset.tables = document.querySelectorAll("caption").length;
document.body.dataset.cut = [...document.querySelectorAll(".scroll")]
  .filter(one => one.scrollWidth > one.clientWidth)
  .map(one => one.innerText.slice(0, 8)).join();
</script>
END
browse looked.html 520 --disable-3d-apis --dump-dom >dom.html 2>log ||
  fail "chromium: $(tail -5 log)"
says dom.html 'data-tables="8" data-cut=""'
browse looked.html 1000 --dump-dom >dom.html 2>log ||
  fail "chromium: $(tail -5 log)"
says dom.html 'data-tables="8" data-cut=""'
browse page.html 1000 --screenshot="$work/page.png" >/dev/null 2>>log ||
  fail "chromium: $(tail -5 log)"
# Notes of the graphics driver are none of the page's.
if grep CONSOLE log | grep -vE 'GL Driver Message|software WebGL'; then
  fail "the page logged errors"
fi
says dom.html '<b>Table 1.</b>'
if [ -s "$viewer" ]; then
  says dom.html 'data-shown="4"'
else
  says dom.html 'The interactive view is not in this page'
fi
# An empty page of this size has some 30 kB.
[ "$(stat -c %s page.png)" -gt 200000 ] || fail "the screenshot is blank"
[ -z "${SNN_SCREENSHOT:-}" ] || cp page.png "$SNN_SCREENSHOT"

[ $failures -eq 0 ]
