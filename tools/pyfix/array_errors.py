"""Repairs after an error of arrays: truth values, axes, lists of unequal length, texts among numbers."""

import ast
import re
from itertools import pairwise

from hepcoder.tools.pyfix.edits import Edit, parse, replace_nodes, text_of
from hepcoder.tools.pyfix.import_rules import missing_imports
from hepcoder.tools.pyfix.places import dotted, nodes_at
from hepcoder.tools.pyfix.records import ErrorRule, Known, Seen
from hepcoder.tools.pyfix.shapes import Shapes

_AMBIGUOUS = r"truth value of an array|truth value is ambiguous|is ambiguous"
_ORDERS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


def truth_values(source: str, known: Known, seen: Seen) -> str:
    """``and``, ``or``, ``not``, ``a < x < b`` and ``if`` of arrays."""
    tree = parse(source)
    if tree is None or not re.search(_AMBIGUOUS, seen.message):
        return source
    edits: list[Edit] = [(one, _joined(source, one)) for one in nodes_at(tree, seen.line, ast.BoolOp)]
    denied = (one for one in nodes_at(tree, seen.line, ast.UnaryOp) if isinstance(one.op, ast.Not))
    edits += [(one, f"~({text_of(source, one.operand)})") for one in denied]
    chains = (one for one in nodes_at(tree, seen.line, ast.Compare) if len(one.ops) > 1)
    edits += [(one, _split(source, one)) for one in chains]
    edits = edits or _tests(source, tree, seen)
    changed = replace_nodes(source, edits)
    return missing_imports(changed, known) if changed != source else source


def _joined(source: str, node: ast.BoolOp) -> str:
    symbol = " & " if isinstance(node.op, ast.And) else " | "
    return symbol.join(_closed(source, one) for one in node.values)


def _closed(source: str, node: ast.expr) -> str:
    text = text_of(source, node)
    return text if isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Subscript) else f"({text})"


def _split(source: str, node: ast.Compare) -> str:
    """``(a < x) & (x < b)`` for ``a < x < b``."""
    sides = [node.left, *node.comparators]
    parts = []
    for left, right in pairwise(sides):
        between = _between(source, left, right)
        parts.append(f"({text_of(source, left)} {between} {text_of(source, right)})")
    return " & ".join(parts)


def _offset(source: str, node: ast.AST) -> int:
    lines = source.splitlines(keepends=True)
    return sum(map(len, lines[: getattr(node, "lineno", 1) - 1])) + getattr(node, "col_offset", 0)


def _between(source: str, left: ast.expr, right: ast.expr) -> str:
    """The comparison between two sides, with the closing and opening parentheses around it left out."""
    lines = source.splitlines(keepends=True)
    start = sum(map(len, lines[: (left.end_lineno or 1) - 1])) + (left.end_col_offset or 0)
    return source[start : _offset(source, right)].strip(" ()\n")


def _tests(source: str, tree: ast.Module, seen: Seen) -> list[Edit]:
    found: list[ast.expr] = [one.test for one in nodes_at(tree, seen.line, ast.IfExp)]
    found += [one.test for one in nodes_at(tree, seen.line, ast.If)]
    found += [one.test for one in nodes_at(tree, seen.line, ast.While)]
    return [
        (one, f"ak.any({text_of(source, one)})")
        for one in found
        if isinstance(one, ast.Name | ast.Compare | ast.Subscript)
    ]


def axes(source: str, _known: Known, seen: Seen) -> str:
    """An axis that the array does not have: the objects of an event are axis 1."""
    tree = parse(source)
    if tree is None or not re.search(
        r"axis(=| )?\S* ?.*(exceeds|out of bounds|beyond|not (?:a )?valid|depth)", seen.message
    ):
        return source
    found = [
        one.value
        for one in nodes_at(tree, seen.line, ast.keyword)
        if one.arg == "axis" and isinstance(one.value, ast.Constant) and one.value.value not in {0, 1, None}
    ]
    return replace_nodes(source, [(one, "1") for one in found])


def first_if_any(source: str, known: Known, seen: Seen) -> str:
    """``x[:, 0]`` where an event has no such object: None there."""
    tree = parse(source)
    if tree is None or not re.search(r"index out of range|cannot slice|attempting to get (-?\d+)", seen.message):
        return source
    objects = set(Shapes(tree, known).objects) if "leading" in known.toolbox else set()
    edits: list[Edit] = []
    for node in nodes_at(tree, seen.line, ast.Subscript):
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else []
        if len(parts) != 2 or not isinstance(parts[0], ast.Slice) or not isinstance(parts[1], ast.Constant):
            continue
        base, number = text_of(source, node.value), parts[1].value
        if isinstance(number, int) and number >= 0:
            edits.append((node, _leading(base, number) if base in objects else _first(base, number)))
    changed = replace_nodes(source, edits)
    return missing_imports(changed, known) if changed != source else source


def _leading(objects: str, number: int) -> str:
    """The object of that rank in pt, which is meant, and which lists in files need not be in order of."""
    return f"leading({objects}, {number + 1})" if number else f"leading({objects})"


def _first(values: str, number: int) -> str:
    return f"ak.firsts({values}[:, {number}:])" if number else f"ak.firsts({values})"


def flattened(source: str, known: Known, seen: Seen) -> str:
    """Lists of unequal length given to numpy or a plot: all their numbers in one array."""
    tree = parse(source)
    if tree is None or not re.search(
        r"subarray lengths are not regular|inhomogeneous|cannot convert .*jagged", seen.message
    ):
        return source
    edits: list[Edit] = []
    for node in nodes_at(tree, seen.line, ast.Call):
        name = dotted(node.func)
        if re.match(r"ak\.to_numpy$|np\.\w+$|(ax|plt)\.hist$|\w+\.fill$", name) and node.args:
            inner = node.args[0]
            if not (isinstance(inner, ast.Call) and dotted(inner.func) in {"ak.flatten", "ak.to_numpy", "ak.ravel"}):
                edits.append((inner, f"ak.flatten({text_of(source, inner)}, axis=None)"))
    changed = replace_nodes(source, edits[-1:])
    return missing_imports(changed, known) if changed != source else source


def masked_once(source: str, _known: Known, seen: Seen) -> str:
    """The same mask applied twice, the second time to what it has shortened."""
    tree = parse(source)
    if tree is None or not re.search(r"length|shape|boolean index|dimension|cannot slice", seen.message):
        return source
    edits: list[Edit] = [
        (node, text_of(source, node.value))
        for node in nodes_at(tree, seen.line, ast.Subscript)
        if isinstance(node.value, ast.Subscript)
        and isinstance(node.slice, ast.Name)
        and text_of(source, node.value.slice) == node.slice.id
    ]
    return replace_nodes(source, edits)


def texts_as_numbers(source: str, _known: Known, seen: Seen) -> str:
    """Fields of a text file used as numbers: converted."""
    tree = parse(source)
    if (
        tree is None
        or "'str'" not in seen.message
        or not re.search(r"not supported between|unsupported operand", seen.message)
    ):
        return source
    sides = re.findall(r"'(\w+)'", seen.message.split("instances of" if "instances" in seen.message else ":")[-1])
    edits: list[Edit] = []
    for node in nodes_at(tree, seen.line, ast.Compare):
        for kind, side in zip(sides, (node.left, node.comparators[0]), strict=False):
            if (
                kind == "str"
                and len(node.ops) == 1
                and isinstance(node.ops[0], _ORDERS)
                and not isinstance(side, ast.Constant)
            ):
                edits.append((side, f"float({text_of(source, side)})"))
    return replace_nodes(source, edits)


_AK = "import awkward as ak\n"
RULES = (
    ErrorRule(
        "truth_values", "execution.value", Seen("ValueError: the truth value of an array whose length is not 1", 2),
        _AK + "mask = x > 1 and 0 < y < 2\n", _AK + "mask = (x > 1) & (0 < y < 2)\n", truth_values,
    ),
    ErrorRule(
        "axes", "execution.index", Seen("AxisError: axis=2 exceeds the depth of this array (2)", 2),
        _AK + "n = ak.sum(x, axis=2)\n", _AK + "n = ak.sum(x, axis=1)\n", axes,
    ),
    ErrorRule(
        "first_if_any", "execution.index", Seen("IndexError: cannot slice: index out of range", 2),
        _AK + "x = jets[:, 0]\n", _AK + "x = ak.firsts(jets)\n", first_if_any,
    ),
    ErrorRule(
        "flattened", "execution.value",
        Seen("ValueError: cannot convert to RegularArray because subarray lengths are not regular", 2),
        _AK + "x = ak.to_numpy(y)\n", _AK + "x = ak.to_numpy(ak.flatten(y, axis=None))\n", flattened,
    ),
    ErrorRule(
        "masked_once", "execution.index", Seen("ValueError: cannot fit a mask of length 9 on an array of length 3", 1),
        "x = met[mask][mask]\n", "x = met[mask]\n", masked_once,
    ),
    ErrorRule(
        "texts_as_numbers", "execution.type",
        Seen("TypeError: '>' not supported between instances of 'str' and 'int'", 1),
        "x = row['m'] > 60\n", "x = float(row['m']) > 60\n", texts_as_numbers,
    ),
)  # fmt: skip
