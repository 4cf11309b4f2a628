"""What rules mend in a model's typed selection, and what they refuse: answers as a small model really gave them."""

import json
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
import uproot
from hypothesis import given
from hypothesis import strategies as st

from hepcoder.agents.derivation.asking import derivation_of
from hepcoder.agents.derivation.completing import as_named
from hepcoder.agents.derivation.coverage import overused_numbers, unused_numbers
from hepcoder.agents.derivation.mentions import unused_words
from hepcoder.agents.derivation.placing import misplaced
from hepcoder.agents.derivation.reading import with_read_cuts
from hepcoder.agents.derivation.statements import ranges_around, stated_numbers
from hepcoder.agents.derivation.tidying import tidied
from hepcoder.tools.inspect import FileFacts
from hepcoder.tools.inspect.inspection import inspect_input
from hepcoder.tools.outputs import parse_output

Answer = dict[str, Any]


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> FileFacts:
    path = tmp_path_factory.mktemp("data") / "events.root"
    counts = np.array([2, 0, 1, 3])
    one = ak.unflatten(np.linspace(5, 60, 6).astype(np.float32), counts)
    lists = {name: ak.zip({"pt": one, "eta": one / 30, "phi": one / 30}) for name in ("Electron", "Jet")}
    lists["Muon"] = ak.zip({
        "pt": one, "eta": one / 30, "phi": one / 30, "tightId": one > 20, "tightCharge": ak.values_astype(one, "int32"),
    })  # fmt: skip
    with uproot.recreate(path) as file:
        met = {"MET_pt": np.arange(4, dtype=np.float32), "MET_phi": np.zeros(4, dtype=np.float32)}
        file["Events"] = lists | met | {"event": np.arange(4)}
    return inspect_input(Path(path))


def objects(name: str, of: str, *cuts: Answer) -> Answer:
    return {"kind": "objects", "name": name, "of": of, "cuts": list(cuts)}


def cut(field: str, op: str, value: float) -> Answer:
    return {"kind": "cut", "field": field, "op": op, "value": value}


def window(of: str, low: float, high: float, **more: Any) -> Answer:
    return {
        "kind": "window", "of": of, "low": low, "low_op": "<", "high": high, "high_op": "<", "outside": False, **more,
    }  # fmt: skip


def counted(of: str, op: str, value: int) -> Answer:
    return {"name": f"{of} count", "when": {"kind": "count", "of": [of], "op": op, "value": value}}


def answer(**parts: Any) -> Answer:
    empty: Answer = {"objects": [], "candidates": [], "quantities": [], "cuts": [], "histograms": {}, "values": {}}
    return {**empty, "tables": {}, **parts}


PAIRS = {
    "kind": "combination", "name": "pairs", "of": ["muons"], "size": 2, "charge": "opposite", "flavour": None,
    "choose": "all",
}  # fmt: skip
PAIR_MASS = {"name": "m_pairs", "value": {"kind": "field", "of": "pairs", "field": "mass"}}


def test_a_leaked_cut_goes_and_a_cut_on_a_list_asks_for_any(facts: FileFacts) -> None:
    request = "how many events have an opposite sign muon pair with mass between 80 and 100 GeV? muons need pt>15"
    leaked = {"kind": "window", "field": "pt", "low": 80, "low_op": "<", "high": 100, "high_op": "<", "outside": False}
    given_ = answer(
        objects=[objects("muons", "Muon", cut("pt", ">", 15), leaked)],
        candidates=[PAIRS],
        quantities=[PAIR_MASS],
        cuts=[counted("muons", ">=", 2), {"name": "mass", "when": window("m_pairs", 80, 100)}],
    )
    assert misplaced(request, given_)
    found = tidied(given_, facts.layout, request)
    assert found["objects"][0]["cuts"] == [cut("pt", ">", 15)]
    assert found["cuts"][1]["when"] == {"kind": "any", "of": window("m_pairs", 80, 100)}
    assert misplaced(request, found) == ()


def test_comparisons_become_those_of_the_request(facts: FileFacts) -> None:
    request = "exactly one electron with eta below 2.47 and at least two jets of pt above 25 GeV"
    given_ = answer(
        objects=[objects("e", "Electron", cut("eta", "<", 2.47)), objects("jets", "Jet", cut("pt", ">=", 25))],
        cuts=[counted("e", ">", 1), counted("jets", ">", 2)],
    )
    found = tidied(given_, facts.layout, request)
    assert [one["when"]["op"] for one in found["cuts"]] == ["==", ">="]
    assert [one["cuts"][0] for one in found["objects"]] == [cut("|eta|", "<", 2.47), cut("pt", ">", 25)]


@pytest.mark.parametrize(
    ("request_", "field"),
    [("jets with eta < 2.4", "|eta|"), ("jets with eta between -1 and 2.4", "eta"), ("positive eta below 2.4", "eta")],
)
def test_eta_is_its_size_unless_the_request_tells_sides_apart(facts: FileFacts, request_: str, field: str) -> None:
    given_ = answer(objects=[objects("jets", "Jet", cut("eta", "<", 2.4))], cuts=[counted("jets", ">=", 1)])
    assert tidied(given_, facts.layout, request_)["objects"][0]["cuts"][0]["field"] == field


def test_what_is_thrown_away_keeps_the_answers_direction(facts: FileFacts) -> None:
    request = "reject events with MET < 20 GeV"
    met = {"kind": "compare", "left": "MET_pt", "op": ">=", "right": 20}
    given_ = answer(cuts=[{"name": "met", "when": met}])
    assert tidied(given_, facts.layout, request)["cuts"][0]["when"] == met


def test_a_window_with_an_invented_bound_is_a_comparison(facts: FileFacts) -> None:
    given_ = answer(cuts=[{"name": "met", "when": window("MET_pt", 40, 1000)}])
    found = tidied(given_, facts.layout, "events with MET above 40 GeV")
    assert found["cuts"][0]["when"] == {"kind": "compare", "left": "MET_pt", "op": ">", "right": 40}


def test_a_rounded_range_is_stated_by_its_middle(facts: FileFacts) -> None:
    request = "a pair whose mass is within 10 GeV of 91.2"
    given_ = answer(
        candidates=[PAIRS], quantities=[PAIR_MASS], cuts=[{"name": "m", "when": window("m_pairs", 81, 101)}]
    )
    inner = tidied(given_, facts.layout, request)["cuts"][0]["when"]["of"]
    assert (inner["low"], inner["high"]) == pytest.approx((81.2, 101.2))


def test_the_mass_with_the_missing_momentum_is_the_transverse_one(facts: FileFacts) -> None:
    system = {"name": "m", "value": {"kind": "system", "field": "mass", "of": ["mu1", "MET"]}}
    found = tidied(answer(quantities=[system], histograms={"mt": {"of": "m"}}), facts.layout, "transverse mass")
    assert found["quantities"][0]["value"] == {"kind": "transverse_mass", "of": ["mu1", "MET"]}


def test_what_nothing_uses_is_left_out_and_its_numbers_are_missing(facts: FileFacts) -> None:
    request = "at least two jets with pt > 30 GeV"
    given_ = answer(objects=[objects("jets", "Jet", cut("pt", ">", 30))], cuts=[counted("Jet", ">=", 2)])
    found = tidied(given_, facts.layout, request)
    assert found["objects"] == []
    assert unused_numbers(request, {2.0}) == ("30",)


@pytest.mark.parametrize(("name", "cut_"), [("n_selected", None), ("n_two_muons", "muons count")])
def test_a_plain_count_is_of_all_cuts(facts: FileFacts, name: str, cut_: str | None) -> None:
    values = {"result.json": {name: {"kind": "events", "cut": "muons count"}}}
    cuts = [counted("Muon", ">=", 2), counted("Jet", ">=", 1)]
    found = tidied(answer(cuts=cuts, values=values), facts.layout, "muons and jets")
    assert found["values"]["result.json"][name]["cut"] == cut_


def test_the_field_that_the_request_names_replaces_one_spelled_alike(facts: FileFacts) -> None:
    request = "muons with tightId"
    given_ = answer(objects=[objects("mu", "Muon", cut("tightCharge", "==", 1))], cuts=[counted("mu", ">=", 1)])
    assert unused_words(request, given_, facts.layout) == ("tightId",)
    found = tidied(given_, facts.layout, request)
    assert found["objects"][0]["cuts"] == [{"kind": "flag", "field": "tightId", "passes": True}]
    assert unused_words(request, found, facts.layout) == ()


def test_cuts_nobody_asked_for_are_left_out(facts: FileFacts) -> None:
    """Each as a small model made it: of an example, of the range of a field, of the range of a histogram."""
    muons = objects("mu", "Muon", cut("pt", ">", 20), cut("tightCharge", "==", 1), cut("|eta|", "<", 2.352))
    jets = objects("jets", "Jet", cut("pt", ">", 30))
    pt = {"name": "pt1", "value": {"kind": "field", "of": "mu1", "field": "pt"}}
    ranged = {"name": "range", "when": window("pt1", 0, 120)}
    copied = {"name": "met", "when": {"kind": "compare", "left": "MET_pt", "op": ">", "right": 35}}
    given_ = answer(
        objects=[muons, jets],
        candidates=[{"kind": "leading", "name": "mu1", "of": "mu", "rank": 1}],
        quantities=[pt],
        cuts=[counted("mu", ">=", 1), counted("jets", ">=", 1), ranged, copied],
        histograms={"h": {"of": "pt1", "bins": 30, "low": 0, "high": 120}},
    )
    request = "a muon with pt > 20 GeV and a jet; pt of the leading muon in 30 bins from 0 to 120 GeV"
    found = tidied(given_, facts.layout, request)
    assert [len(one["cuts"]) for one in found["objects"]] == [1, 0]
    assert [one["name"] for one in found["cuts"]] == ["mu count", "jets count"]


def test_bins_that_rules_put_in_are_no_independent_evidence(facts: FileFacts) -> None:
    request, output = "MET of all events, 40 bins from 0 to 120 GeV", (parse_output("met.npz:counts,edges"),)
    for low, completed in ((10, ("the bins as stated",)), (0, ())):
        given_ = answer(categories=[], histograms={"met": {"of": "MET_pt", "bins": 40, "low": low, "high": 120}})
        assert derivation_of(json.dumps(given_), request, facts, output).completed == completed


def test_a_veto_nobody_asked_for_is_left_out(facts: FileFacts) -> None:
    given_ = answer(objects=[objects("mu", "Muon")], cuts=[counted("mu", ">=", 2), counted("mu", "==", 0)])
    assert len(tidied(given_, facts.layout, "at least two muons")["cuts"]) == 1
    assert len(tidied(given_, facts.layout, "two muons and no jets")["cuts"]) == 2


def test_a_window_that_ends_with_the_histogram_has_one_bound(facts: FileFacts) -> None:
    request = "events with MET above 60 GeV; histogram it, 60 bins 60-120"
    given_ = answer(
        cuts=[{"name": "met", "when": window("MET_pt", 60, 120)}],
        histograms={"met": {"of": "MET_pt", "bins": 60, "low": 60, "high": 120}},
    )
    when = tidied(given_, facts.layout, request)["cuts"][0]["when"]
    assert (when["kind"], when["op"], when["right"]) == ("compare", ">", 60)


def test_objects_that_the_request_names_are_missed(facts: FileFacts) -> None:
    given_ = answer(objects=[objects("mu", "Muon", cut("pt", ">", 20))], cuts=[counted("mu", ">=", 1)])
    assert unused_words("a muon with pt > 20 GeV and no electrons", given_, facts.layout) == ("electrons",)
    assert unused_words("a muon with pt > 20 GeV and the electron trigger", given_, facts.layout) == ()


def test_what_a_name_says_is_what_it_stands_for(facts: FileFacts) -> None:
    given_ = answer(
        objects=[objects("jets", "Jet")],
        quantities=[{"name": "lead_pt", "value": {"kind": "field", "of": "jets", "field": "pt"}}],
        values={"a.json": {"mean_n_jets": {"kind": "statistic", "how": "mean", "of": "lead_pt"}}},
    )
    found = as_named(given_, facts.layout)
    assert found["candidates"] == [{"kind": "leading", "name": "jets_1", "of": "jets", "rank": 1}]
    assert [one["value"]["kind"] for one in found["quantities"]] == ["field", "count"]
    summed = answer(values={"a.json": {"n_events": {"kind": "statistic", "how": "sum", "of": "event"}}})
    assert tidied(summed, facts.layout, "how many")["values"]["a.json"]["n_events"] == {"kind": "events", "cut": None}


def test_a_number_in_the_wrong_place_or_from_nowhere_is_told() -> None:
    given_ = answer(
        quantities=[{"name": "jet_pt", "value": {"kind": "field", "of": "jets", "field": "pt"}}],
        cuts=[
            {"name": "near", "when": {"kind": "compare", "left": "jet_pt", "op": ">", "right": 0.4}},
            {"name": "high", "when": {"kind": "compare", "left": "jet_pt", "op": "<", "right": 750}},
        ],
    )
    told = misplaced("drop jets within dR 0.4 of an electron", given_)
    assert ["0.4" in told[0], "no 750" in told[1]] == [True, True]


def test_one_cut_on_two_columns_is_no_leak() -> None:
    cuts = [{"name": one, "when": {"kind": "compare", "left": one, "op": ">", "right": 25}} for one in ("pt1", "pt2")]
    assert overused_numbers("both pt1 and pt2 above 25", answer(cuts=cuts)) == ()
    mass = {"name": "M", "when": {"kind": "compare", "left": "M", "op": ">", "right": 25}}
    assert overused_numbers("both pt1 and pt2 above 25", answer(cuts=[*cuts, mass])) == ("25",)


def test_a_sum_that_the_request_states_itself_is_no_use_of_its_parts() -> None:
    assert unused_numbers("pt > 5 GeV, mass within 10 GeV of 91.2", {5.0, 91.2}) == ("10",)


def test_a_veto_without_its_threshold_is_completed_from_the_request(facts: FileFacts) -> None:
    request = "Exactly one muon with pt > 26 GeV and no electron with pt > 15 GeV."
    given_ = answer(
        objects=[objects("muons", "Muon", cut("pt", ">", 26))],
        cuts=[counted("muons", "==", 1), counted("Electron", "==", 0)],
    )
    found = with_read_cuts(given_, ("15",), request, facts)
    assert found["objects"][1] == objects("electrons", "Electron", {**cut("pt", ">", 15), "unit": "GeV"})
    assert found["cuts"][1]["when"]["of"] == ["electrons"]
    assert with_read_cuts(given_, (), request, facts) == given_


def test_a_field_that_is_named_with_its_number_is_cut_on(facts: FileFacts) -> None:
    request = "muons with pt > 26 GeV and tightCharge = 2"
    given_ = answer(objects=[objects("muons", "Muon", cut("pt", ">", 26))], cuts=[counted("muons", ">=", 1)])
    found = with_read_cuts(given_, ("tightCharge",), request, facts)
    assert found["objects"][0]["cuts"][1] == cut("tightCharge", "==", 2)


@pytest.mark.parametrize("words", ["all muons, not just the leading one", "every muon and not only the hardest"])
def test_what_is_not_only_leading_needs_nothing_that_leads(facts: FileFacts, words: str) -> None:
    given_ = answer(objects=[objects("muons", "Muon")])
    assert unused_words(words, given_, facts.layout) == ()
    assert unused_words("the leading muon, and not just its pt", given_, facts.layout) == ("leading",)


@given(st.floats(0.5, 500).map(lambda one: round(one, 1)), st.floats(0.1, 20).map(lambda one: round(one, 1)))
def test_ranges_are_read_around_their_middle(middle: float, half: float) -> None:
    (found,) = ranges_around(f"a mass within {half} GeV of {middle} GeV")
    assert found == pytest.approx((middle - half, middle + half))


@given(st.sampled_from(["pt", "mass", "MET", "|eta|"]), st.sampled_from([">", "<=", "above", "at least", "below"]),
       st.integers(2, 500))  # fmt: skip
def test_a_number_is_said_of_the_quantity_before_it(quantity: str, comparison: str, number: int) -> None:
    unit = "" if quantity == "|eta|" else " GeV"
    (found,) = stated_numbers(f"objects with {quantity} {comparison} {number}{unit}, then something else")
    assert found.kinds == {quantity.lower().strip("|")}
    assert found.op == {"above": ">", "at least": ">=", "below": "<"}.get(comparison, comparison)


def test_an_energy_is_no_number_of_objects() -> None:
    told = misplaced("no muons above 10 GeV", answer(cuts=[counted("Muon", "<", 10)]))
    assert "10 GeV is no number of objects" in told[0]
    assert misplaced("fewer than 10 muons", answer(cuts=[counted("Muon", "<", 10)])) == ()


def test_a_fraction_of_no_cut_is_one_of_all_events(facts: FileFacts) -> None:
    share = {"kind": "fraction", "cut": "Muon count", "of": "n_events"}
    given_ = answer(cuts=[counted("Muon", "==", 0)], values={"result.json": {"fraction": share}})
    found = tidied(given_, facts.layout, "no muons; what fraction of all events is that?")
    assert found["values"]["result.json"]["fraction"] == {"kind": "fraction", "cut": "Muon count", "of": None}


def test_objects_without_charge_are_not_paired_by_it(facts: FileFacts) -> None:
    jets = {**PAIRS, "name": "pairs", "of": ["jets"]}
    given_ = answer(
        objects=[objects("jets", "Jet", cut("pt", ">", 25))],
        candidates=[jets],
        quantities=[PAIR_MASS],
        cuts=[{"name": "mass", "when": window("m_pairs", 80, 100)}],
    )
    found = tidied(given_, facts.layout, "two jets with pt above 25 and a mass between 80 and 100")
    assert found["candidates"] == [{**jets, "charge": None}]


def test_cuts_of_one_name_are_told_apart(facts: FileFacts) -> None:
    cuts = [counted("Muon", ">=", 2), {**counted("Jet", ">=", 1), "name": "Muon count"}]
    found = tidied(answer(cuts=cuts), facts.layout, "two muons and a jet")
    assert [one["name"] for one in found["cuts"]] == ["Muon count 1", "Muon count"]
