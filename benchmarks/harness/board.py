"""The cells that are still to be done, as the lanes of one process see them."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass

from hepcoder.benchmarks.harness.claims import Claim
from hepcoder.benchmarks.harness.folder import CellFolder, StudyFolder
from hepcoder.benchmarks.harness.matrix import Cell


@dataclass(frozen=True)
class Taken:
    """A cell that is ours until it is given back.

    Attributes:
        cell: The cell.
        place: Its folder.
        claims: Its lock, and one of the places of its model.
    """

    cell: Cell
    place: CellFolder
    claims: tuple[Claim, ...]

    def give_back(self) -> None:
        """Let others have it."""
        for claim in self.claims:
            claim.release()


class Board:
    """Hands out cells, each to one lane of one process; safe to share between threads.

    Args:
        folder: The study.
        cells: The cells, in the order in which they are wanted.
    """

    def __init__(self, folder: StudyFolder, cells: Iterable[Cell]) -> None:
        self._folder = folder
        self._left = list(cells)
        self._lock = threading.Lock()

    def take(self) -> Taken | None:
        """A cell that nobody works on and whose model has a place; None when there is none now.

        Raises:
            StorageError: The study's folder cannot be written.
        """
        with self._lock:
            full: set[str] = set()
            others: list[Cell] = []
            try:
                while self._left:
                    cell = self._left.pop(0)
                    taken = None if cell.model.name in full else self._try(cell, full)
                    if taken is not None:
                        return taken
                    if cell.model.name in full:
                        others.append(cell)
            finally:
                self._left = others + self._left
        return None

    @property
    def is_empty(self) -> bool:
        """Whether nothing will ever come again."""
        with self._lock:
            return not self._left

    def _try(self, cell: Cell, full: set[str]) -> Taken | None:
        """Take a cell; when its model has no place, that goes into `full`."""
        place = self._folder.cell(cell.digest)
        if place.is_done:
            return None
        slots = self._slots(cell)
        if slots is None:
            full.add(cell.model.name)
            return None
        claim = place.claim()
        taken = Taken(cell, place, (*slots, claim))
        if claim.take() and not place.is_done:
            return taken
        taken.give_back()
        return None

    def _slots(self, cell: Cell) -> tuple[Claim, ...] | None:
        """One of the places of the cell's model; empty when it has no bound, None when no place is free."""
        most = cell.model.most_in_flight
        if most is None:
            return ()
        for number in range(most):
            slot = self._folder.slot(cell.model.name, number)
            if slot.take():
                return (slot,)
        return None
