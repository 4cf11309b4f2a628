"""Text from models and files cannot command the terminal."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hepcoder.ui.text import clean, one_line

ATTACKS = [
    ("\x1b[2J\x1b[Hgone", "gone"),
    ("\x1b]0;title\x07text", "text"),
    ("\x1b]52;c;ZXZpbA==\x1b\\text", "text"),
    ("\x1b]8;;http://a.invalid\x1b\\link\x1b]8;;\x1b\\", "link"),
    ("\x9b31mred", "red"),
    ("\x1b]0;never ended", "0;never ended"),
    ("a\rb", "a\nb"),
    ("a\u202eb\u2066c", "abc"),
    ("\ud800x", "x"),
    ("a\tb", "a    b"),
    ("[red]markup[/red]", "[red]markup[/red]"),
]


@pytest.mark.parametrize(("raw", "expected"), ATTACKS)
def test_known_attacks(raw: str, expected: str) -> None:
    assert clean(raw) == expected


@given(st.text() | st.text(alphabet="\x1b[]0;m\x07\x9b\x9d\\ab\n"))
def test_nothing_but_newline_controls_and_all_can_be_written(text: str) -> None:
    cleaned = clean(text)
    assert all(char == "\n" or unicodedata.category(char) not in {"Cc", "Cs"} for char in cleaned)
    cleaned.encode("utf-8")


@given(st.text(alphabet=st.characters(categories=("L", "N", "P", "S", "Zs"), exclude_characters="\u00ad")))
def test_ordinary_text_is_kept(text: str) -> None:
    assert clean(text) == text


@given(st.text(), st.integers(min_value=2, max_value=50))
def test_one_line_is_one_line_of_at_most_the_width(text: str, width: int) -> None:
    line = one_line(text, width)
    assert "\n" not in line
    assert len(line) <= width
