"""Code for conditions on events: masks with one True or False for each event."""

from collections.abc import Callable
from typing import Any

from hepcoder.tools.selection.conditions import (
    AllOf,
    And,
    AnyOf,
    ChargeOf,
    Compare,
    Condition,
    CountOf,
    Flag,
    Not,
    Or,
    Window,
)
from hepcoder.tools.selection.expressions import Number
from hepcoder.tools.selection.lower_expressions import count_code, lower_expression
from hepcoder.tools.selection.lower_objects import flag_code, window_code
from hepcoder.tools.selection.scope import Scope
from hepcoder.tools.selection.symbols import Symbol, field_symbol
from hepcoder.tools.selection.vocabulary import SelectionError, converted, literal


def event_condition(one: Condition, scope: Scope, who: str) -> Symbol:
    """The code of a condition on events; a mask that may hold None, which counts as False.

    Args:
        one: The condition.
        scope: Names known.
        who: What it belongs to, for messages.

    Raises:
        SelectionError: A name does not exist, or a list is compared without saying how many of it.
    """
    mask = _lower(one, scope, who)
    if mask.shape == "numbers":
        msg = f"{who}: {mask.code} is a list for each event; say any or all of it, or take the leading object"
        raise SelectionError(msg)
    return mask


def _lower(one: Condition, scope: Scope, who: str) -> Symbol:
    lower: Callable[[Any, Scope, str], Symbol] = _LOWER[type(one)]
    return lower(one, scope, who)


def _compare(one: Compare, scope: Scope, who: str) -> Symbol:
    left = lower_expression(one.left, scope, who)
    if isinstance(one.right, Number):
        value = converted(one.right.value, one.right.unit or one.unit, left.unit, who)
        return _like(left, f"({left.code} {one.op} {literal(value)})")
    right = lower_expression(one.right, scope, who)
    if None not in {left.unit, right.unit} and left.unit != right.unit:
        msg = f"{who}: {left.code} in {left.unit} is compared with {right.code} in {right.unit}"
        raise SelectionError(msg)
    shape = "numbers" if "numbers" in {left.shape, right.shape} else "number"
    code = f"({left.code} {one.op} {right.code})"
    return Symbol(code, "numbers" if shape == "numbers" else "number", missing=left.missing or right.missing)


def _like(part: Symbol, code: str) -> Symbol:
    return Symbol(code, part.shape, missing=part.missing)


def _window(one: Window, scope: Scope, who: str) -> Symbol:
    value = lower_expression(one.of, scope, who)
    low, high = (converted(each, one.unit, value.unit, who) for each in (one.low, one.high))
    code = window_code(value.code, low, high, one.low_op, one.high_op, outside=one.outside)
    return _like(value, f"({code})")


def _count(one: CountOf, scope: Scope, who: str) -> Symbol:
    return Symbol(f"({count_code(one.of, scope, who)} {one.op} {one.value})", "number")


def _charge(one: ChargeOf, scope: Scope, who: str) -> Symbol:
    first, second = (field_symbol(scope.thing(name, who), "charge", who) for name in one.of)
    shape = "numbers" if "numbers" in {first.shape, second.shape} else "number"
    code = f"({first.code} * {second.code} {'<' if one.sign == 'opposite' else '>'} 0)"
    return Symbol(code, "numbers" if shape == "numbers" else "number", missing=first.missing or second.missing)


def _flag(one: Flag, scope: Scope, who: str) -> Symbol:
    value = lower_expression(one.of, scope, who)
    return _like(value, flag_code(value, passes=one.passes))


def _any(one: AnyOf, scope: Scope, who: str) -> Symbol:
    return _over_list(one.of, "any", scope, who)


def _all(one: AllOf, scope: Scope, who: str) -> Symbol:
    return _over_list(one.of, "all", scope, who)


def _over_list(inner: Condition, function: str, scope: Scope, who: str) -> Symbol:
    mask = _lower(inner, scope, who)
    if mask.shape != "numbers":  # any or all of a single value is that value
        return mask
    return Symbol(f"ak.{function}({mask.code}, axis=1)", "number", missing=mask.missing)


def _and(one: And, scope: Scope, who: str) -> Symbol:
    masks = [_lower(each, scope, who) for each in one.of]
    return _joined(masks, " & ".join(mask.code for mask in masks), missing=any(mask.missing for mask in masks))


def _or(one: Or, scope: Scope, who: str) -> Symbol:
    # None | True is None in awkward, where "one or the other" means True.
    masks = [_lower(each, scope, who) for each in one.of]
    return _joined(masks, " | ".join(_filled(mask) for mask in masks), missing=False)


def _not(one: Not, scope: Scope, who: str) -> Symbol:
    mask = _lower(one.of, scope, who)
    return _joined([mask], f"~{_filled(mask)}", missing=False)


def _filled(mask: Symbol) -> str:
    return f"ak.fill_none({mask.code}, False)" if mask.missing else mask.code


def _joined(masks: list[Symbol], code: str, *, missing: bool) -> Symbol:
    is_list = any(mask.shape == "numbers" for mask in masks)
    return Symbol(f"({code})", "numbers" if is_list else "number", missing=missing)


_LOWER: dict[type, Callable[..., Symbol]] = {
    Compare: _compare,
    Window: _window,
    CountOf: _count,
    ChargeOf: _charge,
    Flag: _flag,
    AnyOf: _any,
    AllOf: _all,
    And: _and,
    Or: _or,
    Not: _not,
}
