"""Figures are drawn without a warning (warnings are errors here) and are not blank."""

from pathlib import Path
from typing import Any

import awkward as ak
import matplotlib as mpl
import numpy as np
import pytest

from hepcoder.tools import Cutflow, histogram, plot_cutflow, plot_histogram
from hepcoder.tools.outputs import examine_outputs, parse_output

VALUES = ak.Array([[91.0, 89.0], None, [], [125.0, None]])


@pytest.mark.parametrize(
    ("values", "options"),
    [
        (VALUES, {}),
        (VALUES, {"logy": True, "label": "data", "xlabel": r"$m_{\mu\mu}$ [GeV]", "ylabel": "N"}),
        (VALUES, {"weights": [0.5, 1.0, 1.0, -2.0]}),
        (VALUES, {"weights": [0.5, 1.0, 1.0, -2.0], "logy": True}),
        (VALUES, {"weights": [-0.5, -1.0, -1.0, -2.0], "logy": True}),
        (VALUES, {"bins": [80, 90, 130]}),
        ([], {}),
        ([], {"logy": True}),
        ([300.0], {"logy": True}),
    ],
)
def test_a_figure_is_drawn_and_shows_the_histogram(values: Any, options: dict[str, Any], tmp_path: Path) -> None:
    options = {"bins": 4, **options}
    limits = None if isinstance(options["bins"], list) else (80, 130)
    counts, edges = plot_histogram(tmp_path / "plot.png", values, range=limits, **options)
    expected = histogram(values, options["bins"], limits, options.get("weights"))
    assert counts.tolist() == expected[0].tolist()
    assert edges.tolist() == expected[1].tolist()
    assert examine_outputs(tmp_path, [parse_output("plot.png")]) == ()


@pytest.mark.parametrize("suffix", ["pdf", "svg"])
def test_vector_graphics_are_whole_files(suffix: str, tmp_path: Path) -> None:
    plot_histogram(str(tmp_path / f"plot.{suffix}"), VALUES, 3)
    assert examine_outputs(tmp_path, [parse_output(f"plot.{suffix}")]) == ()


def test_the_style_of_the_caller_is_left_alone(tmp_path: Path) -> None:
    before = dict(mpl.rcParams)
    plot_histogram(tmp_path / "plot.png", VALUES, 3)
    assert dict(mpl.rcParams) == before


def test_a_cutflow_is_drawn(tmp_path: Path) -> None:
    cutflow = Cutflow()
    cutflow.add("all", 100)
    cutflow.add("two photons", 40)
    for rows in (cutflow, {"all": 3, "none": 0}, {"none": 0}, {f"cut {i} with a long name": 50 - i for i in range(30)}):
        assert plot_cutflow(tmp_path / "cutflow.png", rows) == tmp_path / "cutflow.png"
        assert examine_outputs(tmp_path, [parse_output("cutflow.png")]) == ()
    with pytest.raises(ValueError, match="no rows"):
        plot_cutflow(tmp_path / "cutflow.png", Cutflow())


def test_nothing_is_drawn_to_an_unknown_kind_or_from_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\.png, \.pdf or \.svg"):
        plot_histogram(tmp_path / "plot.jpg", VALUES)
    with pytest.raises(ValueError, match="no values to fill"):
        plot_histogram(tmp_path / "plot.png", [])
    with pytest.raises(ValueError, match="NaN"):
        plot_histogram(tmp_path / "plot.png", [np.nan], 2, (0, 1))
    assert not list(tmp_path.iterdir())
