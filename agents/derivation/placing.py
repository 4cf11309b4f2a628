"""Where an answer compares a number, and whether the request says that number of that quantity."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from hepcoder.agents.derivation.statements import Stated, ranges_around, same, stated_numbers, values_of
from hepcoder.ledger.record import Record
from hepcoder.tools.inspect.relevance import wanted_kinds
from hepcoder.tools.layout_records import Layout
from hepcoder.tools.naming import quantity

Answer = Mapping[str, Any]

_OF_COLUMNS = {"pt": "pt", "eta": "eta", "mass": "mass"}
_ALL_EVENTS = re.compile(r"\b(?:all|every)\s+(?:events?|evts?)\b|\bwhole (?:file|sample)\b", re.IGNORECASE)
_COUNTED = frozenset({"electron", "muon", "photon", "tau", "jet"})
# What is never negative: to say so of it takes nothing away but what is not there.
_SIZES = frozenset({"pt", "mass", "met", "mt", "ht"})
_BOUNDS = ("value", "right", "low", "high", "dr", "target")


class Use(Record):
    """A number in a cut.

    Attributes:
        value: The number.
        kind: Quantity that is compared with it; None where that cannot be told.
        where: The object list or the cut.
    """

    value: float
    kind: str | None
    where: str


def misplaced(request: str, answer: Answer, columns: Iterable[str] = ()) -> tuple[str, ...]:
    """Sentences on numbers in cuts that the request does not have, or has for another quantity.

    Args:
        request: The request.
        answer: The filled forms.
        columns: Columns of the data.
    """
    stated = stated_numbers(request, columns)
    known = values_of(stated)
    ranges = [bound for one in ranges_around(request) for bound in one]
    found = []
    for use in uses_of(answer):
        if any(same(use.value, one) for one in ranges) or (use.value == 0 and use.kind in _SIZES):
            continue
        kinds = kinds_stated(use.value, stated)
        if use.value not in {0.0, 1.0} and not any(same(use.value, one) for one in known):
            found.append(f"the request has no {use.value:g}, with which {use.where} compares; leave that out")
        elif kinds and use.kind is not None and use.kind not in kinds:
            said = " and ".join(sorted(kinds))
            found.append(f"the request says {use.value:g} of {said}, and {use.where} is on {use.kind}")
    found += [told for cut in conditions_of(answer) if (told := _counted_energy(cut, stated))]
    return tuple(dict.fromkeys(found))


def _counted_energy(cut: Answer, stated: Sequence[Stated]) -> str:
    when = cut["when"]
    if when["kind"] != "count":
        return ""
    places = [one.is_energy for one in stated if when["value"] == one.value]
    if not (places and all(places)):
        return ""
    return f"{when['value']} GeV is no number of objects, as the cut {cut['name']!r} has it"


def kinds_stated(value: float, stated: Sequence[Stated]) -> frozenset[str]:
    """Quantities of which a request states a number; empty where it does not say for one of its places.

    Args:
        value: The number.
        stated: The numbers of the request.
    """
    places = [one.kinds for one in stated if same(value, one.value)]
    return frozenset().union(*places) if places and all(places) else frozenset()


def uses_of(answer: Answer) -> Iterator[Use]:
    """The numbers that cuts on objects and on events compare with, counts left out.

    Args:
        answer: The filled forms.
    """
    for one in answer.get("objects", ()):
        for cut in one.get("cuts", ()):
            yield from _numbers(cut, kind_of_cut(cut), f"the cut on {one['name']}")
    for one in answer.get("candidates", ()):
        yield from _numbers(one, "mass", one["name"])
    for cut in conditions_of(answer):
        when = bare(cut["when"])
        if when["kind"] in {"compare", "window"}:
            yield from _numbers(
                when, kind_of(str(when.get("left") or when.get("of")), answer), f"the cut {cut['name']!r}"
            )


def miscounted(request: str, answer: Answer, layout: Layout) -> tuple[str, ...]:
    """Sentences on counts that are of something else: of other objects than the cut is called after, or of all events.

    Args:
        request: The request.
        answer: The filled forms.
        layout: What the data offer.
    """
    of = {one["name"]: str(one.get("of")) for one in answer.get("objects", ())}
    found = []
    for cut in conditions_of(answer):
        lists = cut["when"]["of"] if cut["when"]["kind"] == "count" else ()
        kinds = {one.kind for name in lists if (one := layout.collection(of.get(name, name))) is not None}
        said = set(wanted_kinds(cut["name"].replace("_", " "))) & _COUNTED
        of_leptons = kinds == {"lepton"} and said <= {"electron", "muon"}
        if len(lists) == 1 and kinds and said and not said & kinds and not of_leptons:
            found.append(f"the cut {cut['name']!r} counts {', '.join(lists)}, which are {kinds.pop()}s")
    counts = [one for named in answer.get("values", {}).values() for one in named.values() if one["kind"] == "events"]
    if counts and not conditions_of(answer) and stated_numbers(request) and not _ALL_EVENTS.search(request):
        found.append("no cut selects events, so that all events are counted")
    return tuple(found)


def conditions_of(answer: Answer) -> Sequence[Answer]:
    """The cuts on events, and the categories.

    Args:
        answer: The filled forms.
    """
    return (*answer.get("cuts", ()), *answer.get("categories", ()))


def kind_of_cut(cut: Answer) -> str | None:
    """Quantity of a cut on objects; None where it has none of the common ones."""
    if cut["kind"] == "away":
        return "delta_r"
    return _OF_COLUMNS.get(str(cut.get("field")).strip("|"))


def bare(when: Answer) -> Answer:
    """A condition without the *any* around it."""
    return when["of"] if when["kind"] == "any" else when


def kind_of(name: str, answer: Answer) -> str | None:
    """What a name that a cut is on stands for: a quantity that the answer defines, or a column that says it itself."""
    defined = {one["name"]: one["value"] for one in answer.get("quantities", ())}
    if name in defined:
        return _kind(defined[name])
    return "met" if "met" in name.lower() else _OF_COLUMNS.get((quantity(name.strip("|")) or "").rstrip("1234"))


def _kind(value: Answer) -> str | None:
    match value["kind"]:
        case "field":
            missing = "met" in str(value["of"]).lower() and value["field"] == "pt"
            return "met" if missing else _OF_COLUMNS.get(value["field"].strip("|"))
        case "system":
            return _OF_COLUMNS.get(value["field"])
        case "angle":
            return str(value["what"])
        case "transverse_mass":
            return "mt"
        case "scalar_sum":
            return "ht"
    return None


def _numbers(cut: Answer, kind: str | None, where: str) -> Iterator[Use]:
    for key in _BOUNDS:
        value = cut.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield Use(value=abs(float(value)), kind=kind, where=where)
