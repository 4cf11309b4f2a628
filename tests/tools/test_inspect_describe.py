"""What inspection says of a file, and what of it reaches a prompt."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import awkward as ak
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import uproot
from hypothesis import given, settings
from hypothesis import strategies as st

from hepcoder.tools.inspect import FileFacts, describe, inspect_input, relevant_collections
from hepcoder.tools.inspect.relevance import leading_fields, wanted_kinds
from hepcoder.tools.layout_records import Field

OpenData = Callable[[str], Path]
inspected = cache(inspect_input)


@cache
def wide() -> FileFacts:
    """Facts of a file with 1,500 branches: NanoAOD names, many triggers, a Jet of 200 fields."""
    path = Path(mkdtemp()) / "wide.parquet"
    jagged = [[50.0, 31.5], [20.25]]
    columns: dict[str, Any] = {f"HLT_Path{i}": [True, False] for i in range(900)}
    columns |= {f"Jet_extra{i:03d}": jagged for i in range(195)}
    columns |= {f"Jet_{name}": jagged for name in ("pt", "eta", "phi", "mass", "btagDeepFlavB")}
    for kind in ("Muon", "Electron", "GenJet", "SubJet", "FatJet"):
        columns |= {f"{kind}_{name}": jagged for name in ("pt", "eta", "phi", "mass", "charge")}
        columns |= {f"{kind}_extra{i}": jagged for i in range(15)}
    columns |= {f"aux{i}": [1.0, 2.0] for i in range(296)}
    columns |= {"MET_pt": [30.0, 40.0], "MET_phi": [0.0, 1.0], "run": [1, 1], "luminosityBlock": [1, 1]}
    pq.write_table(pa.table(columns), path)
    return inspect_input(path)


def test_a_file_of_1500_branches_in_a_small_prompt() -> None:
    facts = wide()
    assert len(facts.tables[0].columns) == 1500
    text = describe([facts], "jet multiplicity histogram (pt > 30 GeV, |eta| < 2.4)", budget_tokens=250)
    assert len(text) / 3.3 <= 250
    assert '["Jet"]' in text
    lines = text.splitlines()
    place = next(index for index, line in enumerate(lines) if line.startswith("events.Jet:"))
    assert [line.split()[0] for line in lines[place + 1 : place + 6]] == [
        ".pt",
        ".eta",
        ".phi",
        ".mass",
        ".btagDeepFlavB",
    ]
    assert ".pt [GeV] 20.25 to 50" in text
    assert text.count("extra") <= 20
    assert "HLT_Path" not in text


@pytest.mark.parametrize(
    ("request_text", "names"),
    [
        ("largest dimuon mass", ("Muon",)),
        ("Z -> mumu candidates", ("Muon",)),
        ("Z->ee peak", ("Electron",)),
        ("two opposite-sign leptons and missing transverse energy", ("Electron", "Muon", "MET")),
        ("b-tagged jets", ("Jet",)),
        ("pT of the leading fat jet", ("FatJet",)),
        ("GenJet spectrum", ("GenJet",)),
        ("events passing HLT_Path7 with a muon", ("Muon", "HLT_Path7")),
        ("how many events", ("Electron", "Muon", "Jet", "MET")),
    ],
)
def test_what_a_request_is_about(request_text: str, names: tuple[str, ...]) -> None:
    assert relevant_collections([wide()], request_text) == names


@pytest.mark.parametrize(
    ("request_text", "kinds"),
    [
        ("H→\u03b3\u03b3 selection", ("photon",)),
        ("diphoton invariant mass", ("photon",)),
        ("ditau plus MET", ("tau", "met")),
        ("e+e- pairs", ("electron",)),
        ("draw a histogram of everything", ()),
        ("HT of the event", ("jet",)),
    ],
)
def test_kinds_in_a_request(request_text: str, kinds: tuple[str, ...]) -> None:
    assert wanted_kinds(request_text) == kinds


@settings(deadline=None, max_examples=40)
@given(
    st.integers(-10, 900),
    st.sampled_from(["jets", "muons and MET", "trigger", "", "b-tag weight", "isolated tight muon"]),
)
def test_the_budget_is_kept_and_lines_are_whole(budget: int, request_text: str) -> None:
    facts = wide()
    text = describe([facts, facts], request_text, budget_tokens=budget)
    whole = describe([facts, facts], request_text, budget_tokens=100_000).splitlines()
    assert len(text) / 3.3 <= max(budget, 0)
    assert set(text.splitlines()) <= set(whole)
    more = describe([facts, facts], request_text, budget_tokens=budget + 50)
    assert set(text.splitlines()) <= set(more.splitlines())


def test_each_wish_of_a_request_gets_its_fields() -> None:
    names = ["pt", "isoA", "isoB", "isoC", "isoD", "tightId", "other"]
    fields = [Field(name=name, branch=name, dtype="float32") for name in names]
    found = [(group, one.name) for group, one in leading_fields(fields, "one isolated tight lepton", 10)]
    assert found == [(0, "pt"), (1, "isoA"), (1, "isoB"), (1, "isoC"), (1, "tightId")]


def test_the_reading_line_runs() -> None:
    facts = wide()
    text = describe([facts], "muons and MET", budget_tokens=400)
    line = next(one for one in text.splitlines() if one.startswith("events = read_events("))
    from hepcoder.tools.events import read_events

    names: dict[str, ak.Array] = {}
    exec(line, {"read_events": read_events}, names)
    assert set(names["events"].fields) == {"Muon", "MET"}


def test_facts_are_plain_data_and_repeatable() -> None:
    facts = wide()
    assert inspect_input(facts.path) == facts
    assert FileFacts.model_validate_json(facts.model_dump_json()) == facts


@pytest.mark.open_data
def test_facts_of_physlite(open_data: OpenData) -> None:
    path = open_data("PHYSLITE_example.root")
    facts = inspected(path)
    tree = uproot.open(path)["CollectionTree"]
    values = ak.flatten(tree["AnalysisElectronsAuxDyn.pt"].array())
    assert (facts.kind, facts.entries, facts.size_bytes) == ("root", 100, path.stat().st_size)
    column = next(one for one in facts.tables[0].columns if one.name == "AnalysisElectronsAuxDyn.pt")
    assert (column.dtype, column.depth, column.unit) == ("float32", 1, "MeV")
    assert column.look is not None
    assert column.look.high == pytest.approx(ak.max(values), rel=1e-5)
    assert facts.looks["Electrons.pt"].low == pytest.approx(ak.min(values) / 1000, rel=1e-5)
    assert {"Electrons", "Muons", "Jets", "Photons", "TauJets"} <= set(facts.collections)
    text = describe([facts], "electrons with pt > 20 GeV", budget_tokens=200)
    assert "events.Electrons" in text
    assert "MeV; read_events gives GeV" in text


@pytest.mark.open_data
@pytest.mark.parametrize(
    ("name", "request_text", "names"),
    [
        ("nano_dimuon.root", "events with at least two muons of pt > 3 GeV and the largest dimuon mass", ("Muon",)),
        ("nano_tt_v12.root", "jet multiplicity histogram (pt > 30 GeV, |eta| < 2.4) saved as npz", ("Jet",)),
        ("uproot-HZZ.root", "distribution of the number of muons", ("Muon",)),
        ("uproot-Zmumu.root", "pt spectrum of the leading muon", ("pt1", "pt2")),
        ("PHYSLITE_example.root", "number of events and of electrons with pt > 20 GeV", ("Electrons",)),
        (
            "PHYSLITE_example.root",
            "leptons, photons, taus and jets",
            ("Electrons", "Muons", "Photons", "TauJets", "Jets"),
        ),
        ("nano_dy.root", "missing transverse momentum", ("MET",)),
    ],
)
def test_requests_on_real_files(open_data: OpenData, name: str, request_text: str, names: tuple[str, ...]) -> None:
    facts = inspected(open_data(name))
    assert relevant_collections([facts], request_text) == names
    assert len(describe([facts], request_text, budget_tokens=300)) <= 300 * 3.3
