"""Reading exceptions from stderr."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hepcoder.sandbox.records import Traceback
from hepcoder.sandbox.traceback import parse_traceback


def crash(tmp_path: Path, script: str) -> Traceback | None:
    """What is read from the stderr of a real interpreter."""
    (tmp_path / "script.py").write_text(script)
    done = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    return parse_traceback(done.stderr)


CASES = {
    "plain": ("x = 1\nx['a']", "TypeError", 2, "not subscriptable"),
    "no message": ("raise ValueError", "ValueError", 1, ""),
    "dotted name": ("import json\njson.loads('{')", "JSONDecodeError", 2, "Expecting property name"),
    "chained": (
        "try:\n    {}['a']\nexcept KeyError as e:\n    raise RuntimeError('second') from e",
        "RuntimeError",
        4,
        "second",
    ),
    "while handling": ("try:\n    {}['a']\nexcept KeyError:\n    1 / 0", "ZeroDivisionError", 4, "division by zero"),
    "syntax": ("x = 1\ny = (2,\nz = = 3\n", "SyntaxError", 2, "'(' was never closed"),
    "indentation": ("def f():\nx = 1\n", "IndentationError", 2, "expected an indented block"),
    "tabs": ("if 1:\n\tx = 1\n        y = 2\n", "TabError", 3, "inconsistent use of tabs"),
    "in a library": ("import json\ndef f():\n    json.dumps(f)\n\nf()\n", "TypeError", 3, "not JSON serializable"),
    "several lines": ("raise ValueError('one\\ntwo\\n\\nthree')", "ValueError", 1, "one\ntwo\n\nthree"),
    "recursion": ("def f(): f()\nf()", "RecursionError", 1, "maximum recursion depth"),
    "own class": ("class MyError(Exception): pass\nraise MyError('x: y')", "MyError", 2, "x: y"),
    "group": (
        "raise ExceptionGroup('all', [ValueError('a'), KeyError('b')])",
        "ExceptionGroup",
        1,
        "all (2 sub-exceptions)",
    ),
    "keyboard": ("raise KeyboardInterrupt", "KeyboardInterrupt", 1, ""),
    "with note": ("e = ValueError('m')\ne.add_note('a note')\nraise e", "ValueError", 3, "m\na note"),
    "unicode": ("raise ValueError('ΔR < 0.4 µ')", "ValueError", 1, "ΔR < 0.4 µ"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_real_exceptions(tmp_path: Path, case: tuple[str, str, int, str]) -> None:
    script, exception, line, message = case
    error = crash(tmp_path, script)
    assert error is not None
    assert (error.exception, error.line) == (exception, line)
    assert message in error.message


@pytest.mark.parametrize("script", ["", "print('fine')", "raise SystemExit(3)", "raise SystemExit('KeyError: x')"])
def test_no_exception(tmp_path: Path, script: str) -> None:
    assert crash(tmp_path, script) is None


def test_addresses_and_library_paths_are_gone(tmp_path: Path) -> None:
    error = crash(tmp_path, "import numpy as np\nnp.histogram2d(object(), object())\n")
    assert error is not None
    assert "site-packages" not in error.text.replace("<site-packages>/", "")
    error = crash(tmp_path, "raise ValueError(object())")
    assert error is not None
    assert error.message == "<object object at 0x...>"


def test_long_tracebacks_are_shortened_around_the_script() -> None:
    frames = [f'  File "/usr/lib/x{n}.py", line {n}, in f\n    call()' for n in range(30)]
    own = ['  File "/job/script.py", line 7, in <module>\n    go()']
    text = "\n".join(["Traceback (most recent call last):", *frames[:15], *own, *frames[15:], "ValueError: no"])
    error = parse_traceback(text)
    assert error is not None
    assert error.line == 7
    assert "script.py" in error.text
    assert error.text.count("\n") < 30
    assert "frames ..." in error.text


def test_warnings_and_chatter_around_are_ignored() -> None:
    stderr = (
        "warn: x\nTraceback (most recent call last):\n"
        "  File \"/job/script.py\", line 2, in <module>\nKeyError: 'Muon_pt'\n\n\nException ignored in: <x>\n"
    )
    error = parse_traceback(stderr)
    assert error is not None
    assert error.message == "'Muon_pt'"


FRAGMENTS = st.sampled_from(
    [
        "Traceback (most recent call last):",
        '  File "/job/script.py", line 3, in f',
        "  File",
        "KeyError: x",
        "",
        "  ^^^",
        "\r",
        "0x7f0011223344",
    ]
)


@given(st.lists(st.one_of(FRAGMENTS, st.text())).map("\n".join))
def test_any_text(text: str) -> None:
    error = parse_traceback(text)
    assert error is None or (error.exception and len(error.text) <= 6000 and len(error.message) <= 2000)


@given(st.binary())
def test_any_bytes(data: bytes) -> None:
    parse_traceback(data.decode(errors="replace"))
    parse_traceback("Traceback (most recent call last):\n" + data.decode(errors="replace"))


@given(
    st.from_regex(r"[A-Za-z_]\w{0,20}Error", fullmatch=True),
    st.text(st.characters(codec="ascii", categories=["L", "N", "P"])),
)
def test_what_python_prints_is_read_back(name: str, message: str) -> None:
    stderr = f'Traceback (most recent call last):\n  File "/job/script.py", line 12, in <module>\n{name}: {message}\n'
    error = parse_traceback(stderr)
    assert error is not None
    assert error.exception == name
    assert error.line == 12
