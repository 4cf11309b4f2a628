"""`hepcoder workflow`: an analysis in steps as a Snakemake workflow whose rules call the agents."""

from pathlib import Path
from typing import Any

import click

from hepcoder.ui.options import common, model_options, quiet_option, runs_folder, sandbox_option

EXAMPLE = """\b
Example:
  hepcoder workflow write hyy/cascade --to hyy --model local:qwen2.5-coder-1.5b
  cd hyy && snakemake --cores 1
"""


def read_constants(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, Any]:
    """Return the constants by name, numbers as numbers.

    Raises:
        BadParameter: One is not ``NAME=VALUE``.
    """
    import yaml

    found: dict[str, Any] = {}
    for value in values:
        name, equals, text = value.partition("=")
        if not (name and equals and text):
            message = f"{value!r} is not NAME=VALUE, such as mass=125.09"
            raise click.BadParameter(message, ctx, param)
        number = yaml.safe_load(text)
        found[name] = number if isinstance(number, int | float) and not isinstance(number, bool) else text
    return found


@click.group("workflow", epilog=EXAMPLE)
def command() -> None:
    """Do an analysis in steps as a Snakemake workflow: its rules call the agents; order and provenance are Snakemake's.

    A rule that failed is done again by the next `snakemake`, with what comes after it. Needs Snakemake 9:
    `pip install 'hepcoder[workflow]'`.
    """


@command.command("write")
@click.argument("cascade")
@click.option("--to", "folder", type=click.Path(file_okay=False, path_type=Path), required=True, help="A new folder.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Of the constants and the data.")
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with the files that the cascade reads, such as `hepcoder data fetch` fills; default: they are made, "
    "and the results are graded.",
)
@click.option(
    "--set",
    "constants",
    metavar="NAME=VALUE",
    multiple=True,
    callback=read_constants,
    help="With --data: a constant of the requests, such as mass=125.09; others are drawn. Repeat.",
)
@model_options
@sandbox_option
@common
def write_command(
    cascade: str,
    *,
    folder: Path,
    seed: int,
    data: Path | None,
    constants: dict[str, Any],
    sandbox: str,
    as_json: bool,
    **settings: Any,
) -> int:
    """Write the workflow of CASCADE, a benchmark task with steps such as hyy/cascade, ready for `snakemake`."""
    from hepcoder.agents.models.registry import default_model
    from hepcoder.benchmarks.workflow.writing import Order, write_workflow
    from hepcoder.ui.say import say_json

    settings["model"] = settings["model"] or default_model()
    price = settings.pop("price")
    settings.pop("no_record")  # what is not recorded cannot be gone on with
    options = {name.replace("_", "-"): value for name, value in settings.items() if value is not None}
    options |= {"sandbox": sandbox} | ({} if price is None else {"price": f"{price[0]},{price[1]}"})
    paths = write_workflow(Order(cascade, seed, data, options, constants), folder)
    if as_json:
        say_json({"folder": str(folder), "files": [str(path) for path in paths]})
    else:
        click.echo(f"wrote {folder}; run it: cd {folder} && snakemake --cores 1")
    return 0


@command.command("step")
@click.argument("task_file", type=click.Path(path_type=Path))
@click.option("--input", "-i", "inputs", multiple=True, type=click.Path(path_type=Path), help="An input file; repeat.")
@click.option(
    "--to", "folder", type=click.Path(file_okay=False, path_type=Path), required=True, help="For the outputs."
)
@model_options
@sandbox_option
@runs_folder
@quiet_option
@common
def step_command(
    task_file: Path,
    *,
    inputs: tuple[Path, ...],
    folder: Path,
    sandbox: str,
    runs: Path,
    quiet: bool,
    as_json: bool,
    **settings: Any,
) -> int:
    """Do one step, as a rule does it: solve TASK_FILE on the inputs, and put its outputs into a folder.

    A run of the same request on the same files that was cut is gone on with; a failed one is begun anew.
    """
    from hepcoder.graphs.task_files import load_task
    from hepcoder.ui.request import bounded, make_supervisor
    from hepcoder.ui.workflow_step import do_step

    task = bounded(load_task(task_file), settings)
    supervisor = make_supervisor(runs=runs, sandbox=sandbox, settings=settings)
    return do_step(supervisor, task, inputs, folder, runs=runs, as_json=as_json, quiet=quiet)


@command.command("grade")
@click.argument("workflow", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--to", "target", type=click.Path(dir_okay=False, path_type=Path), help="Also write the grades to a file."
)
@common
def grade_command(workflow: Path, *, target: Path | None, as_json: bool) -> int:
    """Grade the results of a workflow on made-up data, step by step and end to end; a fail is no error."""
    import json

    from hepcoder.benchmarks.workflow.grading import grade_workflow
    from hepcoder.ledger.files import write_atomically
    from hepcoder.ui.say import say_json

    found = grade_workflow(workflow)
    if target is not None:
        write_atomically(target, [json.dumps(found, indent=2).encode(), b"\n"])
    if as_json:
        say_json(found)
        return 0
    for step, verdict in found["steps"].items():
        click.echo(f"{step}: {verdict or 'not graded'}")
    click.echo("\n".join([f"all of it: {found['verdict']}", *found["reasons"]]))
    return 0
