"""JSON schemas of the small forms; each answer is part of a `Selection` as it stands."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from hepcoder.tools.contract import Output
from hepcoder.tools.selection.form_names import FieldNames, KnownNames

Schema = dict[str, Any]

_NAME: Schema = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,30}$"}
_CUT_NAME: Schema = {"type": "string", "maxLength": 40}
# Of quantities made of columns; any name at all would let a small model write that of the tree.
_DERIVED: Schema = {"type": "string", "pattern": "^(ratio|sum|difference|product|share|derived)[a-z0-9_]{0,20}$"}
_NUMBER: Schema = {"type": "number"}
_OPS: Schema = {"enum": [">", ">=", "<", "<=", "==", "!="]}
_BELOW: Schema = {"enum": ["<", "<="]}
_UNITS: Schema = {"enum": ["GeV", "MeV", "TeV"]}
_CHARGE: Schema = {"enum": ["opposite", "same", None]}
_FLAVOUR: Schema = {"enum": ["same", "different", None]}
_FORMULA: Schema = {"type": "string", "pattern": r"^[A-Za-z0-9_+*/(). -]{1,160}$"}
_LABEL: Schema = {"anyOf": [{"type": "string", "maxLength": 30}, _NUMBER]}
_SIMPLE = frozenset({"count", "compare", "flag", "charge"})
_COUNTS = re.compile(r"_?counts$|^counts_")
_NOTHING: Schema = {"type": "array", "items": {"type": "null"}, "maxItems": 0}


def _form(kind: str | None = None, /, **properties: Any) -> Schema:
    """An object whose properties are all required and of which there are no others."""
    all_of = {"kind": {"const": kind}} if kind else {}
    all_of |= properties
    return {"type": "object", "properties": all_of, "required": list(all_of), "additionalProperties": False}


def _many(items: Sequence[Schema], most: int = 8, least: int = 0) -> Schema:
    if not items:
        return _NOTHING
    return {"type": "array", "items": {"anyOf": list(items)}, "minItems": least, "maxItems": most}


def _among(known: KnownNames, *groups: Sequence[str]) -> Schema | None:
    """One of the names in some groups, or any other where the answer may define it; None where there is none."""
    names: Schema = {"enum": [name for group in groups for name in group]}
    if not known.is_open:
        return names if names["enum"] else None
    other = _NAME if known.has_objects else _DERIVED
    return {"anyOf": [names, other]} if names["enum"] else other


def _tuple(item: Schema, least: int = 1, most: int = 4) -> Schema:
    return {"type": "array", "items": item, "minItems": least, "maxItems": most}


def _bounds(**more: Any) -> Schema:
    bounds = {"low": _NUMBER, "low_op": _BELOW, "high": _NUMBER, "high_op": _BELOW, "outside": {"type": "boolean"}}
    return {**bounds, **more}


def objects_schema(known: KnownNames) -> Schema:
    """Lists of objects, each of one collection with cuts on its own fields."""
    return _form(objects=_many(_given_lists(known)))


def _given_lists(known: KnownNames) -> list[Schema]:
    return [
        _form("objects", name=_NAME, of={"const": name}, cuts=_many(_object_cuts(fields)))
        for name, fields in known.collections.items()
    ]


def _object_cuts(fields: FieldNames) -> list[Schema]:
    found = []
    for names, unit in ((fields.energies, {"unit": _UNITS}), (fields.plain, {})):
        if names:
            field = {"enum": list(names)}
            found.append(_form("cut", field=field, op=_OPS, value=_NUMBER, **unit))
            found.append(_form("window", field=field, **_bounds(**unit)))
    if fields.flags:
        found.append(_form("flag", field={"enum": list(fields.flags)}, passes={"type": "boolean"}))
    found.append(_form("away", of={"type": "array", "items": _NAME, "minItems": 1, "maxItems": 3}, dr=_NUMBER))
    return found


def candidates_schema(known: KnownNames) -> Schema:
    """Candidates: leading objects, pairs and other combinations, vector sums, and lists made of them.

    Lists that the answer itself defines are called ``leptons`` (electrons and muons) and ``others`` (what a
    combination leaves over), so that they can be offered too.
    """
    if not known.has_objects:
        return _form(objects=_NOTHING, candidates=_NOTHING)
    return _form(objects=_many(_made_lists(known), 3), candidates=_many(_candidates(known)))


def _made_lists(known: KnownNames) -> list[Schema]:
    given = _among(known, known.lists) or _NAME
    return [
        _form("leptons", name={"const": "leptons"}, electrons=given, muons=given),
        _form("remaining", name={"const": "others"}, without=_NAME),
        _form("softer", name={"const": "others"}, of=given, after={"enum": [1, 2, 3, 4]}),
    ]


def _candidates(known: KnownNames) -> list[Schema]:
    lists = _among(known, known.lists, ("leptons", "others")) or _NAME
    pair = {"name": _NAME, "of": _tuple(lists, 1, 1), "size": {"enum": [2, 3, 4]}}
    pair |= {"charge": _CHARGE, "flavour": _FLAVOUR}
    return [
        _form("leading", name=_NAME, of=lists, rank={"enum": [1, 2, 3, 4]}),
        _form("combination", **pair, choose={"const": "all"}),
        _form("combination", **pair, choose={"const": "nearest"}, target=_NUMBER, unit=_UNITS),
        _form("nearest", name=_NAME, of=lists, to=_NAME),
        _form("sum", name=_NAME, of=_tuple(_NAME, 2)),
        _form("member", name=_NAME, of=_NAME, number={"enum": [1, 2, 3, 4]}),
    ]


def quantities_schema(known: KnownNames) -> Schema:
    """Quantities of objects and candidates."""
    if not known.has_objects:
        column = _among(known.model_copy(update={"is_open": True}), known.energies, known.numbers) or _DERIVED
        value = {"anyOf": [_arithmetic(column), _form("formula", expression=_FORMULA)]}
        return _form(quantities=_many([_form(name=_DERIVED, value=value)], 12))
    one = _among(known, known.single, known.lists) or _NAME
    two = _tuple(one, 2, 2)
    fields = dict.fromkeys(["pt", "eta", "|eta|", "phi", "mass"])
    fields |= dict.fromkeys(field for names in known.collections.values() for field in (*names.plain, *names.energies))
    values = [
        _form("field", of=one, field={"enum": list(fields)}),
        _form("system", field={"enum": ["mass", "pt", "eta", "phi"]}, of=_tuple(one, 2)),
        _form("angle", what={"enum": ["delta_r", "delta_phi", "delta_eta"]}, of=two),
        _form("transverse_mass", of=two),
        _form("scalar_sum", of=_tuple(one)),
        _form("count", of=_tuple(one)),
        _arithmetic(_among(known.model_copy(update={"is_open": True}), known.energies, known.numbers) or _NAME),
        _form("cos_theta_star", of=two),
        _form("centrality", of=one, between=two),
        _form("formula", expression=_FORMULA),
    ]
    return _form(quantities=_many([_form(name=_NAME, value={"anyOf": values})], 12))


def _arithmetic(of: Schema) -> Schema:
    return _form("arithmetic", op={"enum": ["/", "*", "+", "-"]}, left=of, right={"anyOf": [of, _NUMBER]})


def cuts_schema(known: KnownNames) -> Schema:
    """The cuts in their order, and categories: conditions that tell the selected events apart, side by side."""
    there = known if known.has_objects else known.model_copy(update={"is_open": False})
    counted, single = _among(there, known.lists, known.single), _among(there, known.single)
    listed, flags = _among(there, known.listed), {"enum": list(known.flags)} if known.flags else None
    conditions = [] if counted is None else [_form("count", of=_tuple(counted), op=_OPS, value={"type": "integer"})]
    conditions += _comparisons(_among(known, known.energies), {"unit": _UNITS})
    conditions += _comparisons(_among(known, known.numbers, known.sizes), {})
    columns = [] if known.has_objects else [*known.energies, *known.numbers]
    if len(columns) > 1:
        conditions.append(_form("compare", left={"enum": columns}, op=_OPS, right={"enum": columns}))
    if listed is not None:
        conditions.append(_form("any", of={"anyOf": _comparisons(listed, {})}))
    if single is not None:
        conditions.append(_form("charge", of=_tuple(single, 2, 2), sign={"enum": ["opposite", "same"]}))
    if flags is not None:
        conditions.append(_form("flag", of=flags, passes={"type": "boolean"}))
    return _form(
        cuts=_many([_form(name=_CUT_NAME, when=_joined(conditions, "or"))], 12),
        categories=_many([_form(name=_NAME, when=_joined(conditions, "and"))], 6),
    )


def _joined(conditions: Sequence[Schema], kind: str) -> Schema:
    """Any of some conditions, or a few of the simple ones together."""
    simple = [one for one in conditions if one["properties"]["kind"]["const"] in _SIMPLE]
    return {"anyOf": [*conditions, _form(kind, of=_many(simple, 3, 2))] if simple else conditions}


def _comparisons(one: Schema | None, unit: Mapping[str, Any]) -> list[Schema]:
    if one is None:
        return []
    return [_form("compare", left=one, op=_OPS, right=_NUMBER, **unit), _form("window", of=one, **_bounds(**unit))]


def results_schema(known: KnownNames, cuts: Sequence[str], outputs: Sequence[Output]) -> Schema:
    """Histograms and values, with the names that the output contract has.

    Args:
        known: What there is.
        cuts: Names of the cuts; events are counted after one of them, or after all.
        outputs: The output contract.

    Where the data have a weight, so has the answer: the column, or null; a ``yield`` is a sum of weights.
    """
    quantity = _among(known, known.energies, known.numbers, known.listed)
    histograms = {
        name: {"anyOf": _histograms(quantity)}
        for output in outputs
        for name in histogram_names(output)
        if quantity is not None
    }
    values = {
        output.file: _form(**{field.name: {"anyOf": _values(known, quantity, cuts)} for field in output.fields})
        for output in outputs
        if output.kind == "json" and output.fields
    }
    columns = _among(known, known.energies, known.numbers, known.listed, known.columns)
    weight = {"weight": {"enum": [*known.weights, None]}} if known.weights else {}
    tables = {
        output.file: {"anyOf": _tables(output, columns, _values(known, quantity, cuts))}
        for output in outputs
        if output.kind in {"csv", "parquet"} and output.fields and columns is not None
    }
    return _form(histograms=_form(**histograms), values=_form(**values), tables=_form(**tables), **weight)


def _tables(output: Output, columns: Schema, values: Sequence[Schema]) -> list[Schema]:
    """A row for each selected event, or rows that the answer lists."""
    found = [_form(**{field.name: columns for field in output.fields})]
    if output.kind == "csv":
        row = _form(**{field.name: {"anyOf": [*_LABEL["anyOf"], *values]} for field in output.fields})
        found.append(_form(rows=_many([row], 8, 1)))
    return found


def _histograms(quantity: Schema) -> list[Schema]:
    bins = {"of": quantity, "bins": {"type": "integer"}, "low": _NUMBER, "high": _NUMBER}
    return [_form(**bins), _form(**bins, category=_NAME)]


def histogram_names(output: Output) -> tuple[str, ...]:
    """Names of the histograms in an npz or a figure: of ``mass_counts`` or ``counts_mass``, mass.

    Plain ``counts`` are the histogram that is called as its file is.

    Example:
        >>> histogram_names(Output(file="met.png", kind="png"))
        ('met',)
    """
    stem = output.file.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    if output.kind in {"png", "pdf", "svg"}:
        return (stem,)
    if output.kind != "npz":
        return ()
    names = [field.name for field in output.fields if _COUNTS.search(field.name)]
    return tuple(_COUNTS.sub("", name) or stem for name in names)


def _values(known: KnownNames, quantity: Schema | None, cuts: Sequence[str]) -> list[Schema]:
    cut: Schema = {"anyOf": [_CUT_NAME, {"type": "null"}]} if known.is_open else {"enum": [*cuts, None]}
    found = [_form("events", cut=cut), _form("events", category=_NAME), _form("fraction", cut=cut, of=cut)]
    found.append(_form("formula", expression=_FORMULA))
    if known.weights:
        found.append(_form("yield", cut=cut))
    if quantity is not None:
        how: Schema = {"enum": ["mean", "std", "median", "min", "max", "sum"]}
        found += [_form("statistic", how=how, of=quantity), _form("statistic", how=how, of=quantity, category=_NAME)]
    return found


def whole_schema(known: KnownNames, outputs: Sequence[Output]) -> Schema:
    """All forms in one: names that an earlier part defines are free text in the later ones.

    Args:
        known: What the data offer, open.
        outputs: The output contract.
    """
    lists = [*_given_lists(known), *(_made_lists(known) if known.has_objects else ())]
    parts = {"objects": _many(lists), "candidates": candidates_schema(known)["properties"]["candidates"]}
    parts |= quantities_schema(known)["properties"] | cuts_schema(known)["properties"]
    return _form(**parts, **results_schema(known, (), outputs)["properties"])
