"""`hepcoder models`: what can answer here, and the weights of the embedded one."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hepcoder.ui.options import common

if TYPE_CHECKING:
    from decimal import Decimal

    from hepcoder.agents.models.listing import ModelStatus


@click.group("models", invoke_without_command=True)
@click.option("--usable", is_flag=True, help="Only those that can answer here and now.")
@common
@click.pass_context
def command(ctx: click.Context, *, usable: bool, as_json: bool) -> int:
    """List the models: usable here or why not, prices in USD per million tokens, context size in tokens.

    The list holds the models whose prices are known; any other name of a vendor works too, unpriced.
    """
    if ctx.invoked_subcommand is not None:
        return 0
    from hepcoder.agents.models.listing import list_models
    from hepcoder.agents.models.registry import default_model
    from hepcoder.ui.say import say_json

    models = [model for model in list_models() if model.usable or not usable]
    if as_json:
        say_json({"default": default_model(), "models": [model.model_dump(mode="json") for model in models]})
    else:
        _print_table(models, default_model())
    return 0


@command.command("pull")
@click.argument("name", required=False)
@click.option("--file", type=click.Path(path_type=Path), help="Take the weights from this file; its digest is checked.")
@common
def pull_command(name: str | None, *, file: Path | None, as_json: bool) -> int:
    """Fetch the weights of the embedded model; resumes a fetch that was cut, and checks the digest."""
    from hepcoder.agents.models.registry import LOCAL_DEFAULT
    from hepcoder.ui.pulling import pull
    from hepcoder.ui.say import make_console, say_json

    wanted = (name or LOCAL_DEFAULT).removeprefix("local:")
    path = pull(wanted, make_console(stderr=True), file=file)
    if as_json:
        say_json({"model": f"local:{wanted}", "path": str(path)})
    else:
        click.echo(f"local:{wanted} is ready: {path}")
    return 0


@command.command("serve")
@click.argument("name", required=False)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Where to listen; default: any free port.")
@click.option("--threads", type=click.IntRange(min=1), help="Threads to compute with; default: one a core.")
@click.option("--context", type=click.IntRange(min=256), help="Longest prompt and reply together, in tokens.")
@common
def serve_command(name: str | None, *, port: int, threads: int | None, context: int | None, as_json: bool) -> int:
    """Serve an embedded model on this machine to any client, until Ctrl-C.

    It speaks OpenAI Chat, OpenAI Responses and Anthropic Messages, and wants the key that it prints: that in
    HEPCODER_SERVE_KEY, else a new one.
    """
    from hepcoder.agents.models.registry import LOCAL_DEFAULT
    from hepcoder.ui.serving import serve

    return serve((name or LOCAL_DEFAULT).removeprefix("local:"), port, threads, context, as_json=as_json)


def _print_table(models: "list[ModelStatus]", default: str) -> None:
    from rich.table import Table
    from rich.text import Text

    from hepcoder.ui.say import make_console
    from hepcoder.ui.text import one_line

    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False)
    table.add_column("model", no_wrap=True)
    for name in ("context", "$/M in", "$/M out"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("usable here")
    for model in models:
        table.add_row(
            Text(model.name + (" (default)" if model.name == default else ""), "bold" if model.name == default else ""),
            "?" if model.context_tokens is None else f"{model.context_tokens:,}",
            _price(model.usd_per_mtok_input),
            _price(model.usd_per_mtok_output),
            Text("yes", "green") if model.usable else Text(one_line(model.reason), "dim"),
        )
    make_console().print(table)


def _price(usd: "Decimal | None") -> str:
    return "unpriced" if usd is None else f"{usd.normalize():f}"
