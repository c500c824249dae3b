# SPDX-License-Identifier: LGPL-2.1-or-later
# snn-segment over a BIDS dataset: a job a subject, then the table and the page of
# all. docs/heads.md tells how to use it.
#
#   snakemake -s cohort.smk --cores 2 --config bids=BIDS out=OUT
#
# Further values of --config: options (of snn-segment, as one text), log (a folder),
# threads, mem_mb and runtime (minutes) of a job.
import os
import sys

# snnreport is beside this file in the sources, and above it where it is installed.
sys.path[:0] = [workflow.basedir, os.path.dirname(workflow.basedir)]
from snnreport import bids


BIDS = config["bids"]
OUT = config["out"]
LOG = config.get("log", "cohort-log")
OPTIONS = config.get("options", "")
SUBJECTS = sorted({image.subject for image in bids.find(BIDS, OUT)})


wildcard_constraints:
    subject="[A-Za-z0-9]+",


rule table:
    input:
        expand(LOG + "/sub-{subject}.done", subject=SUBJECTS)
    output:
        touch(LOG + "/table.done")
    shell:
        "snn-segment {BIDS:q} {OUT:q} group"


rule subject:
    output:
        touch(LOG + "/sub-{subject}.done")
    log:
        LOG + "/sub-{subject}.log"
    threads: config.get("threads", 1)
    resources:
        mem_mb=config.get("mem_mb", 1500),
        runtime=config.get("runtime", 30)
    shell:
        "snn-segment {OPTIONS} {BIDS:q} {OUT:q} participant"
        " --participant-label {wildcards.subject} >{log:q} 2>&1"


# A subject that fails does not keep the others from their table.
onerror:
    shell("snn-segment {BIDS:q} {OUT:q} group")
