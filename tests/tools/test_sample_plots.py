"""Plots of several samples show what numpy counts; Parquet files come back as they were."""

from pathlib import Path
from typing import Any

import awkward as ak
import matplotlib as mpl
import numpy as np
import pytest

from hepcoder.tools import read_events
from hepcoder.tools.fit_plot import plot_peak_fit
from hepcoder.tools.outputs import examine_outputs, parse_output
from hepcoder.tools.parquet_saving import save_parquet
from hepcoder.tools.peak_fit import fit_peak
from hepcoder.tools.sample_plots import plot_shapes, plot_stack

RNG = np.random.default_rng(1)
Z, TOP, DATA = RNG.normal(91, 3, 500), RNG.uniform(60, 120, 300), RNG.normal(91, 3, 400)


def drawn(path: Path) -> bool:
    return examine_outputs(path.parent, [parse_output(path.name)]) == ()


@pytest.mark.parametrize("logy", [True])
def test_shapes_have_unit_area(tmp_path: Path, logy: bool) -> None:
    weights = {"Z": np.linspace(-0.1, 2, 500)}
    shapes = plot_shapes(tmp_path / "s.png", {"Z": Z, "top": TOP}, 20, (60, 120), weights=weights, logy=logy)
    for name, values in (("Z", Z), ("top", TOP)):
        expected = np.histogram(values, 20, (60, 120), weights=weights.get(name), density=True)[0]
        assert shapes[name].counts == pytest.approx(expected)
    n = np.histogram(TOP, 20, (60, 120))[0]
    assert shapes["top"].errors == pytest.approx(np.sqrt(n) / n.sum() / 3.0)
    assert drawn(tmp_path / "s.png")


def test_a_stack_with_data_and_signal(tmp_path: Path) -> None:
    before = dict(mpl.rcParams)
    stacked = plot_stack(
        tmp_path / "s.png",
        {"top": TOP, "Z": ak.Array([[one] for one in Z])},
        [60, 80, 90, 100, 120],
        weights={"top": 0.5, "Z": np.full(500, 2.0), "H": 0.1},
        signals={"H": TOP},
        data=DATA,
        xlabel="m [GeV]",
        luminosity_ifb=36.1,
    )
    assert dict(mpl.rcParams) == before
    edges = [60, 80, 90, 100, 120]
    top, z, data = (np.histogram(values, edges)[0] for values in (TOP, Z, DATA))
    assert stacked.total.counts == pytest.approx(0.5 * top + 2 * z)
    assert stacked.total.errors == pytest.approx(np.sqrt(0.25 * top + 4 * z))
    assert stacked.signals["H"].counts == pytest.approx(0.1 * top)
    assert stacked.data is not None
    assert stacked.data.counts.tolist() == data.tolist()
    assert drawn(tmp_path / "s.png")


@pytest.mark.parametrize(("data", "logy"), [(None, False), ([], True)])
def test_empty_bins_and_samples_are_drawn(tmp_path: Path, data: Any, logy: bool) -> None:
    plot_stack(tmp_path / "s.png", {"none": [], "Z": Z}, 10, (0, 120), data=data, logy=logy)
    assert drawn(tmp_path / "s.png")
    plot_shapes(tmp_path / "t.png", {"none": [], "Z": Z}, 10, (0, 120), logy=logy)
    assert drawn(tmp_path / "t.png")


def test_the_range_is_that_of_all_samples(tmp_path: Path) -> None:
    shapes = plot_shapes(tmp_path / "s.pdf", {"Z": Z, "top": TOP}, 5)
    both = np.concatenate([Z, TOP])
    assert shapes["Z"].edges[[0, -1]].tolist() == [both.min(), both.max()]


def test_a_fit_is_drawn(tmp_path: Path) -> None:
    values = np.concatenate([Z, TOP])
    fit = fit_peak(values, (60, 120))
    assert plot_peak_fit(tmp_path / "f.png", fit, values, 30).counts.sum() == len(values)
    assert drawn(tmp_path / "f.png")


def test_refusals(tmp_path: Path) -> None:
    for options, fault in (
        ({"weights": {"Higgs": 1.0}}, "weights for Higgs, but the samples are Z"),
        ({"signals": {"Z": Z}}, "Z is signal and background at once"),
        ({"weights": {"Z": [1.0, 2.0]}}, "2 weights for 500 events"),
        ({"weights": {"Z": np.full(500, np.nan)}}, "500 of 500 weights are missing"),
    ):
        with pytest.raises(ValueError, match=fault):
            plot_stack(tmp_path / "s.png", {"Z": Z}, 5, (60, 120), **options)
    with pytest.raises(ValueError, match="no backgrounds"):
        plot_stack(tmp_path / "s.png", {})
    with pytest.raises(ValueError, match="no samples"):
        plot_shapes(tmp_path / "s.png", {})
    with pytest.raises(ValueError, match=r"ends in \.png"):
        plot_shapes(tmp_path / "s.jpg", {"Z": Z})
    assert not list(tmp_path.iterdir())


def test_parquet_comes_back(tmp_path: Path) -> None:
    muons = ak.zip(
        {"pt": [[50.0, 30.0], [], [20.0]], "eta": [[0.1, 0.2], [], [0.3]], "phi": [[1.0, 2.0], [], [3.0]]},
        with_name="Momentum3D",
    )
    events = ak.zip({"Muon": muons, "met": [20.0, 30.0, 40.0]}, depth_limit=1)
    path = save_parquet(tmp_path / "a.parquet", events, weight=[1, None, 3], leading=ak.firsts(muons.pt))
    again = read_events(path)
    assert again.Muon.pt.to_list() == muons.pt.to_list()
    assert again.weight.to_list() == [1, None, 3]
    assert again.leading.to_list() == [50.0, None, 20.0]
    for columns, fault in (
        ({}, "no column"),
        ({"a": [1.0], "b": [1.0, 2.0]}, "one length"),
        ({"a": [[1.0], [np.inf]]}, "'a' has 1 NaN or infinite of 2"),
    ):
        with pytest.raises(ValueError, match=fault):
            save_parquet(tmp_path / "b.parquet", columns)
    with pytest.raises(ValueError, match=r"must end in \.parquet"):
        save_parquet(tmp_path / "b.pq", a=[1.0])
    with pytest.raises(TypeError, match="needs names"):
        save_parquet(tmp_path / "b.parquet", [1.0])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="not numbers"):
        save_parquet(tmp_path / "b.parquet", a=["x", "y"])
