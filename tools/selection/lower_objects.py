"""Code for lists of objects."""

from hepcoder.tools.selection.object_records import (
    AwayFrom,
    FieldCut,
    FieldFlag,
    FieldWindow,
    Gathered,
    Leptons,
    Objects,
    Remaining,
    Softer,
)
from hepcoder.tools.selection.scope import Scope
from hepcoder.tools.selection.symbols import FieldInfo, Symbol, field_symbol
from hepcoder.tools.selection.vocabulary import Below, SelectionError, converted, literal

_SECTION = "objects"
_LEPTON_FIELDS = ("pt", "eta", "phi", "mass", "charge", "flavour", "index")


def lower_objects(one: Objects, scope: Scope) -> Symbol:
    """Objects under conditions."""
    base = scope.objects(one.of, f"objects {one.name!r}")
    masks = [_mask(cut, base, f"objects {one.name!r}") for cut in one.cuts if not isinstance(cut, AwayFrom)]
    code = f"{base.code}[{' & '.join(masks)}]" if masks else base.code
    for away in (cut for cut in one.cuts if isinstance(cut, AwayFrom)):
        for name in away.of:
            other = scope.thing(name, f"objects {one.name!r}")
            code = f"clean({code}, {other.code}, dr={literal(away.dr)})"
    fields = dict(base.fields)
    if one.mass_gev is not None:
        mass = converted(one.mass_gev, "GeV", base.fields.get("pt", FieldInfo()).unit, f"objects {one.name!r}")
        (measured,) = scope.emit([f"measured_{one.name}"], code, _SECTION)
        code = f'ak.with_field({measured}, {mass!r}, "mass")'
        fields["mass"] = base.fields.get("pt", FieldInfo())
    (variable,) = scope.emit([one.name], code, _SECTION)
    return Symbol(variable, "objects", fields, kind=base.kind)


def _mask(cut: FieldCut | FieldWindow | FieldFlag, base: Symbol, who: str) -> str:
    left = field_symbol(base, cut.field, who)
    if isinstance(cut, FieldFlag):
        return flag_code(left, passes=cut.passes)
    if isinstance(cut, FieldWindow):
        low, high = (converted(value, cut.unit, left.unit, f"{who}, {cut.field}") for value in (cut.low, cut.high))
        return window_code(left.code, low, high, cut.low_op, cut.high_op, outside=cut.outside)
    if cut.over is None:
        value = converted(cut.value, cut.unit, left.unit, f"{who}, {cut.field}")
        return f"({left.code} {cut.op} {literal(value)})"
    below = field_symbol(base, cut.over, who)
    if cut.unit is not None:
        msg = f"{who}: {cut.field} / {cut.over} has no unit; leave {cut.unit} out"
        raise SelectionError(msg)
    return f"({left.code} / {below.code} {cut.op} {literal(cut.value)})"


def flag_code(left: Symbol, *, passes: bool) -> str:
    """A mask of what is non-zero, or of what is zero."""
    if left.is_flag:
        return left.code if passes else f"~{left.code}"
    return f"({left.code} {'!=' if passes else '=='} 0)"


def window_code(left: str, low: float, high: float, low_op: Below, high_op: Below, *, outside: bool) -> str:
    """A mask of what lies in a range, or outside of it."""
    if not low < high:
        msg = f"a window from {low:g} to {high:g} of {left} is empty; the lower bound comes first"
        raise SelectionError(msg)
    above, below = (">" if low_op == "<" else ">="), high_op
    if not outside:
        return f"({left} {above} {literal(low)}) & ({left} {below} {literal(high)})"
    under, over = ("<=" if above == ">" else "<"), (">=" if below == "<" else ">")
    return f"(({left} {under} {literal(low)}) | ({left} {over} {literal(high)}))"


def lower_leptons(one: Leptons, scope: Scope) -> Symbol:
    """Electrons and muons together."""
    electrons, muons = (scope.objects(name, f"leptons {one.name!r}") for name in (one.electrons, one.muons))
    (variable,) = scope.emit([one.name], f"merge_leptons({electrons.code}, {muons.code})", _SECTION)
    fields = {name: electrons.fields.get(name, FieldInfo()) for name in _LEPTON_FIELDS}
    return Symbol(variable, "objects", fields, kind="leptons")


def lower_remaining(one: Remaining, scope: Scope) -> Symbol:
    """What a combination leaves over."""
    used = scope.thing(one.without, f"objects {one.name!r}")
    if used.rest is None:
        msg = f"objects {one.name!r}: {one.without!r} takes no one choice in each event, so nothing is left over by it"
        raise SelectionError(msg)
    (variable,) = scope.emit([one.name], used.rest, _SECTION)
    return Symbol(variable, "objects", used.member_fields, kind=used.kind)


def lower_softer(one: Softer, scope: Scope) -> Symbol:
    """Objects after the first ones."""
    base = scope.objects(one.of, f"objects {one.name!r}")
    (variable,) = scope.emit([one.name], f"sort_by_pt({base.code})[:, {one.after}:]", _SECTION)
    return Symbol(variable, "objects", base.fields, kind=base.kind)


def lower_gathered(one: Gathered, scope: Scope) -> Symbol:
    """Candidates as a list."""
    symbols = [scope.thing(name, f"objects {one.name!r}") for name in one.of]
    several = next((name for name, symbol in zip(one.of, symbols, strict=True) if symbol.shape == "objects"), None)
    if several is not None:
        msg = f"objects {one.name!r}: {several!r} is a list already; gather candidates, one in each event"
        raise SelectionError(msg)
    parts = [part for symbol in symbols for part in symbol.parts]
    (variable,) = scope.emit([one.name], f"gathered({', '.join(parts)})", _SECTION)
    tables = [symbol.member_fields or symbol.fields for symbol in symbols]
    fields = {name: info for name, info in tables[0].items() if all(name in table for table in tables)}
    return Symbol(variable, "objects", fields, kind=symbols[0].kind)
