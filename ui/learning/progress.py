"""How far trainings are, live: a bar for each network on a terminal, else a line now and then."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.text import Text

from hepcoder.tools.learning.runs.one import Watch
from hepcoder.tools.learning.training.progress import Progress as Moment
from hepcoder.ui.formats import duration

LINE_SECONDS = 10.0
_SHOW_SECONDS = 0.1


class Lines:
    """Prints a line when an epoch is done, at most every few seconds; for pipes and log files."""

    def __init__(self, console: Console, *, every_seconds: float = LINE_SECONDS) -> None:
        self._console = console
        self._every = every_seconds
        self._said: dict[str, tuple[int, float]] = {}

    def __call__(self, name: str, moment: Moment) -> None:
        """Take a moment of a training."""
        epoch, at = self._said.get(name, (0, -self._every))
        if moment.last is None or moment.last.number != moment.epoch or moment.epoch == epoch:
            return
        if moment.seconds - at >= self._every or moment.epoch == moment.epochs:
            self._said[name] = (moment.epoch, moment.seconds)
            self._console.print(Text(f"{name}: {described(moment)}"), soft_wrap=True)


class Bars:
    """A bar for each network that has begun."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}
        self._shown = 0.0

    def __call__(self, name: str, moment: Moment) -> None:
        """Take a moment of a training; most moments are too soon after the last one to be drawn."""
        now = time.monotonic()
        ends = moment.batch == moment.batches
        if now - self._shown < _SHOW_SECONDS and not ends and name in self._tasks:
            return
        self._shown = now
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, what="")
        self._bars.update(
            self._tasks[name],
            total=moment.epochs * moment.batches,
            completed=(moment.epoch - 1) * moment.batches + moment.batch,
            what=described(moment),
        )


def described(moment: Moment) -> str:
    """Epoch, loss and area of the last validation, and time to go, in a line.

    Example:
        >>> described(Moment(epoch=2, epochs=50, batch=1, batches=9, seconds=1.0, seconds_left=72.0, last=None))
        'epoch 2/50 · 1:12 to go at most'
    """
    parts = [f"epoch {moment.epoch}/{moment.epochs}"]
    if moment.last is not None:
        parts.append(f"validation loss {moment.last.validation_loss:.4f}")
        parts += [] if moment.last.auc is None else [f"AUC {moment.last.auc:.4f}"]
    if moment.seconds_left:
        parts.append(f"{duration(moment.seconds_left)} to go at most")
    return " · ".join(parts)


@contextmanager
def watching(console: Console, *, quiet: bool) -> Iterator[Watch | None]:
    """Show trainings while the context lasts, as fits where `console` writes; None shows nothing."""
    if quiet:
        yield None
    elif console.is_terminal and not console.is_dumb_terminal:
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), TextColumn("{task.fields[what]}"))
        with Progress(*columns, console=console) as bars:
            yield Bars(bars)
    else:
        yield Lines(console)
