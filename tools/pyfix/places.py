"""Where an error points: the statement at a line, and what is in it."""

import ast
from collections.abc import Iterator
from typing import TypeVar

Node = TypeVar("Node", bound=ast.AST)


def statement_at(tree: ast.Module, line: int | None) -> ast.stmt | None:
    """The innermost statement at a line; None without a line or a statement."""
    if line is None:
        return None
    found = [n for n in ast.walk(tree) if isinstance(n, ast.stmt) and n.lineno <= line <= (n.end_lineno or n.lineno)]
    return max(found, key=lambda one: (one.lineno, -(one.end_lineno or 0)), default=None)


def nodes_at(tree: ast.Module, line: int | None, kind: type[Node]) -> Iterator[Node]:
    """The nodes of a kind in the statement at a line; of a block's statement, only those of its head."""
    statement = statement_at(tree, line)
    if statement is None:
        return
    inner = {id(one) for block in _blocks(statement) for part in block for one in ast.walk(part)}
    for node in ast.walk(statement):
        if isinstance(node, kind) and id(node) not in inner:
            yield node


def _blocks(statement: ast.stmt) -> Iterator[list[ast.AST]]:
    for name in ("body", "orelse", "finalbody", "handlers"):
        block = getattr(statement, name, None)
        if isinstance(block, list):
            yield block


def dotted(node: ast.AST) -> str:
    """The dotted name of a node such as ``np.linalg.inv``; empty for anything else.

    Example:
        >>> dotted(ast.parse("np.linalg.inv(x)").body[0].value.func)
        'np.linalg.inv'
    """
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def bound_names(tree: ast.Module) -> dict[str, ast.expr]:
    """What each name was last bound to by a plain assignment."""
    return {
        node.targets[0].id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }


def imported(tree: ast.Module) -> dict[str, str]:
    """What the imported names stand for: ``{"np": "numpy", "curve_fit": "scipy.optimize.curve_fit"}``."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for one in node.names:
                found[one.asname or one.name.split(".")[0]] = one.name if one.asname else one.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
    return found


def full_name(node: ast.AST, names: dict[str, str]) -> str:
    """The dotted name of a node with what its first part stands for."""
    first, dot, rest = dotted(node).partition(".")
    return f"{names.get(first, first)}{dot}{rest}" if first else ""
