"""Mends what an answer has wrong where the request or the data leave one meaning only, and drops what nothing uses."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hepcoder.agents.derivation.charges import charged_as_said, without_single_charges
from hepcoder.agents.derivation.comparisons import (
    IS_CATEGORY,
    as_stated,
    centred,
    counted_as_said,
    well_placed,
    without_invented,
)
from hepcoder.agents.derivation.leading import paired_as_led
from hepcoder.agents.derivation.mentions import with_said_fields, without_unasked
from hepcoder.agents.derivation.naming import is_plain_count
from hepcoder.agents.derivation.results import as_binned, drawn_as_named, shared_as_said
from hepcoder.agents.derivation.statements import stated_numbers
from hepcoder.tools.layout_records import Layout
from hepcoder.tools.selection.nested import texts_in

Answer = Mapping[str, Any]

# Words of a request that tell the two sides of the detector apart; without them a cut on eta is one on its size.
_SIDES = re.compile(r"(?<![\w.])-\s?\d|positive|negative|signed|hemisphere|side\b|backward", re.IGNORECASE)
# Quantities that are one for each object where they are made of a list of objects.
_EACH = frozenset({"field", "system", "angle", "transverse_mass"})
_DEFINITIONS = ("objects", "candidates", "quantities")


def tidied(answer: Answer, layout: Layout, request: str) -> Answer:
    """An answer without slips that rules can mend.

    A cut on eta is one on ``|eta|`` unless the request tells two sides apart; the mass of an object and the missing
    momentum is the transverse one, for there is no other; a cut on a list of numbers is on any of them; comparisons
    are as the request states them, and a number that it states once is compared with the quantity that it names. What
    is given twice, and what no cut and no result needs, is left out, so that a number of the request that only stands
    there does not count as used; so is a rule of charge for objects without charge, and cuts get names of their own.

    Args:
        answer: The filled forms.
        layout: What the data offer.
        request: The request.

    Example:
        >>> central = {"kind": "cut", "field": "eta", "op": "<", "value": 1}
        >>> jets = {"kind": "objects", "name": "jets", "of": "Jet", "cuts": [central]}
        >>> cut = {"name": "two", "when": {"kind": "count", "of": ["jets"], "op": ">", "value": 2}}
        >>> unused = {"kind": "leading", "name": "mu1", "of": "muons", "rank": 1}
        >>> given = {"objects": [jets, jets], "candidates": [unused], "quantities": [], "cuts": [cut]}
        >>> found = tidied(given, Layout(kind="nanoaod"), "at least two jets with central eta")
        >>> [len(found[part]) for part in ("objects", "candidates")], found["objects"][0]["cuts"][0]["field"]
        ([1, 0], '|eta|')
        >>> found["cuts"][0]["when"]["op"]
        '>='
    """
    found = {**answer, **{part: list(answer.get(part, ())) for part in (*_DEFINITIONS, "cuts")}}
    found["cuts"] += [{**one, IS_CATEGORY: True} for one in answer.get("categories", ())]
    found["objects"] = without_unasked(with_said_fields(found["objects"], layout, request), layout, request)
    if not _SIDES.search(request):
        found["objects"] = [_with_sizes(one) for one in found["objects"]]
    found["objects"] = [_without_negative_sizes(one) for one in without_single_charges(found["objects"], request)]
    missing = {one.name for one in layout.collections if one.kind == "met"}
    found["quantities"] = [_transverse(one, missing) for one in found["quantities"]]
    lists = {one["name"] for one in found["objects"]}
    found["candidates"] = [
        _without_charge(one, found, layout) for one in found["candidates"] if one["name"] not in lists
    ]
    found["cuts"] = _named_once(found["cuts"])
    found["cuts"] = [_of_any(cut, _listed(found, layout)) for cut in found["cuts"]]
    stated = stated_numbers(request)
    found = dict(paired_as_led(found, [abs(one.value) for one in stated], request))
    found = dict(well_placed(without_invented(centred(found, request), stated, request), stated, request))
    found = dict(counted_as_said(as_stated(found, stated, request), request))
    found = dict(drawn_as_named(as_binned(charged_as_said(found, request), request), layout, request))
    found.update(_parted(found["cuts"]))
    found = dict(shared_as_said(found, request))
    cuts = {cut["name"] for cut in found["cuts"]}
    counts = {one["name"] for one in found["quantities"] if one["value"]["kind"] == "count"}
    found["values"] = _final_counts(_of_all(found.get("values", {}), cuts), counts)
    needed = _needed(found)
    for part in _DEFINITIONS:
        found[part] = _once(one for one in found[part] if one["name"] in needed)
    return found


def _parted(conditions: Sequence[Answer]) -> dict[str, list[Answer]]:
    """Cuts and categories, which are mended alike, each in its own list again."""
    categories: list[Answer] = [{key: one[key] for key in ("name", "when")} for one in conditions if IS_CATEGORY in one]
    return {"cuts": [one for one in conditions if IS_CATEGORY not in one], "categories": categories}


def _with_sizes(one: Answer) -> Answer:
    if "cuts" not in one:
        return one
    return {**one, "cuts": [{**cut, "field": "|eta|"} if cut.get("field") == "eta" else cut for cut in one["cuts"]]}


def _without_negative_sizes(one: Answer) -> Answer:
    """A list of objects whose cuts on absolute values have no negative bound, and are not there twice."""
    if "cuts" not in one:
        return one
    sized = [
        {**cut, "value": abs(cut["value"])} if str(cut.get("field")).startswith("|") and cut["kind"] == "cut" else cut
        for cut in one["cuts"]
    ]
    return {**one, "cuts": _once(sized)}


def _transverse(one: Answer, missing: Iterable[str]) -> Answer:
    value = one["value"]
    pair = value["kind"] == "system" and value["field"] == "mass" and len(value["of"]) == 2
    if pair and set(value["of"]) & set(missing):
        return {**one, "value": {"kind": "transverse_mass", "of": value["of"]}}
    return one


def _without_charge(one: Answer, answer: Answer, layout: Layout) -> Answer:
    """A combination without a rule of charge where its objects have none, such as jets."""
    if one.get("charge") is None:
        return one
    of = {each["name"]: str(each.get("of")) for each in answer["objects"]}
    collections = [layout.collection(of.get(name, name)) for name in one["of"]]
    chargeless = all(each is not None and each.field("charge") is None for each in collections)
    return {**one, "charge": None} if chargeless else one


def _named_once(cuts: Sequence[Answer]) -> list[Answer]:
    """Cuts of which each has a name of its own; what names one that is there twice means the last."""
    names = [cut["name"] for cut in cuts]
    return [
        {**cut, "name": f"{cut['name']}{'_' if IS_CATEGORY in cut else ' '}{place + 1}"}
        if cut["name"] in names[place + 1 :]
        else cut
        for place, cut in enumerate(cuts)
    ]


def _listed(answer: Answer, layout: Layout) -> set[str]:
    """Quantities with a number for each object or combination."""
    many = {one["name"] for one in answer["objects"]} | {one.name for one in layout.collections if one.jagged}
    many |= {one["name"] for one in answer["candidates"] if one.get("choose") == "all"}
    of = {one["name"]: _given(one["value"]) for one in answer["quantities"] if one["value"]["kind"] in _EACH}
    return {name for name, given in of.items() if many & set(given)}


def _given(value: Answer) -> Sequence[str]:
    return [value["of"]] if isinstance(value["of"], str) else value["of"]


def _of_any(cut: Answer, listed: set[str]) -> Answer:
    """A cut on a list of numbers asks for any of them; one on a single number does not."""
    when = cut["when"]
    inner = when["of"] if when["kind"] == "any" else when
    if inner["kind"] not in {"compare", "window"}:
        return cut
    name = inner.get("left") or inner.get("of")
    return {**cut, "when": {"kind": "any", "of": inner} if name in listed else inner}


def _of_all(values: Mapping[str, Any], cuts: set[str]) -> Mapping[str, Any]:
    """A fraction of what is no cut is one of all events."""
    return {
        file: {
            name: {**one, "of": None} if one["kind"] == "fraction" and one["of"] not in cuts else one
            for name, one in named.items()
        }
        for file, named in values.items()
    }


def _final_counts(values: Mapping[str, Any], counts: set[str]) -> Mapping[str, Any]:
    """The one count whose name says nothing else is of the events after all cuts, if it is not one of objects."""
    plain = [(file, name) for file, named in values.items() for name in named if is_plain_count(name)]
    if len(plain) != 1:
        return values
    file, name = plain[0]
    one = values[file][name]
    if one["kind"] in {"fraction", "formula"} or one.get("of") in counts:
        return values
    return {**values, file: {**values[file], name: {"kind": "events", "cut": None}}}


def _needed(answer: Answer) -> set[str]:
    """Names that cuts and results use, and what those are made of."""
    used = texts_in([answer.get(part) for part in ("cuts", "categories", "histograms", "values", "tables")])
    needed = {name for text in used for name in (text, text.strip("|"))}
    definitions = [one for part in _DEFINITIONS for one in answer[part]]
    while True:
        more = {text for one in definitions if one["name"] in needed for text in texts_in(one)} - needed
        if not more:
            return needed
        needed |= more


def _once(definitions: Iterable[Answer]) -> list[Answer]:
    found: list[Answer] = []
    for one in definitions:
        if one not in found:
            found.append(one)
    return found
