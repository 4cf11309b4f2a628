"""A selection as small forms: the schema of each for the data at hand, and the selection that the answers make.

The forms are asked one after another: objects, candidates, quantities, cuts, results. Each offers only names that
exist by then, so that a small model under constrained decoding cannot name anything else.
"""

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any, Literal

from hepcoder.tools.contract import Output
from hepcoder.tools.inspect.facts import FileFacts
from hepcoder.tools.layout_records import Layout
from hepcoder.tools.selection.form_names import known_names
from hepcoder.tools.selection.form_schemas import (
    candidates_schema,
    cuts_schema,
    histogram_names,
    objects_schema,
    quantities_schema,
    results_schema,
    whole_schema,
)
from hepcoder.tools.selection.formulas import with_formulas, with_sizes
from hepcoder.tools.selection.selection import Selection

FormName = Literal["objects", "candidates", "quantities", "cuts", "results"]
FORMS: tuple[FormName, ...] = ("objects", "candidates", "quantities", "cuts", "results")


def schema_for(
    data: Layout | FileFacts,
    form: FormName,
    *,
    request: str = "",
    filled: Mapping[str, Any] | None = None,
    outputs: Sequence[Output] = (),
) -> dict[str, Any]:
    """The JSON schema of one form.

    Args:
        data: What the data offers.
        form: Which form.
        request: The request; only collections, columns and fields that it is about are offered. Empty offers all.
        filled: The answers to the forms before, merged by `merge_answers`; None for none.
        outputs: The output contract; only ``results`` uses it.

    Returns:
        A schema without references, whose objects have only required properties.

    Raises:
        SelectionError: What was filled before does not fit the data; names the part and the nearest name.
    """
    layout = data.layout if isinstance(data, FileFacts) else data
    filled = filled or {}
    known = known_names(layout, request, filled)
    if form == "results":
        return results_schema(known, [cut["name"] for cut in filled.get("cuts", ())], outputs)
    schemas = {"objects": objects_schema, "candidates": candidates_schema, "quantities": quantities_schema}
    return (schemas | {"cuts": cuts_schema})[form](known)


def schema_of_all(data: Layout | FileFacts, *, request: str = "", outputs: Sequence[Output] = ()) -> dict[str, Any]:
    """The JSON schema of all forms in one answer, for a single call.

    What the answer itself defines cannot be offered by name, so that later parts take any name; `selection_from` and
    the engine tell of those that do not exist.

    Args:
        data: What the data offers.
        request: As for `schema_for`.
        outputs: The output contract.
    """
    layout = data.layout if isinstance(data, FileFacts) else data
    known = known_names(layout, request, {}).model_copy(update={"is_open": True})
    return whole_schema(known, outputs)


def merge_answers(answers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Answers to forms put together; lists of the same name follow each other.

    Example:
        >>> merge_answers([{"objects": [1]}, {"objects": [2], "candidates": []}])
        {'objects': [1, 2], 'candidates': []}
    """
    merged: dict[str, Any] = {}
    for answer in answers:
        for key, value in answer.items():
            merged[key] = [*merged.get(key, []), *value] if isinstance(value, list) else value
    return merged


def selection_from(
    answers: Sequence[Mapping[str, Any]], sources: Sequence[Mapping[str, Any]], outputs: Sequence[Output] = ()
) -> Selection:
    """The selection that answers make.

    Args:
        answers: Answers to the forms, in their order.
        sources: The samples.
        outputs: The output contract; the files to write and the names in them are taken from it.

    Raises:
        ValidationError: An answer is no part of a selection, or names what does not exist.
    """
    merged = merge_answers([with_sizes(with_formulas(answer)) for answer in answers])
    results = {key: merged.pop(key, {}) for key in ("histograms", "values", "tables")}
    values = results["values"]
    results["values"] = {file: {name: _value(one) for name, one in named.items()} for file, named in values.items()}
    histograms = [{"name": name, **one} for name, one in results["histograms"].items()]
    files = [one for output in outputs if (one := _file(output, results, merged)) is not None]
    return Selection.model_validate({"sources": list(sources), **merged, "histograms": histograms, "outputs": files})


def _value(one: Mapping[str, Any]) -> Mapping[str, Any]:
    """A value of the forms as a selection has it: a yield counts weights."""
    return {"kind": "events", "cut": one["cut"], "weighted": True} if one["kind"] == "yield" else one


def _histogram_file(output: Output, histograms: Sequence[str]) -> dict[str, Any]:
    fields = [field.name for field in output.fields]
    prefixed, flow = "counts" not in fields, any(name.endswith("overflow") for name in fields)
    arrays = _arrays(fields, histograms) if prefixed else {}
    style = {"arrays": arrays} if arrays else {"prefixed": prefixed, "flow": flow}
    return {"kind": "histograms", "file": output.file, "of": histograms, **style}


def _table_file(file: str, table: Mapping[str, Any]) -> dict[str, Any]:
    rows = table.get("rows")
    if isinstance(rows, list):
        return {"kind": "rows", "file": file, "rows": [_row(row) for row in rows]}
    return {"kind": "table", "file": file, "columns": table}


def _arrays(fields: Sequence[str], histograms: Sequence[str]) -> dict[str, tuple[str, str]]:
    """The part of a histogram that each array of a contract is, where they have no prefixes: ``counts_os``, ``edges``.

    Empty where prefixes tell, or where an array is of none of the histograms.
    """
    parts = ("counts", "edges", "underflow", "overflow")
    wanted = {f"{name}_{part}" for name in histograms for part in parts[:2]}
    if wanted <= set(fields):
        return {}
    found = {part: (histograms[0], part) for part in parts}  # shared by all, as edges are
    found |= {
        array: (name, part) for name in histograms for part in parts for array in (f"{name}_{part}", f"{part}_{name}")
    }
    return {field: found[field] for field in fields} if set(fields) <= set(found) else {}


def _row(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: _value(one) if isinstance(one, Mapping) else one for name, one in row.items()}


def _file(output: Output, results: Mapping[str, Any], merged: Mapping[str, Any]) -> dict[str, Any] | None:
    """The output of a selection that a file of the contract asks for; None where no answer is about it."""
    names = [name for name in histogram_names(output) if name in results["histograms"]]
    if output.kind in {"png", "pdf", "svg"} and names:
        return {"kind": "plot", "file": output.file, "histogram": names[0]}
    if output.kind == "npz" and names:
        return _histogram_file(output, names)
    if output.kind == "json" and output.file in results["values"]:
        return {"kind": "json", "file": output.file, "values": results["values"][output.file]}
    if output.kind in {"csv", "parquet"} and output.file in results["tables"]:
        return _table_file(output.file, results["tables"][output.file])
    about_cuts = "cut" in PurePath(output.file).stem and bool(merged.get("cuts"))
    return {"kind": "cutflow", "file": output.file} if output.kind in {"json", "csv"} and about_cuts else None
