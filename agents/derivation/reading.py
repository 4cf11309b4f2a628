"""Puts objects and cuts on them into an answer that lacks them, where rules can read them in the request."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hepcoder.agents.derivation.placing import conditions_of
from hepcoder.agents.derivation.statements import same
from hepcoder.agents.drafting.proposals import relevant_by_kind
from hepcoder.agents.drafting.reading import Reading, read_request
from hepcoder.tools.inspect import FileFacts
from hepcoder.tools.layout_records import Collection, Layout
from hepcoder.tools.selection.nested import texts_in

Answer = Mapping[str, Any]

_TAG = "btag"
_TAGGED = re.compile(
    r"b-?tag\w*\b[^.;]{0,25}?(?:\bnot\s+(?:zero|0)\b|\bnon-?zero\b|[>!]=?\s*0(?![.\d])|\bset\b)", re.IGNORECASE
)
_NO_CONDITION = frozenset({("<", "0"), (">=", "0")})

_CUT = re.compile(r"(?P<size>abs\()?\{x\}\.(?P<field>\w+)\)?\s*(?P<op>[<>]=?|==)\s*(?P<value>-?\d+(?:\.\d+)?)")

_FLAG = re.compile(r"\{x\}\.(?P<field>\w+)")
_COUNT = re.compile(r"\((?P<counts>count\(\w+\)(?: \+ count\(\w+\))*) (?P<op>[<>=!]=?) (?P<value>\d+)\)")


def with_read_cuts(answer: Answer, unused: Sequence[str], request: str, facts: FileFacts) -> Answer:
    """An answer with the objects, vetoes and cuts on objects that rules read in the request and that it does not have.

    The coder's head start is read by the same rules, so that an answer completed by them is no independent one.

    Args:
        answer: The filled forms.
        unused: Numbers and names of the request that the answer lacks.
        request: The request.
        facts: The file of events.
    """
    if not unused:
        return answer
    reading = read_request(request, facts.layout, relevant_by_kind(request, facts))
    answer = _with_read_objects(answer, reading, facts.layout)
    answer = _with_flag(answer, unused, facts.layout)
    if _TAG in unused and _TAGGED.search(request):
        answer = _with_tags(answer, facts.layout)
    numbers = [float(one) for one in unused if re.fullmatch(r"-?\d+(?:\.\d+)?", one)]
    for selection in reading.selections:
        collection = facts.layout.collection(selection.collection)
        if collection is None:
            continue
        cuts = [
            cut
            for cut in _cuts(selection.cuts, collection)
            if ("value" in cut and any(same(cut["value"], one) for one in numbers)) or cut["field"] in unused
        ]
        answer = _with_cuts(answer, collection.name, cuts) if cuts else answer
    return answer


def _with_flag(answer: Answer, unused: Sequence[str], layout: Layout) -> Answer:
    """An answer with the one yes-or-no column that a request names as its last cut: a trigger, mostly.

    Values called after what fired count the events after it, those called total the events before.
    """
    flags = [name for name in unused if (column := layout.column(name)) is not None and column.dtype == "bool"]
    if len(flags) != 1:
        return answer
    cuts = list(answer.get("cuts", ()))
    before = cuts[-1]["name"] if cuts else "all"
    cuts.append({"name": flags[0], "when": {"kind": "flag", "of": flags[0], "passes": True}})
    values = {
        file: {name: _of_flag(name, before) or one for name, one in named.items()}
        for file, named in answer.get("values", {}).items()
    }
    return {**answer, "cuts": cuts, "values": values}


def _of_flag(name: str, before: str) -> Answer | None:
    words = set(name.lower().split("_"))
    if words & {"fired", "pass", "passed", "triggered"}:
        return {"kind": "events", "cut": None}
    if words & {"total", "tot", "ref", "denominator"}:
        return {"kind": "events", "cut": before}
    return {"kind": "fraction", "cut": None, "of": before} if words & {"eff", "efficiency"} else None


def _with_tags(answer: Answer, layout: Layout) -> Answer:
    """An answer whose one list of jets is b-tagged, where the data say so by a number that is not zero."""
    lists = [
        one
        for one in answer.get("objects", ())
        if "cuts" in one
        and (found := layout.collection(str(one.get("of")))) is not None
        and found.field(_TAG) is not None
        if found.kind == "jet"
    ]
    if len(lists) != 1:
        return answer
    tagged = {**lists[0], "cuts": [*lists[0]["cuts"], {"kind": "flag", "field": _TAG, "passes": True}]}
    return {**answer, "objects": [tagged if one is lists[0] else one for one in answer["objects"]]}


def _with_read_objects(answer: Answer, reading: Reading, layout: Layout) -> Answer:
    """An answer with the lists of objects that it uses or should cut on, and does not define."""
    defined = {one["name"] for part in ("objects", "candidates", "quantities") for one in answer.get(part, ())}
    taken = {one.get("of") for one in answer.get("objects", ())} | set(texts_in(answer))
    added: list[Answer] = []
    for selection in reading.selections:
        collection = layout.collection(selection.collection)
        if collection is None or collection.name in taken or selection.name in defined:
            continue
        cuts = list(_cuts(selection.cuts, collection))
        if len(cuts) == len(selection.cuts):  # half of its cuts would be another list
            added.append({"kind": "objects", "name": selection.name, "of": collection.name, "cuts": cuts})
    names = {one["name"] for one in added}
    counted = [cut for _, text in reading.events if (cut := _counted(text)) and set(cut["when"]["of"]) <= names]
    cuts = [cut for cut in counted if not set(cut["when"]["of"]) & set(texts_in(conditions_of(answer)))]
    used = set(texts_in(answer)) | {name for cut in cuts for name in cut["when"]["of"]}
    objects = [*answer.get("objects", ()), *(one for one in added if one["name"] in used)]
    return {**answer, "objects": objects, "cuts": [*answer.get("cuts", ()), *cuts]}


def _counted(text: str) -> dict[str, Any] | None:
    """A condition that rules read on the number of some objects, as a cut."""
    found = _COUNT.fullmatch(text.strip())
    if found is None or (found["op"], found["value"]) in _NO_CONDITION:
        return None
    lists = re.findall(r"count\((\w+)\)", found["counts"])
    name = f"{found['op']} {found['value']} {' and '.join(lists)}"
    return {"name": name[:40], "when": {"kind": "count", "of": lists, "op": found["op"], "value": int(found["value"])}}


def _cuts(texts: Sequence[str], collection: Collection) -> Iterator[dict[str, Any]]:
    for text in texts:
        flag = _FLAG.fullmatch(text.strip())
        if flag is not None and collection.field(flag["field"]) is not None:
            yield {"kind": "flag", "field": flag["field"], "passes": True}
        found = _CUT.fullmatch(text.strip().strip("()")) or _CUT.fullmatch(text.strip())
        field = collection.field(found["field"]) if found is not None else None
        if found is not None and field is not None:
            name = f"|{field.name}|" if found["size"] else field.name
            unit = {"unit": "GeV"} if field.unit == "GeV" else {}
            yield {"kind": "cut", "field": name, "op": found["op"], "value": float(found["value"]), **unit}


def _with_cuts(answer: Answer, collection: str, cuts: Sequence[Answer]) -> Answer:
    """Cuts added to the one list of a collection, or to a new list where the collection itself is used."""
    lists = [one for one in answer["objects"] if one.get("of") == collection and "cuts" in one]
    if len(lists) == 1:
        more = [cut for cut in cuts if cut not in lists[0]["cuts"]]
        objects = [{**one, "cuts": [*one["cuts"], *more]} if one is lists[0] else one for one in answer["objects"]]
        return {**answer, "objects": objects}
    if lists:
        return answer
    plural = f"{collection.lower().removesuffix('s')}s"
    defined = {one["name"] for part in ("objects", "candidates", "quantities") for one in answer.get(part, ())}
    name = f"{plural}_selected" if plural in defined else plural  # the plain name may be used already, undefined
    new = {"kind": "objects", "name": name, "of": collection, "cuts": list(cuts)}
    parts = {
        part: _renamed(answer.get(part), collection, name)
        for part in ("candidates", "quantities", "cuts", "categories")
    }
    return {**answer, **parts, "objects": [*_renamed(answer["objects"], collection, name), new]}


def _renamed(value: Any, old: str, new: str) -> Any:
    if isinstance(value, str):
        return new if value == old else value
    if isinstance(value, Mapping):
        source = "cuts" in value and "of" in value  # a list made of a collection, which stays what it is
        return {key: one if source and key == "of" else _renamed(one, old, new) for key, one in value.items()}
    return [_renamed(one, old, new) for one in value] if isinstance(value, list) else value
