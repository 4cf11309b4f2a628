"""Rows and histograms of an answer that the request tells more of than the answer does."""

import json
from typing import Any

import pytest

from hepcoder.agents.derivation.asking import derivation_of
from hepcoder.agents.derivation.called import of_kind_as_called
from hepcoder.agents.derivation.comparisons import centred
from hepcoder.agents.derivation.completing import with_plain_lists
from hepcoder.agents.derivation.results import drawn_as_named
from hepcoder.agents.derivation.rows import invented_cells, rows_as_labelled
from hepcoder.tools.inspect.facts import FileFacts
from hepcoder.tools.outputs import parse_output
from hepcoder.tools.selection.examples.data import layout_of, layout_of_columns

COLUMNS = layout_of_columns(("jet1_pt", "jet1_eta", "lep1_pt", "ht", "met"))


def test_rows_take_the_categories_of_one_name_in_their_order() -> None:
    parts = [{"name": "ht_bin", "when": {"kind": "compare", "left": "ht", "op": op, "right": 97}} for op in ("<", ">=")]
    rows = [{"bin": label, "n": {"kind": "events", "category": "ht_bin"}} for label in ("low", "high")]
    found = rows_as_labelled({"categories": parts, "tables": {"t.csv": {"rows": rows}}}, COLUMNS, "")
    assert [row["n"]["category"] for row in found["tables"]["t.csv"]["rows"]] == ["ht_bin_1", "ht_bin_2"]
    assert [one["name"] for one in found["categories"]] == ["ht_bin_1", "ht_bin_2"]
    fewer = {"categories": parts, "tables": {"t.csv": {"rows": rows[:1]}}}
    assert rows_as_labelled(fewer, COLUMNS, "") == fewer


def test_ranges_that_follow_each_other_end_where_the_next_begins() -> None:
    cuts = (("<", 97), (">=", 97), (">=", 172))
    whens = [{"kind": "compare", "left": "ht", "op": op, "right": at} for op, at in cuts]
    parts = [{"name": "bin", "when": when} for when in whens]
    rows = [{"bin": label, "n": {"kind": "events", "category": "bin"}} for label in ("low", "mid", "high")]
    found = rows_as_labelled({"categories": parts, "tables": {"t.csv": {"rows": rows}}}, COLUMNS, "")
    middle = found["categories"][1]["when"]
    assert (middle["low"], middle["low_op"], middle["high"], middle["high_op"]) == (97, "<=", 172, "<")
    thresholds = [{"name": "bin", "when": {**when, "op": ">"}} for when in whens]
    kept = rows_as_labelled({"categories": thresholds, "tables": {"t.csv": {"rows": rows}}}, COLUMNS, "")
    assert [one["when"]["op"] for one in kept["categories"]] == [">", ">", ">"]


def test_the_column_that_is_named_and_not_used_is_drawn() -> None:
    bins = {"bins": 27, "low": 28, "high": 183}
    given: dict[str, Any] = {"histograms": {"jetpt": {"of": "lep1_pt", **bins}}}
    request = "histo of the leading jet pt (jet1_pt)"
    assert drawn_as_named(given, COLUMNS, request)["histograms"]["jetpt"]["of"] == "jet1_pt"
    assert drawn_as_named(given, COLUMNS, "jet1_pt where lep1_pt is there") == given
    assert drawn_as_named(given, COLUMNS, "jet1_pt or ht") == given
    assert drawn_as_named(given, layout_of("nanoaod"), request) == given


def test_a_size_below_a_number_is_inside_whatever_else_is_not_there() -> None:
    around = {
        "kind": "window",
        "of": "jet1_eta",
        "low": -2.3,
        "low_op": "<",
        "high": 2.3,
        "high_op": "<",
        "outside": True,
    }
    given = {"cuts": [{"name": "eta", "when": around}]}
    found = centred(given, "with |jet1_eta| < 2.3 (no jet means -999)")["cuts"][0]["when"]
    assert found == {"kind": "compare", "left": "|jet1_eta|", "op": "<", "right": 2.3}
    assert centred(given, "without the barrel, jet1_eta from -2.3 to 2.3")["cuts"][0]["when"]["op"] == ">"


def test_rows_of_numbers_that_nobody_computed_are_refused() -> None:
    made_up = [{"rank": place, "event": 3475 + place, "met": 228.7} for place in (1, 2)]
    facts = FileFacts(path="events.csv", kind="csv", size_bytes=1, layout=COLUMNS, tables=(), looks={})
    answer = {"tables": {"top.csv": {"rows": made_up}}}
    found = derivation_of(json.dumps(answer), "the first 10 by met", facts, (parse_output("top.csv:rank,event,met"),))
    assert found.selection is None
    assert "event is 3476 in a row of top.csv" in found.problem
    places = {"tables": {"top.csv": {"rows": [{"rank": 1, "met": "top"}]}}}
    assert list(invented_cells(places, [])) == ["the rows of top.csv compute nothing"]


def test_lists_that_are_used_and_not_defined_are_all_of_their_kind() -> None:
    both = {"kind": "leptons", "name": "leptons", "electrons": "electrons", "muons": "muons"}
    of_muons = {"kind": "objects", "name": "muons", "of": "Muon", "cuts": []}
    given = {"objects": [of_muons, both]}
    found = with_plain_lists(given, layout_of("lhco"))["objects"]
    assert [one.get("of") for one in found] == ["Electron", "Muon", None]
    assert with_plain_lists({"objects": found}, layout_of("lhco")) == {"objects": found}


def test_a_list_called_met_is_the_missing_momentum_and_no_list() -> None:
    of_electrons: dict[str, Any] = {"kind": "objects", "name": "missing_energy", "of": "Electron", "cuts": []}
    leading = {"kind": "leading", "name": "first", "of": "missing_energy", "rank": 1}
    given = {
        "objects": [of_electrons, {"kind": "leptons", "name": "leptons", "electrons": "electrons", "muons": "muons"}],
        "candidates": [leading],
        "quantities": [{"name": "met_pt", "value": {"kind": "field", "of": "first", "field": "pt"}}],
        "cuts": [
            {"name": "none", "when": {"kind": "count", "of": ["leptons"], "op": "==", "value": 0}},
            {"name": "met", "when": {"kind": "count", "of": ["missing_energy"], "op": "==", "value": 1}},
        ],
    }
    found = of_kind_as_called(given, layout_of("lhco"))
    assert [one["name"] for one in found["objects"]] == ["leptons"]
    assert found["candidates"] == []
    assert found["quantities"][0]["value"]["of"] == "MET"
    assert found["cuts"][1]["when"] == {"kind": "compare", "left": "MET_pt", "op": ">=", "right": 0}
    assert found["quantities"][1] == {"name": "MET_pt", "value": {"kind": "field", "of": "MET", "field": "pt"}}


@pytest.mark.parametrize(
    ("name", "of", "meant"),
    [
        ("good_muons", "Electron", "Muon"),
        ("jets", "Jet", "Jet"),
        ("jets_without_muons", "Jet", "Jet"),
        ("muons_far_from_jets", "Electron", "Electron"),
        ("leptons", "Electron", "Electron"),
        ("signal", "Electron", "Electron"),
    ],
)
def test_a_list_is_of_the_objects_that_it_is_called_after(name: str, of: str, meant: str) -> None:
    given = {"objects": [{"kind": "objects", "name": name, "of": of, "cuts": []}]}
    assert of_kind_as_called(given, layout_of("lhco"))["objects"][0]["of"] == meant
