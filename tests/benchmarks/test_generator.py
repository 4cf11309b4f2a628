"""The generator of collider events: kinematics, detector, files, and the peaks that come out of them."""

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hepcoder.benchmarks.suites.events import processes
from hepcoder.benchmarks.suites.events.boundaries import with_spots
from hepcoder.benchmarks.suites.events.decays import breit_wigner, hadronic_tau, produced, two_body
from hepcoder.benchmarks.suites.events.detector import Objects, measured
from hepcoder.benchmarks.suites.events.lhco import event_numbers, write_lhco
from hepcoder.benchmarks.suites.events.momenta import (
    Floats,
    azimuths,
    boosted,
    directions,
    from_pt,
    masses,
    pseudorapidities,
    transverse,
)
from hepcoder.benchmarks.suites.events.particles import Kind, Particles, chosen, each_event, mixed
from hepcoder.benchmarks.suites.events.response import PERFECT, Detector
from hepcoder.benchmarks.suites.loading import SUITES, load_suite, load_task
from hepcoder.benchmarks.suites.variant import make_variant
from hepcoder.tools.events import read_events

Process = Callable[[np.random.Generator, int], Particles]
PROCESSES: dict[str, Process] = {
    "ww": processes.ww,
    "tops": processes.tops,
    "w_jets": processes.w_jets,
    "z_jets": processes.z_jets,
    "wz": lambda rng, n: processes.wz(rng, n, 87.0),
    "resonance": lambda rng, n: processes.zz(rng, n, 118.4, width=0.004),
    "continuum": lambda rng, n: processes.zz(rng, n, 95.0),
    "dilepton": lambda rng, n: processes.dilepton(rng, np.full(n, 86.1)),
    "diphoton": lambda rng, n: processes.diphoton(rng, np.full(n, 118.4)),
    "photon_jet": processes.photon_jet,
    "fusion": lambda rng, n: processes.fusion(rng, np.full(n, 118.4)),
    "tau_jets": lambda rng, n: processes.tau_jets(rng, np.full(n, 91.2)),
}


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32), light=st.floats(0.0, 60.0), heavy=st.floats(0.0, 60.0), above=st.floats(0.01, 500.0))
def test_products_add_up_to_their_parent(seed: int, light: float, heavy: float, above: float) -> None:
    rng = np.random.default_rng(seed)
    parents, _ = produced(rng, np.full(50, light + heavy + above), mean_pt=40.0)
    one, other = two_body(rng, parents, light, heavy)
    scale = parents[:, 0].max()
    assert np.allclose(one + other, parents, rtol=0, atol=1e-9 * scale)
    assert np.allclose(masses(one) ** 2, light**2, rtol=0, atol=1e-9 * scale**2)
    assert np.allclose(masses(other) ** 2, heavy**2, rtol=0, atol=1e-9 * scale**2)


def test_a_parent_too_light_for_its_products_is_refused() -> None:
    parents = from_pt(np.array([10.0]), np.array([0.3]), np.array([1.0]), 80.0)
    with pytest.raises(ValueError, match="lighter than its products"):
        two_body(np.random.default_rng(1), parents, 50.0, 50.0)


def test_a_boost_takes_the_rest_frame_along_and_keeps_masses() -> None:
    rng = np.random.default_rng(2)
    frames, _ = produced(rng, rng.uniform(10, 200, 100), mean_pt=50.0)
    at_rest = np.stack([masses(frames), *np.zeros((3, 100))], axis=-1)
    assert np.allclose(boosted(at_rest, frames), frames)
    momenta = from_pt(rng.exponential(20, 100), rng.normal(0, 1, 100), rng.uniform(-3, 3, 100), 4.8)
    assert np.allclose(masses(boosted(momenta, frames)), 4.8, atol=1e-4)


def test_momenta_and_angles_are_inverse() -> None:
    rng = np.random.default_rng(3)
    pt, eta, phi = rng.exponential(30, 50), rng.normal(0, 2, 50), rng.uniform(-np.pi, np.pi, 50)
    momenta = from_pt(pt, eta, phi, 10.0)
    assert np.allclose(
        [transverse(momenta), pseudorapidities(momenta), azimuths(momenta), masses(momenta)],
        [pt, eta, phi, np.full(50, 10.0)],
    )


def test_decays_have_no_preferred_direction() -> None:
    """Means of n flat cosines spread by 1/sqrt(3n), mean squares by sqrt(4/45n); five times that is allowed."""
    n = 20_000
    rng = np.random.default_rng(4)
    for vectors in (directions(rng, n), _directions_at_rest(rng, n)):
        assert np.all(np.abs(vectors.mean(axis=0)) < 5 / np.sqrt(3 * n))
        assert np.all(np.abs((vectors**2).mean(axis=0) - 1 / 3) < 5 * np.sqrt(4 / 45 / n))


def _directions_at_rest(rng: np.random.Generator, n: int) -> Floats:
    """Directions of a product as seen by its parent."""
    parents, _ = produced(rng, np.full(n, 118.4), mean_pt=60.0)
    product, _ = two_body(rng, parents, 0.0, 0.0)
    back = np.concatenate([parents[:, :1], -parents[:, 1:]], axis=1)
    seen = boosted(product, back)
    return np.asarray(seen[:, 1:] / (118.4 / 2))


def test_masses_follow_the_resonance() -> None:
    """Half of an uncut Breit-Wigner in s lies above M, a quarter above sqrt(M^2 + M Gamma)."""
    drawn = breit_wigner(np.random.default_rng(5), 91.2, 2.5, 40_000, low=0.0, high=1e4)
    for limit, share in ((91.2, 0.5), (np.sqrt(91.2**2 + 91.2 * 2.5), 0.25), (np.sqrt(91.2**2 - 91.2 * 2.5), 0.75)):
        assert abs(np.mean(drawn > limit) - share) < 0.0125  # five standard deviations
    cut = breit_wigner(np.random.default_rng(5), 91.2, 2.5, 1000, low=80.0, high=95.0)
    assert (cut.min(), cut.max()) == pytest.approx((80, 95), abs=2.0)
    assert np.all((cut >= 80) & (cut <= 95))


@pytest.mark.parametrize("name", PROCESSES)
def test_transverse_momentum_is_conserved(name: str) -> None:
    n = 300
    particles = PROCESSES[name](np.random.default_rng(6), n)
    total = np.zeros((n, 2))
    np.add.at(total, particles.event, particles.momenta[:, 1:3])
    assert np.abs(total).max() < 1e-9
    assert set(particles.event) == set(range(n))
    charges = np.zeros(n)
    np.add.at(charges, particles.event, particles.charge)
    assert np.abs(charges).max() <= 1


@pytest.mark.parametrize(
    ("name", "kinds", "mass"),
    [
        ("dilepton", (Kind.ELECTRON, Kind.MUON), 86.1),
        ("diphoton", (Kind.PHOTON,), 118.4),
        ("resonance", (Kind.ELECTRON, Kind.MUON), 118.4),
        ("fusion", (Kind.TAU, Kind.NEUTRINO), 118.4),
    ],
)
def test_what_a_resonance_leaves_has_its_mass(name: str, kinds: tuple[Kind, ...], mass: float) -> None:
    particles = PROCESSES[name](np.random.default_rng(7), 200)
    mine = chosen(particles, np.isin(particles.kind, kinds))
    away = np.abs(_sums(mine.event, mine.momenta, 200) - mass)
    assert np.mean(away < 0.05) > 0.9  # the tails of a width of 4 MeV
    assert away.max() <= 5 + 1e-9


def test_w_and_top_have_their_masses() -> None:
    particles = processes.tops(np.random.default_rng(8), 4000)
    leptons = np.isin(particles.kind, [Kind.ELECTRON, Kind.MUON, Kind.NEUTRINO])
    boson = chosen(particles, leptons)
    assert np.median(_sums(boson.event, boson.momenta, 4000)) == pytest.approx(80.4, abs=0.15)
    assert np.all(np.bincount(particles.event[particles.kind == Kind.B_JET]) == 2)


def _sums(event: npt.NDArray[np.int64], momenta: Floats, n: int) -> Floats:
    """Masses of the sums of each event."""
    total = np.zeros((n, 4))
    np.add.at(total, event, momenta)
    return masses(total)


def test_a_tau_is_heavier_than_what_is_seen_of_it() -> None:
    rng = np.random.default_rng(9)
    taus = from_pt(rng.exponential(40, 500), rng.normal(0, 1, 500), rng.uniform(-3, 3, 500), 1.777)
    visible, neutrino = hadronic_tau(rng, taus)
    assert np.allclose(visible + neutrino, taus)
    assert 0.5 < masses(visible).mean() < 1.3
    assert masses(visible).max() < 1.777


def test_a_perfect_detector_gives_the_mass_that_was_drawn() -> None:
    """To the digits that are kept: 0.001 GeV and 0.0001 rad."""
    rng = np.random.default_rng(10)
    drawn = breit_wigner(rng, 118.4, 2.0, 300, low=100.0, high=130.0)
    objects = measured(rng, processes.diphoton(rng, drawn), PERFECT)
    photons = objects.kind == Kind.PHOTON
    momenta = from_pt(objects.pt[photons], objects.eta[photons], objects.phi[photons], 0.0)
    assert np.allclose(_sums(objects.event[photons], momenta, 300), drawn, atol=0.05)


def test_the_missing_momentum_is_that_of_the_neutrinos() -> None:
    rng = np.random.default_rng(11)
    particles = processes.ww(rng, 300)
    neutrinos = chosen(particles, particles.kind == Kind.NEUTRINO)
    objects = measured(rng, particles, PERFECT)
    missing = objects.kind == Kind.MISSING
    assert np.allclose(objects.pt[missing], transverse(neutrinos.momenta), atol=0.001)
    assert np.allclose(objects.phi[missing], azimuths(neutrinos.momenta), atol=0.0002)


def test_resolution_efficiency_and_tags_are_as_set() -> None:
    n = 20_000
    rng = np.random.default_rng(12)
    phi = rng.uniform(-3.1, 3.1, n)
    momenta = from_pt(np.full(n, 100.0), np.zeros(n), phi, 0.0)
    detector = Detector(fakes={})
    muons = measured(rng, each_event(Kind.MUON, momenta, 1), detector)
    seen = muons.kind == Kind.MUON
    assert seen.mean() * 2 == pytest.approx(2 * 0.95 / 1.95, abs=0.01)  # a row of missing momentum for each event
    assert muons.pt[seen].std() == pytest.approx(1.5, rel=0.05)
    assert np.all(muons.tracks[seen] == 1)
    for kind, share in ((Kind.B_JET, detector.tag_efficiency), (Kind.JET, detector.mistag)):
        jets = measured(rng, each_event(kind, momenta), detector)
        tags = jets.tag[jets.kind == Kind.JET]
        assert np.mean(tags > 0) == pytest.approx(share, abs=0.02)
        assert np.mean(tags[tags > 0] == 2) == pytest.approx(detector.tight, abs=0.12)
        assert jets.pt[jets.kind == Kind.JET].std() == pytest.approx(100 * np.hypot(0.07, 0.04), rel=0.05)


def test_jets_are_mistaken_as_often_as_set_and_never_forward() -> None:
    n = 20_000
    rng = np.random.default_rng(13)
    for eta, share in ((1.0, 0.03), (3.0, 0.0)):
        momenta = from_pt(np.full(n, 60.0), np.full(n, eta), rng.uniform(-3, 3, n), 0.0)
        found = measured(rng, each_event(Kind.JET, momenta), Detector(fakes={Kind.TAU: 0.04}))
        assert np.mean(found.kind[found.kind != Kind.MISSING] == Kind.TAU) == pytest.approx(share, abs=0.006)


def _sample(seed: int) -> Objects:
    rng = np.random.default_rng(seed)
    return measured(rng, mixed(rng, [(processes.ww(rng, 60), 60), (processes.tops(rng, 30), 30)], 100))


def test_the_same_seed_gives_the_same_file_and_another_seed_another(tmp_path: Path) -> None:
    texts = []
    for seed in (1, 1, 2):
        write_lhco(tmp_path / "a.lhco", _sample(seed), np.arange(1, 101), seed=seed)
        texts.append((tmp_path / "a.lhco").read_bytes())
    assert texts[0] == texts[1] != texts[2]


def test_lhco_text_holds_every_object_and_every_empty_event(tmp_path: Path) -> None:
    """Read back by the reader of the tools, which knows nothing of the writer."""
    objects, rng = _sample(3), np.random.default_rng(3)
    numbers = event_numbers(rng, 100)
    write_lhco(tmp_path / "a.lhco", objects, numbers, seed=3)
    events = read_events(tmp_path / "a.lhco")
    assert events["event"].to_list() == numbers.tolist()
    for name, kind in (("Muon", Kind.MUON), ("Jet", Kind.JET)):
        mine = objects.kind == kind
        counts = np.bincount(objects.event[mine], minlength=100).tolist()
        assert [len(each) for each in events[name]["pt"].to_list()] == counts
        for column, values in (("pt", objects.pt), ("eta", objects.eta), ("phi", objects.phi), ("btag", objects.tag)):
            assert list(chain(*events[name][column].to_list())) == values[mine].tolist()
    assert np.isnan(events["MET"]["pt"].to_list()).sum() == 10


def test_numbers_of_events_rise_with_gaps() -> None:
    numbers = event_numbers(np.random.default_rng(1), 200)
    assert np.all(np.diff(numbers) > 0)
    assert np.any(np.diff(numbers) > 1)


def test_spots_are_met_exactly_once_in_an_event_and_eta_keeps_its_sign() -> None:
    objects, spots = _sample(4), {(Kind.JET, "eta"): [1.25], (Kind.JET, "pt"): [27.5]}
    moved = with_spots(np.random.default_rng(1), objects, spots, share=1.0)
    changed = moved.eta != objects.eta
    assert changed.any()
    assert np.all(np.abs(moved.eta[changed]) == 1.25)
    assert np.all(np.sign(moved.eta) == np.sign(objects.eta))
    jets = objects.kind == Kind.JET
    on_spot = set(moved.event[moved.pt == 27.5])
    assert on_spot == set(objects.event[jets & (np.abs(objects.pt - 27.5) < 13.75)])
    assert np.all(moved.pt[~jets] == objects.pt[~jets])


def test_no_two_objects_of_a_kind_have_the_same_pt_in_an_event() -> None:
    objects = _sample(5)
    level = replace(objects, pt=np.full(len(objects), 40.0))
    found = with_spots(np.random.default_rng(1), level, {}, share=1.0)
    assert len(set(zip(found.event, found.kind, found.pt, strict=True))) == len(found)
    assert found.pt.max() < 40.02


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["collm", "peaks"])
def test_a_seed_gives_the_same_bytes_and_null_data_has_nothing_to_find(name: str, tmp_path: Path) -> None:
    for task in load_suite(name):
        one, other = (make_variant(task, 5, tmp_path / task.id / place) for place in ("one", "other"))
        assert [path.read_bytes() for path in one.inputs] == [path.read_bytes() for path in other.inputs]
        if task.null:
            empty = make_variant(task, 5, tmp_path / task.id / "null", null=True)
            assert [path.read_bytes() for path in one.inputs] != [path.read_bytes() for path in empty.inputs]


def test_a_search_is_positive_with_a_resonance_and_negative_without(tmp_path: Path) -> None:
    task = load_task(SUITES / "peaks" / "search")
    for seed in range(3):
        for null in (False, True):
            variant = make_variant(task, seed, tmp_path, null=null)
            found = json.loads((variant.expected / "result.json").read_text())
            assert found["observed"] is not null


@pytest.mark.thorough
def test_fitted_peaks_cover_the_masses_that_were_put_in(tmp_path: Path) -> None:
    """With right uncertainties the mean square of 12 pulls is in 0.26 ... 2.36 in 99 of 100 studies (chi-square)."""
    pulls = []
    for name in ("zmumu", "h4l"):
        task = load_task(SUITES / "peaks" / name)
        for seed in range(6):
            variant = make_variant(task, seed, tmp_path)
            found = json.loads((variant.expected / "fit.json").read_text())
            pulls.append((found["peak"] - float(variant.constants["resonance"])) / found["peak_error"])
    assert 0.26 < np.mean(np.square(pulls)) < 2.36, pulls
