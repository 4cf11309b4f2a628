"""Events and objects of LHCO text as plain columns."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

VALUES = ("eta", "phi", "pt", "jmas", "ntrk", "btag", "hadem")

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Rows:
    """Events and objects in the order of the file.

    Attributes:
        events: Number of each event as the file has it; shape (events,).
        triggers: Its trigger word; shape (events,).
        starts: How many objects are before each event; shape (events,).
        kinds: LHCO type of each object; shape (objects,).
        values: The columns of `VALUES`, each of shape (objects,).
    """

    events: Integers
    triggers: Integers
    starts: Integers
    kinds: Integers
    values: tuple[Floats, ...]

    @staticmethod
    def joined(parts: Sequence["Rows"]) -> "Rows":
        """One after the other."""
        if not parts:
            none = np.zeros(0, dtype=np.int64)
            return Rows(none, none, none, none, (np.zeros(0),) * len(VALUES))
        before = np.cumsum([0, *(len(one.kinds) for one in parts)])
        return Rows(
            np.concatenate([one.events for one in parts]),
            np.concatenate([one.triggers for one in parts]),
            np.concatenate([one.starts + n for one, n in zip(parts, before[:-1], strict=True)]),
            np.concatenate([one.kinds for one in parts]),
            tuple(np.concatenate(columns) for columns in zip(*(one.values for one in parts), strict=True)),
        )

    def between(self, first: int, stop: int) -> "Rows":
        """The events from one place to before another, with their objects; those before any event are in none."""
        bounds = np.append(self.starts, len(self.kinds))
        low, high = bounds[min(first, len(self.events))], bounds[min(stop, len(self.events))]
        own = slice(first, stop)
        values = tuple(one[low:high] for one in self.values)
        return Rows(self.events[own], self.triggers[own], self.starts[own] - low, self.kinds[low:high], values)
