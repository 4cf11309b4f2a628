"""Rules for single lines that are no Python, found where the parser stops."""

import re
from collections.abc import Callable, Iterator

from hepcoder.tools.pyfix.edits import parse
from hepcoder.tools.pyfix.records import Known, Rule

_MOST_TRIES = 12


def prompt_marks(source: str, _known: Known) -> str:
    """The marks of an interactive session before each line."""
    if parse(source) is not None or not re.search(r"(?m)^>{3} ", source):
        return source
    lines = [re.sub(r"^(>{3}|\.{3})( |$)", "", line) for line in source.split("\n")]
    fixed = "\n".join(lines)
    return fixed if parse(fixed) is not None else source


def line_numbers(source: str, _known: Known) -> str:
    """The number of each line before it, as listings have them."""
    lines = source.split("\n")
    numbers = [re.match(r" *(\d+)([.:|]? {1,2}|[.:|]?$)", line) for line in lines]
    if parse(source) is not None or sum(one is not None for one in numbers) < len(lines) - 1 or len(lines) < 3:
        return source
    fixed = "\n".join(line[one.end() :] if one else line for one, line in zip(numbers, lines, strict=True))
    return fixed if parse(fixed) is not None else source


def print_statements(source: str, _known: Known) -> str:
    """``print x`` as Python 2 had it."""
    if parse(source) is not None:
        return source
    fixed = re.sub(r"(?m)^([ \t]*)print[ \t]+([^\s(=].*|\(.*\)[ \t]*%.*)$", r"\1print(\2)", source)
    return fixed if parse(fixed) is not None else source


def _at_error(change: Callable[[str, str], Iterator[str]]) -> Callable[[str, Known], str]:
    """A rule that offers other texts for the line where the parser stops; the first that is Python is taken."""

    def fix(source: str, _known: Known) -> str:
        try:
            compile(source, "script.py", "exec")
        except SyntaxError as error:
            place, message = (error.lineno or 1) - 1, error.msg
        except ValueError:
            return source
        else:
            return source
        lines = source.split("\n")
        for line in change(lines[place], message) if place < len(lines) else ():
            text = "\n".join([*lines[:place], line, *lines[place + 1 :]])
            if parse(text) is not None:
                return text
        return source

    return fix


def _colons(line: str, message: str) -> Iterator[str]:
    """A block that is opened without its colon."""
    if "expected ':'" in message:
        code, hash_mark, comment = line.partition("  #")
        yield code.rstrip() + ":" + hash_mark + comment


def _strings(line: str, message: str) -> Iterator[str]:
    """A text whose closing quote is missing: before what closes the line, at its end, or before another bracket."""
    if "unterminated" in message:
        quote = '"' if line.count('"') % 2 else "'"
        end = len(line)
        while end and line[end - 1] in ")]},:; ":
            end -= 1
        for place in (*range(end, len(line) + 1), *(n for n, one in enumerate(line) if one in ")],:")):
            yield line[:place] + quote + line[place:]


def _inner_quotes(line: str, message: str) -> Iterator[str]:
    """The quotes of an f-string inside its own braces."""
    if re.search(r"\bf[\"']", line) and re.search(
        r"f-string|invalid syntax|unmatched|comma|expecting|unterminated", message
    ):
        yield re.sub(r"\{[^{}]*\}", lambda match: match[0].replace('"', "'"), line)
        yield re.sub(r"\{[^{}]*\}", lambda match: match[0].replace("'", '"'), line)


def _comparisons(line: str, message: str) -> Iterator[str]:
    """``=`` where ``==`` is meant."""
    if "==" in message or message.startswith("cannot assign to"):
        for match in reversed(list(re.finditer(r"(?<![=!<>])=(?!=)", line))):
            yield line[: match.start()] + "==" + line[match.end() :]


def indentation(source: str, _known: Known) -> str:
    """Tabs among spaces, lines that stand too deep, and blocks whose lines are not indented."""
    text = source
    for _ in range(_MOST_TRIES):
        try:
            compile(text, "script.py", "exec")
        except (IndentationError, TabError) as error:
            text = _indented(text, (error.lineno or 1) - 1, error)
        except (SyntaxError, ValueError):
            return source
        else:
            return text
    return source


def _indented(source: str, place: int, error: SyntaxError) -> str:
    lines = source.split("\n")
    if isinstance(error, TabError) or any(line.startswith(("\t", " \t")) for line in lines):
        return "\n".join(re.sub(r"^[ \t]+", lambda match: match[0].expandtabs(4), line) for line in lines)
    before = next((line for line in reversed(lines[:place]) if line.strip()), "")
    depth = len(before) - len(before.lstrip())
    if "unexpected indent" in error.msg or "unindent" in error.msg:
        lines[place] = " " * depth + lines[place].lstrip()
    else:
        last = _end_of_block(lines, place, before)
        lines[place:last] = ["    " + line for line in lines[place:last]]
    return "\n".join(lines)


def _end_of_block(lines: list[str], start: int, head: str) -> int:
    """Where a block ends whose lines are not indented: at an empty line, or where nothing of the block is used."""
    opened = re.match(r"\s*for (.+?) in |\s*with .* as (\w+):", head)
    names = set(re.findall(r"\w+", opened[1] or opened[2])) if opened else set()
    depth = 0
    for place in range(start, len(lines)):
        line = lines[place]
        if depth <= 0 and (
            not line.strip() or (opened and place > start and not names & set(re.findall(r"\w+", line)))
        ):
            return place
        depth += sum(map(line.count, "([{")) - sum(map(line.count, ")]}"))
        bound = re.match(r"\s*([\w, ()]+?) = ", line)
        names |= set(re.findall(r"\w+", bound[1])) if bound else set()
    return len(lines)


RULES = (
    Rule(
        "prompt_marks",
        "static.syntax",
        ">" * 3 + " for x in (1, 2):\n...     y = x\n",
        "for x in (1, 2):\n    y = x\n",
        prompt_marks,
    ),
    Rule("line_numbers", "static.syntax", " 1  x = [\n 2      3]\n 3  y = 2\n", "x = [\n    3]\ny = 2\n", line_numbers),
    Rule("print_statements", "static.syntax", "x = 1\nprint 'x', x\n", "x = 1\nprint('x', x)\n", print_statements),
    Rule("colons", "static.syntax", "if True\n    x = 1\n", "if True:\n    x = 1\n", _at_error(_colons)),
    Rule("closing_quotes", "static.syntax", 'x = str("a)\n', 'x = str("a")\n', _at_error(_strings)),
    Rule(
        "inner_quotes",
        "static.syntax",
        """x = {"a": 1}\ny = f"{x["a"]}"\n""",
        """x = {"a": 1}\ny = f"{x['a']}"\n""",
        _at_error(_inner_quotes),
    ),
    Rule(
        "comparisons",
        "static.syntax",
        "x = 1\nif x = 1:\n    y = 2\n",
        "x = 1\nif x == 1:\n    y = 2\n",
        _at_error(_comparisons),
    ),
    Rule(
        "indentation",
        "static.syntax",
        "for x in (1, 2):\ny = x\n  z = y\n",
        "for x in (1, 2):\n    y = x\n    z = y\n",
        indentation,
    ),
)
