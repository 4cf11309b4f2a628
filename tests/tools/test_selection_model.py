"""The typed selection: what it accepts, what its words mean in code, and what it says about wrong ones."""

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError
from selection_cases import angle, compare, count, cut, field, leading, objects, quantity, system, table, window

from hepcoder.tools.layout_records import Branch, Layout
from hepcoder.tools.layouts import find_layout
from hepcoder.tools.selection.program import lower
from hepcoder.tools.selection.script import to_script
from hepcoder.tools.selection.selection import Selection
from hepcoder.tools.selection.toolbox import TOOLBOX, tool
from hepcoder.tools.selection.vocabulary import SelectionError

KINEMATICS = ("pt", "eta", "phi", "mass")
NANO = find_layout([
    *(Branch(name=f"{one}_{name}", typename="float[]") for one in ("Jet", "Muon", "Electron") for name in KINEMATICS),
    *(Branch(name=f"{one}_charge", typename="int32_t[]") for one in ("Muon", "Electron")),
    Branch(name="Jet_btagDeepFlavB", typename="float[]"), Branch(name="Muon_tightId", typename="bool[]"),
    Branch(name="MET_pt", typename="float"), Branch(name="MET_phi", typename="float"),
    Branch(name="run", typename="uint32_t"), Branch(name="event", typename="uint64_t"),
    Branch(name="luminosityBlock", typename="uint32_t"), Branch(name="HLT_IsoMu24", typename="bool"),
    Branch(name="genWeight", typename="float"),
])  # fmt: skip


def selection(**parts: Any) -> Selection:
    return Selection.model_validate({"sources": [{"files": ["events.root"]}], **parts})


def code_of(one: Selection, layout: Layout = NANO) -> Mapping[str, str]:
    return {name: step.code for step in lower(one, layout).steps for name in step.names}


def cut_code(when: Mapping[str, Any], **parts: Any) -> str:
    return code_of(selection(cuts=[{"name": "x", "when": when}], **parts))["x_cut"]


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (cut("pt", ">=", 25, "GeV"), "(events.Muon.pt >= 25)"),
        (cut("pt", ">", 25_000, "MeV"), "(events.Muon.pt > 25)"),
        (cut("|eta|", "<", 2.4), "(abs(events.Muon.eta) < 2.4)"),
        ({"kind": "flag", "field": "tightId"}, "events.Muon.tightId"),
        ({"kind": "flag", "field": "charge", "passes": False}, "(events.Muon.charge == 0)"),
        (
            {"kind": "window", "field": "|eta|", "low": 1.37, "high": 1.52, "low_op": "<=", "outside": True},
            "((abs(events.Muon.eta) < 1.37) | (abs(events.Muon.eta) >= 1.52))",
        ),
        (
            {"kind": "window", "field": "pt", "low": 5, "high": 20, "high_op": "<="},
            "(events.Muon.pt > 5) & (events.Muon.pt <= 20)",
        ),
    ],
)
def test_object_cuts_state_their_strictness(one: Mapping[str, Any], code: str) -> None:
    assert code_of(selection(objects=[objects("mu", "Muon", dict(one))]))["mu"] == f"events.Muon[{code}]"


def test_names_that_a_script_needs_are_left_to_it() -> None:
    one = selection(
        objects=[objects("count", "Jet"), objects("lambda", "Jet")],
        quantities=[quantity("ht", "scalar_sum", of=["count", "lambda"])],
    )
    assert code_of(one) == {"count_": "events.Jet", "lambda_": "events.Jet", "ht_": "(ht(count_) + ht(lambda_))"}


def test_definitions_may_come_in_any_order_but_in_no_circle() -> None:
    one = selection(candidates=[leading("first", "good")], objects=[objects("good", "loose"), objects("loose", "Muon")])
    assert list(code_of(one)) == ["loose", "good", "first"]
    circle = selection(objects=[objects("a", "b"), objects("b", "a")])
    with pytest.raises(SelectionError, match="defined by itself: a -> b -> a"):
        lower(circle, NANO)


def test_a_missing_candidate_is_not_met_and_not_of_it_is() -> None:
    hard = compare("", {"kind": "field", "of": "first", "field": "pt"}, ">", 20, "GeV")["when"]
    found = {"candidates": [leading("first", "Muon")]}
    assert cut_code(hard, **found) == "(first.pt > 20)"
    assert cut_code({"kind": "not", "of": hard}, **found) == "(~ak.fill_none((first.pt > 20), False))"
    both = {"kind": "or", "of": [hard, {"kind": "flag", "of": "HLT_IsoMu24"}]}
    assert cut_code(both, **found) == "(ak.fill_none((first.pt > 20), False) | events.HLT_IsoMu24)"


def test_branches_of_the_file_name_fields_of_collections() -> None:
    assert cut_code(compare("", "MET_pt", ">", 30, "GeV")["when"]) == "(events.MET.pt > 30)"
    any_hard = {"kind": "any", "of": compare("", "Muon_pt", ">", 30, "GeV")["when"]}
    assert cut_code(any_hard) == "ak.any((events.Muon.pt > 30), axis=1)"


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ({}, "pairs(events.Muon)"),
        ({"charge": "opposite"}, "opposite_sign_pairs(events.Muon)"),
        ({"charge": "same", "flavour": "same"}, "same_sign_pairs(events.Muon)"),
        ({"size": 3}, "ak.unzip(ak.combinations(events.Muon, 3))"),
        ({"choose": "nearest", "target": 91.2, "charge": "opposite"}, "nearest_to_mass(events.Muon, 91.2, charge=0)"),
        ({"choose": "nearest", "target": 0.17, "unit": "TeV", "size": 3}, "nearest_to_mass(events.Muon, 170, n=3)"),
    ],
)
def test_combinations_of_one_list(rules: Mapping[str, Any], code: str) -> None:
    one = {"kind": "combination", "name": "z", "of": ["Muon"], **rules}
    assert code in code_of(selection(candidates=[one])).values()


def test_pairs_of_leptons_ask_for_flavour_where_there_are_two() -> None:
    leptons = {"kind": "leptons", "name": "leptons", "electrons": "Electron", "muons": "Muon"}
    pair = {"kind": "combination", "name": "z", "of": ["leptons"], "flavour": "same"}
    assert (
        code_of(selection(objects=[leptons], candidates=[{**pair, "charge": "opposite"}]))["z_1"]
        == "ossf_pairs(leptons)"
    )
    mixed = code_of(selection(objects=[leptons], candidates=[{**pair, "flavour": "different"}]))
    assert "flavour_of(z_1) != flavour_of(z_2)" in mixed["z_1_"]
    two = {"kind": "combination", "name": "emu", "of": ["Electron", "Muon"], "charge": "opposite"}
    assert "emu_1.charge * emu_2.charge < 0" in code_of(selection(candidates=[two]))["emu_1_"]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"objects": [objects("mu", "Muons")]}, "'Muons' is neither defined nor in the data; nearest: Muon"),
        ({"objects": [objects("mu", "Muon", cut("p_t", ">", 1))]}, "Muon has no field 'p_t'; nearest: pt"),
        ({"objects": [objects("mu", "MET")]}, "'MET' is one object, but a list of objects is needed"),
        ({"objects": [objects("mu", "Muon", cut("eta", ">", 1, "GeV"))], "layout": 0}, None),
        ({"objects": [objects("mu", "Muon", cut("phi", ">", 1, "GeV"))]}, "1 GeV is compared with a quantity in rad"),
        ({"cuts": [compare("x", "Muon_pt", ">", 5)]}, "is a list for each event; say any or all of it"),
        ({"cuts": [compare("x", "Muon", ">", 5)]}, "'Muon' is a list of objects, but a number is needed"),
        ({"quantities": [system("m", "mass", "Muon", "MET")]}, "'MET' has no eta"),
        ({"quantities": [angle("dr", "delta_r", "Muon", "MET")]}, "MET has no field 'eta'"),
        ({"cuts": [window("x", "MET_pt", 20, 10)]}, "a window from 20 to 10"),
        ({"quantities": [quantity("r", "reduced", how="max", of="MET_pt")]}, "the max is taken of a list"),
        ({"objects": [{"kind": "remaining", "name": "rest", "without": "Muon"}]}, "nothing is left over by it"),
        (
            {"candidates": [{"kind": "combination", "name": "jj", "of": ["Jet"], "charge": "opposite"}]},
            "Jet have no charge; they have pt",
        ),
        ({"histograms": [{"name": "mass", "bins": 5, "low": 0, "high": 1}]}, "histogram 'mass': 'mass' is neither"),
    ],
)
def test_what_does_not_fit_the_data_is_named(parts: dict[str, Any], message: str | None) -> None:
    if parts.pop("layout", None) == 0:
        message = "1 GeV"  # eta has no unit of its own, which is not known to be none
        assert cut_code(count("", "mu", ">=", 1)["when"], **parts)
        return
    with pytest.raises(SelectionError) as raised:
        lower(selection(**parts), NANO)
    assert str(message) in str(raised.value)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"objects": [objects("mu", "Muon"), objects("mu", "Jet")]}, "named twice: mu"),
        ({"cuts": [count("all", "Muon", ">", 1)]}, "cuts named twice: all"),
        ({"histograms": [{"name": "m", "bins": 5, "low": 2, "high": 1}]}, "edges must rise, not 2, 1"),
        ({"histograms": [{"name": "m", "bins": 5}]}, "needs bins, low and high, or else edges"),
        ({"outputs": [table("../x.csv", ["run"])]}, "must be a path inside the folder"),
        ({"outputs": [{"kind": "histograms", "file": "x.npz", "of": ["mas"]}],
          "histograms": [{"name": "mass", "bins": 1, "low": 0, "high": 1}]}, "unknown histogram 'mas'; nearest: mass"),
        ({"outputs": [{"kind": "json", "file": "x.json", "values": {"n": {"kind": "events", "cut": "al"}}}]},
         "unknown cut 'al'; nearest: all"),
        ({"candidates": [{"kind": "combination", "name": "z", "of": ["Muon"], "choose": "nearest"}]}, "needs a target"),
        ({"objects": [{**objects("mu", "Muon"), "colour": "red"}]}, "Extra inputs are not permitted"),
    ],
)  # fmt: skip
def test_what_does_not_fit_itself_is_named(parts: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as raised:
        selection(**parts)
    assert message in str(raised.value)


def test_a_selection_survives_json() -> None:
    one = selection(
        objects=[objects("mu", "Muon", cut("pt", ">", 20, "GeV"))],
        quantities=[field("pt", "mu", "pt"), quantity("twice", "arithmetic", op="*", left="pt", right=2)],
        cuts=[{"name": "a", "when": {"kind": "any", "of": compare("", "twice", ">", 50)["when"]}}],
    )
    assert Selection.model_validate_json(one.model_dump_json()) == one


def test_the_script_is_short_and_plain() -> None:
    one = selection(
        title="Dimuons",
        objects=[objects("muons", "Muon", cut("pt", ">", 20, "GeV"), cut("|eta|", "<", 2.4))],
        candidates=[leading("mu1", "muons"), leading("mu2", "muons", 2)],
        quantities=[system("mass", "mass", "mu1", "mu2")],
        cuts=[count("two muons", "muons", ">=", 2)],
        histograms=[{"name": "mass", "bins": 60, "low": 60, "high": 120}],
        outputs=[{"kind": "histograms", "file": "mass.npz", "of": ["mass"]}],
    )
    assert to_script(one, NANO).splitlines() == [
        '"""Dimuons."""',
        "",
        "import numpy as np",
        "",
        "from hepcoder.tools import Cutflow, count, histogram, invariant_mass, leading, read_events, save_npz",
        "",
        'events = read_events("events.root", ["Muon"])',
        "",
        "# objects: a list for each event",
        "muons = events.Muon[(events.Muon.pt > 20) & (abs(events.Muon.eta) < 2.4)]",
        "",
        "# candidates: one for each event, None where there is none",
        "mu1 = leading(muons)",
        "mu2 = leading(muons, 2)",
        "",
        "# quantities",
        "mass = invariant_mass(mu1, mu2)  # GeV",
        "",
        "# cuts: True or False for each event",
        "two_muons_cut = count(muons) >= 2",
        "",
        "cutflow = Cutflow()",
        'cutflow.add("all", np.ones(len(events), dtype=bool))',
        'cutflow.add("two muons", two_muons_cut)',
        "selected = two_muons_cut",
        "print(cutflow)",
        "",
        "# histograms: counts, edges, (underflow, overflow)",
        "filled = {",
        '    "mass": histogram(mass[selected], 60, (60, 120)),',
        "}",
        "",
        "# results",
        'counts, edges, (underflow, overflow) = filled["mass"]',
        'save_npz("mass.npz", counts=counts, edges=edges, underflow=underflow, overflow=overflow)',
    ]


@pytest.mark.parametrize("name", TOOLBOX)
def test_what_a_selection_may_call_is_there(name: str) -> None:
    assert callable(tool(name))
