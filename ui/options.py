"""Options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])

DEBUG = "hepcoder.debug"
JSON = "hepcoder.json"
DEFAULT_RUNS = Path("hepcoder-runs")
TIERS = ("auto", "bwrap", "landlock", "none")
ENGINES = ("apptainer", "podman", "docker")  # named here so that help imports no sandbox
TECHNIQUES = (  # likewise, so that help imports no agents
    "inspection", "quality", "head_start", "rules", "model_repair", "fresh_drafts", "cards", "typed_selection",
    "cross_check",
)  # fmt: skip


def _remember(key: str) -> Callable[[click.Context, click.Parameter, bool], bool]:
    def callback(ctx: click.Context, _: click.Parameter, value: bool) -> bool:
        ctx.meta[key] = value
        return value

    return callback


def common(function: Function) -> Function:
    """Add ``--json``, passed on as `as_json`, and ``--debug``."""
    function = click.option(
        "--debug",
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=_remember(DEBUG),
        help="Tracebacks with errors.",
    )(function)
    return click.option(
        "--json", "as_json", is_flag=True, is_eager=True, callback=_remember(JSON), help="One JSON document on stdout."
    )(function)


def _absolute(_ctx: click.Context, _param: click.Parameter, value: Path) -> Path:
    return value.expanduser().absolute()


def runs_folder(function: Function) -> Function:
    """Add ``--runs``: the folder of all runs, passed on as an absolute path."""
    return click.option(
        "--runs",
        type=click.Path(file_okay=False, path_type=Path),
        default=DEFAULT_RUNS,
        show_default=True,
        envvar="HEPCODER_RUNS",
        callback=_absolute,
        help="Folder that holds the runs; also $HEPCODER_RUNS.",
    )(function)


def quiet_option(function: Function) -> Function:
    """Add ``--quiet``."""
    return click.option("--quiet", "-q", is_flag=True, help="No progress; only the result.")(function)


def technique_options(function: Function) -> Function:
    """Add ``--use`` and ``--without``: helps of the agents that are switched on and off."""
    names = click.Choice(TECHNIQUES)
    function = click.option("--without", multiple=True, type=names, help="Switch a help of the agents off; repeat.")(
        function
    )
    return click.option("--use", multiple=True, type=names, help="Switch a help of the agents on; repeat.")(function)


def sandbox_option(function: Function) -> Function:
    """Add ``--sandbox``."""
    return click.option(
        "--sandbox",
        metavar="TIER",
        callback=read_sandbox,
        default="auto",
        show_default=True,
        help="What confines generated code: auto, bwrap, landlock, podman:IMAGE, docker:IMAGE or apptainer:IMAGE; "
        "'none' runs it with all your rights.",
    )(function)


def script_limit_options(function: Function) -> Function:
    """Add the bounds on each run of a script that long computations must raise."""
    seconds = click.option(
        "--script-seconds",
        type=click.FloatRange(min=0, min_open=True, max=7 * 86400),
        help="Most wall time of one run of a script; default: 120, or what the task says. Training needs more.",
    )
    memory = click.option(
        "--script-memory",
        metavar="GIB",
        type=click.FloatRange(min=0.0625),
        help="Most memory of one run of a script; default: that of the machine or the task.",
    )
    return seconds(memory(function))


def read_sandbox(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """Return the name of a sandbox as it is.

    Raises:
        BadParameter: There is no tier of that name, or a container engine is named without an image.
    """
    engine, _, image = value.partition(":")
    if value in TIERS or (engine in ENGINES and image):
        return value
    known = ", ".join((*TIERS, *(f"{name}:IMAGE" for name in ENGINES)))
    message = f"{value!r} is not one of {known}"
    raise click.BadParameter(message, ctx, param)


def read_price(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[float, float] | None:
    """Return the two prices of ``IN,OUT``: dollars per million input and output tokens; None when not given.

    Raises:
        BadParameter: The text is not two finite numbers of at least 0.
    """
    if value is None:
        return None
    try:
        price_in, price_out = (float(part) for part in value.split(","))
    except ValueError:
        message = f"{value!r} is not two numbers with a comma between, such as 3,15"
        raise click.BadParameter(message, ctx, param) from None
    if not (0 <= price_in < float("inf") and 0 <= price_out < float("inf")):
        message = f"{value!r}: prices are finite and not negative"
        raise click.BadParameter(message, ctx, param)
    return price_in, price_out


def model_options(function: Function) -> Function:
    """Add everything that says who answers, and what it may cost."""
    options = (
        click.option(
            "--model", "-m", help="vendor:model; default: the first vendor whose key is set, else the embedded model."
        ),
        click.option("--base-url", help="Another address for the vendor's API, or of an OpenAI-compatible server."),
        click.option(
            "--price",
            metavar="IN,OUT",
            callback=read_price,
            help="USD per million input and output tokens, for a model without a price.",
        ),
        click.option("--max-usd", type=click.FloatRange(min=0), help="Most dollars; needs a priced model."),
        click.option("--max-tokens", type=click.IntRange(min=0), help="Most tokens, in and out together."),
        click.option("--max-calls", type=click.IntRange(min=0), help="Most HTTP attempts."),
        click.option("--max-seconds", type=click.FloatRange(min=0), help="Most wall time of the whole trial."),
        click.option("--no-record", is_flag=True, help="Keep no replies: the run cannot be replayed."),
    )
    for option in reversed(options):
        function = option(function)
    return function
