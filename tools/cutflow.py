"""How many events are left after each cut."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hepcoder.tools.arrays import Array, Bools, event_mask, to_array
from hepcoder.tools.cutflow_inputs import as_long, as_number, finite, is_mask, n_events
from hepcoder.tools.cutflow_saving import save_rows


class Cutflow:
    """Counts events cut by cut; every cut counts only what passed the cuts before it.

    Args:
        weights: One weight for each event before any cut; None counts events only.

    Example:
        >>> import awkward as ak
        >>> events = ak.Array([{"met": 10.0}, {"met": 30.0}, {"met": 50.0}])
        >>> cutflow = Cutflow()
        >>> events = cutflow.cut(events, events.met > 20, "MET > 20 GeV")
        >>> cutflow.add("MET > 40 GeV", events.met > 40)
        1
        >>> cutflow.counts
        {'all events': 3, 'MET > 20 GeV': 2, 'MET > 40 GeV': 1}
    """

    def __init__(self, weights: Array | None = None) -> None:
        self._rows: list[tuple[str, int, float | None]] = []
        self._weights = None if weights is None else finite(weights)
        # Which of all events are left; None while rows came as numbers, so that it is not known.
        self._alive: Bools | None = None if self._weights is None else np.ones(len(self._weights), dtype=bool)

    def add(self, name: str, passed: Array, weights: Array | None = None) -> int:
        """Add a row.

        Args:
            name: What was asked of the events.
            passed: The selected events, or a mask with one True or False for each event (either all events or those
                left by the cut before), or the number of events that passed.
            weights: Weights of the selected events, or of all entries of the mask; None takes those given to
                `Cutflow`, if any.

        Returns:
            The number of events that passed this cut and all before it.

        Raises:
            TypeError: If ``passed`` is none of these.
            ValueError: If a mask is jagged or has the wrong length, more events pass than were left, or the name is
                there already.

        Example:
            >>> Cutflow().add("two muons", [True, False, True])
            2
        """
        if isinstance(passed, str):
            name, passed = passed, name
        number = as_number(name, passed)
        if number is None and is_mask(passed):
            return self._add_mask(name, event_mask(passed, name=name), weights)
        n = n_events(name, passed) if number is None else number
        total = self._sum_of(self._alive) if self._left() == n else None
        if weights is not None:
            total = float((finite(weights) if number is not None else as_long(name, weights, n)).sum())
        self._append(name, n, total)
        if self._left() != n:
            self._alive = None
        return n

    def cut(self, events: Array, mask: Array, name: str = "") -> Any:
        """Return the events that pass, and add a row; the first cut also adds the row ``all events``.

        Args:
            events: Any array with one entry for each event, or a dict of such arrays.
            mask: One True or False for each event; None counts as False.
            name: What the mask asks for; empty for ``cut 1``, ``cut 2``, ...

        Returns:
            The selected events, as what was given.

        Raises:
            TypeError: If the mask holds numbers.
            ValueError: If the mask is jagged or not as long as the events, or the name is there already.
        """
        if isinstance(mask, str):
            mask, name = name, mask
        name = name or f"cut {max(1, len(self))}"
        n = n_events(name, events)
        keep = event_mask(mask, name=name)
        if len(keep) != n:
            message = f"mask {name!r} has {len(keep)} entries for {n} events; make it from the events being cut"
            raise ValueError(message)
        if not self._rows:
            self._add_mask("all events", np.ones(n, dtype=bool), None)
        self._add_mask(name, keep, None)
        if isinstance(events, Mapping):
            return {key: to_array(value)[keep] for key, value in events.items()}
        return events[keep] if isinstance(events, np.ndarray) else to_array(events)[keep]

    def _add_mask(self, name: str, mask: Bools, weights: Array | None) -> int:
        left = self._left_by(name, mask)
        n = int(left.sum())
        total = None
        if weights is not None:
            each = finite(weights)
            same = next((one for one in (left, mask) if len(one) == len(each)), None)
            total = float((as_long(name, each, n) if same is None else each[same]).sum())
        self._append(name, n, self._sum_of(left) if total is None else total)
        self._alive = left
        return n

    def _left_by(self, name: str, mask: Bools) -> Bools:
        """Which events are left, among all events when that is known."""
        alive = self._alive
        if alive is not None and len(mask) == len(alive):
            return alive & mask
        if alive is not None and len(mask) == self._left():
            left = alive.copy()
            left[alive] = mask
            return left
        if alive is None and (not self._rows or len(mask) == self._rows[-1][1]):
            return mask
        known = f"only the number of events left by {self._rows[-1][0]!r} is known" if self._rows else ""
        if alive is not None:
            known = f"there are {len(alive)} events in all and {self._left()} left"
        message = f"mask {name!r} has {len(mask)} entries, but {known}; add masks made from all events, row by row"
        raise ValueError(message)

    def _left(self) -> int | None:
        return None if self._alive is None else int(self._alive.sum())

    def _sum_of(self, left: Bools | None) -> float | None:
        if self._weights is None or left is None or len(left) != len(self._weights):
            return None
        return float(self._weights[left].sum())

    def _append(self, name: str, n: int, total: float | None) -> None:
        if any(name == known for known, _, _ in self._rows):
            message = f"the cutflow has a row {name!r} already; give each cut a name of its own"
            raise ValueError(message)
        if self._rows and n > self._rows[-1][1]:
            before = f"the {self._rows[-1][1]} left by {self._rows[-1][0]!r}"
            message = f"cutflow row {name!r} has {n} events, more than {before}; add the rows in the order of the cuts"
            raise ValueError(message)
        self._rows.append((str(name), n, total))

    @property
    def counts(self) -> dict[str, int]:
        """Events left after each cut, by name."""
        return {name: n for name, n, _ in self._rows}

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One dict for each row: name, n_events, efficiency to the first row (None if that is 0), and sum_weights."""
        first = self._rows[0][1] if self._rows else 0
        rows: list[dict[str, Any]] = []
        for name, n, total in self._rows:
            row: dict[str, Any] = {"name": name, "n_events": n, "efficiency": n / first if first else None}
            rows.append(row if total is None else {**row, "sum_weights": total})
        return rows

    def save(self, path: str | Path = "cutflow.json") -> Path:
        """Write the rows to ``.json`` (a list) or ``.csv``; return the path.

        Raises:
            ValueError: If the suffix is another one.
        """
        return save_rows(path, self.rows, ["name", "n_events", "efficiency", "sum_weights"])

    def print(self) -> None:
        """Print the table."""
        print(self)

    def __len__(self) -> int:
        return len(self._rows)

    def __str__(self) -> str:
        width = max([3, *(len(name) for name, _, _ in self._rows)])
        lines = [f"{'cut':<{width}}  {'events':>10}  {'of all':>8}"]
        for row in self.rows:
            share = "-" if row["efficiency"] is None else f"{row['efficiency']:.2%}"
            total = f"  {row['sum_weights']:.6g}" if "sum_weights" in row else ""
            lines.append(f"{row['name']:<{width}}  {row['n_events']:>10}  {share:>8}{total}")
        return "\n".join(lines)
