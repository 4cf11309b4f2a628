"""Branches out of awkward forms, and arrays out of records by dotted name."""

from typing import Any

from hepcoder.tools.layout_records import Branch


def branches_from_form(form: Any) -> tuple[Branch, ...]:
    """The leaves of a record form, with the fields of inner records as ``Muon.pt``."""
    found: list[Branch] = []
    for name in form.fields:
        _walk(form.content(name), name, 0, False, found)
    return tuple(found)


def _walk(form: Any, name: str, depth: int, record: bool, found: list[Branch]) -> None:
    if form.is_option or form.is_indexed:
        _walk(form.content, name, depth, record, found)
    elif form.parameter("__array__") in {"string", "bytestring"}:
        found.append(Branch(name=name, typename="string" + "[]" * depth, record=record))
    elif form.is_list:
        _walk(form.content, name, depth + 1, record, found)
    elif form.is_record:
        for inner in form.fields:
            _walk(form.content(inner), f"{name}.{inner}", depth, True, found)
    elif form.is_numpy:
        marks = "[]" * (depth + len(form.inner_shape))
        found.append(Branch(name=name, typename=form.primitive + marks, record=record))
    else:
        found.append(Branch(name=name, typename=str(form.type), record=record))


def pluck(array: Any, name: str) -> Any:
    """The leaf of that dotted name."""
    if name in array.fields:
        return array[name]
    for part in name.split("."):
        array = array[part]
    return array


def without_empty_options(array: Any) -> Any:
    """The array with "may be missing" taken off its type wherever nothing is missing."""
    import awkward as ak

    def strip(layout: Any, **_: Any) -> Any:
        if layout.is_option and not layout.mask_as_bool(valid_when=False).any():
            return ak.transform(strip, layout.project(), highlevel=False)
        return None

    return ak.transform(strip, array)
