"""How far a study is, live: a table that stays in place on a terminal, else a line now and then."""

from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from hepcoder.benchmarks.harness.progress import Progress
from hepcoder.ui.bench_show import progress_line, progress_table

LINE_SECONDS = 30.0


class StudyDisplay(Protocol):
    """Shows a study while it runs.

    Attributes:
        note: Said beside it, such as that it is being paused.
    """

    note: str

    def __enter__(self) -> Self:
        """Begin."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End."""
        ...

    def show(self, progress: Progress) -> None:
        """Show how far it is."""
        ...


class QuietStudy:
    """Shows nothing."""

    def __init__(self) -> None:
        self.note = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is held."""

    def show(self, progress: Progress) -> None:
        """Show nothing."""


class PlainStudy(QuietStudy):
    """A line when a cell is done, at most every few seconds; for pipes and log files."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console
        self._said = (-1, -LINE_SECONDS, "")

    def show(self, progress: Progress) -> None:
        """Print a line when there is something new."""
        done, at, note = self._said
        due = progress.seconds - at >= LINE_SECONDS or progress.whole.done == progress.whole.cells
        if self.note != note or (due and progress.whole.done != done):
            self._said = (progress.whole.done, progress.seconds, self.note)
            self._console.print(Text(progress_line(progress, self.note)), soft_wrap=True)


class LiveStudy(QuietStudy):
    """A table of all models, in place."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._live = Live(console=console, refresh_per_second=4, transient=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the table away."""
        self._live.stop()

    def show(self, progress: Progress) -> None:
        """Show the table as it is now."""
        self._live.update(progress_table(progress, self.note))


def study_display(console: Console, *, quiet: bool) -> StudyDisplay:
    """Return the display that fits where `console` writes."""
    if quiet:
        return QuietStudy()
    return LiveStudy(console) if console.is_terminal and not console.is_dumb_terminal else PlainStudy(console)
