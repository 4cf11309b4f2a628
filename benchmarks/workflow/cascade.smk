# One rule for each step; written by `hepcoder workflow write`, yours to change.
# Snakemake owns order, inputs, outputs and provenance; a rule gives the agents the step's request and its files.
# A rule that failed or was killed is done again by the next `snakemake`, and only it and what comes after it; a run that
# was cut is gone on with from its ledger, so that no recorded call is paid twice.
import shlex

configfile: "config.yaml"

HEPCODER = shlex.quote(config["hepcoder"])
STEPS = config["steps"]
MODEL = " ".join(f"--{name} {shlex.quote(str(value))}" for name, value in config["options"].items())


rule all:
    input:
        [file for step in STEPS.values() for file in step["outputs"]],
        "results/grade.json" if config["graded"] else [],


for name, step in STEPS.items():

    rule:
        name:
            name
        input:
            files=step["inputs"],
            task=step["task"],
        output:
            files=step["outputs"],
            solution=f"results/{name}/solution.json",
        params:
            inputs=" ".join(f"--input {shlex.quote(file)}" for file in step["inputs"]),
            to=f"results/{name}",
            runs=f"runs/{name}",
            hepcoder=HEPCODER,
            model=MODEL,
        log:
            f"logs/{name}.txt",
        shell:
            "{params.hepcoder} workflow step {input.task:q} {params.inputs} --to {params.to:q} --runs {params.runs:q}"
            " {params.model} > {log:q} 2>&1"


rule grade:
    input:
        [file for step in STEPS.values() for file in step["outputs"]],
    output:
        "results/grade.json",
    params:
        hepcoder=HEPCODER,
    log:
        "logs/grade.txt",
    shell:
        "{params.hepcoder} workflow grade . --to {output:q} > {log:q} 2>&1"
