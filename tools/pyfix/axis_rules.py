"""Rules for reductions that forget that there is a list for each event."""

import ast

from hepcoder.tools.pyfix.edits import Edit, parse, replace_nodes, text_of
from hepcoder.tools.pyfix.import_rules import missing_imports
from hepcoder.tools.pyfix.places import bound_names, dotted
from hepcoder.tools.pyfix.records import Known, Rule
from hepcoder.tools.pyfix.shapes import EVENT, JAGGED, SINGLE, Shapes

_REDUCERS = {"len", "ak.any", "ak.all", "ak.sum", "ak.max", "ak.min", "ak.count"}


def axis_of_events(source: str, known: Known) -> str:
    """One number for all events joined with a mask of events: one number for each event is meant."""
    tree = parse(source)
    if tree is None:
        return source
    shapes = Shapes(tree, known)
    bound = bound_names(tree)
    edits: list[Edit] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr):
            for one, other in ((node.left, node.right), (node.right, node.left)):
                call = _reducer(one, shapes, bound)
                if call is not None and shapes.depth(other) == EVENT:
                    edits.append((call, _each(source, call)))
    changed = replace_nodes(source, dict.fromkeys(edits))
    return missing_imports(changed, known) if changed != source else source


def _each(source: str, call: ast.Call) -> str:
    """The reduction for each event."""
    if dotted(call.func) == "len":
        return f"ak.num({text_of(source, call.args[0])})"
    return text_of(source, call)[:-1].rstrip().rstrip(",") + ", axis=1)"


def _reducer(node: ast.expr, shapes: Shapes, bound: dict[str, ast.expr]) -> ast.Call | None:
    """The reduction without an axis that an operand comes from: itself, compared with a number, or by name."""
    if isinstance(node, ast.Name) and shapes.depth(node) == SINGLE and node.id in bound:
        node = bound[node.id]
    while isinstance(node, ast.Compare):
        if len(node.comparators) != 1:
            return None
        left, right = node.left, node.comparators[0]
        node = right if isinstance(left, ast.Constant) else left
        if isinstance(node, ast.Name) and node.id in bound and shapes.depth(node) == SINGLE:
            node = bound[node.id]
    is_reducer = (
        isinstance(node, ast.Call) and dotted(node.func) in _REDUCERS and len(node.args) == 1 and not node.keywords
    )
    return node if is_reducer and isinstance(node, ast.Call) and shapes.depth(node.args[0]) == JAGGED else None


_READ = (
    'import awkward as ak\nfrom hepcoder.tools import read_events\nevents = read_events("data.root", ["Tau", "MET"])\n'
)
RULES = (
    Rule(
        "axis_of_events", "execution.type",
        _READ + "kept = ak.any(events.Tau.pt > 20) & (events.MET.pt > 30)\n",
        _READ + "kept = ak.any(events.Tau.pt > 20, axis=1) & (events.MET.pt > 30)\n", axis_of_events,
    ),
)  # fmt: skip
