"""Code for candidates: picked objects and combinations."""

from collections.abc import Mapping

from hepcoder.tools.selection.candidate_records import Combination, Leading, Member, Nearest, Sum, TwoPairs
from hepcoder.tools.selection.scope import Scope
from hepcoder.tools.selection.symbols import FieldInfo, Symbol
from hepcoder.tools.selection.vocabulary import SelectionError, converted, literal

_SECTION = "candidates"
_MOMENTUM = ("pt", "eta", "phi", "mass")
_ORDINALS = ("first", "second", "third", "fourth")
_FLAVOURED = frozenset({"leptons", "lepton"})


def lower_leading(one: Leading, scope: Scope) -> Symbol:
    """The n-th object in pt."""
    base = scope.objects(one.of, f"candidate {one.name!r}")
    code = f"leading({base.code})" if one.rank == 1 else f"leading({base.code}, {one.rank})"
    (variable,) = scope.emit([one.name], code, _SECTION)
    return Symbol(variable, "object", base.fields, missing=True, kind=base.kind)


def lower_nearest(one: Nearest, scope: Scope) -> Symbol:
    """The object nearest to a candidate."""
    who = f"candidate {one.name!r}"
    base, to = scope.objects(one.of, who), scope.thing(one.to, who)
    if to.shape != "object":
        msg = f"{who}: {one.to!r} is a list; take one of it, such as the leading one"
        raise SelectionError(msg)
    (variable,) = scope.emit([one.name], f"nearest({to.code}, {base.code})", _SECTION)
    return Symbol(variable, "object", base.fields, missing=True, kind=base.kind)


def lower_member(one: Member, scope: Scope) -> Symbol:
    """An object of a combination."""
    base = scope.thing(one.of, f"candidate {one.name!r}")
    if one.number > len(base.members):
        msg = f"candidate {one.name!r}: {one.of!r} has {len(base.members)} objects, not {one.number}"
        raise SelectionError(msg)
    code = base.members[one.number - 1]
    return Symbol(code, base.shape, base.member_fields, missing=base.missing, kind=base.kind)


def lower_sum(one: Sum, scope: Scope) -> Symbol:
    """A vector sum, transverse where a part has no eta."""
    symbols = [scope.thing(name, f"candidate {one.name!r}") for name in one.of]
    full = all("eta" in symbol.fields for symbol in symbols)
    parts = ", ".join(part for symbol in symbols for part in symbol.parts)
    code = f"add_momenta({parts})" if full else f"transverse_sum({parts})"
    (variable,) = scope.emit([one.name], code, _SECTION)
    unit = symbols[0].fields.get("pt", FieldInfo())
    return Symbol(
        variable,
        "objects" if any(symbol.shape == "objects" for symbol in symbols) else "object",
        momentum_fields(unit) if full else {"pt": unit, "phi": FieldInfo("rad")},
        missing=any(symbol.missing for symbol in symbols),
    )


def momentum_fields(unit: FieldInfo) -> dict[str, FieldInfo]:
    """Fields of a vector sum, of which pt and mass have a unit."""
    return {"pt": unit, "eta": FieldInfo(), "phi": FieldInfo("rad"), "mass": unit}


def lower_combination(one: Combination, scope: Scope) -> Symbol:
    """Pairs, triples or quadruples."""
    bases = [scope.objects(name, f"combination {one.name!r}") for name in one.of]
    fields = {name: info for name, info in bases[0].fields.items() if all(name in base.fields for base in bases)}
    unit = fields.get("pt", FieldInfo())
    _check_charge(one, fields)
    same_flavour = one.flavour == "same" and bases[0].kind in _FLAVOURED
    if one.choose == "nearest":
        (variable,) = scope.emit([one.name], _nearest(one, bases[0], same_flavour=same_flavour), _SECTION)
        return _picked(variable, one.size, fields, bases[0])
    names = [f"{one.name}_{number}" for number in range(1, one.size + 1)]
    if one.choose == "leading":
        codes = [f"leading({bases[0].code}, {number})" for number in range(1, one.size + 1)]
        members = tuple(scope.emit([name], code, _SECTION)[0] for name, code in zip(names, codes, strict=True))
    else:
        function = _pairing(one, same_flavour=same_flavour)
        members = scope.emit(names, _all(one, [base.code for base in bases], function), _SECTION)
        mask = _left_to_ask(one, members, function, same_flavour=same_flavour)
        if mask:
            members = scope.emit(names, ", ".join(f"{member}[{mask}]" for member in members), _SECTION)
    listed = ", ".join(members)
    is_list = one.choose == "all"
    return Symbol(
        f"add_momenta({listed})",
        "objects" if is_list else "object",
        momentum_fields(unit),
        missing=not is_list,
        kind=bases[0].kind,
        members=members,
        member_fields=fields,
        mass=f"invariant_mass({listed})",
        rest=None if is_list else f"sort_by_pt({bases[0].code})[:, {one.size}:]",
    )


def _check_charge(one: Combination, fields: Mapping[str, FieldInfo]) -> None:
    if one.charge and "charge" not in fields:
        msg = f"combination {one.name!r}: {', '.join(one.of)} have no charge; they have {', '.join(fields)}"
        raise SelectionError(msg)


def _nearest(one: Combination, base: Symbol, *, same_flavour: bool) -> str:
    who = f"combination {one.name!r}"
    target = converted(float(one.target or 0), one.unit, base.fields.get("mass", FieldInfo()).unit, who)
    code = f"nearest_to_mass({base.code}, {literal(target)}"
    code += f", n={one.size}" if one.size != 2 else ""
    code += f", charge={0 if one.charge == 'opposite' else one.size}" if one.charge else ""
    return code + (", same_flavour=True)" if same_flavour else ")")


def _picked(variable: str, size: int, fields: Mapping[str, FieldInfo], base: Symbol) -> Symbol:
    return Symbol(
        f"{variable}.momentum",
        "object",
        momentum_fields(fields.get("pt", FieldInfo())),
        missing=True,
        kind=base.kind,
        members=tuple(f"{variable}.{ordinal}" for ordinal in _ORDINALS[:size]),
        member_fields=fields,
        mass=f"{variable}.mass",
        rest=f"{variable}.rest",
    )


def _pairing(one: Combination, *, same_flavour: bool) -> str:
    """The function that makes pairs of one list; empty where none does."""
    if one.size > 2 or len(one.of) > 1:
        return ""
    if one.charge == "opposite":
        return "ossf_pairs" if same_flavour else "opposite_sign_pairs"
    return "same_sign_pairs" if one.charge else "pairs"


def _all(one: Combination, codes: list[str], function: str) -> str:
    if function:
        return f"{function}({codes[0]})"
    if len(codes) > 1:
        return f"ak.unzip(ak.cartesian([{', '.join(codes)}]))"
    return f"ak.unzip(ak.combinations({codes[0]}, {one.size}))"


def _left_to_ask(one: Combination, members: tuple[str, ...], function: str, *, same_flavour: bool) -> str:
    """The mask of pairs that also meet what the pairing function does not ask for; empty for none."""
    first, second, *_ = members
    masks = []
    if one.flavour == "different" or (same_flavour and function != "ossf_pairs"):
        masks.append(f"(flavour_of({first}) {'==' if same_flavour else '!='} flavour_of({second}))")
    if one.charge and not function:
        masks.append(f"({first}.charge * {second}.charge {'<' if one.charge == 'opposite' else '>'} 0)")
    return " & ".join(masks)


def lower_two_pairs(one: TwoPairs, scope: Scope) -> dict[str, Symbol]:
    """Two pairs without a common object."""
    who = f"candidate {one.name!r}"
    base = scope.objects(one.of, who)
    target = converted(one.target, one.unit, base.fields.get("mass", FieldInfo()).unit, who)
    code = f"two_pairs({base.code}, {literal(target)}"
    code += "" if one.charge else ", opposite_sign=False"
    code += ", same_flavour=True" if one.flavour and base.kind in _FLAVOURED else ""
    code += f', then="{one.then}")'
    first, second = scope.emit([one.name, one.other], code, _SECTION)
    return {one.name: _picked(first, 2, base.fields, base), one.other: _picked(second, 2, base.fields, base)}
