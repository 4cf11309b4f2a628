"""`hepcoder select`: a typed selection, run by the engine or written out as a script; no model is asked."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hepcoder.ui.options import common

if TYPE_CHECKING:
    from hepcoder.tools.selection.results import SampleResult

EXAMPLE = """\b
Example:
  hepcoder select hyy.yaml --data open-data --to results
  hepcoder select hyy.yaml --data open-data --script > hyy.py
"""


@click.command("select", epilog=EXAMPLE)
@click.argument("selection", type=click.Path(path_type=Path))
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Folder that the selection's files are relative to; default: this one.",
)
@click.option(
    "--to", "folder", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="For its outputs."
)
@click.option("--step-size", type=click.IntRange(min=1), help="Events in memory at a time; default: a file.")
@click.option("--script", is_flag=True, help="Print the selection as a Python script instead of running it.")
@common
def command(selection: Path, *, data: Path, folder: Path, step_size: int | None, script: bool, as_json: bool) -> int:
    """Run the typed selection in the file SELECTION (YAML or JSON), and write what it asks for.

    A script that is printed reads its files from the folder it is started in and writes the same outputs there.
    """
    from hepcoder.tools.inspect.opening import open_source
    from hepcoder.tools.selection.engine import run
    from hepcoder.tools.selection.files import load_selection
    from hepcoder.tools.selection.script import to_script
    from hepcoder.tools.selection.writing import write_outputs
    from hepcoder.ui.say import say_json

    wanted = load_selection(selection)
    if script:
        first = wanted.sources[0]
        with open_source(data / first.files[0], tree=first.tree) as source:
            click.echo(to_script(wanted, source.layout), nl=False)
        return 0
    results = run(wanted, data, step_size=step_size)
    folder.mkdir(parents=True, exist_ok=True)
    paths = write_outputs(wanted, results, folder)
    if as_json:
        flows = {one.sample: {row.name: row.n_events for row in one.rows} for one in results.samples}
        say_json({"cutflows": flows, "files": [str(path) for path in paths]})
        return 0
    for sample in results.samples:
        _print_cutflow(sample, several=len(results.samples) > 1)
    for path in paths:
        click.echo(f"wrote {path}")
    return 0


def _print_cutflow(sample: "SampleResult", *, several: bool) -> None:
    if several:
        click.echo(f"{sample.sample}:")
    width = max((len(row.name) for row in sample.rows), default=0)
    for row in sample.rows:
        weighted = "" if row.sum_weights is None else f"  {row.sum_weights:,.6g} weighted"
        click.echo(f"  {row.name:<{width}}  {row.n_events:>12,}{weighted}")
