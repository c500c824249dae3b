# SPDX-License-Identifier: LGPL-2.1-or-later
# The classification experiment: VGG-5 on CIFAR-10, with spikes that are binary
# (mode unit) and ternary (zero-mean). Included by the Snakefile.

CIFAR = OUT + "/cifar/{mode}/seed{seed}"


def images(w, settings=None):
    return [f"CIFAR={config['cifar']}", *variables(settings or {}, w)]


def cifar(stage):
    return config["experiments"]["cifar"][stage]


rule cifar_train:
    output:
        network=CIFAR + "/ann/network.nir",
        log=CIFAR + "/ann/log.jsonl"
    params:
        part=part,
        settings=lambda w: [*images(w, cifar("train")), f"SCALING={w.mode}",
                            f"SEED={w.seed}",
                            "EVALUATE=false"]
    threads: THREADS
    shell:
        RUN + "train-cifar {params.settings:q} THREADS={threads}"
        " ANN={params.part:q} REPORT={params.part:q}.json" + THEN_NETWORK


rule cifar_convert:
    input:
        CIFAR + "/ann/network.nir"
    output:
        network=CIFAR + "/converted/network.nir",
        log=CIFAR + "/converted/log.jsonl"
    params:
        part=part,
        settings=lambda w: [*images(w, cifar("convert")), f"SEED={w.seed}",
                            encoder("poisson", w)]
    threads: THREADS
    shell:
        RUN + "convert-cifar {params.settings:q} THREADS={threads}"
        " ANN={input:q} CONVERTED={params.part:q}" + THEN_NETWORK


rule cifar_finetune:
    input:
        CIFAR + "/converted/network.nir"
    output:
        network=CIFAR + "/tuned/network.nir",
        log=CIFAR + "/tuned/log.jsonl"
    params:
        part=part,
        settings=lambda w: [*images(w, cifar("tune")), f"SEED={w.seed}",
                            "EVALUATE=false", encoder("poisson", w)]
    threads: THREADS
    shell:
        RUN + "finetune-cifar {params.settings:q} THREADS={threads}"
        " CONVERTED={input:q} SNN={params.part:q} REPORT={params.part:q}.json"
        + THEN_NETWORK


rule cifar_evaluate_ann:
    input:
        CIFAR + "/ann/network.nir"
    output:
        report=CIFAR + "/ann/ann/report.json",
        log=CIFAR + "/ann/ann/log.jsonl"
    params:
        settings=lambda w, input, threads: [
            *images(w), f"IMAGES={cifar('test_images')}",
            f'NETWORK=anninference model="{input}" threads={threads}']
    threads: THREADS
    shell:
        RUN + "evaluate-cifar {params.settings:q} REPORT={output.report:q}" + THEN


rule cifar_evaluate_snn:
    input:
        CIFAR + "/{stages}/network.nir"
    output:
        report=CIFAR + "/{stages}/T{timesteps}/report.json",
        log=CIFAR + "/{stages}/T{timesteps}/log.jsonl"
    wildcard_constraints:
        stages="converted|tuned"
    params:
        settings=lambda w, input, threads: [
            *images(w), f"IMAGES={cifar('test_images')}",
            f"NETWORK={element('poisson', w)} timesteps={w.timesteps} "
            f'! snninference model="{input}" threads={threads}']
    threads: THREADS
    shell:
        RUN + "evaluate-cifar {params.settings:q} REPORT={output.report:q}" + THEN
