"""Rules for text that is not yet Python."""

import re

from hepcoder.tools.pyfix.edits import parse
from hepcoder.tools.pyfix.records import Known, Rule

_CLOSES = {"(": ")", "[": "]", "{": "}"}
_QUOTES = str.maketrans("\u201c\u201d\u2018\u2019\u2212\u2013\u00a0", "\"\"''-- ")


def unfence(source: str, _known: Known) -> str:
    """Keep what stands between code fences."""
    if parse(source) is not None or "```" not in source:
        return source
    blocks = re.findall(r"^```\w*\n(.*?)(?:^```\s*$|\Z)", source, re.DOTALL | re.MULTILINE)
    code = max(blocks, key=len, default="") or re.sub(r"^```.*\n?", "", source, flags=re.MULTILINE)
    return code if parse(code) is not None else source


def plain_characters(source: str, _known: Known) -> str:
    """Typographic quotes, dashes and spaces as keyboards have them."""
    if parse(source) is not None:
        return source
    fixed = source.translate(_QUOTES)
    return fixed if parse(fixed) is not None else source


_CODE = re.compile(
    r"\s*(import \w+( as \w+)?$|from [\w.]+ import |def \w+\(|class \w+[:(]|for .+ in .+|if .+[:<>=]|with .+ as )"
    r"|\s*(return|print)\b"
    r"|.*[\w\])\"'] ?(=|\+=|\|=) ?\S|\s*[\w.]+\(.*|\s*[)\]}]+,?$|\s*[\"'].*[\"']\s*:"
)

_PROSE = re.compile(r"\b[A-Za-z]+(,? [a-z]+){2}\b")
_MOST_LINES = 5


def drop_prose(source: str, _known: Known) -> str:
    """Leave out lines of prose before and after the code; nothing that looks like code is left out."""
    if parse(source) is not None:
        return source
    lines = source.rstrip("\n").split("\n")
    before = next((n for n, line in enumerate(lines) if _CODE.match(line)), 0)
    after = len(lines) - next((n for n, line in enumerate(reversed(lines)) if _CODE.match(line)), 0)
    for first in range(min(before + 1, 12)):
        for last in range(len(lines), max(first, after - 1, len(lines) - 12), -1):
            text = "\n".join(lines[first:last]) + "\n"
            if last - first >= len(lines) // 2 and parse(text) is not None and "=" in text:
                return text
    return source


def comment_prose(source: str, _known: Known) -> str:
    """Make comments of lines of prose amid the code, such as a comment that lost its mark."""
    lines = source.split("\n")
    for _ in range(_MOST_LINES):
        place = _place_of_error("\n".join(lines))
        if place is None:
            return "\n".join(lines)
        line = lines[place]
        if _CODE.match(line) or not _PROSE.search(line):
            return source
        indent = len(line) - len(line.lstrip())
        lines[place] = f"{line[:indent]}# {line[indent:]}"
    return source


def close_brackets(source: str, _known: Known) -> str:
    """Close what a cut reply left open, if that makes it Python."""
    if parse(source) is not None:
        return source
    open_ones: list[str] = []
    for token in re.findall(
        r"#.*|\"\"\".*?\"\"\"|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|[()\[\]{}]", source, re.DOTALL
    ):
        if token in _CLOSES:
            open_ones.append(_CLOSES[token])
        elif open_ones and token == open_ones[-1]:
            open_ones.pop()
    fixed = source.rstrip("\n") + "".join(reversed(open_ones)) + "\n"
    return fixed if parse(fixed) is not None else source


def close_line(source: str, _known: Known) -> str:
    """Add or take away one closing bracket at the line of the syntax error, if that makes it Python."""
    if parse(source) is not None:
        return source
    lines = source.split("\n")
    place = _place_of_error(source)
    if place is None:
        return source
    for index in (place, place - 1):
        if index < 0:
            continue
        candidates = [lines[index] + closing for closing in (")", "]", "}", "))")]
        candidates += [
            lines[index][: m.start()] + lines[index][m.end() :] for m in re.finditer(r"[)\]}]", lines[index])
        ][::-1]
        for changed in candidates:
            text = "\n".join([*lines[:index], changed, *lines[index + 1 :]])
            if parse(text) is not None:
                return text
    return source


def _place_of_error(source: str) -> int | None:
    """Index of the line at which Python gives up; None where there is none or Python names none."""
    try:
        compile(source, "script.py", "exec")
    except SyntaxError as error:
        return min(error.lineno, source.count("\n") + 1) - 1 if error.lineno else None
    return None


RULES = (
    Rule("unfence", "static.syntax", "Sure:\n```python\nx = 1\n```\nDone.\n", "x = 1\n", unfence),
    Rule("plain_characters", "static.syntax", "x = “a”\n", 'x = "a"\n', plain_characters),
)
BRACKETS = (
    Rule("close_brackets", "static.syntax", "x = [1,\n  (2, 3)\n", "x = [1,\n  (2, 3)]\n", close_brackets),
    Rule("close_line", "static.syntax", "x = max((1, 2)\ny = 2\n", "x = max((1, 2))\ny = 2\n", close_line),
)
PROSE = (
    Rule("drop_prose", "static.syntax", "Here is the code:\nx = 1\ny = 2\n", "x = 1\ny = 2\n", drop_prose),
    Rule(
        "comment_prose",
        "static.syntax",
        "x = 1\nx is the number of events\ny = 2\n",
        "x = 1\n# x is the number of events\ny = 2\n",
        comment_prose,
    ),
)
