"""Drives a trial from the command line: shows its stream, answers Ctrl-C, prints its end, gives the exit code."""

import os
import shlex
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import cast

import click

from hepcoder.agents.solution import Solution
from hepcoder.ledger.errors import HepcoderError
from hepcoder.ledger.events import Event, TextDelta, TrialStarted
from hepcoder.ui.exits import Exit, exit_of_failure
from hepcoder.ui.live import Display, choose_display
from hepcoder.ui.options import DEFAULT_RUNS
from hepcoder.ui.outcome import print_solution
from hepcoder.ui.say import make_console, say_json
from hepcoder.ui.state import View

SHOW_CURSOR = b"\x1b[?25h\n"

Stream = Iterator[Event | TextDelta | Solution]


def conduct(
    start: Callable[[], Stream],
    *,
    runs: Path,
    as_json: bool,
    quiet: bool,
    run: str | None = None,
    earlier: View | None = None,
) -> Exit:
    """Work through a stream to its solution and tell the user all of it.

    Args:
        start: Opens the stream; makes the run folder, unless the run is there already.
        runs: The folder of all runs.
        as_json: Print the solution as JSON on stdout and all else on stderr.
        quiet: Show no progress.
        run: Id of the run when it is known beforehand.
        earlier: What earlier sittings of this run showed.

    Returns:
        The exit code.

    Raises:
        HepcoderError: The trial could not start or go on; a note says how to resume it.
        KeyboardInterrupt: Stopped before there was a run.
    """
    display = choose_display(make_console(stderr=as_json), quiet=quiet)
    if earlier is not None:
        display.load(earlier)
    watched = _Watched(run)
    try:
        solution = _watch(start, display, watched)
    except KeyboardInterrupt:
        if watched.run is None:
            raise
        return _tell_stopped(watched.run, runs, as_json=as_json)
    except HepcoderError as error:
        if watched.run is not None:
            error.add_note(f"once that is mended, go on with: {resume_command(watched.run, runs)}")
        raise
    return _tell_end(solution, runs, as_json=as_json)


@dataclass
class _Watched:
    """Id of the run that is being watched; None until its first event."""

    run: str | None


def _watch(start: Callable[[], Stream], display: Display, watched: _Watched) -> Solution:
    solution: Solution | None = None
    with display, _first_interrupt_is_gentle(display), closing(cast("Generator[object]", start())) as stream:
        for item in stream:
            if isinstance(item, Solution):
                solution = item
                continue
            if isinstance(item, Event) and isinstance(item.body, TrialStarted):
                watched.run = item.body.run
            display.show(cast("Event | TextDelta", item))
    if solution is None:
        message = "the trial ended without a solution; please report this"
        raise HepcoderError(message)
    return solution


@contextmanager
def _first_interrupt_is_gentle(display: Display) -> Iterator[None]:
    """The first Ctrl-C raises KeyboardInterrupt, which stops the trial cleanly; the second ends the process at once.

    The ledger is whole after either: every event is on disk before the work goes on.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def answer(_number: int, _frame: FrameType | None) -> None:
        display.stopping = True
        signal.signal(signal.SIGINT, _end_at_once)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, answer)
    try:
        yield
    finally:
        # Once stopped, nothing is left to interrupt: a further Ctrl-C must not change the exit code on the way out.
        signal.signal(signal.SIGINT, signal.SIG_IGN if display.stopping else before)


def _end_at_once(_number: int, _frame: FrameType | None) -> None:
    if sys.stdout.isatty():
        os.write(sys.stdout.fileno(), SHOW_CURSOR)
    os._exit(Exit.INTERRUPTED)


def _tell_stopped(run: str, runs: Path, *, as_json: bool) -> Exit:
    command = resume_command(run, runs)
    click.echo(f"stopped; nothing is lost. Go on with: {command}", err=True)
    if as_json:
        say_json({"run": run, "status": "interrupted", "resume": command, "exit_code": int(Exit.INTERRUPTED)})
    return Exit.INTERRUPTED


def _tell_end(solution: Solution, runs: Path, *, as_json: bool) -> Exit:
    code = Exit.REPLAY if solution.replay_differences else exit_of_failure(solution.failure)
    if as_json:
        say_json({**solution.model_dump(mode="json"), "exit_code": int(code)})
        return code
    print_solution(make_console(), solution)
    if code is Exit.INTERRUPTED:
        click.echo(f"go on with: {resume_command(solution.run, runs)}", err=True)
    return code


def resume_command(run: str, runs: Path) -> str:
    """Return the shell command that goes on with a run."""
    folder = "" if runs == DEFAULT_RUNS.absolute() else f" --runs {shlex.quote(str(runs))}"
    return f"hepcoder resume {run}{folder}"
