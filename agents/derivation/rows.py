"""Rows of a table, told apart by what their labels say: ``ee`` and ``mumu``, 0, 1 and 2 jets."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from hepcoder.agents.derivation.parts import FLAVOURS, TYPES, part_called, says_at_least
from hepcoder.tools.layout_records import Layout

Answer = Mapping[str, Any]

_OF_KIND = re.compile(r"type|flavou?r|pdg_?id", re.IGNORECASE)
_SMALL = range(21)  # numbers of objects, and places in a row
_IN_CATEGORY = frozenset({"events", "statistic"})


def rows_as_labelled(answer: Answer, layout: Layout, request: str) -> Answer:
    """An answer whose rows are of the events that their labels name, where it gives all of them the same events.

    Args:
        answer: The filled forms.
        layout: What the data offer.
        request: The request.
    """
    found = _in_order(answer)
    for file, table in answer.get("tables", {}).items():
        rows = table.get("rows")
        label = _label(rows) if isinstance(rows, list) and len(rows) > 1 else None
        if label is None or not _all_alike(rows, label):
            continue
        made = _with_categories([row[label] for row in rows], label, found, layout, request)
        if made is not None:
            found, names = made
            in_them = [_in_category(row, name) for row, name in zip(rows, names, strict=True)]
            found["tables"] = {**found["tables"], file: {"rows": in_them}}
    return found


def invented_cells(answer: Answer, stated: Collection[float]) -> Iterator[str]:
    """Sentences on cells of rows that are numbers which nobody has said and nothing computes.

    Args:
        answer: The filled forms.
        stated: The numbers of the request.

    Example:
        >>> row = {"rank": 1, "met": 228.7, "n": {"kind": "events", "cut": None}}
        >>> list(invented_cells({"tables": {"top.csv": {"rows": [row]}}}, []))
        ['met is 228.7 in a row of top.csv, which the request does not say; a row has values of its category']
    """
    for file, table in answer.get("tables", {}).items():
        rows = table["rows"] if isinstance(table.get("rows"), list) else []
        for column, cell in (each for row in rows for each in row.items()):
            is_number = isinstance(cell, int | float) and not isinstance(cell, bool)
            if is_number and abs(cell) not in stated and cell not in _SMALL:
                rest = "which the request does not say; a row has values of its category"
                yield f"{column} is {cell:g} in a row of {file}, {rest}"
        if rows and not any(isinstance(cell, Mapping) for row in rows for cell in row.values()):
            yield f"the rows of {file} compute nothing"


def _in_order(answer: Answer) -> dict[str, Any]:
    """An answer whose rows have categories one after the other, where as many share the one name that all rows have."""
    categories = [one["name"] for one in answer.get("categories", ())]
    if len(categories) < 2 or len(set(categories)) > 1:
        return dict(answer)
    apart = _without_overlap(answer["categories"])
    named = [{**one, "name": f"{one['name']}_{place}"} for place, one in enumerate(apart, 1)]
    tables = {
        file: {"rows": [_in_category(row, one["name"]) for row, one in zip(table["rows"], named, strict=True)]}
        if isinstance(table.get("rows"), list) and len(table["rows"]) == len(named)
        else table
        for file, table in answer.get("tables", {}).items()
    }
    changed = tables != answer.get("tables", {})
    return {**answer, "categories": named, "tables": tables} if changed else dict(answer)


def _without_overlap(categories: Sequence[Answer]) -> list[Answer]:
    """Ranges that follow each other, *< 97, >= 97, >= 172*, of which each ends where the next begins."""
    whens = [one["when"] for one in categories]
    starts = [one["right"] for one in whens[1:] if one["kind"] == "compare" and one["op"] in {">", ">="}]
    follow = len(starts) == len(whens) - 1 and starts == sorted(starts) and whens[0].get("op") in {"<", "<="}
    if not follow or len({str(one.get("left")) for one in whens}) > 1 or whens[0]["right"] != starts[0]:
        return list(categories)
    inner = [_range(one, after) for one, after in pairwise(whens[1:])]
    return [{**one, "when": when} for one, when in zip(categories, [whens[0], *inner, whens[-1]], strict=True)]


def _range(low: Answer, high: Answer) -> Answer:
    unit = {"unit": low["unit"]} if "unit" in low else {}
    return {
        "kind": "window", "of": low["left"], "low": low["right"], "low_op": "<=" if low["op"] == ">=" else "<",
        "high": high["right"], "high_op": "<" if high["op"] == ">=" else "<=", "outside": False, **unit,
    }  # fmt: skip


def _label(rows: Sequence[Answer]) -> str | None:
    """The column whose cells are texts or numbers that name the rows."""
    for column in rows[0]:
        cells = [row.get(column) for row in rows]
        if all(isinstance(cell, str | int | float) for cell in cells) and len(set(map(str, cells))) == len(cells):
            return str(column)
    return None


def _all_alike(rows: Sequence[Answer], label: str) -> bool:
    """Whether rows hold the same values, so that something is still to tell them apart."""
    return all({**row, label: None} == {**rows[0], label: None} for row in rows)


def _with_categories(
    labels: Sequence[str | float], column: str, answer: Answer, layout: Layout, request: str
) -> tuple[dict[str, Any], list[str]] | None:
    """The answer with a category for each label, and their names; None where one label does not tell."""
    found: dict[str, Any] = {**answer, "categories": []}
    for label in labels:
        if isinstance(label, str):
            when = _of_columns(label, layout)
            part = part_called(label, found, layout, request) if when is None else None
            if part is not None and part.get("categories"):
                found = {**found, **part}
                continue
        else:
            when = _of_number(label, column, labels, found, request)
        if when is None:
            return None
        found["categories"] = [*found["categories"], {"name": "", "when": when}]
    names = [f"{column}_{re.sub(r'[^A-Za-z0-9]+', '_', str(label))}" for label in labels]
    if len(found["categories"]) != len(labels):
        return None
    found["categories"] = [{**one, "name": name} for one, name in zip(found["categories"], names, strict=True)]
    return found, names


def _of_columns(label: str, layout: Layout) -> Answer | None:
    """Both leptons of a table of columns by their types: 11 is an electron and 13 a muon, as everywhere."""
    wanted = FLAVOURS.get(re.sub(r"[^a-z]", "", label.lower()))
    columns = [one.name for one in layout.columns if _OF_KIND.search(one.name)] if not layout.collections else []
    if wanted is None or sum(wanted) != len(columns) or not columns:
        return None
    if 0 in wanted:
        type_ = TYPES[0] if wanted[0] else TYPES[1]
        parts = [{"kind": "compare", "left": name, "op": "==", "right": type_} for name in columns]
    else:
        return {"kind": "compare", "left": columns[0], "op": "!=", "right": columns[1]}
    return {"kind": "and", "of": parts} if len(parts) > 1 else parts[0]


def _of_number(label: float, column: str, labels: Sequence[str | float], answer: Answer, request: str) -> Answer | None:
    """A number of objects, of the one list or of the one that the column names."""
    lists = [one["name"] for one in answer.get("objects", ()) if one.get("kind") in {"objects", "leptons"}]
    named = [
        one for one in lists if any(one.startswith(word.rstrip("s")) for word in column.split("_") if len(word) > 1)
    ]
    of = named if len(named) == 1 else lists
    if len(of) != 1 or not float(label).is_integer() or label < 0:
        return None
    last = label == max(one for one in labels if not isinstance(one, str))
    more = last and says_at_least(int(label), request)
    return {"kind": "count", "of": of, "op": ">=" if more else "==", "value": int(label)}


def _in_category(row: Answer, name: str) -> dict[str, Any]:
    return {
        column: {**{key: part for key, part in one.items() if key != "cut"}, "category": name}
        if isinstance(one, Mapping) and one["kind"] in _IN_CATEGORY
        else one
        for column, one in row.items()
    }
