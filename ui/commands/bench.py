"""`hepcoder bench`: models and agents measured on tasks with known answers."""

from pathlib import Path
from typing import Any

import click

from hepcoder.ui.bench_options import asked_study, conduct_options, matrix_options, study_argument
from hepcoder.ui.options import common, quiet_option, sandbox_option

EXAMPLE = """\b
Example:
  hepcoder bench plan --suite adl --model local:qwen2.5-coder-1.5b --agent supervisor --agent plain --trials 5
  hepcoder bench run study.yaml --study my-study
  hepcoder bench report my-study --to my-report
"""


@click.group("bench", epilog=EXAMPLE)
def command() -> None:
    """Measure models and agents on tasks with known answers.

    A study is a folder: every agent with every model on every trial of every task is a cell of it. Running it again
    does what is missing; it may be killed at any moment, and goes on without paying a recorded call twice. Models,
    tasks, agents and trials can be added later. Where a study is only read, an exported archive of it will do as well.
    """


@command.command("plan")
@matrix_options
@common
def plan_command(matrix: Path | None, *, study: Path, as_json: bool, **settings: Any) -> int:
    """Say what would run, and about what it would cost; nothing is sent and nothing is written."""
    from hepcoder.benchmarks.harness.estimate import estimate
    from hepcoder.benchmarks.harness.folder import StudyFolder
    from hepcoder.benchmarks.harness.matrix import cells_of
    from hepcoder.benchmarks.harness.study import grow
    from hepcoder.ui.bench_show import plan_document, plan_summary, plan_table
    from hepcoder.ui.say import make_console, say_json

    folder = StudyFolder(study)
    base = folder.read() if folder.exists else None
    asked = asked_study(matrix, settings, base)
    wanted = folder.read() if asked is None else asked if base is None else grow(base, asked)
    cells = cells_of(wanted)
    results = folder.results() if folder.exists else ()
    lines = estimate(cells, folder.missing(cells), results)
    if as_json:
        say_json(plan_document(lines, wanted.max_usd))
        return 0
    console = make_console()
    console.print(plan_table(lines))
    console.print(plan_summary(lines, wanted.max_usd), soft_wrap=True)
    return 0


@command.command("run")
@matrix_options
@conduct_options
@sandbox_option
@quiet_option
@common
def run_command(matrix: Path | None, *, study: Path, sandbox: str, quiet: bool, as_json: bool, **settings: Any) -> int:
    """Begin a study, or let one grow, and do what is missing of it.

    MATRIX is a YAML file with models, suites or tasks, agents, trials and so on; options add to it.
    """
    from hepcoder.ui.bench_run import begin, conduct

    folder = begin(study, lambda base: asked_study(matrix, settings, base))
    return conduct(folder, settings, sandbox=sandbox, quiet=quiet, as_json=as_json)


@command.command("resume")
@study_argument
@conduct_options
@sandbox_option
@quiet_option
@common
def resume_command(study: Path, *, sandbox: str, quiet: bool, as_json: bool, **settings: Any) -> int:
    """Go on with a study that was paused or killed, as it was begun."""
    from hepcoder.ui.bench_run import begin, conduct

    return conduct(begin(study, lambda _: None), settings, sandbox=sandbox, quiet=quiet, as_json=as_json)


@command.command("status")
@study_argument
@common
def status_command(study: Path, *, as_json: bool) -> int:
    """Say how far a study is; also while it runs."""
    from hepcoder.ui.bench_reading import show_status

    return show_status(study, as_json=as_json)


@command.command("regrade")
@study_argument
@click.option("--all", "everything", is_flag=True, help="Grade again also where the task has not changed.")
@sandbox_option
@common
def regrade_command(study: Path, *, everything: bool, sandbox: str, as_json: bool) -> int:
    """Grade again after a task or grader has changed, and say which cells must be run again; no model is asked."""
    from hepcoder.ui.bench_reading import show_regrade

    return show_regrade(study, everything=everything, sandbox=sandbox, as_json=as_json)


@command.command("replay")
@study_argument
@sandbox_option
@common
def replay_command(study: Path, *, sandbox: str, as_json: bool) -> int:
    """Do a whole study again from its recordings, with no model and no network, and compare every cell.

    Exit code 7 when anything differs.
    """
    from hepcoder.ui.bench_reading import show_replay

    return show_replay(study, sandbox=sandbox, as_json=as_json)


@command.command("compare")
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option("--to", "target", type=click.Path(path_type=Path), default=Path("hepcoder-comparison"), show_default=True)
@common
def compare_command(before: Path, after: Path, *, target: Path, as_json: bool) -> int:
    """Say what changed from one study to another, and whether it is significant."""
    from hepcoder.ui.bench_reading import show_comparison

    return show_comparison(before, after, target, as_json=as_json)


@command.command("report")
@study_argument
@click.option("--to", "target", type=click.Path(path_type=Path), default=Path("hepcoder-report"), show_default=True)
@click.option("--title", help="Heading; default: the study's name.")
@common
def report_command(study: Path, *, target: Path, title: str | None, as_json: bool) -> int:
    """Write the report of a study: one HTML page, Markdown, CSV and Parquet."""
    from hepcoder.ui.bench_reading import show_report

    return show_report(study, target, title, as_json=as_json)


@command.command("export")
@study_argument
@click.option(
    "--format",
    "kind",
    type=click.Choice(["csv", "parquet", "inspect", "archive"]),
    required=True,
    help="A table of all attempts, logs for `inspect view`, or the whole study as one small file.",
)
@click.option("--to", "target", type=click.Path(path_type=Path), required=True, help="The file; for inspect a folder.")
@common
def export_command(study: Path, *, kind: str, target: Path, as_json: bool) -> int:
    """Write a study in another format."""
    from hepcoder.ui.bench_reading import show_export

    return show_export(study, kind, target, as_json=as_json)
