"""Cuts that no event can meet are named; cuts that can be met are left alone."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selection_cases import compare, count, cut, objects, window

from hepcoder.tools.selection.contradictions import contradictions
from hepcoder.tools.selection.selection import Selection


def told(**parts: Any) -> tuple[str, ...]:
    return contradictions(Selection.model_validate({"sources": [{"files": ["a.root"]}], **parts}))


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"objects": [objects("mu", "Muon", cut("pt", ">", 20, "GeV"), cut("pt", "<", 10000, "MeV"))]}, "no mu pt can"),
        ({"cuts": [count("a", "Jet", ">=", 4), count("b", "Jet", "<", 2)]}, "no the number of Jet can be >= 4 and < 2"),
        ({"cuts": [compare("a", "MET.pt", ">", 50), compare("b", "MET.pt", "<=", 50)]}, "no MET.pt can be > 50"),
        ({"cuts": [window("a", "m", 80, 100), compare("b", "m", ">", 110)]}, "no m can be"),
    ],
)
def test_what_excludes_each_other_is_named(parts: dict[str, Any], sentence: str) -> None:
    assert told(**parts)[0].startswith(sentence)


@given(low=st.floats(0, 100), high=st.floats(0, 100))
def test_two_bounds_clash_when_nothing_is_between_them(low: float, high: float) -> None:
    clash = told(cuts=[compare("a", "m", ">=", low), compare("b", "m", "<=", high)])
    assert bool(clash) is (low > high)


def test_different_quantities_do_not_clash() -> None:
    assert told(cuts=[compare("a", "m", ">", 50), compare("b", "met", "<", 20), count("c", "Jet", "==", 2)]) == ()
    assert told(objects=[objects("a", "Jet", cut("pt", ">", 30)), objects("b", "Jet", cut("pt", "<", 20))]) == ()
