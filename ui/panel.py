"""What the terminal shows, from the view: a row of the story, and the part that changes."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from hepcoder.ledger.events import NodeName
from hepcoder.ui.formats import count, duration, money
from hepcoder.ui.state import ROLES, Line, View
from hepcoder.ui.text import clean

CODE_LINES = 12
DETAIL_LINES = 40

TONES = MappingProxyType({"plain": "", "quiet": "dim", "good": "green", "bad": "red", "warn": "yellow"})
COLOURS: Mapping[NodeName, str] = MappingProxyType(
    {
        "run": "bold",
        "inspect": "bold cyan",
        "supervise": "bold magenta",
        "code": "bold blue",
        "check": "bold cyan",
        "execute": "bold yellow",
        "verify": "bold green",
        "debug": "bold red",
    }
)
DOING: Mapping[NodeName, str] = MappingProxyType(
    {
        "run": "is getting ready",
        "inspect": "reads the input files",
        "supervise": "decides what comes next",
        "code": "prepares the question",
        "check": "reads the script",
        "execute": "runs the script in the sandbox",
        "verify": "looks at what came out",
        "debug": "looks for a repair",
    }
)


def story_row(line: Line) -> RenderableType:
    """Return a line of the story for a terminal: time, who, what; what is wrapped stays in its column."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=7, justify="right", style="dim", no_wrap=True)
    grid.add_column(width=10, no_wrap=True)
    grid.add_column(ratio=1, overflow="fold")
    grid.add_row(
        duration(line.seconds), Text(ROLES[line.node], style=COLOURS[line.node]), Text(line.text, TONES[line.tone])
    )
    if line.detail:
        grid.add_row("", "", Text("\n".join(_detail(line)), style="dim"))
    return grid


def story_text(line: Line) -> str:
    """Return a line of the story as plain text with its detail indented under it."""
    head = f"{duration(line.seconds):>7} {ROLES[line.node]:<10} {line.text}"
    return "\n".join([head, *(" " * 19 + text for text in _detail(line))])


def _detail(line: Line) -> list[str]:
    lines = line.detail.splitlines()
    if len(lines) <= DETAIL_LINES:
        return lines
    return [*lines[:DETAIL_LINES], f"… {len(lines) - DETAIL_LINES} more lines"]


def now_panel(view: View, now: datetime, *, stopping: bool) -> RenderableType:
    """Return the live part: the reply as it arrives under a title that says who acts, and the counters."""
    title = Text("stopping cleanly; Ctrl-C again ends at once" if stopping else activity(view, now), COLOURS[view.node])
    parts: list[RenderableType] = []
    if view.writing is None:
        parts.append(Text("● ") + title)
    else:
        parts.append(
            Panel(_reply(view.writing.tail), title=title, title_align="left", border_style="dim", padding=(0, 1))
        )
    parts.append(footer(view, now))
    return Group(*parts)


def activity(view: View, now: datetime) -> str:
    """Return who does what, and for how long or how fast.

    Example:
        >>> activity(View(), datetime(2026, 1, 1))
        'run is getting ready'
    """
    role = ROLES[view.node]
    if view.writing is not None:
        speed = view.tokens_per_second()
        rate = "" if speed is None else f" · ~{speed:.{0 if speed >= 10 else 1}f} tokens/s"
        return f"{role} is writing{rate} · {view.writing.characters:,} characters"
    if view.calling_since is not None:
        return f"{role} waits for {clean(view.model)} · {duration((now - view.calling_since).total_seconds())}"
    since = "" if view.node_since is None else f" · {duration(max(0.0, (now - view.node_since).total_seconds()))}"
    return f"{role} {DOING[view.node]}{since}"


def footer(view: View, now: datetime) -> Text:
    """Return the counters on one line."""
    sums = view.counters
    cost = money(sums.usd, unpriced=sums.unpriced) if sums.attempts else "no cost yet"
    calls = count(sums.calls, "call") + (
        f" ({count(sums.failed_attempts, 'attempt')} failed)" if sums.failed_attempts else ""
    )
    parts = [
        duration(view.elapsed(now)),
        calls,
        f"{sums.input_tokens:,} tokens in, {sums.output_tokens:,} out",
        cost,
        count(sums.executions, "run"),
    ]
    return Text("  " + " · ".join(parts), style="dim", no_wrap=True, overflow="ellipsis")


def _reply(tail: str) -> Syntax:
    """The last lines of a reply, coloured as what it seems to be."""
    text = clean(tail)
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("```")][-CODE_LINES:]
    lexer = "json" if text.lstrip().startswith(("{", "[")) else "python"
    return Syntax("\n".join(lines), lexer, theme="ansi_dark", background_color="default", word_wrap=False)
