"""Whether a script can be run in a process that has imported packages already, and nobody could tell.

A plain ``python script.py`` fails on ``import matplotlib; matplotlib.pyplot.plot(x)``, since nothing has imported
``matplotlib.pyplot``; in a process that has, it works. A script must not pass here and fail at its owner's desk, so
such scripts are run in a fresh interpreter.
"""

import ast
import sys
from collections.abc import Mapping

_LONGEST = 1024 * 1024


def needs_fresh_interpreter(source: bytes, own: Mapping[str, frozenset[str]]) -> bool:
    r"""Tell whether a script could notice that packages are imported already.

    Args:
        source: The script.
        own: For each package, the modules that importing it alone brings; a package that is missing is never alone.

    Example:
        >>> import xml.sax
        >>> needs_fresh_interpreter(b"import xml\nxml.sax.parse('a.xml')", {"xml": frozenset({"xml"})})
        True
        >>> needs_fresh_interpreter(b"import xml.sax\nxml.sax.parse('a.xml')", {"xml": frozenset({"xml"})})
        False
    """
    if len(source) > _LONGEST:
        return True
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False  # it fails before it could notice
    imported, names = _imports(tree)
    return any(
        chain in sys.modules and chain not in imported and chain not in own.get(chain.partition(".")[0], frozenset())
        for node in ast.walk(tree)
        if (chain := _chain(node, names))
    )


def _imports(tree: ast.AST) -> tuple[set[str], dict[str, str]]:
    """Return the modules that are imported, with the packages around them, and what each bare name stands for."""
    imported: set[str] = set()
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                imported |= _with_parents(alias.name)
                root = alias.name.partition(".")[0]
                names[alias.asname or root] = alias.name if alias.asname else root
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            imported |= _with_parents(node.module)
            for alias in node.names:
                imported.add(f"{node.module}.{alias.name}")
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return imported, names


def _with_parents(name: str) -> set[str]:
    parts = name.split(".")
    return {".".join(parts[:end]) for end in range(1, len(parts) + 1)}


def _chain(node: ast.AST, names: Mapping[str, str]) -> str:
    """Return the dotted name of an attribute of an imported name, or nothing."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not parts or not isinstance(node, ast.Name) or node.id not in names:
        return ""
    return ".".join([names[node.id], *reversed(parts)])
