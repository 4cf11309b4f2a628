"""Counts of parts of the selected events, told apart by the names that the output contract gives them."""

import re
from collections.abc import Mapping
from typing import Any

from hepcoder.agents.derivation.parts import part_called
from hepcoder.tools.layout_records import Layout

Answer = Mapping[str, Any]


def split_as_named(answer: Answer, layout: Layout, request: str) -> Answer:
    """An answer whose counts ``n_os`` and ``n_ss``, ``n_ee`` and ``n_mumu``, ``n_1b`` and ``n_2b`` differ as named.

    Only counts that the answer leaves open are made anew: two that are the same, or of a category or cut that is not
    there.

    Args:
        answer: The filled forms.
        layout: What the data offer.
        request: The request.

    Example:
        >>> cut = {"name": "two", "when": {"kind": "count", "of": ["muons"], "op": "==", "value": 2}}
        >>> count = {"kind": "events", "cut": None}
        >>> values = {"a.json": {"n_os": count, "n_ss": count}}
        >>> given = {"objects": [{"name": "muons"}], "cuts": [cut], "values": values}
        >>> found = split_as_named(given, Layout(kind="nanoaod"), "muon pairs of both signs")
        >>> [one["when"]["sign"] for one in found["categories"]]
        ['opposite', 'same']
    """
    known = {one["name"] for part in ("cuts", "categories") for one in answer.get(part, ())} | {"all"}
    found: dict[str, Any] = {
        **answer,
        "values": {file: dict(named) for file, named in answer.get("values", {}).items()},
    }
    for named in found["values"].values():
        counts = {name: one for name, one in named.items() if one["kind"] == "events"}
        for name, one in counts.items():
            aim = one.get("category", one.get("cut"))
            alike = sum(each == one for each in counts.values())
            if alike == 1 and (aim is None or aim in known):
                continue
            row = _row(name, answer) or _last_row(str(aim), answer)
            part = part_called(name, found, layout, request) if row is None else None
            if row is not None:
                named[name] = {"kind": "events", "cut": row}
            elif part is not None:
                found = {**found, **part}
                named[name] = _value(name, part)
    return _histograms_split(found, layout, request)


def _histograms_split(answer: dict[str, Any], layout: Layout, request: str) -> dict[str, Any]:
    """An answer whose histograms ``os`` and ``ss`` hold what their names say, where it fills both with the same."""
    histograms, found = dict(answer.get("histograms", {})), dict(answer)
    for name, one in histograms.items():
        alike = sum(each == one for each in answer["histograms"].values())
        part = part_called(name, found, layout, request) if alike > 1 and "category" not in one else None
        if part is None:
            continue
        found = {**found, **part}
        if not part["categories"] or part["categories"][-1]["name"] != name:
            of = part["objects"][-1]["name"]
            when = {"kind": "count", "of": [of], "op": ">=", "value": 1}
            found["categories"] = [*part["categories"], {"name": name, "when": when}]
        histograms[name] = {**one, "category": name}
    return {**found, "histograms": histograms} if histograms else found


def _row(name: str, answer: Answer) -> str | None:
    """The row of the cutflow that a count is called after."""
    rows = {"all": "all", "total": "all"} | {_plain(cut["name"]): cut["name"] for cut in answer.get("cuts", ())}
    return rows.get(_plain(name)) or rows.get(_plain(name.lower().removeprefix("n_")))


def _last_row(cut: str, answer: Answer) -> str | None:
    """The last of several rows that a count is said to be after: ``trigger and two jets``."""
    names = [each["name"] for each in answer.get("cuts", ())]
    said = [part for part in re.split(r"\s+and\s+|\s*[&,+]\s*", cut) if part]
    known = [name for name in names if name in said]
    return known[-1] if len(said) > 1 and len(known) == len(said) else None


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", name.lower())


def _value(name: str, part: Answer) -> Answer:
    if part["categories"] and part["categories"][-1]["name"] == name:
        return {"kind": "events", "category": name}
    return {"kind": "statistic", "how": "sum", "of": part["quantities"][-1]["name"]}
