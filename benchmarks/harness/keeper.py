"""Keeps one cell within its own budget, the study's dollars and the vendor's pace."""

import threading
import time
from collections.abc import Callable
from decimal import Decimal

from hepcoder.agents.models.base import ProviderError
from hepcoder.benchmarks.harness.pace import Pace
from hepcoder.benchmarks.harness.purse import Purse
from hepcoder.graphs.budget import BudgetGuard, Reservation, Spent
from hepcoder.graphs.task import Budget
from hepcoder.ledger.events import CallFinished, Event, TextDelta
from hepcoder.ledger.failures import Failure

_SLOW_DOWN = ("rate_limit", "overload")


class Keeper:
    """What the calls of one cell must pass; `make_guard` and `hear` go into `run_trial`.

    Time that a cell waits for others is not its own: it is not counted in its seconds.

    Args:
        pace: The vendor's.
        purse: The study's; None when the study has no bound on dollars.
        stop: Set when the cell is to stop.
        ready: Called when the cell is ready for a call, before each.
        clock: Seconds that never go back.
    """

    def __init__(
        self,
        pace: Pace,
        purse: Purse | None,
        stop: threading.Event,
        ready: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.pace = pace
        self.purse = purse
        self.stop = stop
        self.ready = ready
        self.waited = 0.0
        self._clock = clock
        self._began: float | None = None

    def make_guard(self, budget: Budget, spent: Spent) -> BudgetGuard:
        """The keeper of the budget, from the budget and what earlier sittings used."""
        return _Guard(self, budget, spent)

    def enter(self) -> None:
        """Wait for the vendor's pace."""
        self.ready()
        asked = self._clock()
        self._began = self.pace.enter(self.stop)
        self.excuse(self._clock() - asked)

    def hear(self, item: Event | TextDelta) -> None:
        """Learn from the end of a call."""
        if isinstance(item, Event) and isinstance(item.body, CallFinished):
            failure = item.body.failure
            slow_down = failure is not None and failure.stage == "provider" and failure.name in _SLOW_DOWN
            self.leave(slow_down=slow_down, retry_after=item.body.retry_after_seconds)

    def leave(self, *, slow_down: bool = False, retry_after: float | None = None) -> None:
        """Let the vendor's next call in; nothing happens when there is none under way."""
        began, self._began = self._began, None
        if began is not None:
            self.pace.leave(began, slow_down=slow_down, retry_after=retry_after)

    def excuse(self, seconds: float) -> None:
        """Count a time as waiting for others."""
        self.waited += seconds


class _Guard(BudgetGuard):
    def __init__(self, keeper: Keeper, budget: Budget, spent: Spent) -> None:
        super().__init__(budget, spent)
        self._keeper = keeper

    @property
    def seconds(self) -> float:
        """Wall time used by the cell, without the time that it waited for others."""
        return super().seconds - self._keeper.waited

    def reserve(self, *, tokens: int, usd: Decimal | None) -> Reservation:
        """Set aside what one attempt may cost, here and in the study's purse; see `BudgetGuard.reserve`.

        Raises:
            BudgetExceededError: It does not fit the cell's budget.
            StudyBudgetError: It does not fit the study's.
            ProviderError: The cell was stopped while it waited; nothing is sent.
        """
        reservation = super().reserve(tokens=tokens, usd=usd)
        try:
            self._admit(usd or Decimal(0))
        except BaseException:
            self._keeper.leave()
            super().settle(reservation, tokens=0, usd=Decimal(0))
            raise
        return reservation

    def _admit(self, usd: Decimal) -> None:
        keeper = self._keeper
        keeper.enter()
        if keeper.stop.is_set():
            raise ProviderError(Failure(stage="harness", name="interrupted", message="stopped while it waited"))
        if keeper.purse is not None:
            keeper.purse.take(usd, keeper.stop)

    def settle(self, reservation: Reservation, *, tokens: int | None, usd: Decimal | None) -> None:
        """Replace a reservation by what was used, here and in the study's purse."""
        super().settle(reservation, tokens=tokens, usd=usd)
        if self._keeper.purse is not None:
            self._keeper.purse.settle(reservation.usd or Decimal(0), usd)
