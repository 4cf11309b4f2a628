"""Puts cuts on objects into an answer that lacks them, where rules can read them in the request."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hepcoder.agents.derivation.statements import same
from hepcoder.agents.drafting.proposals import relevant_by_kind
from hepcoder.agents.drafting.reading import read_request
from hepcoder.tools.inspect import FileFacts
from hepcoder.tools.layout_records import Collection

Answer = Mapping[str, Any]

_CUT = re.compile(r"(?P<size>abs\()?\{x\}\.(?P<field>\w+)\)?\s*(?P<op>[<>]=?|==)\s*(?P<value>-?\d+(?:\.\d+)?)")


def with_read_cuts(answer: Answer, unused: Sequence[str], request: str, facts: FileFacts) -> Answer:
    """An answer with the cuts on objects that rules read in the request and whose number it does not have.

    The coder's head start is read by the same rules, so that an answer completed by them is no independent one.

    Args:
        answer: The filled forms.
        unused: Numbers and names of the request that the answer lacks.
        request: The request.
        facts: The file of events.
    """
    numbers = [float(one) for one in unused if re.fullmatch(r"-?\d+(?:\.\d+)?", one)]
    if not numbers:
        return answer
    reading = read_request(request, facts.layout, relevant_by_kind(request, facts))
    for selection in reading.selections:
        collection = facts.layout.collection(selection.collection)
        if collection is None:
            continue
        cuts = [cut for cut in _cuts(selection.cuts, collection) if any(same(cut["value"], one) for one in numbers)]
        answer = _with_cuts(answer, collection.name, cuts) if cuts else answer
    return answer


def _cuts(texts: Sequence[str], collection: Collection) -> Iterator[dict[str, Any]]:
    for text in texts:
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
        objects = [{**one, "cuts": [*one["cuts"], *cuts]} if one is lists[0] else one for one in answer["objects"]]
        return {**answer, "objects": objects}
    if lists:
        return answer
    name = f"{collection.lower()}_selected"
    new = {"kind": "objects", "name": name, "of": collection, "cuts": list(cuts)}
    parts = {part: _renamed(answer.get(part), collection, name) for part in ("candidates", "quantities", "cuts")}
    return {**answer, **parts, "objects": [*_renamed(answer["objects"], collection, name), new]}


def _renamed(value: Any, old: str, new: str) -> Any:
    if isinstance(value, str):
        return new if value == old else value
    if isinstance(value, Mapping):
        source = "cuts" in value and "of" in value  # a list made of a collection, which stays what it is
        return {key: one if source and key == "of" else _renamed(one, old, new) for key, one in value.items()}
    return [_renamed(one, old, new) for one in value] if isinstance(value, list) else value
