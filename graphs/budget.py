"""Budgets: reserved before a call, settled after it, never overdrawn by a call that was foreseen."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import NoReturn

from hepcoder.graphs.task import Budget
from hepcoder.ledger.errors import BudgetError


class BudgetExceededError(BudgetError):
    """A bound would be passed; `name` is the budget class of the failure table."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


@dataclass(frozen=True)
class Reservation:
    """What was set aside for one attempt; `usd` None means the model is unpriced."""

    tokens: int
    usd: Decimal | None


@dataclass
class Spent:
    """What a trial has used so far; the start value when a stopped trial goes on."""

    calls: int = 0
    tokens: int = 0
    usd: Decimal = Decimal(0)
    seconds: float = 0.0


class BudgetGuard:
    """Keeps one trial within its `Budget`; safe to share between threads.

    Example:
        >>> guard = BudgetGuard(Budget(calls=1, tokens=None, seconds=None))
        >>> guard.settle(guard.reserve(tokens=10, usd=None), tokens=12, usd=None)
        >>> guard.reserve(tokens=10, usd=None)
        Traceback (most recent call last):
        ...
        hepcoder.graphs.budget.BudgetExceededError: the budget of 1 calls is used up; raise it with --max-calls
    """

    def __init__(self, budget: Budget, spent: Spent | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._budget = budget
        self._spent = spent or Spent()
        self._held_tokens = 0
        self._held_usd = Decimal(0)
        self._clock = clock
        self._started = clock()
        self._lock = threading.Lock()

    @property
    def seconds(self) -> float:
        """Wall time used by the trial, earlier sittings included."""
        return self._spent.seconds + self._clock() - self._started

    def seconds_left(self) -> float | None:
        """Wall time left, at least 0; None when there is no bound."""
        bound = self._budget.seconds
        return None if bound is None else max(0.0, bound - self.seconds)

    def reserve(self, *, tokens: int, usd: Decimal | None) -> Reservation:
        """Set aside what one attempt may cost at most.

        Args:
            tokens: Prompt tokens, estimated from above, plus the cap on the reply.
            usd: Dollars for these tokens; None when the model is unpriced.

        Raises:
            BudgetExceededError: It does not fit, or a dollar budget is set and the model is unpriced.
        """
        with self._lock:
            self._refuse_calls()
            self._refuse_tokens(tokens)
            self._refuse_usd(usd)
            self.check_time()
            self._spent.calls += 1
            self._held_tokens += tokens
            self._held_usd += usd or Decimal(0)
        return Reservation(tokens=tokens, usd=usd)

    def settle(self, reservation: Reservation, *, tokens: int | None, usd: Decimal | None) -> None:
        """Replace a reservation by what was used; None means unknown and keeps the reserved amount."""
        with self._lock:
            self._held_tokens -= reservation.tokens
            self._held_usd -= reservation.usd or Decimal(0)
            self._spent.tokens += reservation.tokens if tokens is None else tokens
            self._spent.usd += (reservation.usd or Decimal(0)) if usd is None else usd

    def _refuse_calls(self) -> None:
        bound = self._budget.calls
        if bound is not None and self._spent.calls >= bound:
            _refuse("calls", f"the budget of {bound} calls is used up")

    def _refuse_tokens(self, tokens: int) -> None:
        bound = self._budget.tokens
        used = self._spent.tokens + self._held_tokens
        if bound is not None and used + tokens > bound:
            what = f"the next call may take {tokens} tokens, and {used} of the budget of {bound} are used or reserved"
            _refuse("tokens", what)

    def _refuse_usd(self, usd: Decimal | None) -> None:
        bound = self._budget.usd
        if bound is None:
            return
        if usd is None:
            what = f"a budget of ${bound} cannot be kept: the model is unpriced; name its price with --price"
            raise BudgetExceededError(name="usd", message=what)
        used = self._spent.usd + self._held_usd
        if used + usd > bound:
            what = f"the next call may cost ${usd:.4f}, and ${used:.4f} of the budget of ${bound} are used or reserved"
            _refuse("usd", what)

    def check_time(self) -> None:
        """Refuse to go on when the time is used up.

        Raises:
            BudgetExceededError: No second is left.
        """
        bound = self._budget.seconds
        if bound is not None and self.seconds >= bound:
            _refuse("seconds", f"the budget of {bound:g} seconds is used up")


def _refuse(name: str, what: str) -> NoReturn:
    raise BudgetExceededError(name, f"{what}; raise it with --max-{name}")
