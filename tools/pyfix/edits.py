"""Changes at places of the syntax tree that leave every other byte as it is."""

import ast
import difflib
from collections.abc import Iterable, Sequence
from functools import lru_cache

from hepcoder.tools.source_trees import parse_module

Edit = tuple[ast.AST, str]
"""A node with a position, and the text to put in its place."""


def parse(source: str) -> ast.Module | None:
    """The syntax tree, or None when the text is not Python."""
    try:
        return parse_module(source)
    except (SyntaxError, ValueError):
        return None


def text_of(source: str, node: ast.AST) -> str:
    """The source of a node; empty for a node without a place."""
    end = getattr(node, "end_lineno", None)
    if end is None:
        return ""
    first, left, right = node.lineno - 1, node.col_offset, node.end_col_offset  # type: ignore[attr-defined]
    lines = [*_lines(source)[first:end]]
    lines[-1] = lines[-1][:right]
    lines[0] = lines[0][left:]
    return b"".join(lines).decode()


@lru_cache(maxsize=16)
def _lines(source: str) -> tuple[bytes, ...]:
    return tuple(source.encode().splitlines(keepends=True))


def replace_nodes(source: str, edits: Iterable[Edit]) -> str:
    """Put texts in place of nodes; of nested nodes, the outer one wins.

    Example:
        >>> tree = ast.parse("y = x.Pt + 1")
        >>> replace_nodes("y = x.Pt + 1", [(tree.body[0].value.left, "x.pt")])
        'y = x.pt + 1'
    """
    data = source.encode()
    starts = [0]
    for line in _lines(source):
        starts.append(starts[-1] + len(line))
    spans = sorted(
        ((_at(starts, n.lineno, n.col_offset), _at(starts, n.end_lineno, n.end_col_offset), t) for n, t in edits),  # type: ignore[attr-defined]
        key=lambda span: (span[0], -span[1]),
    )
    out, done = [], 0
    for start, end, text in spans:
        if start < done:
            continue
        out += [data[done:start], text.encode()]
        done = end
    return b"".join([*out, data[done:]]).decode()


def _at(starts: Sequence[int], line: int, column: int) -> int:
    return starts[line - 1] + column


def nearest(name: str, names: Sequence[str], cutoff: float = 0.7) -> str | None:
    """The known name most like this one: the same but for case and underscores first; None when none is near.

    Example:
        >>> nearest("Pt", ["pt", "eta"]), nearest("isTight", ["isTightID", "pt"]), nearest("zzz", ["pt"])
        ('pt', 'isTightID', None)
    """
    plain = {_plain(one): one for one in reversed(names)}
    if _plain(name) in plain:
        return plain[_plain(name)]
    if _plain(name).rstrip("s") in {one.rstrip("s") for one in plain}:
        return next(real for one, real in plain.items() if one.rstrip("s") == _plain(name).rstrip("s"))
    found = difflib.get_close_matches(_plain(name), list(plain), n=1, cutoff=cutoff)
    return plain[found[0]] if found else None


def _plain(name: str) -> str:
    return name.lower().replace("_", "")


def add_import(source: str, line: str) -> str:
    r"""Add an import after the docstring and the imports at the top.

    Example:
        >>> add_import("import os\nprint(np)\n", "import numpy as np")
        'import os\nimport numpy as np\nprint(np)\n'
    """
    tree = parse(source)
    after = 0
    for node in tree.body if tree else ():
        is_doc = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not (isinstance(node, ast.Import | ast.ImportFrom) or is_doc):
            break
        after = node.end_lineno or 0
    lines = source.splitlines(keepends=True)
    return "".join([*lines[:after], line + "\n", *lines[after:]])
