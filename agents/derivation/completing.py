"""Defines what an answer uses and forgot to define, where the name alone says what it is."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hepcoder.agents.derivation.called import of_kind_as_called
from hepcoder.agents.derivation.leading import compared_as_led, led_as_named, with_leading
from hepcoder.agents.derivation.placing import conditions_of
from hepcoder.tools.layout_records import Layout
from hepcoder.tools.selection.nested import texts_in

_DEFINITIONS = ("objects", "candidates", "quantities")
_USES = ("cuts", "categories")
_FIELDS = ("pt", "eta", "phi", "mass")
_NUMBER = re.compile(r"(?:n|num)_(?P<of>\w+)|(?P<what>\w+?)_(?:count|multiplicity)")
_COUNTED = re.compile(r"(?:^|_)(?:n|num)_(?P<of>\w+)$")
_RANKED = re.compile(rf"(?P<field>{'|'.join(_FIELDS)})_?(?P<rank>[1-4])")
_FIELD = re.compile(rf"(?P<field>{'|'.join(_FIELDS)}|m)_(?P<of>\w+)|(?P<what>\w+?)_(?P<last>{'|'.join(_FIELDS)})")

Answer = Mapping[str, Any]

_LEPTONS = frozenset({"electron", "muon", "lepton"})


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
    given |= {field.branch for one in layout.collections if not one.jagged for field in one.fields}
    things = [one["name"] for part in ("objects", "candidates") for one in answer.get(part, ())]
    things += [one.name for one in layout.collections]
    lists = [one["name"] for one in answer.get("objects", ()) if one.get("kind", "objects") == "objects"]
    missing = dict.fromkeys(name for name in _quantities_used(answer) if name not in defined | given)
    meant = {name: value for name in missing if (value := _meaning(name, things)) is not None}
    meant |= {name: value for name in missing if (value := _field_of_list(name, answer, layout)) is not None}
    meant |= {name: value for name in missing if (value := _usual(name, answer, layout)) is not None}
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


def as_named(answer: Answer, layout: Layout) -> Answer:
    """An answer in which what a name says is what it stands for: of the leading object, a number, a field.

    Args:
        answer: The filled forms.
        layout: What the data offer.
    """
    named = with_plain_lists(called_as_used(of_kind_as_called(answer, layout)), layout)
    return completed(counted_as_named(led_as_named(compared_as_led(with_leading(named)))), layout)


def with_plain_lists(answer: Answer, layout: Layout) -> Answer:
    """An answer that defines ``electrons`` as all of ``Electron``, where it uses the one and cuts on neither.

    Args:
        answer: The filled forms.
        layout: What the data offer.
    """
    defined = {one["name"] for part in _DEFINITIONS for one in answer.get(part, ())}
    parts = [{**one, "name": ""} for part in (*_DEFINITIONS, *_USES) for one in answer.get(part, ())]
    used = dict.fromkeys(texts_in(parts))
    made = {one.get("of") for one in answer.get("objects", ())}
    plural = {f"{one.name.lower().removesuffix('s')}s": one.name for one in layout.collections if one.jagged}
    given = set(made) | defined | {one.name for one in layout.collections}
    missing = [
        (name, plural[name]) for name in used if name in plural and name not in given and plural[name] not in made
    ]
    lists = [{"kind": "objects", "name": name, "of": of, "cuts": []} for name, of in missing]
    return {**answer, "objects": [*lists, *answer.get("objects", ())]} if lists else answer


def called_as_used(answer: Answer) -> Answer:
    """An answer whose list of ``Jet`` is called ``jets`` where that is used, and not what it is called, is defined.

    Args:
        answer: The filled forms.

    Example:
        >>> cut = {"name": "two", "when": {"kind": "count", "of": ["jets"], "op": ">=", "value": 2}}
        >>> given = {"objects": [{"kind": "objects", "name": "events", "of": "Jet", "cuts": []}], "cuts": [cut]}
        >>> called_as_used(given)["objects"][0]["name"]
        'jets'
    """
    lists = [one for one in answer.get("objects", ()) if one.get("kind") == "objects"]
    defined = {one["name"] for part in _DEFINITIONS for one in answer.get(part, ())}
    used = set(texts_in([{**one, "name": ""} for part in (*_DEFINITIONS, *_USES) for one in answer.get(part, ())]))
    names: dict[str, str] = {}
    for one in lists:
        plural = f"{one['of'].lower().removesuffix('s')}s"
        alike = [each for each in lists if each["of"] == one["of"]]
        if plural in used - defined and one["name"] not in used and len(alike) == 1:
            names[one["name"]] = plural
    objects = [{**one, "name": names.get(one["name"], one["name"])} for one in answer.get("objects", ())]
    return {**answer, "objects": objects} if names else answer


def counted_as_named(answer: Answer) -> Answer:
    """An answer whose statistics of ``n_jets`` are of the number of those jets, where they are of something else.

    Args:
        answer: The filled forms.

    Example:
        >>> mean = {"kind": "statistic", "how": "mean", "of": "mass"}
        >>> given = {"objects": [{"name": "jets"}], "values": {"a.json": {"mean_n_jets": mean}}}
        >>> found = counted_as_named(given)
        >>> found["values"]["a.json"]["mean_n_jets"]["of"], found["quantities"]
        ('n_jets', [{'name': 'n_jets', 'value': {'kind': 'count', 'of': ['jets']}}])
    """
    things = [one["name"] for one in answer.get("objects", ())]
    quantities = list(answer.get("quantities", ()))
    values = {file: dict(named) for file, named in answer.get("values", {}).items()}
    for named in values.values():
        for name, one in named.items():
            said = _COUNTED.search(name)
            of = _thing(said["of"], things) if said is not None and one["kind"] == "statistic" else None
            if of is None or _counts(one["of"], of, quantities):
                continue
            count = {"name": f"n_{of}", "value": {"kind": "count", "of": [of]}}
            quantities = [*(one for one in quantities if one["name"] != count["name"]), count]
            named[name] = {**one, "of": count["name"]}
    return {**answer, "quantities": quantities, "values": values}


def _counts(quantity: str, of: str, quantities: Sequence[Answer]) -> bool:
    meant = {"kind": "count", "of": [of]}
    return any(one["name"] == quantity and one["value"] == meant for one in quantities)


def _quantities_used(answer: Answer) -> Iterator[str]:
    """Names that stand where a quantity is needed."""
    for cut in conditions_of(answer):
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


def _field_of_list(name: str, answer: Answer, layout: Layout) -> Answer | None:
    """The field of the one list of objects that has one of that name, or whose name begins so: ``btag``."""
    found = []
    for one in answer.get("objects", ()):
        collection = layout.collection(str(one.get("of")))
        fields = [each.name for each in collection.fields] if collection is not None else []
        alike = [name] if name in fields else [each for each in fields if len(name) > 3 and each.startswith(name)]
        found += [(one["name"], field) for field in alike[:1]]
    return {"kind": "field", "of": found[0][0], "field": found[0][1]} if len(found) == 1 else None


def _usual(name: str, answer: Answer, layout: Layout) -> Answer | None:
    """What ``met``, ``mt`` and ``ht`` always are: the missing momentum, with the one lepton, the sum over the jets."""
    if name in {"met", "mt"}:
        single = [one.name for one in layout.collections if one.kind == "met" and not one.jagged and one.momentum]
        if len(single) != 1:
            return None
        lepton = _one_lepton(answer, layout) if name == "mt" else None
        if lepton is not None:
            return {"kind": "transverse_mass", "of": [lepton, single[0]]}
        return {"kind": "field", "of": single[0], "field": "pt"} if name == "met" else None
    jets = [one["name"] for one in answer.get("objects", ()) if _kind_of(one, layout) == "jet"]
    return {"kind": "scalar_sum", "of": jets} if name == "ht" and len(jets) == 1 else None


def _one_lepton(answer: Answer, layout: Layout) -> str | None:
    """The candidate that is the leading lepton, where there is one kind of lepton and one such candidate."""
    leptons = {one["name"] for one in answer.get("objects", ()) if _kind_of(one, layout) in _LEPTONS}
    leading = [one["name"] for one in answer.get("candidates", ()) if one["kind"] == "leading" and one["of"] in leptons]
    return leading[0] if len(leading) == 1 else None


def _kind_of(one: Answer, layout: Layout) -> str | None:
    collection = layout.collection(str(one.get("of")))
    return None if collection is None else collection.kind


def _thing(word: str, things: list[str]) -> str | None:
    """The object, list or candidate that a word names, in the singular or the plural."""
    plain = word.lower().removesuffix("s")
    return next((one for one in things if one.lower().removesuffix("s") == plain), None)
