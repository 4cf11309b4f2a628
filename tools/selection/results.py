"""What a selection gives for each sample: plain arrays and numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True)
class CutRow:
    """One row of a cutflow.

    Attributes:
        name: Name of the cut.
        n_events: Events that passed this cut and all before it.
        sum_weights: Sum of their weights; None without weights.
    """

    name: str
    n_events: int
    sum_weights: float | None = None


@dataclass(frozen=True)
class Filled:
    """A filled histogram.

    Attributes:
        counts: Entries, or sums of weights, in each bin; shape (bins,). A bin holds its lower edge, the last one its
            upper edge too.
        edges: Shape (bins + 1,), in the unit of the quantity as delivered.
        underflow: Entries or weights below.
        overflow: Entries or weights above.
        values: What was filled, where it is to be drawn; None otherwise.
        weights: Weights of these events; None for counts.
    """

    counts: npt.NDArray[Any]
    edges: npt.NDArray[np.float64]
    underflow: float
    overflow: float
    values: Any = None
    weights: Any = None


@dataclass(frozen=True)
class SampleResult:
    """What one sample gives.

    Attributes:
        sample: Its name.
        n_cuts: Number of cuts.
        rows: The cutflow; one more than there are cuts where it has a row before any cut.
        n_passed: For each event, how many cuts in a row it passes; shape (events,).
        ids: What tells the events apart, one row for each: the identity columns, else the place in the sample.
        id_names: Names of the columns of `ids`.
        values: Quantities of the selected events by name, flat or jagged; a missing one is None.
        categories: By name, which of the selected events are in it; shape (selected,).
        histograms: By name.
    """

    sample: str
    n_cuts: int
    rows: tuple[CutRow, ...]
    n_passed: npt.NDArray[np.int32]
    ids: Ids
    id_names: tuple[str, ...]
    values: Mapping[str, Any]
    categories: Mapping[str, npt.NDArray[np.bool_]]
    histograms: Mapping[str, Filled]

    @property
    def selected_ids(self) -> Ids:
        """What tells the selected events apart, in the order of `values`."""
        chosen: Ids = self.ids[self.n_passed == self.n_cuts]
        return chosen

    @property
    def counts(self) -> dict[str, int]:
        """Events after each cut, by name."""
        return {row.name: row.n_events for row in self.rows}


@dataclass(frozen=True)
class Results:
    """What a selection gives.

    Attributes:
        samples: One result for each source, in their order.
    """

    samples: tuple[SampleResult, ...]

    def sample(self, name: str | None) -> SampleResult:
        """The result of a sample; None is the first one."""
        return next(one for one in self.samples if name is None or one.sample == name)


def merged(parts: Sequence[SampleResult]) -> SampleResult:
    """The result of a sample from those of its parts: counts, weights and histograms add up, arrays follow each other.

    Args:
        parts: At least one, in the order of the events.
    """
    import awkward as ak

    first = parts[0]
    if len(parts) == 1:
        return first
    return SampleResult(
        first.sample,
        first.n_cuts,
        tuple(_added([part.rows[place] for part in parts]) for place in range(len(first.rows))),
        np.concatenate([part.n_passed for part in parts]),
        np.concatenate([part.ids for part in parts]),
        first.id_names,
        {name: ak.concatenate([part.values[name] for part in parts]) for name in first.values},
        {name: np.concatenate([part.categories[name] for part in parts]) for name in first.categories},
        {name: _together([part.histograms[name] for part in parts]) for name in first.histograms},
    )


def _added(rows: Sequence[CutRow]) -> CutRow:
    weights = [row.sum_weights for row in rows if row.sum_weights is not None]
    return CutRow(rows[0].name, sum(row.n_events for row in rows), sum(weights) if weights else None)


def _together(parts: Sequence[Filled]) -> Filled:
    import awkward as ak

    values, weights = ([getattr(part, name) for part in parts] for name in ("values", "weights"))
    return Filled(
        np.sum([part.counts for part in parts], axis=0),
        parts[0].edges,
        sum(part.underflow for part in parts),
        sum(part.overflow for part in parts),
        None if values[0] is None else ak.concatenate(values),
        None if weights[0] is None else np.concatenate(weights),
    )
