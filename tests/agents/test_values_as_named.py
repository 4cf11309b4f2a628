"""Values whose names and request say what they are, in answers as a small model gave them."""

import json
from typing import Any

import pytest

from hepcoder.agents.derivation.aims import aimed
from hepcoder.agents.derivation.asking import derivation_of
from hepcoder.agents.derivation.completing import called_as_used
from hepcoder.agents.derivation.coverage import unused_numbers
from hepcoder.agents.derivation.records import Derivation
from hepcoder.agents.derivation.results import shared_as_said
from hepcoder.agents.derivation.rows import rows_as_labelled
from hepcoder.agents.derivation.splitting import split_as_named
from hepcoder.agents.derivation.valued import ranked_as_named, said_twice, valued_as_said, with_said_formulas
from hepcoder.tools.inspect.facts import FileFacts
from hepcoder.tools.outputs import parse_output
from hepcoder.tools.selection.examples.data import layout_of, layout_of_columns

Answer = dict[str, Any]
COUNT: Answer = {"kind": "events", "cut": None}


def cut(field: str, op: str, value: float, **unit: str) -> Answer:
    return {"kind": "cut", "field": field, "op": op, "value": value, **unit}


def of(name: str, collection: str, *cuts: Answer) -> Answer:
    return {"kind": "objects", "name": name, "of": collection, "cuts": list(cuts)}


def number(name: str, lists: list[str], op: str, value: int) -> Answer:
    return {"name": name, "when": {"kind": "count", "of": lists, "op": op, "value": value}}


def derived(data: str, request: str, output: str, **answer: Any) -> Derivation:
    kind = "lhco" if data == "lhco" else "root"
    facts = FileFacts(path="events.root", kind=kind, size_bytes=1, layout=layout_of(data), tables=(), looks={})  # type: ignore[arg-type]
    return derivation_of(json.dumps(answer), request, facts, (parse_output(output),))


def test_leading_and_second_jets_are_told_from_their_names() -> None:
    found = derived(
        "physlite",
        "avg pt of the leading and of the subleading jet, in evts w/ at least 2 jets that have pt>38.75 GeV",
        "jets.json:n_events,mean_lead_pt[GeV],mean_sublead_pt[GeV]",
        objects=[of("jets", "Jets", cut("pt", ">", 38.75, unit="GeV"))],
        cuts=[
            number("two jets", ["jets"], ">=", 2),
            {
                "name": "leading",
                "when": {"kind": "any", "of": {"kind": "compare", "left": "pt", "op": "<", "right": 38.75}},
            },
        ],
        values={
            "jets.json": {
                "n_events": {"kind": "events", "cut": "two jets"},
                "mean_lead_pt": {"kind": "statistic", "how": "mean", "of": "pt"},
                "mean_sublead_pt": {"kind": "statistic", "how": "mean", "of": "pt"},
            }
        },
    )
    assert (found.problem, found.unused, found.completed) == ("", (), ())
    assert found.script is not None
    assert "leading(jets, 2)" in found.script
    assert "ak.any" not in found.script  # the cut on objects, once more as one on events


def test_positive_and_negative_objects_are_counted_each() -> None:
    found = derived(
        "physlite",
        "muons w/ pt>17.5 GeV, pos and neg charge each, in all events: n_plus, n_minus, ratio = n_plus/n_minus",
        "counts.json:n_plus,n_minus,ratio",
        objects=[of("muons", "Muons", cut("pt", ">", 17.5, unit="GeV"))],
        cuts=[number("muon veto", ["muons"], "==", 0)],
        values={
            "counts.json": {
                "n_plus": {"kind": "events", "cut": "muon veto"},
                "n_minus": {"kind": "events", "cut": "muon veto"},
                "ratio": {"kind": "fraction", "cut": "n_plus", "of": "n_minus"},
            }
        },
    )
    assert (found.problem, found.unused) == ("", ())
    assert found.script is not None
    assert "events.Muons.charge > 0" in found.script
    assert 'numbers["ratio"] = numbers["n_plus"] / numbers["n_minus"]' in found.script


def test_flavours_of_one_list_of_leptons_are_told_by_their_type() -> None:
    request = "evts with exactly 1 lepton of pt>27 GeV, split into electrons (lep_type 11) and muons (13): n_e, n_mu"
    found = derived(
        "atlas",
        request,
        "counts.json:n_events,n_e,n_mu",
        objects=[of("leptons", "lep", cut("pt", ">", 27, unit="GeV"))],
        cuts=[number("one lepton", ["leptons"], "==", 1)],
        values={
            "counts.json": {
                "n_events": COUNT,
                "n_e": {"kind": "events", "category": "e"},
                "n_mu": {"kind": "events", "category": "mu"},
            }
        },
    )
    assert (found.problem, found.unused) == ("", ())
    assert found.script is not None
    assert "events.lep.type_ == 13" in found.script


@pytest.mark.parametrize(
    ("request_text", "op"), [("at least two b-jets", ">="), ("exactly two b-jets", "=="), ("two or more b-jets", ">=")]
)
def test_numbers_in_names_are_those_of_the_request(request_text: str, op: str) -> None:
    given = {"objects": [of("bjets", "Jet")], "cuts": [], "values": {"b.json": {"n_1b": COUNT, "n_2b": COUNT}}}
    found = split_as_named(
        given, layout_of("nanoaod"), f"how many events with exactly one, how many with {request_text}"
    )
    assert [(one["when"]["op"], one["when"]["value"]) for one in found["categories"]] == [("==", 1), (op, 2)]


def test_counts_of_a_cutflow_are_those_of_its_rows() -> None:
    cuts = [number("trigger", ["jets"], ">=", 1), number("two jets", ["jets"], ">=", 2)]
    values = {"cutflow.json": {"all": COUNT, "trigger": COUNT, "two_jets": COUNT}}
    found = split_as_named({"objects": [of("jets", "Jet")], "cuts": cuts, "values": values}, layout_of("nanoaod"), "")
    assert [one["cut"] for one in found["values"]["cutflow.json"].values()] == ["all", "trigger", "two jets"]


def test_exactly_two_of_both_signs_besides_at_least_two() -> None:
    given = {
        "objects": [of("muons", "Muon")],
        "cuts": [number("two", ["muons"], ">=", 2)],
        "values": {"m.json": {"n_2mu": COUNT, "n_os": COUNT}},
    }
    request = "events with at least 2 muons, and with exactly 2 of opposite sign"
    when = split_as_named(given, layout_of("nanoaod"), request)["categories"][-1]["when"]
    assert [one["kind"] for one in when["of"]] == ["count", "charge"]


def test_names_that_do_not_tell_are_left_alone() -> None:
    values = {"m.json": {"n_good": COUNT, "n_bad": COUNT}}
    given = {"objects": [of("muons", "Muon")], "cuts": [number("two", ["muons"], ">=", 2)], "values": values}
    assert split_as_named(given, layout_of("nanoaod"), "good and bad ones") == given
    assert list(said_twice(given)) == ["what n_bad is, other than n_good"]


def test_a_value_that_the_answer_has_right_stays() -> None:
    lead = {"kind": "leading", "name": "j2", "of": "jets", "rank": 2}
    quantity = {"name": "second_pt", "value": {"kind": "field", "of": "j2", "field": "pt"}}
    values = {"a.json": {"mean_pt2": {"kind": "statistic", "how": "mean", "of": "second_pt"}}}
    given = {"objects": [of("jets", "Jet")], "candidates": [lead], "quantities": [quantity], "values": values}
    assert ranked_as_named(given) == given
    assert valued_as_said(given, "mean pt of the second jet") == given


def test_the_formula_of_a_request_is_taken_only_where_it_is_of_other_values() -> None:
    values = {"r.json": {"eff": COUNT, "err": COUNT, "n": COUNT}}
    request = "eff, err (binomial, err = sqrt(eff*(1-eff)/n)), n: mT = sqrt(2 pt met) is not asked for"
    found = with_said_formulas({"values": values}, request)["values"]["r.json"]
    assert found["err"] == {"kind": "formula", "expression": "sqrt(eff*(1-eff)/n)"}
    assert (found["eff"], found["n"]) == (COUNT, COUNT)


def test_a_list_is_called_what_is_used() -> None:
    given = {"objects": [of("events", "Jet"), of("muons", "Muon")], "cuts": [number("two", ["jets", "muons"], ">=", 2)]}
    assert [one["name"] for one in called_as_used(given)["objects"]] == ["jets", "muons"]
    used = {**given, "quantities": [{"name": "n", "value": {"kind": "count", "of": ["events"]}}]}
    assert called_as_used(used) == used


def test_a_difference_of_two_numbers_is_no_list_of_two() -> None:
    assert unused_numbers("electrons (type 11) and muons (13)", {2.0, 3.0}) == ("11", "13")


def test_rows_are_of_what_their_labels_say() -> None:
    columns = ("lep1_pt", "lep2_pt", "lep1_type int", "lep2_type int", "m_ll", "met")
    layout = layout_of_columns(columns)
    facts = FileFacts(path="events.csv", kind="csv", size_bytes=1, layout=layout, tables=(), looks={})
    mean = {"kind": "statistic", "how": "mean", "of": "met"}
    rows = [{"channel": label, "n": COUNT, "mean_met": mean} for label in ("ee", "mumu", "emu")]
    answer = {
        "cuts": [{"name": "pt", "when": {"kind": "compare", "left": "lep1_pt", "op": ">", "right": 30, "unit": "GeV"}}],
        "tables": {"t.csv": {"rows": rows}},
    }
    request = "table by channel ee, mumu, emu (lep1_type/lep2_type: 11 is e, 13 is mu), lep1_pt>30; -999 = not there"
    found = derivation_of(json.dumps(answer), request, facts, (parse_output("t.csv:channel,n,mean_met"),))
    assert (found.problem, found.unused) == ("", ())
    assert found.script is not None
    assert "channel_emu_events = events.lep1_type != events.lep2_type" in found.script


def test_rows_by_multiplicity_end_with_what_is_more() -> None:
    mean = {"kind": "statistic", "how": "mean", "of": "MET_pt"}
    rows = [{"n_jets": number, "n_events": COUNT, "mean_met": mean} for number in (0, 1, 2)]
    given = {"objects": [of("jets", "Jet")], "cuts": [], "tables": {"t.csv": {"rows": rows}}}
    found = rows_as_labelled(given, layout_of("nanoaod"), "0, 1 and 2 (two or more) jets")
    assert [one["when"]["op"] for one in found["categories"]] == ["==", "==", ">="]
    assert found["tables"]["t.csv"]["rows"][2]["mean_met"]["category"] == "n_jets_2"
    told_apart = {**given, "tables": {"t.csv": {"rows": [rows[0], {**rows[1], "mean_met": COUNT}]}}}
    assert rows_as_labelled(told_apart, layout_of("nanoaod"), "") == told_apart


def test_a_fraction_of_all_events_is_one_of_all() -> None:
    share = {"kind": "fraction", "cut": None, "of": "met"}
    given = {"cuts": [number("met", ["jets"], ">", 1)], "values": {"r.json": {"fraction": share}}}
    found = shared_as_said(given, "and what fraction of all the evts is that")["values"]["r.json"]["fraction"]
    assert found == {"kind": "fraction", "cut": None, "of": None}


def test_histograms_of_both_charges_share_their_edges() -> None:
    bins = {"of": "mt", "bins": 36, "low": 0, "high": 126}
    found = derived(
        "atlas",
        "exactly 1 lepton, pT above 23.5 GeV; met_et of 27.5 GeV or more. mT in 36 bins from 0 to 126 GeV of W+ and W-",
        "mt.npz:counts_plus,counts_minus,edges[GeV]",
        objects=[of("leptons", "lep", cut("pt", ">", 23.5, unit="GeV"))],
        candidates=[{"kind": "leading", "name": "lep1", "of": "leptons", "rank": 1}],
        quantities=[{"name": "mt", "value": {"kind": "transverse_mass", "of": ["lep1", "met"]}}],
        cuts=[
            number("one lepton", ["leptons"], "==", 1),
            {"name": "met", "when": {"kind": "compare", "left": "met_et", "op": ">", "right": 27.5, "unit": "GeV"}},
        ],
        histograms={"plus": bins, "minus": bins},
    )
    assert (found.problem, found.unused) == ("", ())
    assert found.script is not None
    assert '"counts_minus": filled["minus"][0]' in found.script
    assert "events.lep.charge < 0" in found.script
    assert "events.met.pt >= 27.5" in found.script


def test_a_trigger_that_is_named_is_the_last_cut() -> None:
    columns = ("lep1_pt", "lep1_type int", "trig_e bool")
    layout = layout_of_columns(columns)
    facts = FileFacts(path="events.csv", kind="csv", size_bytes=1, layout=layout, tables=(), looks={})
    electron = {"name": "electron", "when": {"kind": "compare", "left": "lep1_type", "op": "==", "right": 11}}
    pt = {"name": "pt", "when": {"kind": "compare", "left": "lep1_pt", "op": ">=", "right": 26.5, "unit": "GeV"}}
    values = {
        "n_total": {"kind": "events", "cut": "electron"},
        "n_fired": {"kind": "events", "cut": "electron and pt"},
        "efficiency": {"kind": "formula", "expression": "n_fired / n_total"},
    }
    request = (
        "efficiency of trig_e for lep1_type equal to 11, lep1_pt of at least 26.5 GeV: n_total, n_fired, efficiency"
    )
    answer = {"cuts": [electron, pt], "values": {"t.json": values}}
    found = derivation_of(json.dumps(answer), request, facts, (parse_output("t.json:n_total,n_fired,efficiency"),))
    assert (found.problem, found.unused, found.completed) == ("", (), ("trig_e",))
    assert found.script is not None
    assert '"n_total": cutflow.counts["pt"]' in found.script
    assert '"n_fired": cutflow.counts["trig_e"]' in found.script


def test_the_pair_of_leading_b_jets_of_lhco() -> None:
    pair = {"kind": "combination", "name": "pair", "of": ["b_jets"], "size": 2, "charge": None, "flavour": None}
    found = derived(
        "lhco",
        "jets (type 4), pt > 25, b-jets if their btag is not zero; at least two; mass of the two b-jets of highest pt",
        "bb.json:n_events,mean_mass[GeV]",
        objects=[of("b_jets", "Jet", cut("pt", ">", 25, unit="GeV"))],
        candidates=[
            {**pair, "choose": "nearest", "target": 0, "unit": "GeV"},
            {"kind": "member", "name": "b1", "of": "pair", "number": 1},
            {"kind": "member", "name": "b2", "of": "pair", "number": 2},
        ],
        quantities=[{"name": "m", "value": {"kind": "system", "field": "mass", "of": ["b1", "b2"]}}],
        cuts=[number("two", ["b_jets"], ">=", 2)],
        values={"bb.json": {"n_events": COUNT, "mean_mass": {"kind": "statistic", "how": "mean", "of": "m"}}},
    )
    assert (found.problem, found.unused, found.completed) == ("", (), ("btag",))
    assert found.script is not None
    assert "events.Jet.btag != 0" in found.script
    assert "b2 = leading(b_jets, 2)" in found.script


def test_the_leading_object_may_be_cut_on_as_all_are() -> None:
    compare = {"kind": "compare", "unit": "GeV"}
    found = derived(
        "physlite",
        "Count events where the highest-pt jet is above 100 GeV. What fraction of all events is that?",
        "r.json:n_events,fraction",
        objects=[of("jets", "Jets", cut("pt", ">", 100, unit="GeV"))],
        cuts=[{"name": "highest pt jet", "when": {**compare, "left": "jets", "op": ">", "right": 100}}],
        values={"r.json": {"n_events": COUNT, "fraction": {"kind": "fraction", "cut": None, "of": None}}},
    )
    assert (found.problem, found.unused) == ("", ())
    assert found.script is not None
    assert "> 100" in found.script.split("# cuts")[1]


def test_a_window_around_zero_is_a_cut_on_the_size() -> None:
    lead = {"kind": "leading", "name": "jet1", "of": "jets", "rank": 1}
    eta = {"name": "eta", "value": {"kind": "field", "of": "jet1", "field": "eta"}}
    around = {"kind": "window", "of": "eta", "low": -1.5, "low_op": "<", "high": 1.5, "high_op": "<", "outside": False}
    found = derived(
        "physlite",
        "number of events whose leading jet (pt above 20 GeV) has |eta| < 1.5",
        "r.json:n_events",
        objects=[of("jets", "Jets", cut("pt", ">", 20, unit="GeV"))],
        candidates=[lead],
        quantities=[eta],
        cuts=[{"name": "central", "when": around}],
        values={"r.json": {"n_events": COUNT}},
    )
    assert (found.problem, found.unused) == ("", ())
    assert found.script is not None
    assert "abs(eta) < 1.5" in found.script


def test_a_condition_in_the_place_of_a_name_is_a_category_of_its_own() -> None:
    named = {"n0": {"kind": "events", "cut": "electrons==0"}, "n2plus": {"kind": "events", "category": "nel >= 2"}}
    size = {"name": "nel", "value": {"kind": "count", "of": ["electrons"]}}
    given = {"objects": [of("electrons", "Electron")], "quantities": [size], "values": {"a.json": named}}
    found = aimed(given)
    assert found["categories"] == [
        number("n0", ["electrons"], "==", 0),
        {"name": "n2plus", "when": {"kind": "compare", "left": "nel", "op": ">=", "right": 2}},
    ]
    assert {one["category"] for one in found["values"]["a.json"].values()} == {"n0", "n2plus"}
    assert aimed(found) == found


def test_a_row_of_a_cut_is_of_the_events_after_it() -> None:
    row = {"cut": "met", "n": {"kind": "events", "category": "met"}, "m": {"kind": "events", "category": "other"}}
    cuts = [{"name": "met", "when": {"kind": "compare", "left": "met", "op": ">", "right": 20}}]
    given = {"cuts": cuts, "tables": {"t.csv": {"rows": [row]}, "list.csv": {"met": "met"}}}
    found = aimed(given)["tables"]
    assert found["t.csv"]["rows"][0] == {**row, "n": {"kind": "events", "cut": "met"}}
    assert found["list.csv"] == {"met": "met"}
