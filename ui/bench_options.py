"""Options of the benchmark's commands."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from hepcoder.benchmarks.harness.study import Study

Function = TypeVar("Function", bound=Callable[..., Any])

DEFAULT_STUDY = Path("hepcoder-study")
_LISTS = ("suites", "tasks", "models", "agents", "controls")


def matrix_options(function: Function) -> Function:
    """Add a study file, and options that say the same or add to it."""
    options = (
        click.argument("matrix", required=False, type=click.Path(path_type=Path, dir_okay=False)),
        click.option("--suite", "suites", multiple=True, help="A shipped suite; repeat."),
        click.option("--task", "tasks", multiple=True, help="SUITE/TASK, or the path of a task's folder; repeat."),
        click.option("--model", "-m", "models", multiple=True, help="vendor:model; repeat."),
        click.option("--agent", "agents", multiple=True, help="supervisor (default), plain or single; repeat."),
        click.option(
            "--control", "controls", multiple=True, help="no_data or null_data: cells that must not succeed; repeat."
        ),
        click.option("--trials", type=click.IntRange(min=1), help="Repetitions of each task."),
        click.option("--seed", type=int, help="From which all trials' seeds follow."),
        click.option("--max-usd", type=click.FloatRange(min=0), help="Most dollars of the whole study."),
        click.option("--base-url", help="Address for the models named by --model."),
        click.option("--price", metavar="IN,OUT", help="USD per million tokens, for the models named by --model."),
        study_option,
    )
    for option in reversed(options):
        function = option(function)
    return function


def study_option(function: Function) -> Function:
    """Add ``--study``: the study's folder."""
    return click.option(
        "--study",
        type=click.Path(path_type=Path, file_okay=False),
        default=DEFAULT_STUDY,
        show_default=True,
        callback=lambda _ctx, _param, value: value.expanduser().absolute(),
        help="The study's folder.",
    )(function)


def study_argument(function: Function) -> Function:
    """Add the study as an argument: its folder, or where it is only read an archive of it."""
    return click.argument(
        "study",
        type=click.Path(path_type=Path),
        default=DEFAULT_STUDY,
        callback=lambda _ctx, _param, value: value.expanduser().absolute(),
    )(function)


def conduct_options(function: Function) -> Function:
    """Add where and how many cells run at once."""
    options = (
        click.option(
            "--in-flight", type=click.IntRange(min=1), default=8, show_default=True, help="Cells under way at once."
        ),
        click.option(
            "--processes",
            type=click.IntRange(min=1),
            help="Processes; default: one for each core. 1 is this very process.",
        ),
        click.option("--scripts", type=click.IntRange(min=1), help="Scripts running at once; default: one a core."),
        click.option("--dask", metavar="ADDRESS", help="Run on the workers of this Dask scheduler instead."),
        click.option("--retry-spoiled", is_flag=True, help="Try cells again that infrastructure failures spoiled."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def asked_study(matrix: Path | None, settings: Mapping[str, Any], base: "Study | None") -> "Study | None":
    """Return the study that a file and options ask for; None when they ask for nothing.

    Args:
        matrix: The file, or None.
        settings: The values of `matrix_options` by name.
        base: The study that is there already, which says what is not asked for; None when there is none.

    Raises:
        UserError: It cannot be made; says why.
    """
    from hepcoder.benchmarks.harness.asking import make_study
    from hepcoder.benchmarks.harness.study import read_matrix

    asked: dict[str, Any] = {} if matrix is None else read_matrix(matrix)
    root = None if matrix is None else matrix.absolute().parent
    from_file = {name: list(asked.get(name) or ()) for name in _LISTS} if _are_lists(asked) else {}
    for name in _LISTS:
        if settings[name]:
            added = [_model(item, settings) for item in settings[name]] if name == "models" else list(settings[name])
            asked[name] = from_file.get(name, []) + added
    for name in ("trials", "seed", "max_usd"):
        if settings[name] is not None:
            asked[name] = str(settings[name]) if name == "max_usd" else settings[name]
    if not asked:
        return None
    return make_study(asked, source="the study" if matrix is None else str(matrix), root=root, base=base)


def _are_lists(asked: Mapping[str, Any]) -> bool:
    return all(isinstance(asked.get(name) or [], list) for name in _LISTS)


def _model(name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    given = {"name": name, "base_url": settings["base_url"], "price": settings["price"]}
    return {key: value for key, value in given.items() if value is not None}
