"""Code for quantities."""

from collections.abc import Callable, Sequence
from typing import Any

from hepcoder.tools.selection.expressions import (
    Angle,
    Arithmetic,
    Centrality,
    CosThetaStar,
    Count,
    Expression,
    FieldOf,
    Function,
    Named,
    Number,
    Reduced,
    ScalarSum,
    System,
    TransverseMass,
)
from hepcoder.tools.selection.scope import Scope
from hepcoder.tools.selection.symbols import FieldInfo, Shape, Symbol, field_symbol
from hepcoder.tools.selection.vocabulary import SelectionError, literal

_KEEP_UNIT = frozenset({"abs"})


def lower_expression(one: Expression, scope: Scope, who: str) -> Symbol:
    """The code of a quantity.

    Args:
        one: The expression.
        scope: Names known.
        who: What it belongs to, for messages.

    Raises:
        SelectionError: A name does not exist or stands for something else than is needed.
    """
    lower: Callable[[Any, Scope, str], Symbol] = _LOWER[type(one)]
    return lower(one, scope, who)


def _number(one: Number, _scope: Scope, _who: str) -> Symbol:
    return Symbol(literal(one.value), "number", unit=one.unit)


def _named(one: Named, scope: Scope, who: str) -> Symbol:
    return scope.numbers(one.name, who)


def _field(one: FieldOf, scope: Scope, who: str) -> Symbol:
    return field_symbol(scope.thing(one.of, who), one.field, who)


def _of(parts: Sequence[Symbol], code: str, unit: str | None = None) -> Symbol:
    """A number, or a list where one of the parts is a list."""
    shape: Shape = "numbers" if any(part.shape in {"objects", "numbers"} for part in parts) else "number"
    return Symbol(code, shape, unit=unit, missing=any(part.missing for part in parts))


def _system(one: System, scope: Scope, who: str) -> Symbol:
    symbols = [scope.thing(name, who) for name in one.of]
    flat = next((name for name, symbol in zip(one.of, symbols, strict=True) if "eta" not in symbol.fields), None)
    if flat is not None and one.field in {"mass", "eta"}:
        msg = f"{who}: {flat!r} has no eta, so a sum with it has no {one.field}; take the transverse mass, or pt"
        raise SelectionError(msg)
    listed = ", ".join(part for symbol in symbols for part in symbol.parts)
    if one.field == "mass":
        code = f"invariant_mass({listed})"
    else:
        code = f"{'transverse_sum' if flat else 'add_momenta'}({listed}).{one.field}"
    energy = symbols[0].fields.get("pt", FieldInfo()).unit
    return _of(symbols, code, {"mass": energy, "pt": energy, "phi": "rad"}.get(one.field))


def _with_fields(names: Sequence[str], fields: Sequence[str], scope: Scope, who: str) -> list[Symbol]:
    """Objects or candidates that have certain fields."""
    symbols = [scope.thing(name, who) for name in names]
    for symbol in symbols:
        for name in fields:
            field_symbol(symbol, name, who)
    return symbols


_ANGLE_FIELDS = {"delta_r": ("eta", "phi"), "delta_phi": ("phi",), "delta_eta": ("eta",)}


def _angle(one: Angle, scope: Scope, who: str) -> Symbol:
    first, second = _with_fields(one.of, _ANGLE_FIELDS[one.what], scope, who)
    if one.what == "delta_r":
        return _of([first, second], f"delta_r({first.code}, {second.code})")
    if one.what == "delta_phi":
        return _of([first, second], f"abs(delta_phi({first.code}, {second.code}))", "rad")
    etas = [field_symbol(symbol, "eta", who) for symbol in (first, second)]
    return _of(etas, f"abs({etas[0].code} - {etas[1].code})")


def _transverse_mass(one: TransverseMass, scope: Scope, who: str) -> Symbol:
    first, met = _with_fields(one.of, ("pt", "phi"), scope, who)
    return _of([first, met], f"transverse_mass({first.code}, {met.code})", first.fields.get("pt", FieldInfo()).unit)


def _scalar_sum(one: ScalarSum, scope: Scope, who: str) -> Symbol:
    terms, unit = [], None
    for name in one.of:
        symbol = scope.thing(name, who)
        value = field_symbol(symbol, one.field, who)
        unit = unit or value.unit
        if symbol.shape == "objects":
            plain = one.field == "pt"
            terms.append(f"ht({symbol.code})" if plain else f"ak.fill_none(ak.sum({value.code}, axis=1), 0)")
        else:
            terms.append(f"ak.fill_none({value.code}, 0)" if value.missing else value.code)
    return Symbol(f"({' + '.join(terms)})", "number", unit=unit)


def count_code(names: Sequence[str], scope: Scope, who: str) -> str:
    """Code of the number of objects of all lists together."""
    return f"({' + '.join(f'count({scope.thing(name, who).parts[-1]})' for name in names)})"


def _count(one: Count, scope: Scope, who: str) -> Symbol:
    return Symbol(count_code(one.of, scope, who), "number")


def _cos_theta_star(one: CosThetaStar, scope: Scope, who: str) -> Symbol:
    first, second = _with_fields(one.of, ("pt", "eta", "phi"), scope, who)
    return _of([first, second], f"abs(collins_soper_cos_theta({first.code}, {second.code}))")


def _centrality(one: Centrality, scope: Scope, who: str) -> Symbol:
    parts = _with_fields([one.of, *one.between], ("eta",), scope, who)
    # None where both jets have one eta.
    return Symbol(f"centrality({', '.join(part.code for part in parts)})", _of(parts, "").shape, missing=True)


def _reduced(one: Reduced, scope: Scope, who: str) -> Symbol:
    values = lower_expression(one.of, scope, who)
    if values.shape != "numbers":
        msg = f"{who}: the {one.how} is taken of a list, but {values.code} is one number in each event"
        raise SelectionError(msg)
    code = f"ak.{one.how}({values.code}, axis=1)"
    return Symbol(code, "number", unit=values.unit, missing=one.how != "sum" or values.missing)


def _arithmetic(one: Arithmetic, scope: Scope, who: str) -> Symbol:
    left, right = (lower_expression(side, scope, who) for side in (one.left, one.right))
    unit = left.unit or right.unit
    if one.op in "+-" and None not in {left.unit, right.unit} and left.unit != right.unit:
        msg = f"{who}: {left.code} in {left.unit} and {right.code} in {right.unit} cannot be added"
        raise SelectionError(msg)
    if one.op in "*/" and not (isinstance(one.left, Number) or isinstance(one.right, Number)):
        unit = None
    return _of([left, right], f"({left.code} {one.op} {right.code})", unit)


def _function(one: Function, scope: Scope, who: str) -> Symbol:
    value = lower_expression(one.of, scope, who)
    code = f"abs({value.code})" if one.name == "abs" else f"np.{one.name}({value.code})"
    return _of([value], code, value.unit if one.name in _KEEP_UNIT else None)


_LOWER: dict[type, Callable[..., Symbol]] = {
    Number: _number,
    Named: _named,
    FieldOf: _field,
    System: _system,
    Angle: _angle,
    TransverseMass: _transverse_mass,
    ScalarSum: _scalar_sum,
    Count: _count,
    CosThetaStar: _cos_theta_star,
    Centrality: _centrality,
    Reduced: _reduced,
    Arithmetic: _arithmetic,
    Function: _function,
}
