"""Python source as a syntax tree, in one thread at a time.

Python 3.11 counts the nested nodes of all threads together, and fails with a SystemError when two parse at once; the
cells of a study are threads of one process.
"""

import ast
import threading

_TURN = threading.Lock()


def parse_module(source: str) -> ast.Module:
    """The tree of a script.

    Raises:
        SyntaxError: It is not Python.
        ValueError: It holds a null byte.
    """
    with _TURN:
        return ast.parse(source)


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
        return ast.parse(code, mode="eval")
