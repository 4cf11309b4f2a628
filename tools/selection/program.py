"""A selection lowered to assignments: the one meaning that the engine runs and the script prints."""

import re
from collections.abc import Callable, ItemsView, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hepcoder.tools.layout_records import Layout
from hepcoder.tools.selection.candidate_records import Combination, Leading, Member, Nearest, Sum, TwoPairs
from hepcoder.tools.selection.lower_candidates import (
    lower_combination,
    lower_leading,
    lower_member,
    lower_nearest,
    lower_sum,
    lower_two_pairs,
)
from hepcoder.tools.selection.lower_conditions import event_condition
from hepcoder.tools.selection.lower_expressions import lower_expression
from hepcoder.tools.selection.lower_objects import (
    lower_gathered,
    lower_leptons,
    lower_objects,
    lower_remaining,
    lower_softer,
)
from hepcoder.tools.selection.object_records import Gathered, Leptons, Objects, Remaining, Softer
from hepcoder.tools.selection.output_records import (
    JsonFile,
    Listing,
    OutputFile,
    PlotFile,
    RowsFile,
    Statistic,
    TableFile,
    values_of,
)
from hepcoder.tools.selection.parts import Category, Cut, Histogram, Quantity
from hepcoder.tools.selection.scope import Scope
from hepcoder.tools.selection.selection import Selection
from hepcoder.tools.selection.symbols import Step, Symbol
from hepcoder.tools.selection.vocabulary import converted


@dataclass(frozen=True)
class Binning:
    """Bins of a histogram in the unit of its quantity.

    Attributes:
        bins: Number of bins, or None with edges.
        span: Lowest and highest edge.
        edges: Edges; empty with a number of bins.
    """

    bins: int | None
    span: tuple[float, float]
    edges: tuple[float, ...] = ()


@dataclass(frozen=True)
class Program:
    """What there is to compute.

    Attributes:
        reads: Collections and columns of the data.
        steps: Assignments in an order in which they can be made.
        values: Quantities that histograms and outputs use, by name.
        cuts: Mask of each cut, by name of the cut.
        categories: Mask of each category, by name.
        weight: Code of the events' weights; None for counts.
        binnings: By name of the histogram.
        identity: Columns that tell events apart; empty where the data has none.
        drawn: Histograms that are drawn.
    """

    reads: tuple[str, ...]
    steps: tuple[Step, ...]
    values: Mapping[str, Symbol]
    cuts: Mapping[str, Symbol]
    categories: Mapping[str, Symbol]
    weight: str | None
    binnings: Mapping[str, Binning]
    identity: tuple[str, ...]
    drawn: frozenset[str]


def lower(selection: Selection, layout: Layout, *, identity: bool = False) -> Program:
    """Work out what every name of a selection stands for in the data at hand.

    Args:
        selection: The selection.
        layout: What the data offers.
        identity: Whether the columns that tell events apart are read as well.

    Returns:
        The program.

    Raises:
        SelectionError: A name does not exist, is of the wrong kind, defined in a circle, or a unit does not fit;
            names the part and the nearest name.
    """
    scope, _ = _defined(selection, layout)
    cuts = {cut.name: _mask(cut, scope, "cuts") for cut in selection.cuts}
    categories = {one.name: _mask(one, scope, "categories") for one in selection.categories}
    values = {name: scope.numbers(name, who) for name, who in _used(selection)}
    weight = None if selection.weight is None else scope.numbers(selection.weight, "the weight").code
    binnings = {one.name: _binning(one, values[one.quantity]) for one in selection.histograms}
    known = _identity(layout) if identity else ()
    reads = tuple(dict.fromkeys([*scope.reads, *known]))
    drawn = frozenset(one.histogram for one in selection.outputs if isinstance(one, PlotFile))
    return Program(reads, tuple(scope.steps), values, cuts, categories, weight, binnings, known, drawn)


def symbols_of(selection: Selection, layout: Layout) -> Mapping[str, Symbol]:
    """What each object, candidate and quantity of a selection stands for.

    Raises:
        SelectionError: As in `lower`.
    """
    return _defined(selection, layout)[1]


def _defined(selection: Selection, layout: Layout) -> tuple[Scope, Mapping[str, Symbol]]:
    definitions: dict[str, Any] = {
        one.name: one for one in (*selection.objects, *selection.candidates, *selection.quantities)
    }
    definitions |= {one.other: one for one in selection.candidates if isinstance(one, TwoPairs)}
    scope = Scope(layout, definitions, _lower_definition)
    return scope, {name: scope.need(name, "the selection") for name in definitions}


def _lower_definition(one: Any, scope: Scope) -> Mapping[str, Symbol]:
    if isinstance(one, Quantity):
        return {one.name: _quantity(one, scope)}
    if isinstance(one, TwoPairs):
        return lower_two_pairs(one, scope)
    function: Callable[[Any, Scope], Symbol] = _LOWER[type(one)]
    return {one.name: function(one, scope)}


_LOWER: dict[type, Callable[..., Symbol]] = {
    Objects: lower_objects,
    Leptons: lower_leptons,
    Remaining: lower_remaining,
    Softer: lower_softer,
    Gathered: lower_gathered,
    Leading: lower_leading,
    Nearest: lower_nearest,
    Member: lower_member,
    Sum: lower_sum,
    Combination: lower_combination,
}


def _quantity(one: Quantity, scope: Scope) -> Symbol:
    symbol = lower_expression(one.value, scope, f"quantity {one.name!r}")
    (variable,) = scope.emit([one.name], symbol.code, "quantities", symbol.unit or "")
    return Symbol(variable, symbol.shape, unit=symbol.unit, missing=symbol.missing, is_flag=symbol.is_flag)


def _mask(one: Cut | Category, scope: Scope, section: str) -> Symbol:
    what = "cut" if isinstance(one, Cut) else "category"
    symbol = event_condition(one.when, scope, f"{what} {one.name!r}")
    suffix = "cut" if what == "cut" else "events"
    stem = re.sub(r"\W+", "_", one.name).strip("_")
    stem = f"{what}_{stem}" if not stem or stem[0].isdigit() else stem
    (variable,) = scope.emit([f"{stem}_{suffix}"], symbol.code, section)
    return replace(symbol, code=variable)


def _used(selection: Selection) -> ItemsView[str, str]:
    """(name, who needs it) of quantities that histograms and outputs use."""
    used = {one.quantity: f"histogram {one.name!r}" for one in selection.histograms}
    for output in selection.outputs:
        used |= dict.fromkeys(written(output, selection), output.file)
    return used.items()


def written(output: OutputFile, selection: Selection) -> tuple[str, ...]:
    """Names of the quantities whose values for each selected event an output needs."""
    if isinstance(output, TableFile):
        return tuple(output.columns.values())
    if isinstance(output, PlotFile):
        return tuple(one.quantity for one in selection.histograms if one.name == output.histogram)
    if isinstance(output, JsonFile | RowsFile):
        lists = [value.of for value in values_of(output) if isinstance(value, Listing)]
        statistics = tuple(value.of for value in values_of(output) if isinstance(value, Statistic))
        return tuple(dict.fromkeys([name for names in lists for name in names] + list(statistics)))
    return ()


def _binning(one: Histogram, of: Symbol) -> Binning:
    def moved(value: float) -> float:
        return converted(value, one.unit, of.unit, f"histogram {one.name!r}")

    if one.edges:
        edges = tuple(moved(edge) for edge in one.edges)
        return Binning(None, (edges[0], edges[-1]), edges)
    return Binning(one.bins, (moved(one.low or 0.0), moved(one.high or 0.0)))


_IDENTITIES = (("run", "luminosityBlock", "event"), ("run", "event"), ("runNumber", "eventNumber"), ("event",))


def _identity(layout: Layout) -> tuple[str, ...]:
    columns = {one.name for one in layout.columns}
    return next((names for names in _IDENTITIES if columns >= set(names)), ())
