"""The live display: lines of the story above, what happens now below; plain lines where there is no terminal."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from hepcoder.ledger.events import Event, TextDelta
from hepcoder.ui.panel import now_panel, story_row, story_text
from hepcoder.ui.state import Line, View
from hepcoder.ui.view import advance, hear

REFRESHES_PER_SECOND = 8


class Display:
    """Shows a trial as it goes; this one keeps the view and prints nothing.

    Attributes:
        view: What is known of the trial.
        stopping: Set when the user asked to stop.
    """

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.view = View()
        self.stopping = False
        self.clock = clock

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is held."""

    def load(self, view: View) -> None:
        """Begin from the view of an earlier sitting; its lines are not printed again."""
        self.view = replace(view, lines=())

    def show(self, item: Event | TextDelta) -> None:
        """Take one item of the stream."""
        if isinstance(item, TextDelta):
            self.view = hear(self.view, item, self.clock())
            return
        known = len(self.view.lines)
        self.view = advance(self.view, item)
        for line in self.view.lines[known:]:
            self.print_line(line)

    def print_line(self, line: Line) -> None:
        """Print one line of the story."""


class PlainDisplay(Display):
    """One line of text for each line of the story; for pipes and log files."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self.console = console

    def print_line(self, line: Line) -> None:
        """Print the line and its detail."""
        print_line(self.console, line)


class LiveDisplay(Display):
    """The story scrolls, and below it stays what happens now: who acts, the reply as it arrives, the counters."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self.console = console
        self._live = Live(
            get_renderable=lambda: now_panel(self.view, self.clock(), stopping=self.stopping),
            console=console,
            refresh_per_second=REFRESHES_PER_SECOND,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def __enter__(self) -> Self:
        self._live.start(refresh=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the lower part away and leave the story."""
        self._live.stop()

    def print_line(self, line: Line) -> None:
        """Print the line above the live part."""
        print_line(self.console, line)


def choose_display(console: Console, *, quiet: bool) -> Display:
    """Return the display that fits where `console` writes."""
    if quiet:
        return Display()
    return LiveDisplay(console) if console.is_terminal and not console.is_dumb_terminal else PlainDisplay(console)


def print_line(console: Console, line: Line) -> None:
    """Print one line of the story: in columns on a terminal, else as plain text that is never wrapped."""
    if console.is_terminal:
        console.print(story_row(line))
    else:
        console.print(Text(story_text(line)), soft_wrap=True)
