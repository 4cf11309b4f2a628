"""Cuts of a selection that no event or object can meet together."""

import math
from collections.abc import Iterable, Iterator
from typing import Any

from hepcoder.tools.selection.conditions import And, Compare, CountOf, Window
from hepcoder.tools.selection.expressions import Number
from hepcoder.tools.selection.object_records import FieldCut, FieldWindow, Objects
from hepcoder.tools.selection.selection import Selection

_IN_GEV = {"GeV": 1.0, "MeV": 0.001, "TeV": 1000.0, None: 1.0}

Bound = tuple[float, bool]
"""A value and whether it belongs to the allowed side."""


def contradictions(selection: Selection) -> tuple[str, ...]:
    """Say which cuts exclude each other: bounds on one quantity that leave nothing between them.

    Only plain bounds are compared (a number against one quantity, count or field); a unit that is not stated is taken
    to be that of the other bound.

    Args:
        selection: The selection.

    Returns:
        A sentence for each quantity; empty when all cuts can be met, or it cannot be told.
    """
    found = []
    for one in selection.objects:
        if isinstance(one, Objects):
            found += list(_clashes(_object_bounds(one), f"{one.name} "))
    return (*found, *_clashes(_event_bounds(selection), ""))


def _object_bounds(one: Objects) -> Iterator[tuple[str, str, float]]:
    for cut in one.cuts:
        if isinstance(cut, FieldCut) and cut.over is None:
            yield cut.field, cut.op, cut.value * _IN_GEV.get(cut.unit, 1.0)
        elif isinstance(cut, FieldWindow) and not cut.outside:
            yield from _window(cut.field, cut)


def _event_bounds(selection: Selection) -> Iterator[tuple[str, str, float]]:
    for cut in selection.cuts:
        for when in cut.when.of if isinstance(cut.when, And) else (cut.when,):
            if isinstance(when, CountOf):
                yield f"the number of {', '.join(when.of)}", when.op, float(when.value)
            elif isinstance(when, Compare) and isinstance(when.right, Number):
                yield _shown(when.left), when.op, when.right.value * _IN_GEV.get(when.unit or when.right.unit, 1.0)
            elif isinstance(when, Window) and not when.outside:
                yield from _window(_shown(when.of), when)


def _window(name: str, one: Any) -> Iterator[tuple[str, str, float]]:
    factor = _IN_GEV.get(one.unit, 1.0)
    yield name, ">" if one.low_op == "<" else ">=", one.low * factor
    yield name, one.high_op, one.high * factor


def _shown(expression: Any) -> str:
    return str(getattr(expression, "name", None) or expression)


def _clashes(bounds: Iterable[tuple[str, str, float]], who: str) -> Iterator[str]:
    by_name: dict[str, list[tuple[str, float]]] = {}
    for name, op, value in bounds:
        by_name.setdefault(name, []).append((op, value))
    for name, stated in by_name.items():
        low = max((_low(op, value) for op, value in stated), default=(-math.inf, False), key=_strictest_low)
        high = min((_high(op, value) for op, value in stated), default=(math.inf, False), key=_strictest_high)
        if low[0] > high[0] or (low[0] == high[0] and not (low[1] and high[1])):
            told = " and ".join(f"{op} {value:g}" for op, value in stated)
            yield f"no {who}{name} can be {told}"


def _low(op: str, value: float) -> Bound:
    return (value, op != ">") if op in {">", ">=", "=="} else (-math.inf, False)


def _high(op: str, value: float) -> Bound:
    return (value, op != "<") if op in {"<", "<=", "=="} else (math.inf, False)


def _strictest_low(bound: Bound) -> tuple[float, bool]:
    return bound[0], not bound[1]


def _strictest_high(bound: Bound) -> tuple[float, bool]:
    return bound[0], bound[1]
