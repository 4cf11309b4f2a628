"""Names of a script: which are defined, which are missing, and what variables hold."""

import ast
import builtins

_LIKE_THEIR_ARGUMENT = {"sort_by_pt", "leading"}
_READERS = {"read_events"}


def defined_names(tree: ast.Module) -> set[str]:
    """Every name that is bound anywhere in the script; a star import binds ``*``."""
    names = set(dir(builtins)) | {"__file__", "__name__"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            names.add(node.name)
    return names


def undefined_names(tree: ast.Module) -> list[ast.Name]:
    """Uses of names that nothing binds, in order; empty under a star import, which may bind anything."""
    defined = defined_names(tree)
    if "*" in defined:
        return []
    uses = [
        n for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load) and n.id not in defined
    ]
    return sorted(uses, key=lambda node: (node.lineno, node.col_offset))


def event_variables(tree: ast.Module) -> set[str]:
    """Variables that hold what `read_events` returned, or a selection of it; never one bound to anything else too."""
    found: set[str] = set()
    other: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            (found if _is_events(node.value, found | {name}) else other).add(name)
        elif isinstance(node, ast.For | ast.comprehension | ast.AugAssign):
            other |= {one.id for one in ast.walk(node.target) if isinstance(one, ast.Name)}
    return found - other


def _is_events(value: ast.expr, events: set[str]) -> bool:
    if isinstance(value, ast.Call):
        return isinstance(value.func, ast.Name) and value.func.id in _READERS
    return (
        isinstance(value, ast.Subscript)
        and isinstance(value.value, ast.Name)
        and value.value.id in events
        and not isinstance(value.slice, ast.Constant)
    )


def object_variables(tree: ast.Module, events: set[str], collections: set[str]) -> dict[str, str]:
    """Variables that hold objects of a collection, to the collection's name; never one bound to anything else too."""
    found: dict[str, str] = {}
    mixed: set[str] = set()
    assigned = [n for n in ast.walk(tree) if isinstance(n, ast.Assign) and len(n.targets) == 1]
    for node in sorted(assigned, key=lambda one: one.lineno):
        target = node.targets[0]
        if isinstance(target, ast.Name):
            held = collection_of(node.value, events, found, collections)
            if held is None or found.get(target.id, held) != held:
                mixed.add(target.id)
            else:
                found[target.id] = held
    return {name: held for name, held in found.items() if name not in mixed}


def collection_of(node: ast.expr, events: set[str], variables: dict[str, str], collections: set[str]) -> str | None:
    """The collection whose objects an expression holds, or None."""
    if isinstance(node, ast.Name):
        return variables.get(node.id)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in events:
        return node.attr if node.attr in collections else None
    if isinstance(node, ast.Subscript) and not (
        isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str)
    ):
        return collection_of(node.value, events, variables, collections)
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in _LIKE_THEIR_ARGUMENT
        and node.args
    ):
        return collection_of(node.args[0], events, variables, collections)
    return None
