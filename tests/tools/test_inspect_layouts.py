"""Grouping of branches: pure functions on names and types."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hepcoder.tools.layout_records import Branch, Layout
from hepcoder.tools.layouts import find_layout
from hepcoder.tools.naming import object_kind, parse_type


def branch(name: str, typename: str = "float[]", title: str = "") -> Branch:
    return Branch(name=name, typename=typename, title=title)


def fields(layout: Layout, name: str) -> list[str]:
    found = layout.collection(name)
    assert found is not None
    return [one.name for one in found.fields]


@pytest.mark.parametrize(
    ("typename", "expected"),
    [
        ("float", ("float32", 0)),
        ("uint8_t[]", ("uint8", 1)),
        ("std::vector<std::vector<int32_t>>", ("int32", 2)),
        ("vector<bool>", ("bool", 1)),
        ("double[3][2]", ("float64", 2)),
        ("char*", ("string", 0)),
        ("std::uint64_t", ("uint64", 0)),
        ("vector<pair<string,string> >", None),
        ("xAOD::MissingETAuxAssociationMap_v2", None),
    ],
)
def test_types(typename: str, expected: tuple[str, int] | None) -> None:
    assert parse_type(typename) == expected


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Muon", "muon"), ("Electrons", "electron"), ("lep", "lepton"), ("PuppiMET", "met"), ("FatJet", "fatjet"),
        ("largeRjet", "fatjet"), ("TauJets", "tau"), ("HLT", "trigger"), ("PV", None), ("GenPart", None),
        ("jet", "jet"), ("SoftActivityJet", "jet"), ("Generator", None), ("Pileup", None),
        ("EventInfo", None), ("Metadata", None),
    ],
)  # fmt: skip
def test_kinds_of_objects(name: str, kind: str | None) -> None:
    assert object_kind(name) == kind


def test_counters_and_decoys_are_no_collections() -> None:
    layout = find_layout(
        [
            branch("nMuon", "uint32_t"), branch("nMuon_pt", "int32_t"), branch("Muon_pt"), branch("Muon_eta"),
            branch("Muon_phi"), branch("Muon_charge", "int32_t[]"), branch("HLT_Mu50_pt", "bool"),
            branch("HLT_Mu17", "bool"), branch("run", "uint32_t"), branch("x_axis", "float"),
            branch("nPrimaryVertices", "int32_t"),
        ]
    )  # fmt: skip
    assert [one.name for one in layout.collections] == ["HLT", "Muon"]
    assert fields(layout, "Muon") == ["pt", "eta", "phi", "mass", "charge"]
    assert [one.name for one in layout.columns] == ["nMuon", "nPrimaryVertices", "run", "x_axis"]


def test_units_come_from_titles_then_conventions_then_values() -> None:
    titled = find_layout([branch("Jet_pt", title="pt [MeV]"), branch("Jet_eta")])
    nano = find_layout([branch("Jet_pt"), branch("nJet", "uint32_t"), branch("run", "uint32_t"), branch("Jet_dxy")])
    unknown = find_layout([branch("Jet_pt"), branch("Jet_eta")])
    large = find_layout([branch("Jet_pt"), branch("Jet_eta")], typical={"Jet_pt": 40_000.0})
    small = find_layout([branch("Jet_pt"), branch("Jet_eta")], typical={"Jet_pt": 0.4})
    found = [one.collections[0].field("pt") for one in (titled, nano, unknown, large, small)]
    assert [(one.unit, one.factor) for one in found if one] == [
        ("GeV", 0.001),
        ("GeV", 1),
        (None, 1),
        ("GeV", 0.001),
        (None, 1),
    ]
    length = nano.collections[0].field("dxy")
    assert length is not None
    assert length.unit == "cm"


def test_columns_of_an_unknown_layout_keep_their_numbers() -> None:
    layout = find_layout([branch("pt1", "double"), branch("eta1", "double")], typical={"pt1": 40_000.0})
    column = layout.column("pt1")
    assert column is not None
    assert (column.unit, column.factor) == ("MeV", 1.0)


def test_missing_momentum_is_one_object() -> None:
    layout = find_layout([branch(name, "float") for name in ("MET_pt", "MET_phi", "met_et", "met_phi")])
    assert [(one.name, one.jagged, one.momentum) for one in layout.collections] == [
        ("MET", False, "Momentum2D"),
        ("met", False, "Momentum2D"),
    ]
    assert fields(layout, "met") == ["pt", "phi"]


def test_deep_and_foreign_branches_are_kept_apart() -> None:
    layout = find_layout(
        [
            branch("AnalysisJetsAuxDyn.pt", "std::vector<float>"),
            branch("AnalysisJetsAuxDyn.m", "std::vector<float>"),
            branch("AnalysisJetsAuxDyn.NumTrkPt500", "std::vector<std::vector<int32_t>>"),
            branch("AnalysisJetsAuxDyn.btaggingLink", "vector<ElementLink<DataVector<xAOD::BTagging_v1> > >"),
        ]
    )
    assert fields(layout, "Jets") == ["pt", "mass", "NumTrkPt500"]
    assert layout.skipped == ("AnalysisJetsAuxDyn.btaggingLink",)
    deep = layout.collections[0].field("NumTrkPt500")
    assert deep is not None
    assert deep.depth == 1


NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,5}(_[A-Za-z0-9]{1,5})?", fullmatch=True)
TYPES = st.sampled_from(["float", "float[]", "int32_t", "bool", "std::vector<float>", "TLorentzVector", "double[][]"])


@given(st.dictionaries(NAMES, TYPES, max_size=25), st.randoms())
def test_every_readable_branch_has_one_place_in_any_order(types: dict[str, str], random: object) -> None:
    branches = [branch(name, typename) for name, typename in types.items()]
    layout = find_layout(branches)
    assert layout == find_layout(branches[::-1])
    placed = [one.branch for part in layout.collections for one in (*part.fields, *part.components) if one.branch]
    placed += [one.branch for one in layout.columns]
    assert len(placed) == len(set(placed))
    assert set(placed) <= {one.name for one in branches if one.readable}
    names = [one.name for one in layout.collections] + [one.name for one in layout.columns]
    assert len(names) == len(set(names))
    assert all(name.isidentifier() for name in names)


def test_a_met_beside_its_direction_keeps_its_name() -> None:
    branches = [Branch(name=name, typename="float") for name in ("met", "met_phi", "met_truth", "ht")]
    flat = find_layout(branches)
    assert (flat.collections, {one.name for one in flat.columns}) == ((), {"met", "met_phi", "met_truth", "ht"})
    jets = [Branch(name=name, typename="std::vector<float>") for name in ("jet_pt", "jet_eta", "jet_phi", "jet_e")]
    met = next(one for one in find_layout([*branches, *jets]).collections if one.kind == "met")
    assert {one.name: one.branch for one in met.fields}["pt"] == "met"
