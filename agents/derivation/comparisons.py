"""Comparisons of an answer, made those that the request states."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from hepcoder.agents.derivation.placing import bare, kind_of_cut, kinds_stated, uses_of
from hepcoder.agents.derivation.statements import Stated, ranges_around, same, values_of
from hepcoder.agents.drafting.grammar import NUMBER_WORDS, OPERATORS, count_of, operator_of

Answer = Mapping[str, Any]

# Words that turn a cut around, so that the stated comparison is of what is thrown away.
_TURNED = re.compile(
    r"\b(?:veto\w*|zero|none|nor|lack\w*|free|absen\w*|reject\w*|drop\w*|remov\w*|discard\w*|exclud\w*|except|"
    r"outside|w/o|throw\w*|skip\w*|ignor\w*|without|no|not|fail\w*|unless)\b",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    rf"\b(?P<op>{'|'.join(pattern for pattern, _ in OPERATORS)})\s+(?P<number>\d+|{'|'.join(NUMBER_WORDS)})\s+"
    r"[\w -]{1,25}(?:\(s\))?[\w -]{0,10}(?:\(|\bin\s+|\bby\s+)(?P<column>\w+)\b",
    re.IGNORECASE,
)
# A size that is to be small, as a formula has it.
_SIZE_BELOW = re.compile(r"\|\s*\w*eta\w*\s*\|\s*(?:<|below|under|less than)", re.IGNORECASE)
# Bounds nearer than this share of a range to its own were meant for them.
_ROUNDING = 0.05
IS_CATEGORY = "is_category"
"""Marks a category among the cuts, while both are mended alike."""
_BOUNDS = ("value", "right", "low", "high")
_BINS = frozenset({"bins"})
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

    A window outside a range is one inside it, where no word of the request throws anything away; one around zero is a
    comparison of the absolute value.

    Args:
        answer: The filled forms.
        request: The request.
    """
    ranges, turned = ranges_around(request), bool(_TURNED.search(request))
    cuts = [{**cut, "when": _centred(cut["when"], ranges, request, turned=turned)} for cut in answer["cuts"]]
    return {**answer, "cuts": cuts}


def _centred(when: Answer, ranges: Sequence[tuple[float, float]], request: str, *, turned: bool) -> Answer:
    if when["kind"] == "any":
        return {**when, "of": _centred(when["of"], ranges, request, turned=turned)}
    if when["kind"] != "window":
        return when
    if isinstance(when["of"], str) and when["high"] > 0 and same(-when["low"], when["high"]) and when["low"] < 0:
        outside = when["outside"] and turned and not _SIZE_BELOW.search(request)
        op = when["high_op"].replace("<", ">") if outside else when["high_op"]
        return {"kind": "compare", "left": f"|{when['of'].strip('|')}|", "op": op, "right": when["high"]}
    near = [
        (low, high)
        for low, high in ranges
        if abs(when["low"] - low) < _ROUNDING * (high - low) and abs(when["high"] - high) < _ROUNDING * (high - low)
    ]
    from_middle = [one for one in ranges if same(sum(one) / 2, when["low"]) or same(sum(one) / 2, when["high"])]
    meant = near or from_middle
    if len(meant) != 1:
        return when
    outside = when["outside"] and turned
    return {**when, "low": meant[0][0], "high": meant[0][1], "outside": outside}


def counted_as_said(answer: Answer, request: str) -> Answer:
    """An answer whose comparison of a column of counts is the one before it: *at least 1 jet (n_jet)*.

    Args:
        answer: The filled forms.
        request: The request.

    Example:
        >>> cut = {"name": "jets", "when": {"kind": "compare", "left": "n_jet", "op": "==", "right": 1}}
        >>> counted_as_said({"cuts": [cut]}, "at least 1 jet(s) (n_jet), 1/N")["cuts"][0]["when"]["op"]
        '>='
    """
    said = {
        (found["column"], count_of(found["number"])): operator_of(found["op"]) for found in _COUNTED.finditer(request)
    }
    cuts = []
    for cut in answer["cuts"]:
        when = cut["when"]
        op = said.get((when["left"], when["right"])) if _is_compared(when) else None
        cuts.append(cut if op is None else {**cut, "when": {**when, "op": op}})
    return {**answer, "cuts": cuts}


def _is_compared(when: Answer) -> bool:
    """Whether a condition compares a column with a number."""
    return when["kind"] == "compare" and isinstance(when["left"], str) and isinstance(when["right"], int | float)


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
    low, high = (
        _is_stated(when[side], stated) and kinds_stated(when[side], stated) != _BINS for side in ("low", "high")
    )
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


def without_invented(answer: Answer, stated: Sequence[Stated], request: str) -> Answer:
    """An answer without cuts whose numbers the request does not have.

    A small model shown the range of a field takes its ends for a cut, and copies a cut of an example. 0 and 1 need not
    be spelled out, and numbers of objects are left as they are, but for a veto where the request throws nothing away.

    Args:
        answer: The filled forms.
        stated: The numbers of the request.
        request: The request.
    """

    def is_asked(cut: Answer) -> bool:
        numbers = [float(cut[key]) for key in _BOUNDS if isinstance(cut.get(key), int | float)]
        return not numbers or any(abs(one) in {0.0, 1.0} or _is_stated(one, stated) for one in numbers)

    objects = [
        {**one, "cuts": [cut for cut in one["cuts"] if is_asked(cut)]} if "cuts" in one else one
        for one in answer["objects"]
    ]
    vetoes = _TURNED.search(request) is not None or any(one.value == 0 for one in stated)

    def is_cut(cut: Answer) -> bool:
        when = bare(cut["when"])
        if IS_CATEGORY in cut and when["kind"] == "count":
            return True
        return is_asked(when) if when["kind"] != "count" else vetoes or (when["op"], when["value"]) != ("==", 0)

    cuts = [cut for cut in answer["cuts"] if is_cut(cut)]
    return {**answer, "objects": objects, "cuts": cuts}


def well_placed(answer: Answer, stated: Sequence[Stated], request: str) -> Answer:
    """An answer without cuts on objects of numbers that it also has where the request wants them.

    A small model puts the cut on a pair's mass on the single objects too, cuts on the range of a histogram, and asks
    for any object that passes a cut which all of its list have passed.

    Args:
        answer: The filled forms.
        stated: The numbers of the request.
        request: The request.
    """
    uses = list(uses_of(answer))
    ranges = ranges_around(request)

    def belongs(cut: Answer) -> bool:
        numbers = [float(cut[key]) for key in ("value", "low", "high") if isinstance(cut.get(key), int | float)]
        return not (numbers and all(leaked(number, kind_of_cut(cut)) for number in numbers))

    def leaked(number: float, kind: str | None) -> bool:
        kinds = kinds_stated(number, stated)
        if kinds == _BINS and number:  # 0 begins a range and is the border between charges
            return True
        if kind is None or not kinds or kind in kinds:
            return False
        return any(same(number, use.value) and use.kind in kinds for use in uses)

    objects = [
        {**one, "cuts": [cut for cut in one["cuts"] if belongs(cut)]} if "cuts" in one else one
        for one in answer["objects"]
    ]
    on_objects = {(use.kind, use.value) for use in uses_of({"objects": objects})}

    def is_own(cut: Answer) -> bool:
        if cut["when"]["kind"] != "any":  # the leading object may be cut on as all are
            return True
        own = list(uses_of({**answer, "objects": [], "candidates": [], "cuts": [cut], "categories": []}))
        known = [use for use in own if sum(same(use.value, one.value) for one in stated) == 1]
        return not (own and len(known) == len(own) and all((use.kind, use.value) in on_objects for use in known))

    cuts = [cut for cut in answer["cuts"] if not _is_range(cut, stated, ranges) and is_own(cut)]
    return {**answer, "objects": objects, "cuts": cuts}


def _is_range(cut: Answer, stated: Sequence[Stated], ranges: Sequence[tuple[float, float]]) -> bool:
    """Whether a cut is on numbers that the request has for bins alone."""
    when = bare(cut["when"])
    if any(same(when.get("low", 0.0), low) and same(when.get("high", 0.0), high) for low, high in ranges):
        return False
    numbers = [float(when[key]) for key in _BOUNDS if isinstance(when.get(key), int | float) and when[key]]
    return when["kind"] != "count" and bool(numbers) and all(kinds_stated(one, stated) == _BINS for one in numbers)
