"""Rules for arrays: boolean operators, reductions, masks of the wrong shape."""

import ast

from hepcoder.tools.pyfix.edits import Edit, parse, replace_nodes, text_of
from hepcoder.tools.pyfix.import_rules import missing_imports
from hepcoder.tools.pyfix.places import bound_names
from hepcoder.tools.pyfix.records import Known, Rule
from hepcoder.tools.pyfix.shapes import EVENT, JAGGED, Shapes

_PROPERTIES = {"mass", "pt", "eta", "phi", "px", "py", "pz", "energy", "rapidity", "theta", "M", "charge"}
_METHODS = {"sum", "mean", "max", "min", "std", "var", "any", "all"}


def and_or(source: str, known: Known) -> str:
    """``and``, ``or``, ``not`` between arrays: ``&``, ``|``, ``~``."""
    tree = parse(source)
    if tree is None:
        return source
    shapes = Shapes(tree, known)
    edits: list[Edit] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.BoolOp) and any(
            (depth := shapes.depth(one)) is not None and depth >= EVENT for one in node.values
        ):
            symbol = " & " if isinstance(node.op, ast.And) else " | "
            edits.append((node, symbol.join(f"({text_of(source, one)})" for one in node.values)))
        elif (
            isinstance(node, ast.UnaryOp)
            and isinstance(node.op, ast.Not)
            and shapes.depth(node.operand) in {EVENT, JAGGED}
        ):
            edits += [(node, f"~({text_of(source, node.operand)})")]
    return replace_nodes(source, edits)


def parentheses(source: str, _known: Known) -> str:
    """Comparisons joined by ``&`` or ``|`` without parentheses, which Python reads as one chain."""
    tree = parse(source)
    if tree is None:
        return source
    edits: list[Edit] = []
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Compare)
            and len(node.ops) > 1
            and any(_is_bitwise(one) for one in node.comparators[:-1])
        ):
            edits += [(node, _with_parentheses(text_of(source, node)))]
    changed = replace_nodes(source, edits)
    return changed if parse(changed) is not None else source


def _is_bitwise(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr)


def _with_parentheses(text: str) -> str:
    parts, depth, start = [], 0, 0
    for index, char in enumerate(text):
        depth += (char in "([{") - (char in ")]}")
        if char in "&|" and depth == 0:
            parts += [text[start:index].strip(), char]
            start = index + 1
    parts.append(text[start:].strip())
    return " ".join(
        one if one in "&|" or not any(c in one for c in "<>=!") or one.startswith("(") else f"({one})" for one in parts
    )


def properties(source: str, _known: Known) -> str:
    """Quantities of momenta written as calls: ``pair.mass()``."""
    tree = parse(source)
    edits: list[Edit] = []
    for node in ast.walk(tree) if tree else ():
        if (
            isinstance(node, ast.Call)
            and not node.args
            and not node.keywords
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in _PROPERTIES
        ):
            edits += [(node, text_of(source, node.func))]
    return replace_nodes(source, edits)


def methods(source: str, known: Known) -> str:
    """Numpy's methods on awkward arrays: ``selected.sum()``; Python's ``max(array)``; ``count(mask)`` of events."""
    tree = parse(source)
    if tree is None:
        return source
    shapes = Shapes(tree, known)
    edits: list[Edit] = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if (
            isinstance(node.func, ast.Attribute)
            and node.func.attr in _METHODS
            and shapes.depth(node.func.value) in {EVENT, JAGGED}
        ):
            inside = [text_of(source, one) for one in (node.func.value, *node.args)]
            inside += [f"{one.arg}={text_of(source, one.value)}" for one in node.keywords]
            edits.append((node, f"ak.{node.func.attr}({', '.join(inside)})"))
        elif text_of(source, node.func) in {"ak.sum", "np.sum"} and len(node.args) == 1 and not node.keywords:
            held = node.args[0].id if isinstance(node.args[0], ast.Name) else ""
            if held in shapes.objects and shapes.depth(node.args[0]) == JAGGED:
                edits.append((node.args[0], f"count({held})"))
        elif isinstance(node.func, ast.Name) and len(node.args) == 1 and not node.keywords:
            edits += _plain_call(source, node, shapes)
    changed = replace_nodes(source, edits)
    return missing_imports(changed, known) if changed != source else source


def _plain_call(source: str, node: ast.Call, shapes: Shapes) -> list[Edit]:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    argument = node.args[0]
    if name in {"max", "min", "sum"} and shapes.depth(argument) in {EVENT, JAGGED}:
        return [(node, f"ak.{name}({text_of(source, argument)})")]
    if name == "count" and shapes.depth(argument) == EVENT and shapes.is_mask(argument):
        return [(node, f"ak.sum({text_of(source, argument)})")]
    return []


def jagged_masks(source: str, known: Known) -> str:
    """A condition on objects used to select events: events in which any object fulfils it."""
    tree = parse(source)
    if tree is None:
        return source
    shapes = Shapes(tree, known)
    bound = bound_names(tree)
    edits: list[Edit] = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Subscript) or isinstance(node.ctx, ast.Store) or not shapes.is_mask(node.slice):
            continue
        whole = isinstance(node.value, ast.Name) and node.value.id in shapes.events
        if (whole or shapes.depth(node.value) == EVENT) and shapes.depth(node.slice) == JAGGED:
            edits += [
                (one, f"ak.any({text_of(source, one)}, axis=1)") for one in _of_objects(node.slice, shapes, bound)
            ]
    changed = replace_nodes(source, dict.fromkeys(edits))
    return missing_imports(changed, known) if changed != source else source


def _of_objects(mask: ast.expr, shapes: Shapes, bound: dict[str, ast.expr]) -> list[ast.expr]:
    """The parts of a mask that are conditions on objects: all of it, unless conditions on events are in it too."""
    whole = bound.get(mask.id, mask) if isinstance(mask, ast.Name) else mask
    parts, found = [whole], []
    while parts:
        one = parts.pop()
        if isinstance(one, ast.BinOp) and isinstance(one.op, ast.BitAnd | ast.BitOr):
            parts += [one.left, one.right]
        else:
            found.append(one)
    mixed = any(shapes.depth(one) == EVENT for one in found)
    return [one for one in found if shapes.depth(one) == JAGGED] if mixed else [mask]


_READ = """import awkward as ak
from hepcoder.tools import count, read_events
events = read_events("data.root", ["Tau", "MET"])
"""
RULES = (
    Rule(
        "and_or", "execution.value",
        _READ + "mask = events.MET.pt > 20 and count(events.Tau) > 1\n",
        _READ + "mask = (events.MET.pt > 20) & (count(events.Tau) > 1)\n",
        and_or,
    ),
    Rule(
        "parentheses", "execution.value",
        _READ + "mask = events.MET.pt > 20 & count(events.Tau) > 1\n",
        _READ + "mask = (events.MET.pt > 20) & (count(events.Tau) > 1)\n",
        parentheses,
    ),
    Rule(
        "properties", "execution.type",
        _READ + "m = events.Tau.mass()\n", _READ + "m = events.Tau.mass\n", properties,
    ),
    Rule(
        "methods", "execution.attribute",
        _READ + "mask = events.MET.pt > 20\nn = mask.sum()\n",
        _READ + "mask = events.MET.pt > 20\nn = ak.sum(mask)\n",
        methods,
    ),
    Rule(
        "jagged_masks", "execution.value",
        _READ + "kept = events[events.Tau.pt > 20]\n",
        _READ + "kept = events[ak.any(events.Tau.pt > 20, axis=1)]\n",
        jagged_masks,
    ),
)  # fmt: skip
