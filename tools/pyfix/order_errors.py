"""Repairs after an error of order: how many values come back, and what is used before it is there."""

import ast
import re

from hepcoder.tools.pyfix.edits import parse, replace_nodes, text_of
from hepcoder.tools.pyfix.places import statement_at
from hepcoder.tools.pyfix.records import ErrorRule, Known, Seen


def unpacking(source: str, _known: Known, seen: Seen) -> str:
    """More values than names: the rest is left; fewer: names that are never used are left out."""
    tree = parse(source)
    statement = statement_at(tree, seen.line) if tree else None
    if tree is None or not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Tuple):
        return source
    target = statement.targets[0]
    names = [text_of(source, one) for one in target.elts]
    if "too many values to unpack" in seen.message:
        return replace_nodes(source, [(target, ", ".join([*names, "*_"]))])
    match = re.search(r"not enough values to unpack \(expected (\d+), got (\d+)\)", seen.message)
    if match is None or int(match[1]) != len(names):
        return source
    used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    while len(names) > int(match[2]) and names[-1] not in used and names[-1].isidentifier():
        names.pop()
    return replace_nodes(source, [(target, ", ".join(names))]) if len(names) == int(match[2]) else source


def too_early(source: str, _known: Known, seen: Seen) -> str:
    """A statement that uses what later lines define: after them, at the end where it writes."""
    tree = parse(source)
    match = re.search(r"name '(\w+)' is not defined", seen.message)
    if tree is None or match is None:
        return source
    statement = next((one for one in tree.body if one.lineno <= (seen.line or 0) <= (one.end_lineno or 0)), None)
    if statement is None or isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return source
    used = {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    later = [one for one in tree.body if one.lineno > statement.lineno and used & _bound(one)]
    if not any(match[1] in _bound(one) for one in later):
        return source
    after = tree.body[-1] if isinstance(statement, ast.Expr | ast.With) else later[-1]
    lines = source.splitlines(keepends=True)
    first, last, place = statement.lineno - 1, statement.end_lineno or 0, after.end_lineno or 0
    moved = [line if line.endswith("\n") else line + "\n" for line in lines[first:last]]
    before = [line if line.endswith("\n") else line + "\n" for line in lines[last:place]]
    return "".join([*lines[:first], *before, *moved, *lines[place:]])


def _bound(node: ast.stmt) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}


RULES = (
    ErrorRule(
        "unpacking",
        "execution.value",
        Seen("ValueError: too many values to unpack (expected 1)", 1),
        "x, y = f()\n",
        "x, y, *_ = f()\n",
        unpacking,
    ),
    ErrorRule(
        "too_early",
        "execution.name",
        Seen("NameError: name 'x' is not defined", 1),
        "save(x)\nx = 1\ny = 2\n",
        "x = 1\ny = 2\nsave(x)\n",
        too_early,
    ),
)
