"""Places in a program, and texts with something else there."""

import ast
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from random import Random
from typing import TypeVar

from hepcoder.tools.pyfix.edits import replace_nodes, text_of
from hepcoder.tools.pyfix.places import dotted

Node = TypeVar("Node", bound=ast.AST)


def nodes(source: str, kind: type[Node]) -> Iterator[Node]:
    """The nodes of a kind, in order of the text; not those inside f-strings, whose places Python does not tell well."""
    for node in _visible(source):
        if isinstance(node, kind):
            yield node


@lru_cache(maxsize=64)
def _visible(source: str) -> tuple[ast.AST, ...]:
    tree = ast.parse(source)
    hidden = {id(one) for text in ast.walk(tree) if isinstance(text, ast.JoinedStr) for one in ast.walk(text)}
    found = [one for one in ast.walk(tree) if id(one) not in hidden]
    return tuple(sorted(found, key=lambda one: (getattr(one, "lineno", 0), getattr(one, "col_offset", 0))))


def put(source: str, node: ast.AST, text: str) -> str:
    """The program with a text in place of a node."""
    return replace_nodes(source, [(node, text)])


def instead(source: str, found: Iterable[Node], text: Callable[[Node], str | None]) -> list[str]:
    """For each node, the program with another text in its place; None leaves a node out."""
    made = ((node, text(node)) for node in found)
    return [put(source, node, new) for node, new in made if new is not None and new != text_of(source, node)]


def without_statement(source: str, node: ast.stmt) -> str:
    """The program without the lines of a statement; ``pass`` in its place where it stands inside a block."""
    lines = source.splitlines(keepends=True)
    kept = "" if node.col_offset == 0 else " " * node.col_offset + "pass\n"
    return "".join([*lines[: node.lineno - 1], kept, *lines[node.end_lineno :]])


def each_line(source: str, change: Callable[[str], str | None]) -> list[str]:
    """For each line, the program with the line changed; None leaves a line as it is."""
    lines = source.split("\n")
    made = [(number, change(line)) for number, line in enumerate(lines)]
    return ["\n".join([*lines[:n], new, *lines[n + 1 :]]) for n, new in made if new is not None and new != lines[n]]


def misspelt(name: str, dice: Random) -> str | None:
    """A name with a letter lost, doubled or exchanged with the next; None where it is too short for that.

    Example:
        >>> misspelt("histogram", Random(1)), misspelt("pt", Random(1))
        ('hitsogram', None)
    """
    if len(name) < 4:
        return None
    place = dice.randrange(1, len(name) - 1)
    ways = (
        name[:place] + name[place + 1 :],
        name[:place] + name[place] + name[place:],
        name[:place] + name[place + 1] + name[place] + name[place + 2 :],
    )
    made = dice.choice(ways)
    return made if made != name else ways[1]


def calls(source: str, *names: str) -> Iterator[ast.Call]:
    """The calls of functions by their dotted names; all calls without any."""
    for node in nodes(source, ast.Call):
        if not names or dotted(node.func) in names:
            yield node
