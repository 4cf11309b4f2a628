"""Rules for cuts that no event can pass in the unit they are written in."""

import ast

from hepcoder.tools.pyfix.edits import Edit, nearest, parse, replace_nodes, text_of
from hepcoder.tools.pyfix.records import Known, Rule
from hepcoder.tools.pyfix.scope import collection_of, event_variables, object_variables

_THOUSAND = 1000.0
_FAR = 5.0
"""A cut this many times above the highest value seen is beyond what other events could have."""


def cuts_in_mev(source: str, known: Known) -> str:
    """A lower cut in MeV on energies that are in GeV, and energies in GeV divided by 1000 once more."""
    tree = parse(source)
    if tree is None or not known.energies:
        return source
    events = event_variables(tree)
    objects = object_variables(tree, events, set(known.collections))
    variables = _of_variables(tree)
    edits: list[Edit] = []
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Gt | ast.GtE)):
            continue
        number = _number(node.comparators[0])
        if number is None:
            continue
        inner = _undivided(node.left)
        ends = known.energies.get(_quantity(inner or node.left, events, objects, variables, known))
        if ends is None:
            continue
        if inner is not None and ends[1] / _THOUSAND < number <= ends[1]:
            edits.append((node.left, text_of(source, inner)))
        elif inner is None and number > _FAR * ends[1] and ends[0] <= number / _THOUSAND <= ends[1]:
            edits.append((node.comparators[0], f"{number / _THOUSAND:g}"))
    return replace_nodes(source, edits)


def _number(node: ast.expr) -> float | None:
    value = node.value if isinstance(node, ast.Constant) else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _undivided(node: ast.expr) -> ast.expr | None:
    """What is divided by a thousand, or None."""
    if not isinstance(node, ast.BinOp):
        return None
    number = _number(node.right)
    by = isinstance(node.op, ast.Div) and number == _THOUSAND
    times = isinstance(node.op, ast.Mult) and number == 1 / _THOUSAND
    return node.left if by or times else None


def _quantity(
    node: ast.expr, events: set[str], objects: dict[str, str], variables: dict[str, str], known: Known
) -> str:
    """The name of a quantity as `Known.energies` has it; empty when it is none."""
    if isinstance(node, ast.Name):
        return variables.get(node.id, "")
    if isinstance(node, ast.Attribute):
        name = node.attr
    elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        name = str(node.slice.value)
    else:
        return ""
    collection = collection_of(node.value, events, objects, set(known.collections))
    if collection:
        return f"{collection}.{name}"
    near = nearest(node.value.id, sorted(known.collections), 0.8) if isinstance(node.value, ast.Name) else None
    return name if "_" in name else f"{near}_{name}" if near else ""


def _of_variables(tree: ast.Module) -> dict[str, str]:
    """Variables that hold one branch, ``pt = tree["Jet_pt"].array()``, to its name; never one bound twice."""
    found: dict[str, str] = {}
    twice: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value, name = node.value, node.targets[0].id
            if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "array":
                value = value.func.value
            if name in found:
                twice.add(name)
            if isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Constant):
                found[name] = str(value.slice.value)
            elif isinstance(value, ast.Attribute):
                found[name] = value.attr
            else:
                twice.add(name)
    return {name: branch for name, branch in found.items() if name not in twice}


_READ = 'events = read_events("data.root", ["Tau"])\n'
RULES = (
    Rule(
        "cuts_in_mev", "physics.wrong_unit",
        _READ + "taus = events.Tau[events.Tau.pt > 20000]\nhard = events.Tau.pt / 1000 > 30\n",
        _READ + "taus = events.Tau[events.Tau.pt > 20]\nhard = events.Tau.pt > 30\n", cuts_in_mev,
    ),
)  # fmt: skip
