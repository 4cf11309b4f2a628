"""`hepcoder show`: what happened in a run."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hepcoder.ui.options import common, runs_folder

if TYPE_CHECKING:
    from hepcoder.ledger.runs import RunFolder
    from hepcoder.ui.history import Story


@click.command("show")
@click.argument("run")
@click.option("--script", "what", flag_value="script", help="Print the last script.")
@click.option("--events", "what", flag_value="events", help="Print every event, one JSON object a line.")
@click.option("--prompt", "call", type=click.IntRange(min=1), metavar="N", help="Print the prompt of call N.")
@runs_folder
@common
def command(run: str, *, what: str | None, call: int | None, runs: Path, as_json: bool) -> int:
    """Tell the story of a run, then its end; or print one thing of it."""
    from hepcoder.ledger.runs import RunFolder
    from hepcoder.ui.history import read_story, request_of_call

    if what is not None and call is not None:
        message = "give one of --script, --events, --prompt"
        raise click.UsageError(message)
    folder = RunFolder.find(runs, run)
    story = read_story(folder)
    for line in story.damaged:
        click.echo(f"warning: line {line.number} of the log is damaged and was skipped: {line.detail}", err=True)
    if call is not None:
        _print_request(request_of_call(story, folder, call), as_json=as_json)
    elif what == "script":
        _print_text("script", _last_script(story, folder), as_json=as_json)
    elif what == "events":
        _print_events(story, as_json=as_json)
    else:
        _print_story(story, folder, as_json=as_json)
    return 0


def _last_script(story: "Story", folder: "RunFolder") -> str:
    from hepcoder.ledger.errors import RunError

    sha = story.view.script_sha256
    if sha is None:
        message = f"run {folder.id!r} has no script: it ended before the first draft"
        raise RunError(message)
    return folder.artifacts.get_text(sha)


def _print_text(name: str, text: str, *, as_json: bool) -> None:
    from hepcoder.ui.say import say_json
    from hepcoder.ui.text import clean

    if as_json:
        say_json({name: text})
    else:
        # A file gets the bytes as they are; a terminal gets nothing that could command it.
        click.echo(clean(text) if sys.stdout.isatty() else text)


def _print_request(request: object, *, as_json: bool) -> None:
    from hepcoder.ui.history import readable
    from hepcoder.ui.say import say_json
    from hepcoder.ui.text import clean

    if as_json:
        say_json(request)
    else:
        click.echo(clean(readable(request)))


def _print_events(story: "Story", *, as_json: bool) -> None:
    from hepcoder.ui.say import say_json

    if as_json:
        say_json([event.model_dump(mode="json") for event in story.events])
        return
    for event in story.events:
        click.echo(event.model_dump_json())


def _print_story(story: "Story", folder: "RunFolder", *, as_json: bool) -> None:
    from hepcoder.agents.solving import load_solution
    from hepcoder.ui.live import print_line
    from hepcoder.ui.outcome import print_solution
    from hepcoder.ui.say import make_console, say_json

    solution = load_solution(folder)
    if as_json:
        damaged = [line.model_dump(mode="json") for line in story.damaged]
        say_json({**solution.model_dump(mode="json"), "state": story.state, "damaged_lines": damaged})
        return
    console = make_console()
    for line in story.view.lines:
        print_line(console, line)
    print_solution(console, solution)
