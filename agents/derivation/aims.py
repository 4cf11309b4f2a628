"""Which events a value or a histogram is of, where an answer says so in a way that the form does not have."""

import re
from collections.abc import Mapping
from typing import Any

Answer = Mapping[str, Any]

_NO_PART = frozenset({"none", "null", ""})
_COMPARED = re.compile(r"(?P<name>[A-Za-z_]\w*)\s*(?P<op>==?|!=|[<>]=?)\s*(?P<value>-?\d+(?:\.\d+)?)")


def aimed(answer: Answer) -> Answer:
    """An answer whose values and histograms are of cuts and categories that there are.

    A category called *none* is no category; one that has the name of a cut is that cut, for a number of events; and a
    condition in the place of a name, such as ``n_jets>=3``, becomes a category of its own.

    Args:
        answer: The filled forms.

    Example:
        >>> size = {"name": "nel", "value": {"kind": "count", "of": ["electrons"]}}
        >>> values = {"n0": {"kind": "events", "cut": "nel==0"}, "n": {"kind": "events", "category": "none"}}
        >>> found = aimed({"quantities": [size], "values": {"a.json": values}})
        >>> found["values"]["a.json"]
        {'n0': {'kind': 'events', 'category': 'n0'}, 'n': {'kind': 'events'}}
        >>> found["categories"]
        [{'name': 'n0', 'when': {'kind': 'compare', 'left': 'nel', 'op': '==', 'right': 0}}]
    """
    aims = _Aims(answer)
    found: dict[str, Any] = {**answer}
    if "values" in answer:
        found["values"] = {file: aims.all_of(named) for file, named in answer["values"].items()}
    if "histograms" in answer:
        found["histograms"] = aims.all_of(answer["histograms"])
    if "tables" in answer:
        found["tables"] = {file: aims.rows_of(table) for file, table in answer["tables"].items()}
    return {**found, "categories": aims.categories} if aims.categories else found


class _Aims:
    """The cuts and categories of one answer, and the categories that are made on the way."""

    def __init__(self, answer: Answer) -> None:
        self.categories = list(answer.get("categories", ()))
        self._cuts = {one["name"] for one in answer.get("cuts", ())} | {"all"}
        self._lists = {one["name"] for one in answer.get("objects", ())}

    def all_of(self, named: Answer) -> dict[str, Any]:
        return {name: self._one(name, value) for name, value in named.items()}

    def rows_of(self, table: Answer) -> Answer:
        rows = table.get("rows")
        return {**table, "rows": [self.all_of(row) for row in rows]} if isinstance(rows, list) else table

    def _one(self, name: str, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        place = "category" if isinstance(value.get("category"), str) else "cut"
        aim = value.get(place)
        known = {one["name"] for one in self.categories} | (self._cuts if place == "cut" else set())
        if not isinstance(aim, str) or aim in known:
            return value
        left = {key: one for key, one in value.items() if key != place}
        if aim.lower() in _NO_PART:
            return left
        if aim in self._cuts and value.get("kind") == "events":
            return {**left, "cut": aim}
        when = self._condition(aim)
        if when is None:
            return value
        made = name if name not in known else aim
        self.categories.append({"name": made, "when": when})
        return {**left, "category": made}

    def _condition(self, text: str) -> Answer | None:
        found = _COMPARED.fullmatch(text.strip())
        if found is None:
            return None
        number = float(found["value"]) if "." in found["value"] else int(found["value"])
        op = "==" if found["op"] == "=" else found["op"]
        if found["name"] in self._lists:
            return {"kind": "count", "of": [found["name"]], "op": op, "value": number}
        return {"kind": "compare", "left": found["name"], "op": op, "right": number}
