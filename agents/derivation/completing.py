"""Defines what an answer uses and forgot to define, where the name alone says what it is."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from hepcoder.tools.layout_records import Layout

_FIELDS = ("pt", "eta", "phi", "mass")
_NUMBER = re.compile(r"(?:n|num)_(?P<of>\w+)|(?P<what>\w+?)_(?:count|multiplicity)")
_RANKED = re.compile(rf"(?P<field>{'|'.join(_FIELDS)})_?(?P<rank>[1-4])")
_FIELD = re.compile(rf"(?P<field>{'|'.join(_FIELDS)}|m)_(?P<of>\w+)|(?P<what>\w+?)_(?P<last>{'|'.join(_FIELDS)})")

Answer = Mapping[str, Any]


def completed(answer: Answer, layout: Layout) -> Answer:
    """An answer with a definition for each quantity whose name says what it is: ``n_jets``, ``pairs_mass``, ``pt1``.

    Args:
        answer: The filled forms.
        layout: What the data offer.

    Returns:
        The answer itself where nothing is missing or can be told.

    Example:
        >>> given = {"objects": [{"name": "jets"}], "cuts": [{"when": {"kind": "compare", "left": "n_jets"}}]}
        >>> completed(given, Layout(kind="flat"))["quantities"]
        [{'name': 'n_jets', 'value': {'kind': 'count', 'of': ['jets']}}]
    """
    defined = {one["name"] for part in ("objects", "candidates", "quantities") for one in answer.get(part, ())}
    given = {one.name for one in layout.columns} | {one.name for one in layout.collections}
    things = [one["name"] for part in ("objects", "candidates") for one in answer.get(part, ())]
    things += [one.name for one in layout.collections]
    lists = [one["name"] for one in answer.get("objects", ()) if one.get("kind", "objects") == "objects"]
    missing = dict.fromkeys(name for name in _quantities_used(answer) if name not in defined | given)
    meant = {name: value for name in missing if (value := _meaning(name, things)) is not None}
    ranked = {name: rank for name in missing if (rank := _RANKED.fullmatch(name))} if len(lists) == 1 else {}
    candidates = [
        {"kind": "leading", "name": f"{lists[0]}_{rank['rank']}", "of": lists[0], "rank": int(rank["rank"])}
        for rank in ranked.values()
    ]
    for (name, rank), one in zip(ranked.items(), candidates, strict=True):
        meant[name] = {"kind": "field", "of": one["name"], "field": rank["field"]}
    if not meant:
        return answer
    candidates = [one for place, one in enumerate(candidates) if one not in candidates[:place]]
    added = [{"name": name, "value": value} for name, value in meant.items()]
    return {
        **answer,
        "candidates": [*answer.get("candidates", ()), *candidates],
        "quantities": [*answer.get("quantities", ()), *added],
    }


def _quantities_used(answer: Answer) -> Iterator[str]:
    """Names that stand where a quantity is needed."""
    for cut in answer.get("cuts", ()):
        when = cut["when"]
        when = when["of"] if when["kind"] == "any" else when
        yield from _texts(when.get("left"), when.get("right"), when.get("of") if when["kind"] == "window" else None)
    for one in answer.get("quantities", ()):
        if one["value"]["kind"] == "arithmetic":
            yield from _texts(one["value"]["left"], one["value"]["right"])
    for one in answer.get("histograms", {}).values():
        yield from _texts(one["of"])
    for values in answer.get("values", {}).values():
        yield from _texts(*(one.get("of") for one in values.values() if one["kind"] == "statistic"))
    for columns in answer.get("tables", {}).values():
        yield from _texts(*columns.values())


def _texts(*found: Any) -> Iterator[str]:
    yield from (one for one in found if isinstance(one, str))


def _meaning(name: str, things: list[str]) -> Answer | None:
    counted = _NUMBER.fullmatch(name)
    if counted is not None:
        of = _thing(counted["of"] or counted["what"], things)
        return None if of is None else {"kind": "count", "of": [of]}
    said = _FIELD.fullmatch(name)
    if said is None:
        return None
    of = _thing(said["of"] or said["what"], things)
    field = said["field"] or said["last"]
    return None if of is None else {"kind": "field", "of": of, "field": "mass" if field == "m" else field}


def _thing(word: str, things: list[str]) -> str | None:
    """The object, list or candidate that a word names, in the singular or the plural."""
    plain = word.lower().removesuffix("s")
    return next((one for one in things if one.lower().removesuffix("s") == plain), None)
