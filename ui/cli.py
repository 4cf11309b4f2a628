"""The command line: `hepcoder`. Commands are imported when called, so that ``--help`` answers at once."""

import importlib
import sys
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NoReturn

import click

from hepcoder.ledger.errors import HepcoderError
from hepcoder.ui.exits import Exit, exit_of_error, exit_table
from hepcoder.ui.options import DEBUG, JSON
from hepcoder.ui.say import report_error

COMMANDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "demo": ("hepcoder.ui.commands.demo", "Solve a small diphoton task on made-up data; needs no key."),
        "solve": ("hepcoder.ui.commands.solve", "Solve a task on your own files."),
        "runs": ("hepcoder.ui.commands.runs", "List the runs, newest first."),
        "show": ("hepcoder.ui.commands.show", "Tell the story of a run, or print its script, events or a prompt."),
        "replay": ("hepcoder.ui.commands.replay", "Do a recorded run again without any model and compare."),
        "resume": ("hepcoder.ui.commands.resume", "Go on with a run that was stopped or killed."),
        "models": (
            "hepcoder.ui.commands.models",
            "List models: usable here or why not, prices, context; fetch weights.",
        ),
        "bench": ("hepcoder.ui.commands.bench", "Measure models and agents on tasks with known answers."),
        "workflow": ("hepcoder.ui.commands.workflow", "Do an analysis in steps as a Snakemake workflow."),
        "select": ("hepcoder.ui.commands.select", "Run a typed selection, or print it as a script; no model is asked."),
        "learn": ("hepcoder.ui.commands.learn", "Train classifiers on selected events, compare, check and apply them."),
        "data": ("hepcoder.ui.commands.data", "Fetch the real ATLAS open data."),
        "doctor": ("hepcoder.ui.commands.doctor", "Check Python, sandbox, models and disk."),
    }
)

EPILOG = f"\b\nExit codes:\n{exit_table()}"


class LazyGroup(click.Group):
    """A group that knows its commands' names and summaries, and imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import a command by name; None when there is none."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write names and summaries without importing the commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a foreseen error becomes one clear line and its exit code."""
        try:
            return super().invoke(ctx)
        except HepcoderError as error:
            code = exit_of_error(error)
            report_error(error, code, debug=ctx.meta.get(DEBUG, False), as_json=ctx.meta.get(JSON, False))
            return code


def _print_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        metadata = importlib.import_module("importlib.metadata")
        click.echo(f"hepcoder {metadata.version('hepcoder')}")
        ctx.exit()


@click.group(cls=LazyGroup, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Print the version."
)
def cli() -> None:
    """Collider-physics requests in plain language, turned into analysis code that runs, is checked and can be replayed.

    RUN is the id of a run, the beginning of one, or 'last'. Every command takes --json (one JSON document on stdout,
    progress on stderr) and --debug (a traceback with every error).
    """


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Args:
        arguments: Without the program's name; None takes those of the process.
    """
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")  # a terminal that cannot show a sign gets a question mark, not a crash
    try:
        return int(cli.main(arguments, prog_name="hepcoder", standalone_mode=False) or Exit.SOLVED)
    except click.ClickException as error:
        error.show()
        return Exit.USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped before a run had begun", err=True)
        return Exit.INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone: nothing more to tell
        return Exit.SOLVED


def main() -> NoReturn:
    """Entry point of the `hepcoder` command."""
    sys.exit(run())
