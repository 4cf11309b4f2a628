"""How many calls to one vendor may be under way: additive increase, multiplicative decrease."""

import threading
import time
from collections.abc import Callable

from hepcoder.ledger.record import Record

CUT = 0.5
_LOOK_SECONDS = 0.1


class PaceChange(Record):
    """A change of the bound, for the log.

    Attributes:
        vendor: Whose calls.
        limit: How many may be under way from now on.
        pause_seconds: How long none is begun.
    """

    vendor: str
    limit: float
    pause_seconds: float


class Pace:
    """Admits calls to one vendor; safe to share between threads.

    It begins without a bound but the greatest, since nothing is known against it. A request to slow down halves the
    bound, once for all calls that were under way, and holds new calls back as long as the vendor asked; every round of
    good answers raises it by one call.

    Args:
        vendor: Whose calls, for the log.
        most: The greatest bound, at least 1.
        tell: Called with each change of the bound downwards.
        clock: Seconds that never go back.
    """

    def __init__(
        self,
        vendor: str,
        most: int,
        *,
        tell: Callable[[PaceChange], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._vendor = vendor
        self._most = most
        self._tell = tell
        self._clock = clock
        self._limit = float(most)
        self._under_way = 0
        self._paused_until = 0.0
        self._last_cut = float("-inf")
        self._changed = threading.Condition()

    @property
    def limit(self) -> float:
        """How many calls may be under way now; the fraction is what was earned towards one more."""
        with self._changed:
            return self._limit

    def enter(self, stop: threading.Event) -> float:
        """Wait until a call may begin, or until `stop` is set; either way `leave` must follow.

        Returns:
            When the call began, by the clock.
        """
        with self._changed:
            while not stop.is_set():
                now = self._clock()
                if now >= self._paused_until and self._under_way < int(self._limit):
                    break
                self._changed.wait(_LOOK_SECONDS)
            self._under_way += 1
            return self._clock()

    def leave(self, began: float, *, slow_down: bool, retry_after: float | None = None) -> None:
        """Say how a call ended.

        Args:
            began: What `enter` returned.
            slow_down: Whether the vendor asked to slow down, or is overloaded.
            retry_after: Seconds that it asked to wait, or None.
        """
        with self._changed:
            self._under_way -= 1
            if slow_down:
                self._slow_down(began, retry_after or 0.0)
            else:
                self._limit = min(float(self._most), self._limit + 1.0 / self._limit)
            self._changed.notify_all()

    def _slow_down(self, began: float, pause: float) -> None:
        now = self._clock()
        self._paused_until = max(self._paused_until, now + pause)
        if began < self._last_cut:  # sent before the bound was cut: it says nothing of the new one
            return
        self._last_cut = now
        self._limit = max(1.0, self._limit * CUT)
        self._tell(PaceChange(vendor=self._vendor, limit=self._limit, pause_seconds=pause))
