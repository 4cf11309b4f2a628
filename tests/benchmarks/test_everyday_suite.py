"""The suite of everyday requests: what is asked is graded, and columnar programs find the references' numbers."""

import json
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
import uproot

from hepcoder.benchmarks.suites.constants import allowed_values
from hepcoder.benchmarks.suites.everyday.plain import read_lhco
from hepcoder.benchmarks.suites.everyday.sample import spots_of
from hepcoder.benchmarks.suites.loading import SUITES, load_suite, load_task
from hepcoder.benchmarks.suites.task import BenchTask
from hepcoder.benchmarks.suites.variant import Variant, make_variant

TASKS = load_suite("everyday")


def variant_of(name: str, folder: Path) -> Variant:
    return make_variant(load_task(SUITES / "everyday" / name), 7, folder)


def expected(variant: Variant, file: str) -> dict[str, Any]:
    values: dict[str, Any] = json.loads((variant.expected / file).read_text())
    return values


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
def test_a_request_names_its_files_and_all_that_is_asked_for(task: BenchTask) -> None:
    for name in task.inputs:
        assert name in task.prompt
    for output in task.contract:
        assert output.file in task.prompt
        assert all(field.name in task.prompt for field in output.fields), output


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
def test_cuts_on_measured_values_are_exact_in_both_units_and_precisions(task: BenchTask) -> None:
    for name, allowed in task.constants.items():
        if spots_of({name: 1.0}):
            for value in allowed_values(allowed):
                assert isinstance(value, int | float)
                gev = value / 1000 if name.endswith("mev") else float(value)
                assert float(np.float32(gev)) == gev
                assert float(np.float32(1000 * gev)) / 1000 == gev


def test_all_kinds_of_files_are_asked_about_in_three_degrees() -> None:
    tags = [set(task.tags) for task in TASKS]
    assert len(tags) == 24
    assert all(sum(degree in each for each in tags) == 8 for degree in ("simple", "middle", "hard"))
    assert all(sum(kind in each for each in tags) >= 4 for kind in ("flat", "nano", "mini", "physlite", "lhco"))
    assert sum("sloppy" in each for each in tags) == 8


def test_transverse_masses_are_those_of_arrays(tmp_path: Path) -> None:
    variant = variant_of("w_mt", tmp_path)
    c: Any = variant.constants
    events = uproot.open(variant.inputs[0])["mini"].arrays()
    events = events[(events.lep_n == 1) & (events.met_et >= 1000 * c["met_min"])]
    lepton = {name: ak.to_numpy(events[f"lep_{name}"][:, 0]) for name in ("pt", "eta", "phi", "charge", "isTightID")}
    good = (lepton["pt"] > 1000 * c["lep_pt"]) & (np.abs(lepton["eta"]) < c["lep_eta"]) & lepton["isTightID"]
    dphi = lepton["phi"] - ak.to_numpy(events.met_phi)
    mt = np.sqrt(2 * lepton["pt"] * ak.to_numpy(events.met_et) * (1 - np.cos(dphi)))[good] / 1000
    found = expected(variant, "result.json")
    assert found["n_plus"] == int((lepton["charge"][good] > 0).sum()) > 20
    assert found["n_minus"] == int((lepton["charge"][good] < 0).sum()) > 20
    assert found["mean_mt"] == pytest.approx(float(mt.mean()), rel=1e-5)


def test_a_cutflow_is_that_of_arrays(tmp_path: Path) -> None:
    variant = variant_of("ht_met", tmp_path)
    c: Any = variant.constants
    events = uproot.open(variant.inputs[0])["CollectionTree"].arrays()
    pt, eta, phi = (events[f"AnalysisJetsAuxDyn.{name}"] for name in ("pt", "eta", "phi"))
    good = (pt > 1000 * c["jet_pt"]) & (abs(eta) < c["jet_eta"])
    order = ak.argsort(pt[good], ascending=False)
    pt, phi = pt[good][order], phi[good][order]
    mpx, mpy = (events[f"MET_Core_AnalysisMETAuxDyn.{name}"][:, -1] for name in ("mpx", "mpy"))
    towards = np.cos(phi[:, :2] - np.arctan2(mpy, mpx))
    cuts = [
        ak.num(pt) >= 2,
        ak.fill_none(ak.firsts(pt) >= 1000 * c["jet_pt_lead"], False),
        np.hypot(mpx, mpy) > 1000 * c["missing_min"],
        ak.all(towards < np.cos(c["dphi_min"]), axis=1),
        ak.sum(pt, axis=1) > 1000 * c["ht_min"],
    ]
    passed = np.cumprod([ak.to_numpy(cut) for cut in cuts], axis=0).sum(axis=1)
    assert list(expected(variant, "cutflow.json").values()) == [len(events), *passed.tolist()]


def test_overlaps_are_there_to_be_removed(tmp_path: Path) -> None:
    found = expected(variant_of("overlap", tmp_path), "result.json")
    for name in ("jets", "electrons", "muons"):
        assert 0.3 * found[f"n_{name}_before"] < found[f"n_{name}"] < 0.98 * found[f"n_{name}_before"]


def test_lhco_has_empty_events_and_values_on_the_cut(tmp_path: Path) -> None:
    variant = variant_of("lhco_dimuons", tmp_path)
    events = read_lhco(variant.inputs[0])
    muons = [row["pt"] for rows in events for row in rows if row["kind"] == 2]
    assert sum(1 for rows in events if not rows) > 10
    assert muons.count(variant.constants["muon_pt"]) > 3
    assert variant.inputs[0].stat().st_size < 320_000
