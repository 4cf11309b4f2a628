"""Evaluates the code of a lowered selection: fields, masks, arithmetic and calls of known functions, nothing else."""

import ast
import dataclasses
import operator
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from hepcoder.tools.arrays import Bools
from hepcoder.tools.selection.symbols import Step
from hepcoder.tools.selection.toolbox import LIBRARY, TOOLBOX, library_function, tool
from hepcoder.tools.selection.vocabulary import SelectionError
from hepcoder.tools.source_trees import parse_expression

_OPERATORS: dict[type, Callable[..., Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.BitAnd: operator.and_, ast.BitOr: operator.or_, ast.Invert: operator.invert, ast.USub: operator.neg,
    ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip


class Frame:
    """The variables of a program over some events; each is computed when it is first asked for.

    Args:
        events: The events, as `read_events` gives them.
        steps: Assignments.
        wider: The frame that these events are cut from, and which of its events stay; None for all events.
    """

    def __init__(self, events: Any, steps: Sequence[Step], wider: "tuple[Frame, Bools] | None" = None) -> None:
        self._values: dict[str, Any] = {"events": events}
        self._steps = {name: step for step in steps for name in step.names}
        self._all = tuple(steps)
        self._wider = wider

    def cut(self, keep: Bools) -> "Frame":
        """The frame of some of its events, which takes over what is computed already.

        Args:
            keep: True for each event that stays.
        """
        return Frame(self._values["events"][keep], self._all, (self, keep))

    def value(self, code: str) -> Any:
        """The value of an expression.

        Args:
            code: As lowering makes it.

        Raises:
            SelectionError: A function of the toolbox refuses its arguments; names the step.
        """
        return self._of(_parsed(code))

    def has(self, name: str) -> bool:
        """Whether it, or one that it was cut from, has computed this variable."""
        return name in self._values or (self._wider is not None and self._wider[0].has(name))

    def variable(self, name: str) -> Any:
        """The value of a variable.

        Raises:
            SelectionError: As `value`.
        """
        if name not in self._values:
            if self._wider is not None and self._wider[0].has(name):
                wider, keep = self._wider
                self._values[name] = _cut(wider.variable(name), keep)
            else:
                self._values |= self._computed(self._steps[name])
        return self._values[name]

    def _computed(self, step: Step) -> dict[str, Any]:
        try:
            value = self.value(step.code)
        except (ValueError, TypeError) as error:
            msg = f"{', '.join(step.names)} = {step.code} cannot be computed: {error}"
            raise SelectionError(msg) from error
        return dict(zip(step.names, value if len(step.names) > 1 else (value,), strict=True))

    def _of(self, node: ast.AST) -> Any:
        return _VISITS[type(node)](self, node)

    def _constant(self, node: ast.Constant) -> Any:
        return node.value

    def _name(self, node: ast.Name) -> Any:
        return abs if node.id == "abs" else tool(node.id) if node.id in TOOLBOX else self.variable(node.id)

    def _attribute(self, node: ast.Attribute) -> Any:
        if isinstance(node.value, ast.Name) and node.value.id in LIBRARY:
            return library_function(node.value.id, node.attr)
        owner = self._of(node.value)
        return owner[node.attr] if node.attr in getattr(owner, "fields", ()) else getattr(owner, node.attr)

    def _subscript(self, node: ast.Subscript) -> Any:
        return self._of(node.value)[self._of(node.slice)]

    def _slice(self, node: ast.Slice) -> slice:
        return slice(None if node.lower is None else self._of(node.lower), None)

    def _sequence(self, node: ast.Tuple | ast.List) -> Any:
        return tuple(self._of(each) for each in node.elts)

    def _binary(self, node: ast.BinOp) -> Any:
        return _OPERATORS[type(node.op)](self._of(node.left), self._of(node.right))

    def _unary(self, node: ast.UnaryOp) -> Any:
        return _OPERATORS[type(node.op)](self._of(node.operand))

    def _compare(self, node: ast.Compare) -> Any:
        return _OPERATORS[type(node.ops[0])](self._of(node.left), self._of(node.comparators[0]))

    def _call(self, node: ast.Call) -> Any:
        keywords = {str(each.arg): self._of(each.value) for each in node.keywords}
        return self._of(node.func)(*(self._of(each) for each in node.args), **keywords)


def _cut(value: Any, keep: Bools) -> Any:
    """What belongs to some of the events of an array, or of a record of arrays such as a combination."""
    if isinstance(value, tuple):
        return tuple(_cut(each, keep) for each in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = {field.name: _cut(getattr(value, field.name), keep) for field in dataclasses.fields(value)}
        return dataclasses.replace(value, **parts)
    return value[keep] if hasattr(value, "__len__") else value


_VISITS: Mapping[type, Callable[..., Any]] = {
    ast.Constant: Frame._constant,  # noqa: SLF001
    ast.Name: Frame._name,  # noqa: SLF001
    ast.Attribute: Frame._attribute,  # noqa: SLF001
    ast.Subscript: Frame._subscript,  # noqa: SLF001
    ast.Slice: Frame._slice,  # noqa: SLF001
    ast.Tuple: Frame._sequence,  # noqa: SLF001
    ast.List: Frame._sequence,  # noqa: SLF001
    ast.BinOp: Frame._binary,  # noqa: SLF001
    ast.UnaryOp: Frame._unary,  # noqa: SLF001
    ast.Compare: Frame._compare,  # noqa: SLF001
    ast.Call: Frame._call,  # noqa: SLF001
}


@lru_cache(maxsize=512)
def _parsed(code: str) -> ast.expr:
    return parse_expression(code).body
