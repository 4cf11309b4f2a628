"""JSON schemas of the small forms; each answer is part of a `Selection` as it stands."""

from collections.abc import Mapping, Sequence
from typing import Any

from hepcoder.tools.contract import Output
from hepcoder.tools.selection.form_names import FieldNames, KnownNames

Schema = dict[str, Any]

_NAME: Schema = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,30}$"}
_NUMBER: Schema = {"type": "number"}
_OPS: Schema = {"enum": [">", ">=", "<", "<=", "==", "!="]}
_BELOW: Schema = {"enum": ["<", "<="]}
_UNITS: Schema = {"enum": ["GeV", "MeV", "TeV"]}
_CHARGE: Schema = {"enum": ["opposite", "same", None]}
_FLAVOUR: Schema = {"enum": ["same", "different", None]}


def _form(kind: str | None = None, /, **properties: Any) -> Schema:
    """An object whose properties are all required and of which there are no others."""
    all_of = {"kind": {"const": kind}} if kind else {}
    all_of |= properties
    return {"type": "object", "properties": all_of, "required": list(all_of), "additionalProperties": False}


def _many(items: Sequence[Schema], most: int = 8, least: int = 0) -> Schema:
    return {"type": "array", "items": {"anyOf": list(items)}, "minItems": least, "maxItems": most}


def _tuple(names: Sequence[str], least: int = 1, most: int = 4) -> Schema:
    return {"type": "array", "items": {"enum": list(names)}, "minItems": least, "maxItems": most}


def _bounds(**more: Any) -> Schema:
    bounds = {"low": _NUMBER, "low_op": _BELOW, "high": _NUMBER, "high_op": _BELOW, "outside": {"type": "boolean"}}
    return {**bounds, **more}


def objects_schema(known: KnownNames) -> Schema:
    """Lists of objects, each of one collection with cuts on its own fields."""
    items = [
        _form("objects", name=_NAME, of={"const": name}, cuts=_many(_object_cuts(fields)))
        for name, fields in known.collections.items()
    ]
    return _form(objects=_many(items))


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
    given: Schema = {"enum": list(known.lists)}
    lists: Schema = {"enum": [*known.lists, "leptons", "others"]}
    pair = {"name": _NAME, "of": {"type": "array", "items": lists, "minItems": 1, "maxItems": 1}}
    pair |= {"size": {"enum": [2, 3, 4]}, "charge": _CHARGE, "flavour": _FLAVOUR}
    candidates = [
        _form("leading", name=_NAME, of=lists, rank={"enum": [1, 2, 3, 4]}),
        _form("combination", **pair, choose={"const": "all"}),
        _form("combination", **pair, choose={"const": "nearest"}, target=_NUMBER, unit=_UNITS),
        _form("nearest", name=_NAME, of=lists, to=_NAME),
        _form("sum", name=_NAME, of={"type": "array", "items": _NAME, "minItems": 2, "maxItems": 4}),
        _form("member", name=_NAME, of=_NAME, number={"enum": [1, 2, 3, 4]}),
    ]
    objects = [
        _form("leptons", name={"const": "leptons"}, electrons=given, muons=given),
        _form("remaining", name={"const": "others"}, without=_NAME),
        _form("softer", name={"const": "others"}, of=given, after={"enum": [1, 2, 3, 4]}),
    ]
    return _form(objects=_many(objects, 3), candidates=_many(candidates))


def quantities_schema(known: KnownNames) -> Schema:
    """Quantities of objects and candidates."""
    things = [*known.single, *known.lists]
    one: Schema = {"enum": things}
    two = _tuple(things, 2, 2)
    fields = dict.fromkeys(["pt", "eta", "|eta|", "phi", "mass"])
    fields |= dict.fromkeys(field for names in known.collections.values() for field in (*names.plain, *names.energies))
    values = [
        _form("field", of=one, field={"enum": list(fields)}),
        _form("system", field={"enum": ["mass", "pt", "eta", "phi"]}, of=_tuple(things, 2)),
        _form("angle", what={"enum": ["delta_r", "delta_phi", "delta_eta"]}, of=two),
        _form("transverse_mass", of=two),
        _form("scalar_sum", of=_tuple(things)),
        _form("count", of=_tuple(things)),
        _form("arithmetic", op={"enum": ["/", "*", "+", "-"]}, left=_NAME, right={"anyOf": [_NAME, _NUMBER]}),
        _form("cos_theta_star", of=two),
        _form("centrality", of=one, between=two),
    ]
    return _form(quantities=_many([_form(name=_NAME, value={"anyOf": values})], 12))


def cuts_schema(known: KnownNames) -> Schema:
    """The cuts in their order."""
    conditions = [_form("count", of=_tuple([*known.lists, *known.single]), op=_OPS, value={"type": "integer"})]
    for names, unit in ((known.energies, {"unit": _UNITS}), (known.numbers, {})):
        conditions += _comparisons(names, unit)
    if known.listed:
        conditions.append(_form("any", of={"anyOf": _comparisons(known.listed, {})}))
    if known.single:
        conditions.append(_form("charge", of=_tuple(known.single, 2, 2), sign={"enum": ["opposite", "same"]}))
    if known.flags:
        conditions.append(_form("flag", of={"enum": list(known.flags)}, passes={"type": "boolean"}))
    return _form(cuts=_many([_form(name={"type": "string", "maxLength": 40}, when={"anyOf": conditions})], 12))


def _comparisons(names: Sequence[str], unit: Mapping[str, Any]) -> list[Schema]:
    if not names:
        return []
    one: Schema = {"enum": list(names)}
    return [_form("compare", left=one, op=_OPS, right=_NUMBER, **unit), _form("window", of=one, **_bounds(**unit))]


def results_schema(known: KnownNames, filled: Mapping[str, Any], outputs: Sequence[Output]) -> Schema:
    """Histograms and values, with the names that the output contract has."""
    quantities = [*known.energies, *known.numbers, *known.listed]
    cuts = [cut["name"] for cut in filled.get("cuts", ())]
    histograms = {
        name: _form(of={"enum": quantities}, bins={"type": "integer"}, low=_NUMBER, high=_NUMBER)
        for output in outputs
        for name in histogram_names(output)
    }
    values = {
        output.file: _form(**{field.name: {"anyOf": _values(quantities, cuts)} for field in output.fields})
        for output in outputs
        if output.kind == "json" and output.fields
    }
    columns: Schema = {"enum": [*quantities, *known.columns]}
    tables = {
        output.file: _form(**{field.name: columns for field in output.fields})
        for output in outputs
        if output.kind in {"csv", "parquet"} and output.fields
    }
    return _form(histograms=_form(**histograms), values=_form(**values), tables=_form(**tables))


def histogram_names(output: Output) -> tuple[str, ...]:
    """Names of the histograms in an npz or a figure: of ``mass_counts``, mass; of plain ``counts``, the file's own.

    Example:
        >>> histogram_names(Output(file="met.png", kind="png"))
        ('met',)
    """
    stem = output.file.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    if output.kind in {"png", "pdf", "svg"}:
        return (stem,)
    if output.kind != "npz":
        return ()
    names = [field.name for field in output.fields if field.name.endswith("counts")]
    return tuple(name.removesuffix("counts").rstrip("_") or stem for name in names)


def _values(quantities: Sequence[str], cuts: Sequence[str]) -> list[Schema]:
    found = [_form("events", cut={"enum": [*cuts, None]})]
    if quantities:
        how: Schema = {"enum": ["mean", "std", "median", "min", "max", "sum"]}
        found.append(_form("statistic", how=how, of={"enum": list(quantities)}))
    return found
