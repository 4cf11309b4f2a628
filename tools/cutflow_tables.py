"""A cutflow as data: raw and weighted events after each cut, with efficiencies and their uncertainties."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from hepcoder.tools.arrays import Array, Bools, Floats, event_mask
from hepcoder.tools.cutflow_inputs import as_long, as_number, finite
from hepcoder.tools.cutflow_saving import save_rows
from hepcoder.tools.efficiencies import Efficiency, efficiency, weighted_efficiency

ALL_EVENTS = "all events"


@dataclass(frozen=True)
class CutRow:
    """What is left after one cut and all before it.

    Attributes:
        name: What the cut asks for.
        n_events: Events left, unweighted.
        sum_weights: Sum of their weights; None without weights.
        sum_weights_error: Root of the sum of their squared weights; None without weights.
        efficiency: Share of all events, of the weights where there are any; None where there is nothing to divide by.
        step_efficiency: Share of what the cut before left; None likewise, and in the first row.
    """

    name: str
    n_events: int
    sum_weights: float | None
    sum_weights_error: float | None
    efficiency: Efficiency | None
    step_efficiency: Efficiency | None

    @property
    def data(self) -> dict[str, Any]:
        """The row as plain names and values; None where there is no value."""
        row: dict[str, Any] = {"name": self.name, "n_events": self.n_events}
        row |= {"sum_weights": self.sum_weights, "sum_weights_error": self.sum_weights_error}
        for name in ("efficiency", "step_efficiency"):
            found = getattr(self, name)
            row |= {name: found.value if found else None, f"{name}_error": found.error if found else None}
        return row


@dataclass(frozen=True)
class CutflowTable:
    """The rows of a cutflow, in the order of the cuts.

    Attributes:
        rows: The first is all events.
    """

    rows: tuple[CutRow, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Events left after each cut, by name."""
        return {row.name: row.n_events for row in self.rows}

    def save(self, path: str | Path = "cutflow.json") -> Path:
        """Write the rows to ``.json`` (a list of rows) or ``.csv`` (empty where there is no value); return the path.

        Raises:
            ValueError: If the suffix is another one.
        """
        rows = [row.data for row in self.rows]
        return save_rows(path, rows, list(rows[0]))

    def print(self) -> None:
        """Print the table."""
        print(self)

    def __str__(self) -> str:
        width = max(3, *(len(row.name) for row in self.rows))
        weighted = self.rows[0].sum_weights is not None
        lines = [f"{'cut':<{width}}  {'events':>10}  {'of all':>18}  {'of before':>18}" + "  weighted" * weighted]
        for row in self.rows:
            shares = "  ".join(f"{one or '-'!s:>18}" for one in (row.efficiency, row.step_efficiency))
            total = f"  {row.sum_weights:.6g} +- {row.sum_weights_error:.2g}" if weighted else ""
            lines.append(f"{row.name:<{width}}  {row.n_events:>10}  {shares}{total}")
        return "\n".join(lines)


def cutflow_table(cuts: Mapping[str, Array], weights: Array | None = None) -> CutflowTable:
    """Return the cutflow of some cuts with weighted events, efficiencies and uncertainties, ready to save and print.

    Args:
        cuts: Name and mask of each cut in order, each mask with one True or False for each of all events; a cut counts
            what passed all before it too. Or names and numbers of events left, such as ``cutflow.counts``, which
            start with all events.
        weights: One for each event; None counts events only. Not with numbers.

    Returns:
        The table; for masks its first row is ``all events``.

    Raises:
        ValueError: If there is no cut, masks or weights differ in length, weights come with numbers, or numbers rise.
        TypeError: If a mask holds numbers.

    Example:
        >>> table = cutflow_table({"two jets": [True, True, False, True], "MET": [True, False, True, False]})
        >>> table.counts
        {'all events': 4, 'two jets': 3, 'MET': 1}
        >>> str(table.rows[2].efficiency), str(table.rows[2].step_efficiency)
        ('0.2500 +- 0.2165', '0.3333 +- 0.2722')
    """
    if not cuts:
        message = "a cutflow needs at least one cut: cutflow_table({'two jets': count(jets) >= 2})"
        raise ValueError(message)
    numbers = {name: as_number(name, cut) for name, cut in cuts.items()}
    if None not in numbers.values():
        return _of_numbers({name: n for name, n in numbers.items() if n is not None}, weights)
    masks = {name: event_mask(cut, name=name) for name, cut in cuts.items()}
    n_all = len(next(iter(masks.values())))
    each = None if weights is None else as_long(ALL_EVENTS, weights, n_all)
    left = np.ones(n_all, dtype=bool)
    rows = [_row(ALL_EVENTS, left, None, each)]
    for name, mask in masks.items():
        if len(mask) != n_all:
            message = f"mask {name!r} has {len(mask)} entries, the first {n_all}; make all masks from all events"
            raise ValueError(message)
        before, left = left, left & mask
        rows.append(_row(name, left, before, each))
    return CutflowTable(tuple(rows))


def _row(name: str, left: Bools, before: Bools | None, weights: Floats | None) -> CutRow:
    everything = np.ones(len(left), dtype=bool)
    return CutRow(
        name=name,
        n_events=int(left.sum()),
        sum_weights=None if weights is None else float(weights[left].sum()),
        sum_weights_error=None if weights is None else float(np.sqrt((weights[left] ** 2).sum())),
        efficiency=_share(left, everything, weights),
        step_efficiency=None if before is None else _share(left, before, weights),
    )


def _share(left: Bools, before: Bools, weights: Floats | None) -> Efficiency | None:
    if weights is None:
        return efficiency(int(left.sum()), int(before.sum())) if before.any() else None
    return weighted_efficiency(weights[before], left[before]) if weights[before].sum() != 0 else None


def _of_numbers(numbers: Mapping[str, int], weights: Array | None) -> CutflowTable:
    if weights is not None:
        message = f"{len(finite(weights))} weights cannot be told apart by numbers of events; give masks with weights"
        raise ValueError(message)
    names, counts = list(numbers), list(numbers.values())
    rises = next((place for place in range(1, len(counts)) if counts[place] > counts[place - 1]), None)
    if rises is not None:
        message = f"{names[rises]!r} has {counts[rises]} events, more than the {counts[rises - 1]} before it"
        raise ValueError(message)
    shares = [efficiency(n, counts[0]) if counts[0] else None for n in counts]
    steps = [None, *(efficiency(n, before) if before else None for before, n in pairwise(counts))]
    rows = (CutRow(*row[:2], None, None, *row[2:]) for row in zip(names, counts, shares, steps, strict=True))
    return CutflowTable(tuple(rows))
