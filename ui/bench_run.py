"""Runs a study from the command line: shows it, answers Ctrl-C, prints its end."""

import os
import shlex
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import click

from hepcoder.benchmarks.harness.executors import Executor, LocalExecutor, ThreadExecutor
from hepcoder.benchmarks.harness.folder import StudyFolder
from hepcoder.benchmarks.harness.matrix import cells_of
from hepcoder.benchmarks.harness.running import Conduct, Interrupts, Outcome, run_study
from hepcoder.benchmarks.harness.study import Study, grow
from hepcoder.ledger.errors import HepcoderError, UserError
from hepcoder.ui.bench_live import StudyDisplay, study_display
from hepcoder.ui.bench_options import DEFAULT_STUDY
from hepcoder.ui.bench_show import progress_document, progress_table
from hepcoder.ui.exits import Exit
from hepcoder.ui.say import make_console, say_json

PAUSING = "pausing: begun cells come to their end; Ctrl-C again leaves them to be resumed"
STOPPING = "stopping"


def begin(path: Path, ask: Callable[[Study | None], Study | None]) -> StudyFolder:
    """Freeze a new study, or let one grow that is there.

    Args:
        path: The study's folder.
        ask: What is asked for, from the study that is there, or None.

    Raises:
        UserError: Nothing is asked for and there is no study, or both do not fit.
    """
    folder = StudyFolder(path)
    base = folder.read() if folder.exists else None
    asked = ask(base)
    if asked is None and base is None:
        message = f"nothing is asked for, and {path} is no study; name models and tasks, or a study file"
        raise UserError(message)
    if asked is not None:
        folder.freeze(asked if base is None else grow(base, asked))
    return folder


def conduct(folder: StudyFolder, settings: Mapping[str, Any], *, sandbox: str, quiet: bool, as_json: bool) -> Exit:
    """Do what is missing of a study, and tell the user all of it.

    Args:
        folder: The study.
        settings: The values of `conduct_options` by name.
        sandbox: Tier.
        quiet: Show no progress.
        as_json: Print the end as JSON on stdout and all else on stderr.

    Raises:
        HepcoderError: It cannot start or go on; a note says how to resume it.
    """
    if settings["retry_spoiled"]:
        _try_spoiled_again(folder)
    interrupts = Interrupts()
    display = study_display(make_console(stderr=as_json), quiet=quiet)
    cores = os.cpu_count() or 1
    how = Conduct(
        lanes=settings["in_flight"],
        scripts=settings["scripts"] or cores,
        sandbox=sandbox,
        watch=display.show,
        interrupts=interrupts,
    )
    executor = _executor(settings, cores)
    try:
        with display, _answering(interrupts, display):
            outcome = run_study(folder, executor, how)
    except HepcoderError as error:
        error.add_note(f"once that is mended, go on with: {resume_command(folder.path)}")
        raise
    return _tell(folder, outcome, interrupts, as_json=as_json)


def resume_command(path: Path) -> str:
    """Return the shell command that goes on with a study."""
    name = "" if path == DEFAULT_STUDY.absolute() else f" {shlex.quote(str(path))}"
    return f"hepcoder bench resume{name}"


def _executor(settings: Mapping[str, Any], cores: int) -> Executor:
    if settings["dask"]:
        from hepcoder.benchmarks.harness.dask_executor import DaskExecutor

        return DaskExecutor(settings["dask"])
    processes = min(settings["processes"] or cores, settings["in_flight"])
    return ThreadExecutor() if processes == 1 else LocalExecutor(processes)


def _try_spoiled_again(folder: StudyFolder) -> None:
    lock = folder.lock()
    if not lock.take():
        return  # somebody conducts the study, which is told when we try to
    for cell in cells_of(folder.read()):
        place = folder.cell(cell.digest)
        content = place.read()
        if content is not None and content.attempts[-1].infrastructure:
            place.try_again()
    lock.release()


@contextmanager
def _answering(interrupts: Interrupts, display: StudyDisplay) -> Iterator[None]:
    """The first Ctrl-C pauses, the second leaves what is begun, the third ends this process at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def answer(_number: int, _frame: FrameType | None) -> None:
        if interrupts.order == "go":
            interrupts.order, display.note = "drain", PAUSING
        elif interrupts.order == "drain":
            interrupts.order, display.note = "stop", STOPPING
        else:
            os._exit(Exit.INTERRUPTED)

    before = signal.signal(signal.SIGINT, answer)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _tell(folder: StudyFolder, outcome: Outcome, interrupts: Interrupts, *, as_json: bool) -> Exit:
    code = Exit.SOLVED
    if outcome.missing:
        code = Exit.INTERRUPTED if interrupts.order != "go" else Exit.FAILED
    if as_json:
        told = {"missing": outcome.missing, "broken": outcome.broken, "restarts": outcome.restarts}
        say_json({"study": str(folder.path), **progress_document(outcome.progress), **told, "exit_code": int(code)})
        return code
    make_console().print(progress_table(outcome.progress))
    for digest, why in outcome.broken.items():
        click.echo(f"cell {digest[:12]} broke, which is a fault of hepcoder or of its task: {why}", err=True)
    if outcome.restarts:
        click.echo(f"processes died and were started again {outcome.restarts} times", err=True)
    if outcome.missing:
        click.echo(f"{outcome.missing} cells are missing; go on with: {resume_command(folder.path)}", err=True)
    return code
