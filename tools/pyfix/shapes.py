"""How many numbers an expression holds, as far as the script tells: none is guessed."""

import ast

from hepcoder.tools.pyfix.records import Known
from hepcoder.tools.pyfix.scope import collection_of, event_variables, object_variables

SINGLE, EVENT, JAGGED = -1, 0, 1
"""One number; one for each event; a list for each event."""

_PER_EVENT = {"count", "ht", "leading", "transverse_mass"}
_PER_OBJECT = {"pair_mass", "sort_by_pt"}
_LIKE_ARGUMENT = {
    "invariant_mass",
    "delta_r",
    "delta_phi",
    "abs",
    "fill_none",
    "sqrt",
    "log",
    "exp",
    "cos",
    "sin",
    "cosh",
    "sinh",
    "absolute",
    "where",
}
_REDUCING = {"sum", "any", "all", "max", "min", "mean", "std", "var", "count", "num", "prod"}


class Shapes:
    """The shapes of a script's expressions and which of them are masks."""

    def __init__(self, tree: ast.Module, known: Known) -> None:
        self.events = event_variables(tree)
        self.names = set(known.collections)
        self.known = known
        self.raw = raw_variables(tree)
        self.objects = object_variables(tree, self.events, self.names)
        self.depths: dict[str, int | None] = {}
        self.masks: dict[str, bool] = {}
        for node in sorted((n for n in ast.walk(tree) if isinstance(n, ast.Assign)), key=lambda one: one.lineno):
            self._assign(node)

    def _assign(self, node: ast.Assign) -> None:
        target = node.targets[0]
        if isinstance(target, ast.Name):
            depth, mask = self.depth(node.value), self.is_mask(node.value)
            if target.id in self.depths and (self.depths[target.id], self.masks[target.id]) != (depth, mask):
                depth, mask = None, False
            self.depths[target.id], self.masks[target.id] = depth, mask
        elif (
            isinstance(target, ast.Tuple)
            and isinstance(node.value, ast.Call)
            and _called(node.value) in {"pairs", "opposite_sign_pairs"}
        ):
            for one in target.elts:
                if isinstance(one, ast.Name):
                    self.depths[one.id], self.masks[one.id] = JAGGED, False

    def depth(self, node: ast.expr) -> int | None:  # noqa: PLR0911 - one line for each kind of node
        """The shape of an expression, None when it is not known."""
        if isinstance(node, ast.Constant):
            return SINGLE
        if isinstance(node, ast.Name):
            return self._of_collection(node) if node.id in self.objects else self.depths.get(node.id)
        if isinstance(node, ast.Attribute):
            return self._attribute(node)
        if isinstance(node, ast.Subscript):
            return self._subscript(node)
        if isinstance(node, ast.UnaryOp):
            return self.depth(node.operand)
        if isinstance(node, ast.BinOp):
            return self._widest([node.left, node.right])
        if isinstance(node, ast.Compare):
            return self._widest([node.left, *node.comparators])
        return self._call(node) if isinstance(node, ast.Call) else None

    def is_mask(self, node: ast.expr) -> bool:
        """Whether an expression surely holds True and False."""
        if isinstance(node, ast.Name):
            return self.masks.get(node.id, False)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr | ast.BitXor):
            return self.is_mask(node.left) and self.is_mask(node.right)
        if isinstance(node, ast.UnaryOp):
            return isinstance(node.op, ast.Invert) and self.is_mask(node.operand)
        if isinstance(node, ast.Call):
            return _called(node) in {"any", "all"} and any(one.arg == "axis" for one in node.keywords)
        return isinstance(node, ast.Compare)

    def _widest(self, nodes: list[ast.expr]) -> int | None:
        depths = [self.depth(node) for node in nodes]
        known = [depth for depth in depths if depth is not None]
        return None if len(known) != len(depths) else max(known)

    def _of_collection(self, node: ast.expr) -> int | None:
        collection = collection_of(node, self.events, self.objects, self.names)
        if collection is None:
            return None
        single = collection not in self.known.jagged or any(
            isinstance(one, ast.Call) and _called(one) == "leading" for one in ast.walk(node)
        )
        if isinstance(node, ast.Name):
            return self.depths.get(node.id, JAGGED)
        return EVENT if single else JAGGED

    def _in_file(self, base: ast.expr, name: object) -> int | None:
        """The shape of a branch that uproot read."""
        is_raw = isinstance(base, ast.Name) and base.id in self.raw
        return self.known.depths.get(name) if is_raw and isinstance(name, str) else None

    def _attribute(self, node: ast.Attribute) -> int | None:
        if (depth := self._in_file(node.value, node.attr)) is not None:
            return depth
        if isinstance(node.value, ast.Name) and node.value.id in self.events:
            if node.attr in self.known.columns:
                return EVENT
            return (JAGGED if node.attr in self.known.jagged else EVENT) if node.attr in self.names else None
        return self.depth(node.value)

    def _subscript(self, node: ast.Subscript) -> int | None:
        key = node.slice.value if isinstance(node.slice, ast.Constant) else None
        if (depth := self._in_file(node.value, key)) is not None:
            return depth
        base = self.depth(node.value)
        if base is None or isinstance(node.slice, ast.Constant | ast.UnaryOp | ast.Slice):
            return base if isinstance(node.slice, ast.Slice) else None
        if isinstance(node.slice, ast.Tuple):
            last = node.slice.elts[-1]
            return base - 1 if isinstance(last, ast.Constant) else base if isinstance(last, ast.Slice) else None
        return base

    def _call(self, node: ast.Call) -> int | None:
        name = _called(node)
        if isinstance(node.func, ast.Name) and name in _PER_EVENT:
            return EVENT
        if isinstance(node.func, ast.Name) and name in _PER_OBJECT:
            return JAGGED
        if name in _LIKE_ARGUMENT and node.args:
            return self._widest(list(node.args))
        if isinstance(node.func, ast.Attribute) and name in _REDUCING:
            axis = next((one.value for one in node.keywords if one.arg == "axis"), None)
            return EVENT if axis is not None or name == "num" else SINGLE
        return SINGLE if name in {"len", "int", "float"} else None


def raw_variables(tree: ast.Module) -> set[str]:
    """Variables that hold what ``tree.arrays(...)`` of uproot returned as awkward arrays, and never anything else."""
    found: set[str] = set()
    other: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            (found if _is_arrays(node.value) else other).add(node.targets[0].id)
        elif isinstance(node, ast.For | ast.comprehension | ast.AugAssign):
            other |= {one.id for one in ast.walk(node.target) if isinstance(one, ast.Name)}
    return found - other


def _is_arrays(value: ast.expr) -> bool:
    return (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and value.func.attr == "arrays"
        and not any(one.arg in {"library", "how", None} for one in value.keywords)
    )


def _called(node: ast.Call) -> str:
    return (
        node.func.id
        if isinstance(node.func, ast.Name)
        else node.func.attr
        if isinstance(node.func, ast.Attribute)
        else ""
    )
