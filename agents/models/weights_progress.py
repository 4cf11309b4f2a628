"""How far a download is."""

import time
from collections.abc import Callable
from typing import Literal

from hepcoder.ledger.record import Record

REPORT_SECONDS = 0.25

Source = Literal["cache", "hub", "index", "file"]
Stage = Literal["waiting", "fetching", "checking", "failed", "done"]


class Progress(Record):
    """A moment of a download.

    Attributes:
        stage: What is being done; "waiting" is for another process that fetches the same
            file, "failed" means that the next source is tried, if there is one.
        source: Where the bytes come from; None before one is chosen.
        bytes_done: Bytes of the file at hand, those of earlier tries among them.
        bytes_total: Length of the whole file.
        bytes_per_second: Mean rate of this try; None before it is known.
        note: A sentence for the user, or "".
    """

    stage: Stage
    source: Source | None
    bytes_done: int
    bytes_total: int
    bytes_per_second: float | None = None
    note: str = ""

    @property
    def seconds_left(self) -> float | None:
        """Time to go at the mean rate, in seconds, or None while the rate is unknown."""
        if not self.bytes_per_second:
            return None
        return (self.bytes_total - self.bytes_done) / self.bytes_per_second


class Meter:
    """Turns byte counts into `Progress`, a few times a second at most."""

    def __init__(self, report: Callable[[Progress], None], *, source: Source, bytes_total: int) -> None:
        self._report = report
        self._source = source
        self._total = bytes_total
        self._start: tuple[float, int] | None = None
        self._last = 0.0
        self._most = 0

    def at(self, bytes_done: int) -> None:
        """Note that so many bytes of the whole file are at hand.

        The rate counts from the first call on, so that bytes of earlier tries do not flatter it. What is fetched in
        packages weighs a little more than what is in them; the count never falls, and never passes the total.
        """
        self._most = bytes_done = min(max(bytes_done, self._most), self._total)
        now = time.monotonic()
        if self._start is None:
            self._start = (now, bytes_done)
        elif now - self._last < REPORT_SECONDS and bytes_done < self._total:
            return
        self._last = now
        began, had = self._start
        rate = (bytes_done - had) / (now - began) if now > began and bytes_done > had else None
        self._report(
            Progress(
                stage="fetching",
                source=self._source,
                bytes_done=bytes_done,
                bytes_total=self._total,
                bytes_per_second=rate,
            )
        )
