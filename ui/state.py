"""What the terminal knows of a trial, as frozen records."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from hepcoder.ledger.events import Event, NodeName, Status
from hepcoder.ledger.failures import Failure
from hepcoder.ui.text import clean

Tone = Literal["plain", "quiet", "good", "bad", "warn"]

ROLES: Mapping[NodeName, str] = MappingProxyType(
    {
        "run": "run",
        "inspect": "inspector",
        "supervise": "supervisor",
        "code": "coder",
        "check": "checker",
        "execute": "executor",
        "verify": "verifier",
        "debug": "debugger",
    }
)


@dataclass(frozen=True)
class Line:
    """One line of the story, with more lines under it if it has `detail`; all text is cleaned.

    Attributes:
        seconds: Time since the trial began, earlier sittings included.
    """

    seconds: float
    node: NodeName
    tone: Tone
    text: str
    detail: str = ""


@dataclass(frozen=True)
class Writing:
    """A reply that is arriving.

    Attributes:
        tail: The end of it, enough to fill the display.
        pieces: In how many pieces it came so far.
        characters: How long it is so far.
        first_at: When the first piece came, UTC.
        last_at: When the last piece came, UTC.
    """

    tail: str
    pieces: int
    characters: int
    first_at: datetime
    last_at: datetime

    @property
    def pieces_per_second(self) -> float | None:
        """Speed so far; None before it can be told."""
        seconds = (self.last_at - self.first_at).total_seconds()
        return (self.pieces - 1) / seconds if seconds >= 0.5 else None


@dataclass(frozen=True)
class Counters:
    """Sums over the events so far, as the footer shows them.

    Attributes:
        calls: Logical calls.
        attempts: HTTP attempts that came to an end.
        failed_attempts: Those among them that failed.
        input_tokens: Input tokens that vendors reported.
        output_tokens: Output tokens that vendors reported.
        usd: Dollars over the priced attempts; None when none was priced.
        unpriced: Attempts without a price.
        executions: Scripts run to solve the task.
    """

    calls: int = 0
    attempts: int = 0
    failed_attempts: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    usd: Decimal | None = None
    unpriced: int = 0
    executions: int = 0


@dataclass(frozen=True)
class View:
    """Everything the display needs to know.

    Attributes:
        model: The model as it was asked for.
        node: Who acts now.
        node_since: Since when, UTC.
        calling_since: When the open request was sent; None when no request is open.
        writing: The reply that is arriving, or None.
        tokens_per_piece: Measured over the last streamed reply; None before there was one.
        plan: The plan's text, empty before there is one.
        open_failure: The failure that is being cured, or None.
        started_at: Beginning of this sitting, UTC.
        last_at: Time of the last event, UTC.
        earlier_seconds: Time used by earlier sittings.
        status: The trial's status once it is over, else None.
        final_failure: What ended a failed or stopped trial, else None.
        stopped: Whether the trial was interrupted and may be resumed.
        script_sha256: The last script, or None.
        outputs: Files of a finished trial by name, with their sha256.
        counters: The sums.
        lines: The story so far.
    """

    model: str = ""
    node: NodeName = "run"
    node_since: datetime | None = None
    calling_since: datetime | None = None
    writing: Writing | None = None
    tokens_per_piece: float | None = None
    plan: str = ""
    open_failure: Failure | None = None
    started_at: datetime | None = None
    last_at: datetime | None = None
    earlier_seconds: float = 0.0
    status: Status | None = None
    final_failure: Failure | None = None
    stopped: bool = False
    script_sha256: str | None = None
    outputs: Mapping[str, str] = field(default_factory=dict)
    counters: Counters = Counters()
    lines: tuple[Line, ...] = ()

    def elapsed(self, now: datetime) -> float:
        """Seconds of work up to `now` (UTC), earlier sittings included."""
        sitting = 0.0 if self.started_at is None else (now - self.started_at).total_seconds()
        return self.earlier_seconds + max(0.0, sitting)

    def tokens_per_second(self) -> float | None:
        """Speed of the reply that is arriving, estimated from its pieces; None while it cannot be told."""
        speed = None if self.writing is None else self.writing.pieces_per_second
        if speed is None:
            return None
        per_piece = self.tokens_per_piece
        if per_piece is None:
            # The embedded model's server sends one token a piece; other vendors' pieces are of any length.
            return speed if self.model.startswith("local:") else None
        return speed * per_piece

    def tell(self, event: Event, tone: Tone, text: str, detail: str = "") -> "View":
        """Return the view with one more line of the story."""
        line = Line(self.elapsed(event.at), event.node, tone, clean(text), clean(detail).strip("\n"))
        return replace(self, lines=(*self.lines, line))
