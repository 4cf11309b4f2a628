"""read_events on real files, against plain loops over what uproot reads."""

import math
from collections.abc import Callable
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

from hepcoder.tools.events import read_events

pytestmark = pytest.mark.open_data
OpenData = Callable[[str], Path]


def energy_and_momentum(pt: float, eta: float, phi: float, mass: float) -> tuple[float, float, float, float]:
    px, py, pz = pt * math.cos(phi), pt * math.sin(phi), pt * math.sinh(eta)
    return math.sqrt(px * px + py * py + pz * pz + mass * mass), px, py, pz


def pair_mass(first: tuple[float, ...], second: tuple[float, ...]) -> float:
    energy, px, py, pz = (a + b for a, b in zip(first, second, strict=True))
    return math.sqrt(max(0.0, energy**2 - px**2 - py**2 - pz**2))


def test_dimuons_of_nanoaod(open_data: OpenData) -> None:
    path = open_data("nano_dimuon.root")
    raw = uproot.open(path)["Events"].arrays(["Muon_pt", "Muon_eta", "Muon_phi", "Muon_mass"]).to_list()
    masses, selected = [], 0
    for event in raw:
        rows = zip(event["Muon_pt"], event["Muon_eta"], event["Muon_phi"], event["Muon_mass"], strict=True)
        good = [energy_and_momentum(*row) for row in rows if row[0] > 3]
        selected += len(good) >= 2
        masses += [pair_mass(good[i], good[j]) for i in range(len(good)) for j in range(i + 1, len(good))]

    muons = read_events(path, "Muon").Muon
    muons = muons[muons.pt > 3]
    first, second = ak.unzip(ak.combinations(muons, 2))
    assert int(ak.sum(ak.num(muons) >= 2)) == selected
    assert ak.max((first + second).mass) == pytest.approx(max(masses), rel=1e-9)


def test_jet_multiplicity_of_nanoaod_v12(open_data: OpenData) -> None:
    path = open_data("nano_tt_v12.root")
    raw = uproot.open(path)["Events"].arrays(["Jet_pt", "Jet_eta"]).to_list()
    expected = [sum(p > 30 and abs(e) < 2.4 for p, e in zip(x["Jet_pt"], x["Jet_eta"], strict=True)) for x in raw]
    jets = read_events(path, ["Jet"]).Jet
    assert ak.num(jets[(jets.pt > 30) & (abs(jets.eta) < 2.4)]).to_list() == expected


def test_components_become_momenta(open_data: OpenData) -> None:
    path = open_data("uproot-HZZ.root")
    raw = uproot.open(path)["events"].arrays(filter_name="Muon_*").to_list()
    events = read_events(path, ["Muon", "MET", "NMuon"])
    assert ak.num(events.Muon).to_list() == events.NMuon.to_list()
    for index in range(0, len(raw), 97):
        for place, (px, py, pz, energy) in enumerate(
            zip(*(raw[index][f"Muon_{x}"] for x in ("Px", "Py", "Pz", "E")), strict=True)
        ):
            muon = events.Muon[index][place]
            assert (muon.px, muon.py, muon.pz, muon.E) == pytest.approx((px, py, pz, energy), rel=1e-9)
            assert muon.pt == pytest.approx(math.hypot(px, py), rel=1e-12)
            assert muon.charge == raw[index]["Muon_Charge"][place]
    met = uproot.open(path)["events"].arrays(["MET_px", "MET_py"], library="np")
    assert np.allclose(events.MET.pt, np.hypot(met["MET_px"].astype(float), met["MET_py"].astype(float)))


def test_flat_columns_stay_on_the_event(open_data: OpenData) -> None:
    path = open_data("uproot-Zmumu.root")
    raw = uproot.open(path)["events"].arrays(["pt1", "pt2", "Q1"], library="np")
    events = read_events(path)
    assert np.array_equal(events.pt1, raw["pt1"])
    assert np.array_equal(events.Q1, raw["Q1"])
    assert np.array_equal(np.maximum(events.pt1, events.pt2), np.maximum(raw["pt1"], raw["pt2"]))


def test_physlite_is_delivered_in_gev(open_data: OpenData) -> None:
    path = open_data("PHYSLITE_example.root")
    tree = uproot.open(path)["CollectionTree"]
    raw = tree["AnalysisElectronsAuxDyn.pt"].array().to_list()
    events = read_events(path, ["Electrons", "Jets", "EventInfo"])
    assert len(events) == 100
    assert int(ak.sum(events.Electrons.pt > 20)) == sum(pt > 20_000 for event in raw for pt in event)
    assert events.Electrons.pt.to_list() == [[pt / 1000 for pt in event] for event in raw]
    assert events.Electrons.mass[0][0] == pytest.approx(0.000511, rel=1e-3)
    jet_masses = tree["AnalysisJetsAuxDyn.m"].array()
    assert ak.sum(events.Jets.mass) == pytest.approx(ak.sum(ak.values_astype(jet_masses, float)) / 1000)
    assert events.EventInfo.eventNumber.to_list() == tree["EventInfoAuxDyn.eventNumber"].array().to_list()


@pytest.mark.parametrize(
    "name", ["nano_dy.root", "nanoAOD_2015_CMS_Open_Data_ttbar.root", "nano_tt_v12.root", "PHYSLITE_example.root"]
)
def test_everything_readable_is_read(open_data: OpenData, name: str) -> None:
    events = read_events(open_data(name), entry_stop=7)
    assert len(events) == 7
    assert not {"HLT", "L1"} & set(events.fields)
    assert len(events.fields) > 20


def test_one_trigger_and_one_missing_momentum_an_event(open_data: OpenData) -> None:
    path = open_data("nano_dimuon.root")
    raw = uproot.open(path)["Events"].arrays(["HLT_IsoMu24", "MET_pt", "nMuon"]).to_list()
    events = read_events(path, ["HLT_IsoMu24", "MET", "nMuon"])
    assert events.fields == ["MET", "HLT_IsoMu24", "nMuon"]
    assert events.HLT_IsoMu24.to_list() == [one["HLT_IsoMu24"] for one in raw]
    assert events.MET.pt.to_list() == [one["MET_pt"] for one in raw]
