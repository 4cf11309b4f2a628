"""The suite of walk-in requests: what is asked is graded, and columnar programs find the references' numbers."""

import json
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pyarrow.parquet as pq
import pytest
import uproot

from hepcoder.benchmarks.suites.constants import allowed_values
from hepcoder.benchmarks.suites.everyday.plain import read_lhco
from hepcoder.benchmarks.suites.everyday.sample import spots_of
from hepcoder.benchmarks.suites.loading import SUITES, load_suite, load_task
from hepcoder.benchmarks.suites.task import BenchTask
from hepcoder.benchmarks.suites.variant import Variant, make_variant

TASKS = load_suite("walk_in")


def variant_of(name: str, folder: Path) -> Variant:
    return make_variant(load_task(SUITES / "walk_in" / name), 7, folder)


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
def test_a_request_gives_all_constants_but_the_makers(task: BenchTask) -> None:
    for name in task.constants:
        assert name == "favoured" or f"{{{name}}}" in task.prompt


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
def test_cuts_on_measured_values_are_exact_in_both_units_and_precisions(task: BenchTask) -> None:
    for name, allowed in task.constants.items():
        if spots_of({name: 1.0}):
            for value in allowed_values(allowed):
                assert isinstance(value, int | float)
                assert float(np.float32(value)) == value
                assert float(np.float32(1000 * value)) / 1000 == value


def test_all_kinds_of_files_are_asked_about_in_three_degrees() -> None:
    tags = [set(task.tags) for task in TASKS]
    degrees = {"simple": 8, "middle": 8, "hard": 4}
    assert {degree: sum(degree in each for each in tags) for degree in degrees} == degrees
    assert all(len(each & set(degrees)) == 1 for each in tags)
    assert all(sum(kind in each for each in tags) == 4 for kind in ("flat", "nano", "mini", "physlite", "lhco"))
    assert sum("sloppy" in each for each in tags) == 7


def test_statistics_are_those_of_columns(tmp_path: Path) -> None:
    variant = variant_of("flat_2", tmp_path)
    table = pq.read_table(variant.inputs[0]).to_pydict()
    pt, fired, met = (np.asarray(table[name]) for name in ("lep1_pt", "trig_mu", "met"))
    met = met[fired & (pt >= variant.constants["lep_pt"])]
    found = {"n_events": len(met), "mean": met.mean(), "median": np.median(met), "std": met.std()}
    assert expected(variant, "stats.json") == pytest.approx(found, rel=1e-5)
    assert len(met) > 100


def test_a_spectrum_is_that_of_arrays(tmp_path: Path) -> None:
    variant = variant_of("physlite_2", tmp_path)
    c: Any = variant.constants
    with uproot.open(variant.inputs[0]) as file:
        events = file["CollectionTree"].arrays(filter_name="AnalysisMuons*")
    names = ("pt", "eta", "phi", "charge", "quality")
    muons = ak.zip({name: events[f"AnalysisMuonsAuxDyn.{name}"] for name in names})
    muons = muons[(muons.pt > 1000 * c["muon_pt"]) & (abs(muons.eta) <= c["muon_eta"]) & (muons.quality <= 1)]
    muons = muons[(ak.num(muons) == 2) & (ak.sum(muons.charge, axis=1) == 0)]
    one, other = muons[:, 0], muons[:, 1]
    product, dphi = one.pt * other.pt, one.phi - other.phi
    mass = np.sqrt(2 * product * (np.cosh(one.eta - other.eta) - np.cos(dphi))) / 1000
    pt = (
        np.sqrt(one.pt**2 + other.pt**2 + 2 * product * np.cos(dphi))[(mass > c["m_low"]) & (mass < c["m_high"])] / 1000
    )
    counts, edges = np.histogram(ak.to_numpy(pt), bins=c["n_bins"], range=(0, c["pt_high"]))
    with np.load(variant.expected / "zpt.npz") as arrays:
        assert arrays["counts"].tolist() == counts.tolist()
        assert arrays["edges"] == pytest.approx(edges)
    assert expected(variant, "zpt.json")["mean_pt"] == pytest.approx(float(ak.mean(pt)), rel=1e-5)


def test_a_weighted_cutflow_is_that_of_arrays(tmp_path: Path) -> None:
    variant = variant_of("mini_3", tmp_path)
    c: Any = variant.constants
    with uproot.open(variant.inputs[0]) as file:
        events = file["mini"].arrays()
    weight = events.mcWeight * 1.0
    for name in ("PILEUP", "LepTRIGGER", "BTAG"):
        weight = weight * events[f"scaleFactor_{name}"]
    cuts = [
        ak.ones_like(events.trigE),
        events.trigE | events.trigM,
        ak.any(events.lep_pt > 1000 * c["lep_pt"], axis=1),
        ak.any((events.jet_pt >= 1000 * c["jet_pt"]) & (events.jet_MV2c10 > c["mv2_min"]), axis=1),
        events.met_et > 1000 * c["met_min"],
    ]
    passed = np.cumprod([ak.to_numpy(cut) for cut in cuts], axis=0).astype(bool)
    rows = [line.split(",") for line in (variant.expected / "cutflow.csv").read_text().splitlines()[1:]]
    assert [int(row[1]) for row in rows] == passed.sum(axis=1).tolist()
    sums = [float(ak.sum(weight[each])) for each in passed]
    assert [float(row[2]) for row in rows] == pytest.approx(sums, rel=1e-4)


def test_shares_are_those_of_arrays_and_values_lie_on_the_cut(tmp_path: Path) -> None:
    variant = variant_of("lhco_1", tmp_path)
    c: Any = variant.constants
    rows = [row for rows in read_lhco(variant.inputs[0]) for row in rows if row["kind"] == 4]
    pt, eta, tag = (np.asarray([row[name] for row in rows]) for name in ("pt", "eta", "tag"))
    tag = tag[(pt >= c["jet_pt"]) & (abs(eta) < c["jet_eta"])]
    shares = {"frac_loose": np.mean(tag > 0), "frac_tight": np.mean(tag == 2)}
    numbers = {"n_jets": len(tag), "n_loose": np.sum(tag > 0), "n_tight": np.sum(tag == 2)}
    assert expected(variant, "btag.json") == pytest.approx({**numbers, **shares})
    assert np.sum(pt == c["jet_pt"]) > 3
