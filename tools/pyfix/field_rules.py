"""Rules for names of collections, fields, columns and files: the nearest that the data really has."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath

from hepcoder.tools.pyfix.edits import Edit, nearest, parse, replace_nodes
from hepcoder.tools.pyfix.records import Known, Rule
from hepcoder.tools.pyfix.scope import collection_of, event_variables, object_variables

INPUT_SUFFIXES = {".root", ".lhco", ".parquet", ".csv", ".npz", ".npy", ".gz"}
_READERS = {
    "from_parquet", "genfromtxt", "iterate", "load", "loadtxt", "open", "read_csv", "read_events", "read_parquet",
    "read_table",
}  # fmt: skip
_AK_METHODS = {
    "fields", "ndim", "nbytes", "layout", "type", "typestr", "behavior", "show", "to_list", "tolist", "to_numpy",
    "mask", "attrs", "backend", "x", "y", "z", "t", "px", "py", "pz", "pt", "eta", "phi", "mass", "rho", "theta", "mag",
    "mag2", "pt2", "p", "p2", "mass2", "rapidity", "energy", "E", "Et", "Mt", "et", "mt", "deltaR", "deltaphi",
    "deltaeta", "deltaRapidityPhi",
}  # fmt: skip


@dataclass(frozen=True)
class Wrong:
    """A name that the data does not have.

    Attributes:
        node: Where it is in the script.
        what: What was looked for, in words.
        options: What there is.
        fixed: Source to put in place of the node, or None when no name is near.
    """

    node: ast.expr
    what: str
    options: tuple[str, ...]
    fixed: str | None


def wrong_names(source: str, known: Known) -> list[Wrong]:
    """Every use of a collection, column or field that the data does not have, in order."""
    tree = parse(source)
    if tree is None or not (known.collections or known.columns):
        return []
    events = event_variables(tree)
    objects = object_variables(tree, events, set(known.collections))
    found = [*_events_uses(tree, events, known), *_object_uses(tree, events, objects, known)]
    return sorted(found, key=lambda one: (one.node.lineno, one.node.col_offset))


def _events_uses(tree: ast.Module, events: set[str], known: Known) -> Iterator[Wrong]:
    for node in ast.walk(tree):
        name = _name_asked(node)
        if name is None or not isinstance(node, ast.Attribute | ast.Subscript) or not isinstance(node.value, ast.Name):
            continue
        if node.value.id not in events or isinstance(node.ctx, ast.Store):
            continue
        if name in known.collections or name in known.columns or name in _AK_METHODS or name.startswith("__"):
            continue
        fixed = place_of(name, known)
        options = (*known.collections, *known.columns[:20])
        yield Wrong(node, f"events has no {name!r}", options, f"{node.value.id}.{fixed}" if fixed else None)


def _name_asked(node: ast.AST) -> str | None:
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
        return node.slice.value
    return None


def place_of(name: str, known: Known) -> str | None:
    """Where in ``events`` a name is that a model wrote, such as ``Muon.pt`` for ``Muon_pt``; None when nowhere near."""
    if name in known.branches:
        return known.branches[name]
    for collection, fields in known.collections.items():
        for joint in (f"{collection}_", f"{collection.rstrip('s')}_"):
            if name.lower().startswith(joint.lower()):
                field = nearest(name[len(joint) :], fields)
                if field:
                    return f"{collection}.{field}"
    real = nearest(name, (*known.collections, *known.columns), 0.75)
    return real or nearest_collection(name, known)


def nearest_collection(name: str, known: Known) -> str | None:
    """The plainest collection whose name contains the name, such as ``AnalysisJets`` for ``jets``."""
    plain = name.lower().rstrip("s")
    found = [one for one in known.collections if plain in one.lower()] if len(plain) > 2 else []
    return min(found, key=lambda one: (len(one), one), default=None)


def _object_uses(tree: ast.Module, events: set[str], objects: dict[str, str], known: Known) -> Iterator[Wrong]:
    for node in ast.walk(tree):
        name = _name_asked(node)
        if name is None or not isinstance(node, ast.Attribute | ast.Subscript) or isinstance(node.ctx, ast.Store):
            continue
        collection = collection_of(node.value, events, objects, set(known.collections))
        if collection is None:
            continue
        fields = known.collections[collection]
        if name in fields or name in _AK_METHODS or name.startswith("__"):
            continue
        for prefix in (f"{collection}_", f"{collection.rstrip('s')}_"):
            name = name.removeprefix(prefix)
        real = name if name in fields else nearest(name, fields)
        base = ast.unparse(node.value)
        yield Wrong(node, f"events.{collection} has no field {name!r}", fields, f"{base}.{real}" if real else None)


def real_names(source: str, known: Known) -> str:
    """Wrong collections, columns and fields: the nearest real ones."""
    for _ in range(3):
        edits: list[Edit] = [(one.node, one.fixed) for one in wrong_names(source, known) if one.fixed]
        changed = replace_nodes(source, edits)
        if changed == source:
            break
        source = changed
    return source


def names_read(source: str, known: Known) -> str:
    """The list given to `read_events`: real names only, and all collections and columns that the script uses."""
    tree = parse(source)
    if tree is None:
        return source
    calls = [
        n
        for n in ast.walk(tree)
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == "read_events"
    ]
    if len(calls) != 1 or len(calls[0].args) != 2 or not isinstance(calls[0].args[1], ast.List | ast.Tuple):
        return source
    listed = calls[0].args[1]
    if not all(isinstance(one, ast.Constant) and isinstance(one.value, str) for one in listed.elts):
        return source
    asked = [str(one.value) for one in listed.elts if isinstance(one, ast.Constant)]
    offered = {*known.collections, *known.columns}
    real = [name if name in offered or name in known.branches else _top(place_of(name, known)) for name in asked]
    wanted = list(dict.fromkeys([*(name for name in real if name), *_used(tree, offered)]))
    if wanted == asked or not offered:
        return source
    text = "[" + ", ".join(f'"{name}"' for name in wanted) + "]"
    return replace_nodes(source, [(listed, text)])


def _top(place: str | None) -> str | None:
    return place.split(".")[0] if place else None


def _used(tree: ast.Module, offered: set[str]) -> list[str]:
    events = event_variables(tree)
    names = []
    for node in ast.walk(tree):
        name = _name_asked(node)
        if (
            name in offered
            and isinstance(node, ast.Attribute | ast.Subscript)
            and isinstance(node.value, ast.Name)
            and node.value.id in events
        ):
            names.append(str(name))
    return sorted(set(names))


def input_names(source: str, known: Known) -> str:
    """File names given to a reader that are no input: the real input, where only one is meant."""
    tree = parse(source)
    if tree is None or not known.inputs:
        return source
    edits: list[Edit] = []
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and node.args and _function(node) in _READERS):
            continue
        first = node.args[0]
        if not (isinstance(first, ast.Constant) and isinstance(first.value, str)) or first.value in known.inputs:
            continue
        name = first.value.split(":")[0]
        if (
            PurePath(name).suffix not in INPUT_SUFFIXES
            or name in known.inputs
            or name in {one.file for one in known.outputs}
        ):
            continue
        same = [one for one in known.inputs if one == PurePath(name).name]
        same = same or [one for one in known.inputs if PurePath(one).suffix == PurePath(name).suffix]
        if len(same) == 1:
            edits.append((first, repr(same[0] + first.value[len(name) :]).replace("'", '"')))
    return replace_nodes(source, edits)


def _function(node: ast.Call) -> str:
    return (
        node.func.id
        if isinstance(node.func, ast.Name)
        else node.func.attr
        if isinstance(node.func, ast.Attribute)
        else ""
    )


_READ = 'events = read_events("data.root", ["Tau"])\n'
RULES = (
    Rule("input_names", "execution.missing_input", 'events = read_events("input.root", ["Tau"])\n', _READ, input_names),
    Rule("real_names", "static.branch_name", _READ + "x = events.Tau_Pt\n", _READ + "x = events.Tau.pt\n", real_names),
    Rule(
        "names_read", "static.branch_name",
        _READ + "x = events.MET.pt\n",
        'events = read_events("data.root", ["Tau", "MET"])\nx = events.MET.pt\n',
        names_read,
    ),
)  # fmt: skip
