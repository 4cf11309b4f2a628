"""The dollars of a whole study: set aside before a call by any process, settled after it."""

import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path

from hepcoder.ledger.errors import BudgetError, StorageError
from hepcoder.ledger.events import Event
from hepcoder.ledger.sums import select_attempts

_LOOK_SECONDS = 0.1
_BUSY_SECONDS = 60.0


class StudyBudgetError(BudgetError):
    """The study's dollars are used up; its cells are stopped, and none is marked down for it."""


class Purse:
    """What a study may still spend, shared by all its processes through one file.

    Args:
        path: The file, made by `fill`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def fill(self, bound: Decimal, spent: Decimal) -> None:
        """Begin anew: nothing is set aside, so many dollars are spent.

        Args:
            bound: What may be spent in all.
            spent: What was spent by all attempts so far.

        Raises:
            StudyBudgetError: That is all there is.
            StorageError: The file cannot be written.
        """
        if spent >= bound:
            message = f"${spent:.4f} of the study's budget of ${bound} are spent already; raise it with --max-usd"
            raise StudyBudgetError(message)
        with self._open() as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS purse (bound TEXT, spent TEXT, held TEXT)")
            connection.execute("DELETE FROM purse")
            connection.execute("INSERT INTO purse VALUES (?, ?, '0')", (str(bound), str(spent)))

    def take(self, usd: Decimal, stop: threading.Event) -> None:
        """Set dollars aside; waits while they are only set aside by other calls, which may give some back.

        Raises:
            StudyBudgetError: They are not there.
            StorageError: The file cannot be written.
        """
        while True:
            with self._open() as connection:
                bound, spent, held = self._row(connection)
                if spent + held + usd <= bound:
                    connection.execute("UPDATE purse SET held = ?", (str(held + usd),))
                    return
            if spent + usd > bound or held <= 0 or stop.is_set():
                message = (
                    f"the next call may cost ${usd:.4f}, and ${spent:.4f} of the study's budget of ${bound} are spent; "
                    "nothing is lost: raise it with --max-usd and resume"
                )
                raise StudyBudgetError(message)
            time.sleep(_LOOK_SECONDS)

    def settle(self, taken: Decimal, used: Decimal | None) -> None:
        """Replace what was set aside by what was used; None means unknown and counts as all of it.

        Raises:
            StorageError: The file cannot be written.
        """
        with self._open() as connection:
            _, spent, held = self._row(connection)
            new = (str(held - taken), str(spent + (taken if used is None else used)))
            connection.execute("UPDATE purse SET held = ?, spent = ?", new)

    @property
    def spent(self) -> Decimal:
        """Dollars spent, without those set aside."""
        with self._open() as connection:
            return self._row(connection)[1]

    @staticmethod
    def _row(connection: sqlite3.Connection) -> tuple[Decimal, Decimal, Decimal]:
        bound, spent, held = connection.execute("SELECT bound, spent, held FROM purse").fetchone()
        return Decimal(bound), Decimal(spent), Decimal(held)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)) as connection:
                connection.execute("PRAGMA synchronous = OFF")  # lost power is made good from the ledgers
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
        except sqlite3.Error as error:
            message = f"the study's budget {self._path} cannot be kept: {error}; free space, then resume"
            raise StorageError(message) from error


def dollars_of(events: Iterable[Event]) -> Decimal:
    """What a run may have cost: its prices, and for calls whose end is unknown what was set aside for them."""
    attempts = select_attempts(events)
    ended = sum((call.cost.usd or Decimal(0) for call in attempts.finished if not call.replayed), Decimal(0))
    return ended + sum((call.reserved_usd or Decimal(0) for call in attempts.lost), Decimal(0))
