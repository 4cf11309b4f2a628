"""Repairs after an error of reading: trees, branches and columns that the data does not have."""

import ast
import re

from hepcoder.tools.pyfix.edits import Edit, nearest, parse, replace_nodes, text_of
from hepcoder.tools.pyfix.file_errors import whole_reading
from hepcoder.tools.pyfix.import_rules import missing_imports
from hepcoder.tools.pyfix.places import dotted
from hepcoder.tools.pyfix.records import ErrorRule, Known, Seen

_MISSING = (
    r"'?([\w.]+) is not a file in the archive", r"not found: '([^']+)'", r"no field named '([^']+)'",
    r"no field '([^']+)'", r"KeyError: '([^']+)'", r"no field of name ([\w.]+)", r"no field \"(\w+)\"",
    r"has no attribute '([^']+)'",
)  # fmt: skip  # fmt: skip


def real_tree(source: str, known: Known, seen: Seen) -> str:
    """A tree that the file does not have, where there is one."""
    tree = parse(source)
    name = _missing(seen).split(";")[0]
    is_tree = re.search(r"with any cycle number|Available keys: '[^']*;\d", seen.message)
    if tree is None or len(known.trees) != 1 or not name or not is_tree or name == known.trees[0]:
        return source
    edits: list[Edit] = []
    for one in ast.walk(tree):
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            if one.value.split(";")[0] == name:
                edits.append((one, f'"{known.trees[0]}"'))
            elif one.value.endswith(f":{name}"):
                edits.append((one, f'"{one.value.removesuffix(name)}{known.trees[0]}"'))
    return replace_nodes(source, edits)


def events_of(source: str, known: Known, seen: Seen) -> str:
    """Flat arrays of uproot used as collections, ``events.Muon.pt``: read as events instead."""
    tree = parse(source)
    name = _missing(seen)
    if tree is None or name not in known.collections or _uses_branches(tree, known):
        return source
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and dotted(node.func) == "uproot.open" and node.args:
            file = str(getattr(node.args[0], "value", "")).split(":")[0]
            whole = whole_reading(tree, node)
            if file in known.inputs and whole is not node:
                return missing_imports(replace_nodes(source, [(whole, f'read_events("{file}")')]), known)
    return source


def _uses_branches(tree: ast.Module, known: Known) -> bool:
    """Whether branches are used under their names in the file, as a script for uproot does."""
    flat = set(known.depths) - set(known.columns) - set(known.collections)
    return any(
        (isinstance(n, ast.Attribute) and n.attr in flat) or (isinstance(n, ast.Constant) and n.value in flat)
        for n in ast.walk(tree)
    )


def whole_files(source: str, known: Known, seen: Seen) -> str:
    """An opened ROOT file used as its events."""
    tree = parse(source)
    name = _missing(seen)
    if tree is None or not (name in known.collections or name in known.columns) or _uses_branches(tree, known):
        return source
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Call)
            and dotted(node.value.func) == "uproot.open"
        ):
            file = str(getattr(node.value.args[0], "value", "")).split(":")[0]
            if file in known.inputs:
                return missing_imports(replace_nodes(source, [(node.value, f'read_events("{file}")')]), known)
    return source


def real_branches(source: str, known: Known, seen: Seen) -> str:
    """A branch, column or key that the data does not have: the nearest that it has."""
    tree = parse(source)
    name = _missing(seen)
    if tree is None or not name or name in known.depths:
        return source
    real = nearest(name, sorted(known.depths), 0.8)
    texts = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and n.value == name]
    fields = [
        n for n in ast.walk(tree) if isinstance(n, ast.Attribute) and n.attr == name and isinstance(n.ctx, ast.Load)
    ]
    edits = _joined(source, tree, name, known)
    if real and not edits:
        edits = [(one, f'"{real}"') for one in texts]
        edits += [(one, f"{text_of(source, one.value)}.{real}") for one in fields]
    return replace_nodes(source, edits)


def _joined(source: str, tree: ast.Module, name: str, known: Known) -> list[Edit]:
    """``events.Jet.pt`` where the array has ``Jet_pt``."""
    edits: list[Edit] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute) and node.value.attr == name:
            real = nearest(f"{name}_{node.attr}", sorted(known.depths), 0.9)
            edits += [(node, f"{text_of(source, node.value.value)}.{real}")] if real else []
    return edits


def read_branches(source: str, known: Known, seen: Seen) -> str:
    """A branch that the file has and the script did not ask for."""
    tree = parse(source)
    name = _missing(seen)
    if tree is None or name not in known.depths:
        return source
    edits: list[Edit] = []
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in {"arrays", "iterate"}
        ):
            for listed in (*node.args, *(one.value for one in node.keywords)):
                if isinstance(listed, ast.List) and listed.elts:
                    inside = [*(text_of(source, one) for one in listed.elts), f'"{name}"']
                    edits.append((listed, f"[{', '.join(inside)}]"))
    return replace_nodes(source, edits[:1])


def _missing(seen: Seen) -> str:
    found = (re.search(pattern, seen.message) for pattern in _MISSING)
    return next((match[1] for match in found if match), "")


_OPEN = "import uproot\n"
RULES = (
    ErrorRule(
        "real_tree", "execution.branch_name", Seen("KeyInFileError: not found: 'tree' (with any cycle number)", 1),
        "t = uproot.open('data.root')['tree']\n", 't = uproot.open(\'data.root\')["Events"]\n', real_tree,
    ),
    ErrorRule(
        "events_of", "execution.branch_name", Seen("AttributeError: no field named 'Tau'", 3),
        _OPEN + 'events = uproot.open("data.root")["Events"].arrays()\nx = events.Tau.pt\n',
        _OPEN + 'from hepcoder.tools import read_events\nevents = read_events("data.root")\nx = events.Tau.pt\n',
        events_of,
    ),
    ErrorRule(
        "whole_files", "execution.attribute",
        Seen("AttributeError: 'ReadOnlyDirectory' object has no attribute 'Tau'", 3),
        _OPEN + 'events = uproot.open("data.root")\nx = events.Tau.pt\n',
        _OPEN + 'from hepcoder.tools import read_events\nevents = read_events("data.root")\nx = events.Tau.pt\n',
        whole_files,
    ),
    ErrorRule(
        "real_branches", "execution.branch_name", Seen("KeyInFileError: not found: 'Tau_Pt'", 1),
        "x = tree['Tau_Pt'].array()\n", 'x = tree["Tau_pt"].array()\n', real_branches,
    ),
    ErrorRule(
        "read_branches", "execution.branch_name", Seen("FieldNotFoundError: no field 'Tau_eta' in record", 2),
        'x = tree.arrays(["Tau_pt"])\ny = x.Tau_eta\n', 'x = tree.arrays(["Tau_pt", "Tau_eta"])\ny = x.Tau_eta\n',
        read_branches,
    ),
)  # fmt: skip
