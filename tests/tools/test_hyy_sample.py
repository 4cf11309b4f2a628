"""The H -> gamma gamma sample: same seed, same arrays; a plain loop over events finds what was put in."""

import math
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
import uproot

from hepcoder.tools import read_events
from hepcoder.tools.samples import make_hyy_sample
from hepcoder.tools.samples.decays import decay_to_two_massless

PHOTON = {"pt", "eta", "phi", "E", "isTightID", "ptcone30", "etcone20"}


def arrays(path: Path) -> ak.Array:
    with uproot.open(path) as file:
        return file["mini"].arrays()


def loop_masses(path: Path) -> list[float]:
    """Diphoton masses in GeV of events with two tight photons or more, event by event."""
    masses = []
    for event in arrays(path).tolist():
        tight = [i for i, ok in enumerate(event["photon_isTightID"]) if ok]
        if len(tight) < 2:
            continue
        px = py = pz = energy = 0.0
        for i in tight[:2]:
            pt, eta, phi = (event[f"photon_{name}"][i] for name in ("pt", "eta", "phi"))
            px, py, pz = px + pt * math.cos(phi), py + pt * math.sin(phi), pz + pt * math.sinh(eta)
            energy += event["photon_E"][i]
        masses.append(math.sqrt(max(0.0, energy**2 - px**2 - py**2 - pz**2)) / 1000)
    return masses


def test_the_same_seed_gives_the_same_arrays_and_another_seed_others(tmp_path: Path) -> None:
    one, same, other = (
        arrays(make_hyy_sample(tmp_path / f"{name}.root", n_events=500, seed=seed))
        for name, seed in (("one", 5), ("same", 5), ("other", 6))
    )
    assert ak.array_equal(one, same)
    assert not ak.array_equal(one, other)


def test_the_tree_is_laid_out_as_the_open_data(tmp_path: Path) -> None:
    path = make_hyy_sample(tmp_path / "hyy.root", n_events=2000)
    with uproot.open(path) as file:
        assert file.keys(cycle=False) == ["mini"]
        tree = file["mini"]
        assert tree.num_entries == 2000
        assert {f"photon_{name}" for name in PHOTON} | {"photon_n", "jet_n", "lep_n", "trigP"} <= set(tree.keys())
        found = tree.arrays()
    assert found.photon_n.tolist() == [len(pt) for pt in found.photon_pt.tolist()]
    assert {0, 1, 2, 3} <= set(found.photon_n.tolist())
    assert found.photon_pt.tolist() == [sorted(pt, reverse=True) for pt in found.photon_pt.tolist()]
    assert found.eventNumber.tolist() == list(range(1, 2001))
    pt, eta = ak.flatten(found.photon_pt).tolist(), ak.flatten(found.photon_eta).tolist()
    assert min(pt) > 15_000
    assert max(map(abs, eta)) < 2.5
    energy = [a * math.cosh(b) for a, b in zip(pt, eta, strict=True)]
    assert ak.flatten(found.photon_E).tolist() == pytest.approx(energy, rel=1e-5)


def test_it_reads_in_gev(tmp_path: Path) -> None:
    path = make_hyy_sample(tmp_path / "hyy.root", n_events=300)
    events = read_events(path)
    name = next(field for field in events.fields if field.lower().startswith("photon"))
    found = ak.flatten(events[name].pt).tolist()
    assert found == pytest.approx([pt / 1000 for pt in ak.flatten(arrays(path).photon_pt).tolist()], rel=1e-6)


def test_a_loop_finds_the_peak_and_the_yield_that_were_put_in(tmp_path: Path) -> None:
    pure = np.array(loop_masses(make_hyy_sample(tmp_path / "pure.root", n_events=2000, signal_fraction=1.0)))
    near = pure[abs(pure - 125) < 6]
    assert near.mean() == pytest.approx(125, abs=4 * 1.7 / math.sqrt(len(near)) + 0.05)
    assert near.std() == pytest.approx(1.7, rel=0.1)
    efficiency = len(near) / 2000

    # Equal widths around the peak and on both sides of it: the smooth background cancels, the signal stays.
    for fraction in (0.0, 0.1):
        sample = make_hyy_sample(tmp_path / "mixed.root", n_events=8_000, signal_fraction=fraction)
        mixed = np.array(loop_masses(sample))
        window = int((abs(mixed - 125) < 5).sum())
        sides = int(((abs(mixed - 125) > 5) & (abs(mixed - 125) < 10)).sum())
        expected = 8_000 * fraction * efficiency
        assert window - sides == pytest.approx(expected, abs=4 * math.sqrt(window + sides))


def test_the_mass_can_be_chosen(tmp_path: Path) -> None:
    path = make_hyy_sample(tmp_path / "heavy.root", n_events=1000, mass_gev=200.0, signal_fraction=1.0)
    assert np.median(loop_masses(path)) == pytest.approx(200, abs=1)


def test_decays_conserve_mass_and_momentum() -> None:
    rng = np.random.default_rng(2)
    mass, pt, rapidity = rng.uniform(50, 200, 500), rng.uniform(0, 100, 500), rng.normal(0, 2, 500)
    out_pt, eta, phi, energy = decay_to_two_massless(rng, mass, pt, rapidity)
    px, py = (out_pt * np.cos(phi)).sum(axis=1), (out_pt * np.sin(phi)).sum(axis=1)
    pz, total = (out_pt * np.sinh(eta)).sum(axis=1), energy.sum(axis=1)
    assert np.sqrt(total**2 - px**2 - py**2 - pz**2) == pytest.approx(mass, rel=1e-6)
    assert np.hypot(px, py) == pytest.approx(pt, abs=1e-6)
    assert np.arctanh(pz / total) == pytest.approx(rapidity, abs=1e-9)


@pytest.mark.parametrize("wrong", [{"n_events": 0}, {"mass_gev": 0.0}, {"signal_fraction": 1.5}])
def test_arguments_out_of_range_are_named(wrong: dict[str, Any], tmp_path: Path) -> None:
    ((name, value),) = wrong.items()
    with pytest.raises(ValueError, match=f"{name}={value}"):
        make_hyy_sample(tmp_path / "x.root", **wrong)
    assert not list(tmp_path.iterdir())
