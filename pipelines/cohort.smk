# SPDX-License-Identifier: LGPL-2.1-or-later
# snn-segment over a BIDS dataset: a job a subject, then the table and the page of
# all. docs/heads.md tells how to use it.
#
#   snakemake -s cohort.smk --cores 2 --config bids=BIDS out=OUT
#
# Further values of --config: options (of snn-segment, as one text), log (a folder of
# OUT's own), threads, mem_mb and runtime (minutes) of a job.
import hashlib
import json
import os
import sys

# snnreport is beside this file in the sources, and above it where it is installed.
sys.path[:0] = [workflow.basedir, os.path.dirname(workflow.basedir)]
from snnreport import bids


BIDS = config["bids"]
OUT = config["out"]
LOG = config.get("log", os.path.join(OUT, bids.COHORT_LOG))
OPTIONS = config.get("options", "")
IMAGES = {}
for image in bids.find(BIDS, OUT):
    IMAGES.setdefault(image.subject, []).append(image.path)


def key(*what):
    """Of what a job is done for. It is in the names of what says that it is done, so
    that another dataset, output or option, or an image more, is another job: by
    their times alone, old images that are new here would not be."""
    text = json.dumps([os.path.abspath(BIDS), os.path.abspath(OUT), OPTIONS, *what])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


KEYS = {subject: key(subject, *images) for subject, images in IMAGES.items()}


wildcard_constraints:
    subject="[A-Za-z0-9]+",
    key="[0-9a-f]{12}",


rule table:
    input:
        [f"{LOG}/sub-{subject}-{KEYS[subject]}.done" for subject in sorted(KEYS)]
    output:
        touch(f"{LOG}/table-{key(KEYS)}.done")
    shell:
        "rm -f {LOG:q}/table-*.done"
        " && snn-segment {BIDS:q} {OUT:q} group"


# What other jobs of the subject left behind goes first: masks are as the last of them
# made them. An image that can't be read fails by its own job and is no input, as a
# link to what is not there would stop all others.
rule subject:
    input:
        lambda w: [path for path in IMAGES[w.subject] if os.path.exists(path)]
    output:
        touch(LOG + "/sub-{subject}-{key}.done")
    log:
        LOG + "/sub-{subject}-{key}.log"
    threads: config.get("threads", 1)
    resources:
        mem_mb=config.get("mem_mb", 1500),
        runtime=config.get("runtime", 30)
    shell:
        "rm -f {LOG:q}/sub-{wildcards.subject}-*"
        " && snn-segment {OPTIONS} --update {BIDS:q} {OUT:q} participant"
        " --participant-label {wildcards.subject} >{log:q} 2>&1"


# A subject that fails does not keep the others from their table.
onerror:
    shell("snn-segment {BIDS:q} {OUT:q} group")
