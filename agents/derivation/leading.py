"""Leading objects that an answer means by their names and does not define."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

Answer = Mapping[str, Any]

_NUMBERED = re.compile(r"(?P<stem>[a-z]+?)_?(?P<rank>[1-4])")
_LEADING = re.compile(r"(?:^|_)(?:lead|hardest|highest|first)")
_SECOND = re.compile(r"sub_?lead|(?:^|_)second|trailing")
_LEAD_SAID = re.compile(r"leading|hardest|highest[- ]p_?t|of (?:the )?highest|largest p_?t", re.IGNORECASE)
_PAIR = 2
_PARTS = frozenset({"of", "to"})
_DEFINITIONS = ("objects", "candidates", "quantities")


def with_leading(answer: Answer) -> Answer:
    """An answer that defines ``mu1`` and ``jet_2``, where it uses them: objects of the list that begins so.

    Args:
        answer: The filled forms.

    Example:
        >>> charge = {"name": "charge", "when": {"kind": "charge", "of": ["mu1", "mu2"], "sign": "same"}}
        >>> found = with_leading({"objects": [{"name": "muons"}], "cuts": [charge]})
        >>> [(one["name"], one["of"], one["rank"]) for one in found["candidates"]]
        [('mu1', 'muons', 1), ('mu2', 'muons', 2)]
    """
    defined = {one["name"] for part in _DEFINITIONS for one in answer.get(part, ())}
    lists = [one["name"] for one in answer.get("objects", ()) if one.get("kind", "objects") == "objects"]
    used = [
        name for part in ("candidates", "quantities", "cuts", "categories") for name in _all_of(answer.get(part, ()))
    ]
    candidates = list(answer.get("candidates", ()))
    for name in dict.fromkeys(used):
        found = _NUMBERED.fullmatch(name)
        of = [one for one in lists if found is not None and one.startswith(found["stem"])]
        if found is not None and name not in defined and len(of) == 1:
            candidates.append({"kind": "leading", "name": name, "of": of[0], "rank": int(found["rank"])})
    return {**answer, "candidates": candidates}


def _all_of(value: Any) -> Iterator[str]:
    """The names that stand under ``of`` and ``to``, at any depth."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from (
                each for each in (one if isinstance(one, list) else [one]) if isinstance(each, str) and key in _PARTS
            )
            yield from _all_of(one)
    elif isinstance(value, list):
        for one in value:
            yield from _all_of(one)


def led_as_named(answer: Answer) -> Answer:
    """An answer where ``lead_pt`` is of the leading object, and not of every object of a list.

    Args:
        answer: The filled forms.

    Example:
        >>> lead = {"name": "lead_pt", "value": {"kind": "field", "of": "jets", "field": "pt"}}
        >>> found = led_as_named({"objects": [{"name": "jets"}], "quantities": [lead]})
        >>> found["candidates"], found["quantities"][0]["value"]["of"]
        ([{'kind': 'leading', 'name': 'jets_1', 'of': 'jets', 'rank': 1}], 'jets_1')
    """
    things = {one["name"] for one in answer.get("objects", ())}
    candidates, quantities = list(answer.get("candidates", ())), []
    for one in answer.get("quantities", ()):
        value, rank = one["value"], rank_said(one["name"])
        if rank is None or value["kind"] != "field" or value["of"] not in things:
            quantities.append(one)
            continue
        leading = leading_of(value["of"], rank)
        candidates += [] if leading in candidates else [leading]
        quantities.append({**one, "value": {**value, "of": leading["name"]}})
    return {**answer, "candidates": candidates, "quantities": quantities}


def compared_as_led(answer: Answer) -> Answer:
    """An answer whose cut *leading jet* compares the pt of the leading object, where it compares the whole list.

    Args:
        answer: The filled forms.

    Example:
        >>> cut = {"name": "highest pt jet", "when": {"kind": "compare", "left": "jets", "op": ">", "right": 100}}
        >>> found = compared_as_led({"objects": [{"name": "jets"}], "cuts": [cut]})
        >>> found["cuts"][0]["when"]["left"], found["quantities"][0]["value"]
        ('pt_jets_1', {'kind': 'field', 'of': 'jets_1', 'field': 'pt'})
    """
    things = {one["name"] for one in answer.get("objects", ())}
    candidates, quantities = list(answer.get("candidates", ())), list(answer.get("quantities", ()))
    cuts = []
    for cut in answer.get("cuts", ()):
        when, rank = cut["when"], rank_said(cut["name"].replace(" ", "_"))
        if when["kind"] != "compare" or when["left"] not in things or rank is None:
            cuts.append(cut)
            continue
        leading = leading_of(when["left"], rank)
        quantity = {
            "name": f"pt_{leading['name']}",
            "value": {"kind": "field", "of": leading["name"], "field": "pt"},
        }
        candidates += [] if leading in candidates else [leading]
        quantities += [] if quantity in quantities else [quantity]
        cuts.append({**cut, "when": {**when, "left": quantity["name"]}})
    return {**answer, "candidates": candidates, "quantities": quantities, "cuts": cuts}


def paired_as_led(answer: Answer, stated: Collection[float], request: str) -> Answer:
    """An answer that pairs the two leading objects, where it takes the pair nearest to a mass that nobody stated.

    Args:
        answer: The filled forms.
        stated: The numbers of the request.
        request: The request.

    Example:
        >>> pair = {"kind": "combination", "name": "bb", "of": ["bjets"], "size": 2, "choose": "nearest", "target": 0}
        >>> found = paired_as_led({"candidates": [pair]}, [30.0], "mass of the two b-jets of highest pt")
        >>> [one["kind"] for one in found["candidates"]], found["candidates"][2]["of"]
        (['leading', 'leading', 'sum'], ['bjets_1', 'bjets_2'])
    """
    if not _LEAD_SAID.search(request):
        return answer
    candidates: list[Any] = []
    of: dict[str, str] = {}
    for one in answer.get("candidates", ()):
        if one["kind"] == "member" and one["of"] in of:
            candidates.append({**leading_of(of[one["of"]], one["number"]), "name": one["name"]})
            continue
        invented = one["kind"] == "combination" and one["choose"] == "nearest" and abs(one["target"]) not in stated
        if not invented or one["size"] != _PAIR or len(one["of"]) != 1:
            candidates.append(one)
            continue
        of[one["name"]] = one["of"][0]
        both = [leading_of(one["of"][0], rank) for rank in (1, 2)]
        candidates += [each for each in both if each not in candidates]
        candidates.append({"kind": "sum", "name": one["name"], "of": [each["name"] for each in both]})
    return {**answer, "candidates": candidates}


def leading_of(name: str, rank: int) -> dict[str, Any]:
    """The candidate that is the object of that rank of a list, under a name of its own."""
    return {"kind": "leading", "name": f"{name}_{rank}", "of": name, "rank": rank}


def rank_said(name: str) -> int | None:
    """1 or 2 where a name is one of the leading or of the second object, else None."""
    if _SECOND.search(name):
        return 2
    return 1 if _LEADING.search(name) else None
