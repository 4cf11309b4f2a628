"""Python source as a syntax tree, in one thread at a time.

Python 3.11 counts the nested nodes of all threads together, and fails with a SystemError when two parse at once; the
cells of a study are threads of one process. Libraries parse too, out of turn, so that what fails so is parsed again.
"""

import ast
import threading
from collections.abc import Callable
from typing import TypeVar

Tree = TypeVar("Tree")

_MOST_TRIES = 5
_TURN = threading.Lock()


def parse_module(source: str) -> ast.Module:
    """The tree of a script.

    Raises:
        SyntaxError: It is not Python.
        ValueError: It holds a null byte.
    """
    with _TURN:
        return _again(lambda: ast.parse(source))


def parse_expression(code: str) -> ast.Expression:
    """The tree of one expression.

    Raises:
        SyntaxError: It is no expression.
        ValueError: It holds a null byte.

    Example:
        >>> ast.unparse(parse_expression("1+ 2"))
        '1 + 2'
    """
    with _TURN:
        return _again(lambda: ast.parse(code, mode="eval"))


def _again(parse: Callable[[], Tree]) -> Tree:
    for _ in range(_MOST_TRIES - 1):
        try:
            return parse()
        except SystemError:  # another thread of a library came in between
            continue
    return parse()
