"""From a model's reply to the script in it."""

import re

from hepcoder.ledger.failures import Failure
from hepcoder.sandbox.validate import holds_code
from hepcoder.tools.source_trees import parse_module

_FENCE = re.compile(
    r"^[ \t]*```[ \t]*(?P<tag>[\w+-]*)[ \t]*\n(?P<code>.*?)(?:^[ \t]*```[ \t]*$|\Z)", re.DOTALL | re.MULTILINE
)
_PYTHON_TAGS = {"", "python", "py", "python3"}
_STATEMENT = re.compile(
    r"^(?:import |from \w[\w.]* import |def |class |\w+(?:, \w+)* = |\w[\w.]*\(|with |for |if |#!|\"\"\")", re.MULTILINE
)

EMPTY = "the reply holds no Python code; answer with one ```python block"
NO_TEXT = "the reply holds characters that are no text (lone surrogates); write plain UTF-8"
CUT = "the reply was cut at the token limit before the script was complete; write it shorter"


class FormatError(Exception):
    """The reply holds no usable code.

    Attributes:
        failure: Its class and what was wrong.
    """

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


def extract_code(reply: str, *, truncated: bool) -> str:
    r"""The Python script of a reply.

    The longest fenced block that is Python is taken, a block left open at the end too. Without a block, the reply is
    taken from its first line that looks like a statement, if that is Python.

    Args:
        reply: The model's text.
        truncated: Whether the reply was cut at the token cap; code that does not parse then is no code.

    Returns:
        The script, ending in one newline. It may have syntax errors, which are the next check's business.

    Raises:
        FormatError: There is no code, nothing but comments, no text, or only the start of it.

    Example:
        >>> extract_code("Here it is:\n```python\nprint(1)\n```\nIt prints 1.", truncated=False)
        'print(1)\n'
    """
    blocks = [match for match in _FENCE.finditer(reply.replace("\r\n", "\n")) if match["tag"].lower() in _PYTHON_TAGS]
    code = _best([match["code"] for match in blocks]) if blocks else _bare(reply.replace("\r\n", "\n"))
    code = code.strip("\n")
    if not holds_code(code):
        raise _no_code(EMPTY)
    if any("\ud800" <= character <= "\udfff" for character in code):
        raise _no_code(NO_TEXT)
    if truncated and not parses(code):
        raise _no_code(CUT)
    return code + "\n"


def parses(code: str) -> bool:
    """Whether the text is valid Python.

    Example:
        >>> parses("x = (1"), parses("x = 1")
        (False, True)
    """
    try:
        parse_module(code)
    except (SyntaxError, ValueError):
        return False
    return True


def _best(codes: list[str]) -> str:
    """The longest block; valid Python goes before text in a fence without a tag."""
    return max(codes, key=lambda code: (bool(_STATEMENT.search(code)), len(code)))


def _bare(reply: str) -> str:
    match = _STATEMENT.search(reply)
    if match is None:
        return ""
    code = reply[match.start() :]
    lines = code.rstrip().split("\n")
    while lines and not parses("\n".join(lines)):
        lines.pop()
    return "\n".join(lines)


def _no_code(message: str) -> FormatError:
    return FormatError(Failure(stage="coder", name="no_code", message=message))
