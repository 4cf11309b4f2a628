"""Comparisons of an answer, made those that the request states."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from hepcoder.agents.derivation.placing import kind_of_cut, kinds_stated, uses_of
from hepcoder.agents.derivation.statements import Stated, ranges_around, same, values_of

Answer = Mapping[str, Any]

# Words that turn a cut around, so that the stated comparison is of what is thrown away.
_TURNED = re.compile(
    r"\b(?:veto\w*|reject\w*|drop\w*|remov\w*|discard\w*|exclud\w*|except|outside|throw\w*|skip\w*|ignor\w*|"
    r"without|no|not|fail\w*|unless)\b",
    re.IGNORECASE,
)
# Bounds nearer than this share of a range to its own were meant for them.
_ROUNDING = 0.05
_SIDE = {">": 1, ">=": 1, "<": -1, "<=": -1, "==": 0, "!=": 0}


def as_stated(answer: Answer, stated: Sequence[Stated], request: str) -> Answer:
    """An answer whose comparisons are those that the request states right before the number.

    Only what is stated once, and in one way, is taken over: *at least two jets* makes ``> 2`` a ``>= 2``. Requests
    that speak of what is thrown away keep the answer's direction of cuts on quantities.

    Args:
        answer: The filled forms.
        stated: The numbers of the request.
        request: The request.
    """
    turned = bool(_TURNED.search(request))
    objects = [
        {**one, "cuts": [_mended(cut, "value", stated, turned=turned) for cut in one["cuts"]]} if "cuts" in one else one
        for one in answer["objects"]
    ]
    return {**answer, "objects": objects, "cuts": [_event_cut(cut, stated, turned=turned) for cut in answer["cuts"]]}


def centred(answer: Answer, request: str) -> Answer:
    """An answer whose windows are those that the request states by middle and half-width, where they were rounded.

    Args:
        answer: The filled forms.
        request: The request.
    """
    ranges = ranges_around(request)
    return {**answer, "cuts": [{**cut, "when": _centred(cut["when"], ranges)} for cut in answer["cuts"]]}


def _centred(when: Answer, ranges: Sequence[tuple[float, float]]) -> Answer:
    if when["kind"] == "any":
        return {**when, "of": _centred(when["of"], ranges)}
    if when["kind"] != "window":
        return when
    near = [
        (low, high)
        for low, high in ranges
        if abs(when["low"] - low) < _ROUNDING * (high - low) and abs(when["high"] - high) < _ROUNDING * (high - low)
    ]
    return {**when, "low": near[0][0], "high": near[0][1]} if len(near) == 1 else when


def _event_cut(cut: Answer, stated: Sequence[Stated], *, turned: bool) -> Answer:
    when = cut["when"]
    if when["kind"] == "any":
        return {**cut, "when": {**when, "of": _one_sided(when["of"], stated, turned=turned)}}
    if when["kind"] == "count":
        op = _only_op(when["value"], [one for one in stated if not one.kinds])
        return cut if op is None else {**cut, "when": {**when, "op": op}}
    return {**cut, "when": _one_sided(when, stated, turned=turned)}


def _one_sided(when: Answer, stated: Sequence[Stated], *, turned: bool) -> Answer:
    """A window of which the request has one bound only is a comparison."""
    if when["kind"] != "window":
        return _mended(when, "right", stated, turned=turned)
    low, high = (_is_stated(when[side], stated) for side in ("low", "high"))
    if low == high or when["outside"]:
        return when
    unit = {"unit": when["unit"]} if "unit" in when else {}
    side, value = (when["low_op"].replace("<", ">"), when["low"]) if low else (when["high_op"], when["high"])
    found = {"kind": "compare", "left": when["of"], "op": side, "right": value, **unit}
    return _mended(found, "right", stated, turned=turned)


def _is_stated(value: float, stated: Sequence[Stated]) -> bool:
    return any(same(value, one) for one in values_of(stated))


def _mended(cut: Answer, key: str, stated: Sequence[Stated], *, turned: bool) -> Answer:
    value = cut.get(key)
    if "op" not in cut or not isinstance(value, int | float):
        return cut
    op = _only_op(value, stated)
    if op is None or (turned and _SIDE[op] != _SIDE[cut["op"]]):
        return cut
    return {**cut, "op": op}


def _only_op(value: float, stated: Sequence[Stated]) -> str | None:
    """The comparison that a request states with a number wherever it has it; None where it states none, or two."""
    ops = {one.op for one in stated if same(value, one.value)}
    return ops.pop() if len(ops) == 1 else None


def well_placed(answer: Answer, stated: Sequence[Stated]) -> Answer:
    """An answer without cuts on objects of numbers that it also has where the request wants them.

    A small model puts the cut on a pair's mass on the single objects too.

    Args:
        answer: The filled forms.
        stated: The numbers of the request.
    """
    uses = list(uses_of(answer))

    def belongs(cut: Answer) -> bool:
        numbers = [float(cut[key]) for key in ("value", "low", "high") if isinstance(cut.get(key), int | float)]
        return not (numbers and all(leaked(number, kind_of_cut(cut)) for number in numbers))

    def leaked(number: float, kind: str | None) -> bool:
        kinds = kinds_stated(number, stated)
        if kind is None or not kinds or kind in kinds:
            return False
        return any(same(number, use.value) and use.kind in kinds for use in uses)

    objects = [
        {**one, "cuts": [cut for cut in one["cuts"] if belongs(cut)]} if "cuts" in one else one
        for one in answer["objects"]
    ]
    return {**answer, "objects": objects}
