"""Where two results first differ: per cut, per event, per value and per histogram."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from hepcoder.ledger.record import Record
from hepcoder.tools.selection.results import Filled, SampleResult

Ids = tuple[tuple[int, ...], ...]
"""Identity of some events, such as (run, event)."""


class CutDifference(Record):
    """A row of the cutflow that is not the same in both.

    Attributes:
        row: Its place, from 0.
        names: Its name in each; None where one has no such row.
        numbers: Events after it in each; None likewise.
        only_first: A few events that pass it, and all cuts before, in the first only.
        only_second: The same for the second.
    """

    row: int
    names: tuple[str | None, str | None]
    numbers: tuple[int | None, int | None]
    only_first: Ids = ()
    only_second: Ids = ()


class ValueDifference(Record):
    """A quantity that differs in events that both select.

    Attributes:
        name: The quantity.
        n_events: In how many of the common events.
        examples: (identity, value in the first, value in the second) of a few of them; None is a missing value.
    """

    name: str
    n_events: int
    examples: tuple[tuple[tuple[int, ...], float | None, float | None], ...]


class HistogramDifference(Record):
    """A histogram that differs.

    Attributes:
        name: The histogram.
        what: ``missing``, ``edges``, ``counts`` or ``flow``.
        bins: A few bins that differ, as (bin, content in the first, content in the second); bin -1 is the underflow and
            the number of bins the overflow. Empty where one is missing or the edges differ.
    """

    name: str
    what: str
    bins: tuple[tuple[int, float, float], ...] = ()


class Comparison(Record):
    """Two results of one selection side by side.

    Attributes:
        sample: The sample.
        cuts: Rows that differ, the first one first.
        values: Quantities that differ in common events.
        histograms: Histograms that differ.
    """

    sample: str
    cuts: tuple[CutDifference, ...] = ()
    values: tuple[ValueDifference, ...] = ()
    histograms: tuple[HistogramDifference, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether nothing differs."""
        return not (self.cuts or self.values or self.histograms)

    @property
    def first_cut(self) -> str | None:
        """Name of the first row that differs, in the first result if it is there; None where all agree."""
        return (self.cuts[0].names[0] or self.cuts[0].names[1]) if self.cuts else None


def compare(
    first: SampleResult, second: SampleResult, *, tolerance: float = 1e-6, most_examples: int = 5
) -> Comparison:
    """Compare two results on the same events.

    Args:
        first: One result.
        second: The other; rows of the cutflow are compared in order, whatever their names.
        tolerance: Largest relative difference of a value or a bin content that counts as equal.
        most_examples: How many events, values and bins are named.

    Returns:
        Every difference. Events are named only where both results know them by the same columns.
    """
    known = first.id_names == second.id_names and len(first.ids) > 0 and len(second.ids) > 0
    n_rows = max(len(first.rows), len(second.rows))
    cuts = [_cut(first, second, row, most_examples if known else 0) for row in range(n_rows)]
    return Comparison(
        sample=first.sample,
        cuts=tuple(one for one in cuts if one is not None),
        values=_values(first, second, tolerance, most_examples) if known else (),
        histograms=_histograms(first.histograms, second.histograms, tolerance, most_examples),
    )


def _cut(first: SampleResult, second: SampleResult, row: int, most: int) -> CutDifference | None:
    both = [each.rows[row] if row < len(each.rows) else None for each in (first, second)]
    numbers = [None if one is None else one.n_events for one in both]
    passed = [_passed(each, row) for each in (first, second)] if most and None not in both else [set(), set()]
    if numbers[0] == numbers[1] and passed[0] == passed[1]:
        return None
    only = [tuple(sorted(passed[one] - passed[1 - one]))[:most] for one in (0, 1)]
    names = [None if one is None else one.name for one in both]
    return CutDifference(
        row=row, names=(names[0], names[1]), numbers=(numbers[0], numbers[1]), only_first=only[0], only_second=only[1]
    )


def _passed(one: SampleResult, row: int) -> set[tuple[int, ...]]:
    """Identity of the events after a row; the first row is before any cut where there are more rows than cuts."""
    n_cuts = row + one.n_cuts - len(one.rows) + 1
    return {tuple(map(int, each)) for each in one.ids[one.n_passed >= n_cuts]}


def _values(first: SampleResult, second: SampleResult, tolerance: float, most: int) -> tuple[ValueDifference, ...]:
    ids = [[tuple(map(int, each)) for each in one.selected_ids] for one in (first, second)]
    places = {each: place for place, each in enumerate(ids[1])}
    common = [(place, places[each]) for place, each in enumerate(ids[0]) if each in places]
    found = []
    for name in first.values:
        if name not in second.values or not common:
            continue
        one, other = (_flat(each.values[name]) for each in (first, second))
        if one is None or other is None:
            continue
        here, there = (np.array(side) for side in zip(*common, strict=True))
        wrong = np.flatnonzero(_differ(one[here], other[there], tolerance))
        examples = [(ids[0][here[each]], _plain(one[here[each]]), _plain(other[there[each]])) for each in wrong[:most]]
        if len(wrong):
            found.append(ValueDifference(name=name, n_events=len(wrong), examples=tuple(examples)))
    return tuple(found)


def _flat(values: Any) -> npt.NDArray[np.float64] | None:
    """One number for each event, NaN for a missing one; None for lists."""
    import awkward as ak

    array = ak.Array(values)
    return None if array.ndim > 1 else np.asarray(ak.fill_none(array, np.nan), dtype=np.float64)


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _differ(one: Any, other: Any, tolerance: float) -> npt.NDArray[np.bool_]:
    same: npt.NDArray[np.bool_] = np.isclose(one, other, rtol=tolerance, atol=tolerance * 1e-3, equal_nan=True)
    return ~same


def _histograms(
    first: Mapping[str, Filled], second: Mapping[str, Filled], tolerance: float, most: int
) -> tuple[HistogramDifference, ...]:
    found = [_histogram(name, first.get(name), second.get(name), tolerance, most) for name in {**first, **second}]
    return tuple(one for one in found if one is not None)


def _histogram(
    name: str, one: Filled | None, other: Filled | None, tolerance: float, most: int
) -> HistogramDifference | None:
    if one is None or other is None:
        return HistogramDifference(name=name, what="missing")
    if len(one.edges) != len(other.edges) or _differ(one.edges, other.edges, tolerance).any():
        return HistogramDifference(name=name, what="edges")
    contents = [np.array([each.underflow, *each.counts, each.overflow], dtype=np.float64) for each in (one, other)]
    wrong = np.flatnonzero(_differ(contents[0], contents[1], tolerance))
    if not len(wrong):
        return None
    only_flow = set(wrong.tolist()) <= {0, len(contents[0]) - 1}
    bins = tuple((int(each) - 1, float(contents[0][each]), float(contents[1][each])) for each in wrong[:most])
    return HistogramDifference(name=name, what="flow" if only_flow else "counts", bins=bins)
