"""What the names of a selection stand for in code: the table that lowering fills, name by name, as they are needed."""

import keyword
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hepcoder.tools.layout_records import Layout
from hepcoder.tools.selection.symbols import Shape, Step, Symbol, collection_symbol, column_symbol
from hepcoder.tools.selection.toolbox import TOOLBOX
from hepcoder.tools.selection.vocabulary import SelectionError, known_or_nearest

# Names that a script uses for its own variables, and functions that it calls.
_TAKEN = frozenset([
    *("events", "ak", "np", "cutflow", "selected", "filled", "values", "arrays", "select", "files", "samples", "whole"),
    *("sample", "name", "counts", "edges", "underflow", "overflow", "rows", "drawn", "row", "file", "numbers", "table"),
    *("abs", "all", "any", "bool", "dict", "float", "int", "len", "list", "max", "min", "sum", "range", "zip", "print"),
])  # fmt: skip


class Scope:
    """The names known so far, and the steps that make them.

    Args:
        layout: What the data offers.
        definitions: Definitions of the selection by name.
        lower: Turns a definition into a symbol, with the help of this scope.
    """

    def __init__(
        self,
        layout: Layout,
        definitions: Mapping[str, Any],
        lower: Callable[[Any, "Scope"], Mapping[str, Symbol]],
    ) -> None:
        self.layout = layout
        self.steps: list[Step] = []
        self.reads: dict[str, None] = {}
        self._definitions = definitions
        self._lower = lower
        self._symbols: dict[str, Symbol] = {}
        self._open: list[str] = []
        self._variables: set[str] = set()

    def need(self, name: str, who: str) -> Symbol:
        """What a name stands for, worked out if it was not yet.

        Args:
            name: A definition, a collection, a column, or a branch of the file.
            who: Who asks, for messages.

        Raises:
            SelectionError: No such name, or it is defined by itself.
        """
        if name in self._symbols:
            return self._symbols[name]
        if name not in self._definitions:
            self._symbols[name] = self._of_data(name, who)
            return self._symbols[name]
        if name in self._open:
            msg = f"{name!r} is defined by itself: {' -> '.join([*self._open, name])}"
            raise SelectionError(msg)
        self._open.append(name)
        self._symbols |= self._lower(self._definitions[name], self)
        self._open.pop()
        return self._symbols[name]

    def objects(self, name: str, who: str) -> Symbol:
        """A list of objects.

        Raises:
            SelectionError: The name is something else.
        """
        return self._of_shape(name, who, ("objects",), "a list of objects is needed")

    def thing(self, name: str, who: str) -> Symbol:
        """Objects or a candidate.

        Raises:
            SelectionError: The name is a number.
        """
        return self._of_shape(name, who, ("objects", "object"), "an object or a list of objects is needed")

    def numbers(self, name: str, who: str) -> Symbol:
        """A quantity or column.

        Raises:
            SelectionError: The name stands for objects.
        """
        return self._of_shape(name, who, ("numbers", "number"), "a number is needed; take a field of it, such as pt")

    def _of_shape(self, name: str, who: str, shapes: Sequence[Shape], needed: str) -> Symbol:
        symbol = self.need(name, who)
        if symbol.shape not in shapes:
            a = {"objects": "a list of objects", "object": "one object", "numbers": "a list of numbers"}
            msg = f"{who}: {name!r} is {a.get(symbol.shape, 'a number')}, but {needed}"
            raise SelectionError(msg)
        return symbol

    def emit(self, names: Sequence[str], code: str, section: str, note: str = "") -> tuple[str, ...]:
        """Add a step; returns its variables, which are the names unless those are taken."""
        variables = tuple(self._variable(name) for name in names)
        self.steps.append(Step(variables, code, section, note))
        return variables

    def _variable(self, name: str) -> str:
        while name in self._variables | _TAKEN | TOOLBOX.keys() or keyword.iskeyword(name):
            name += "_"
        self._variables.add(name)
        return name

    def _of_data(self, name: str, who: str) -> Symbol:
        """A collection, a column, or a field of a collection, by its branch or as ``MET.pt``."""
        if collection := self.layout.collection(name):
            self.reads[name] = None
            return collection_symbol(collection)
        if column := self.layout.column(name):
            self.reads[name] = None
            return column_symbol(f"events.{column.name}", column, jagged=column.depth > 0)
        for collection in self.layout.collections:
            for one in collection.fields:
                if name in {one.branch, f"{collection.name}.{one.name}"}:
                    self.reads[collection.name] = None
                    return column_symbol(f"events.{collection.name}.{one.name}", one, jagged=collection.jagged)
        known = [*self._definitions, *(one.name for one in self.layout.collections)]
        known += [one.name for one in self.layout.columns]
        msg = f"{who}: {name!r} is neither defined nor in the data; nearest: {known_or_nearest(name, known)}"
        raise SelectionError(msg)
