"""Reads the last exception out of what a script printed on stderr."""

import re

from hepcoder.sandbox.records import Traceback
from hepcoder.sandbox.validate import SCRIPT_NAME

_HEADERS = {"Traceback (most recent call last):", "Exception Group Traceback (most recent call last):"}
_GROUP_MARGIN = re.compile(r"^  [+|] ")
_FRAME = re.compile(r'  File "(?P<file>[^\n"]*)", line (?P<line>\d+)')
_LAST_LINE = re.compile(r"(?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*)(?:: ?(?P<message>.*))?$")
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}\b")
_SITE_PACKAGES = re.compile(r'(?:/[^/\s"\']+)+/(?:site|dist)-packages/')
_STANDARD_LIBRARY = re.compile(r'(?:/[^/\s"\']+)+/lib/python3\.\d+/')
_OWN_TOOLS = re.compile(r"/opt/hepcoder/(?=hepcoder/)")
_LINKS = (
    r"\n *(?:\| )?The above exception was the direct cause of the following exception:\n",
    r"\n *(?:\| )?During handling of the above exception, another exception occurred:\n",
)
_MOST_LINKS = 10
_MAX_MESSAGE = 2000
_MAX_TEXT = 6000
_FRAMES_BEFORE = 4
_FRAMES_AFTER = 4


def parse_traceback(stderr: str) -> Traceback | None:
    r"""Return the last exception on stderr, or None when there is none.

    Of chained exceptions the last is taken, which is the one that ended the script.

    Args:
        stderr: Any text.

    Example:
        >>> stderr = 'Traceback (most recent call last):\n  File "script.py", line 3, in f\nKeyError: 1\n'
        >>> error = parse_traceback(stderr)
        >>> error.exception, error.message, error.line
        ('KeyError', '1', 3)
    """
    lines = [_GROUP_MARGIN.sub("", line.replace("\r", "")) for line in stderr.split("\n")]
    start = _last_start(lines)
    if start is None:
        return None
    end = _end_of_frames(lines, start)
    match = _LAST_LINE.match(lines[end]) if end < len(lines) else None
    if match is None:
        return None
    message = "\n".join([match["message"] or "", *_rest_of_message(lines, end + 1)]).strip()
    frames = [_FRAME.match(line) for line in lines[start:end]]
    own = [int(frame["line"]) for frame in frames if frame and _is_script(frame["file"])]
    text = "\n".join([*_shorten(lines[start:end]), f"{match['name']}: {message}" if message else match["name"]])
    return Traceback(
        exception=match["name"].rpartition(".")[2],
        message=_cut(clean_text(message), _MAX_MESSAGE),
        line=own[-1] if own else None,
        text=_cut(clean_text(text), _MAX_TEXT),
    )


def parse_chain(stderr: str) -> tuple[Traceback, ...]:
    r"""Return the exception that ended a script and those that led to it, the last first.

    These are the exceptions it was raised from or while handling, and what a worker process of a pool met.

    Args:
        stderr: Any text.

    Example:
        >>> one = 'Traceback (most recent call last):\n  File "script.py", line 3, in f\nKeyError: 1\n'
        >>> link = "\nThe above exception was the direct cause of the following exception:\n\n"
        >>> [error.exception for error in parse_chain(one + link + one.replace("KeyError: 1", "OSError"))]
        ['OSError', 'KeyError']
    """
    found: list[Traceback] = []
    parts = re.split("|".join(_LINKS), stderr)
    while parts and len(found) < _MOST_LINKS:
        part = parts.pop().rstrip().removesuffix('"""')  # a worker's traceback is quoted
        error = parse_traceback(part)
        if error is None:
            break
        found.append(error)
        if sum(part.count(header) for header in _HEADERS) > 1:
            break  # an older traceback stands between this one and the links before
    return tuple(found)


def clean_text(text: str) -> str:
    """Return a text without memory addresses and without the host's library paths."""
    text = _OWN_TOOLS.sub("", _SITE_PACKAGES.sub("<site-packages>/", text))
    return _ADDRESS.sub("0x...", _STANDARD_LIBRARY.sub("<python>/", text))


def _last_start(lines: list[str]) -> int | None:
    """Find the line where the last traceback begins; one of a syntax error has no header."""
    for number in range(len(lines) - 1, -1, -1):
        if lines[number] in _HEADERS:
            return number
    for number in range(len(lines) - 1, -1, -1):
        frame = _FRAME.match(lines[number])
        if frame and _is_script(frame["file"]) and lines[number] == frame[0]:
            return number
    return None


def _end_of_frames(lines: list[str], start: int) -> int:
    """Find the line with the exception: the first after the start that is not indented."""
    for number in range(start + 1, len(lines)):
        if lines[number] and not lines[number].startswith(" "):
            return number
    return len(lines)


def _rest_of_message(lines: list[str], start: int) -> list[str]:
    """Take the lines of a message of several lines; what is printed at exit after a blank line is not part of it."""
    rest: list[str] = []
    for line in lines[start : start + 40]:
        if not line.strip() and not rest:
            break
        rest.append(line)
    while rest and not rest[-1].strip():
        rest.pop()
    return rest


def _is_script(file: str) -> bool:
    return file == SCRIPT_NAME or file.endswith(f"/{SCRIPT_NAME}")


def _shorten(lines: list[str]) -> list[str]:
    """Keep the frames of the script and some at each end; say how many others were dropped."""
    frames: list[list[str]] = []
    head: list[str] = []
    for line in lines:
        if _FRAME.match(line):
            frames.append([line])
        elif frames:
            frames[-1].append(line)
        else:
            head.append(line)
    kept: list[str] = head
    dropped = 0
    for number, frame in enumerate(frames):
        match = _FRAME.match(frame[0])
        near_end = number < _FRAMES_BEFORE or number >= len(frames) - _FRAMES_AFTER
        own = match is not None and _is_script(match["file"])
        if near_end or (own and len(kept) < 60):
            kept += [f"  ... {dropped} frames ..."] if dropped else []
            kept += frame
            dropped = 0
        else:
            dropped += 1
    return kept


def _cut(text: str, limit: int) -> str:
    """Drop the middle of a text that is too long."""
    if len(text) <= limit:
        return text
    half = (limit - 5) // 2
    return f"{text[:half]} ... {text[-half:]}"
