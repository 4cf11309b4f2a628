"""`hepcoder solve`: a request in plain language on the user's own files."""

import sys
from pathlib import Path
from typing import Any

import click

from hepcoder.ui.options import (
    common,
    model_options,
    quiet_option,
    runs_folder,
    sandbox_option,
    script_limit_options,
    technique_options,
)

EXAMPLE = """\b
Example:
  hepcoder solve "Select events with two photons of pt > 25 GeV; plot their mass" \\
    --input data.root --output result.json:n_selected,mean_mass[GeV] --output mass.png
"""


@click.command("solve", epilog=EXAMPLE)
@click.argument("prompt", nargs=-1)
@click.option("--input", "-i", "inputs", multiple=True, type=click.Path(path_type=Path), help="An input file; repeat.")
@click.option(
    "--output",
    "-o",
    "outputs",
    multiple=True,
    help="What must come out, such as result.json:n_selected,mass[GeV]; repeat.",
)
@click.option("--task", "task_file", type=click.Path(path_type=Path), help="A task as YAML, or a request as text.")
@model_options
@technique_options
@script_limit_options
@sandbox_option
@runs_folder
@quiet_option
@common
def command(
    prompt: tuple[str, ...],
    *,
    inputs: tuple[Path, ...],
    outputs: tuple[str, ...],
    task_file: Path | None,
    sandbox: Any,
    runs: Path,
    quiet: bool,
    as_json: bool,
    **settings: Any,
) -> int:
    """Solve a task: write the analysis, run it in a sandbox, repair it, check what comes out.

    PROMPT is the request in plain language; '-' reads it from stdin. Inputs and outputs are added to those of --task.
    """
    if bool(prompt) == (task_file is not None):
        message = "give either a PROMPT or --task FILE"
        raise click.UsageError(message)

    from hepcoder.graphs.task_files import load_task
    from hepcoder.ui.conduct import conduct
    from hepcoder.ui.request import bounded, make_supervisor, task_of_prompt

    if task_file is not None:
        task = load_task(task_file)
    else:
        task = task_of_prompt(sys.stdin.read() if prompt == ("-",) else " ".join(prompt))
    task = bounded(task, settings)
    supervisor = make_supervisor(runs=runs, sandbox=sandbox, settings=settings)
    return conduct(
        lambda: supervisor.stream(task, inputs=inputs, outputs=outputs), runs=runs, as_json=as_json, quiet=quiet
    )
