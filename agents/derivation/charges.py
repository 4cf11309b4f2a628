"""Charges, compared as the request says."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

Answer = Mapping[str, Any]

_OPPOSITE = re.compile(r"opposite|\bos\b|unlike", re.IGNORECASE)
_SAME = re.compile(r"same[- ](?:sign|charge)|like[- ]sign|equal charge|\bss\b", re.IGNORECASE)
_CHARGE = re.compile(r"(?:^|_)(?:q|charge)_?\d?$|^q\d|^charge", re.IGNORECASE)
ONE_CHARGE = re.compile(
    r"positive|negative|(?:\b|_)(?:pos|neg|plus|minus)(?:\b|_)|\bW[+-]|positron|anti-?muon|charge\s*(?:of|=+|is|>|<)|[\u03bceμ][+-](?!\w)|\bmu[+-]|\be[+-]",
    re.IGNORECASE,
)
_OPPOSITE_IS = {"+": "==", "*": "<"}
_SAME_IS = {"+": "!=", "*": ">"}


def charged_as_said(answer: Answer, request: str) -> Answer:
    """An answer whose cut on the sum or product of two charges is the one that *opposite* or *same* means.

    Args:
        answer: The filled forms.
        request: The request.

    Example:
        >>> total = {"name": "sum_q", "value": {"kind": "arithmetic", "op": "+", "left": "Q1", "right": "Q2"}}
        >>> cut = {"name": "charge", "when": {"kind": "compare", "left": "sum_q", "op": "<", "right": 0}}
        >>> charged_as_said({"quantities": [total], "cuts": [cut]}, "opposite charges")["cuts"][0]["when"]["op"]
        '=='
    """
    opposite, same = bool(_OPPOSITE.search(request)), bool(_SAME.search(request))
    if opposite == same:
        return answer
    ops = _OPPOSITE_IS if opposite else _SAME_IS
    charges = {
        one["name"]: value["op"]
        for one in answer.get("quantities", ())
        if (value := one["value"])["kind"] == "arithmetic"
        and value["op"] in ops
        and all(_CHARGE.search(str(value[side])) for side in ("left", "right"))
    }
    return {**answer, "cuts": [_meant(cut, charges, ops) for cut in answer["cuts"]]}


def without_single_charges(objects: Sequence[Answer], request: str) -> list[Answer]:
    """Lists of objects without cuts on the charge of each, where the request only speaks of the charges of pairs.

    Args:
        objects: Lists of objects, as the forms have them.
        request: The request.

    Example:
        >>> muons = {"name": "muons", "cuts": [{"kind": "cut", "field": "charge", "op": "==", "value": 1}]}
        >>> [len(without_single_charges([muons], text)[0]["cuts"]) for text in ("same-sign muons", "positive muons")]
        [0, 1]
    """
    if ONE_CHARGE.search(request):
        return list(objects)
    return [
        {**one, "cuts": [cut for cut in one["cuts"] if cut.get("field") != "charge"]} if "cuts" in one else one
        for one in objects
    ]


def _meant(cut: Answer, charges: Mapping[str, str], ops: Mapping[str, str]) -> Answer:
    when = cut["when"]
    if when["kind"] != "compare" or when["left"] not in charges or when["right"] != 0:
        return cut
    return {**cut, "when": {**when, "op": ops[charges[when["left"]]]}}
