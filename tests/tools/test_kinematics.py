"""Objects, pairs, masses and angles against plain Python loops and the laws of kinematics."""

import itertools
import math
import random
from collections.abc import Sequence
from typing import Any

import awkward as ak
import numpy as np
import pytest
import vector
from hypothesis import given
from hypothesis import strategies as st

import hepcoder.tools
from hepcoder.tools import (
    count,
    delta_phi,
    delta_r,
    ht,
    invariant_mass,
    leading,
    opposite_sign_pairs,
    pair_mass,
    pairs,
    sort_by_pt,
    transverse_mass,
)

Lepton = dict[str, Any]


def random_events(n: int = 200, seed: int = 3) -> list[list[Lepton]]:
    rng = random.Random(seed)

    def lepton() -> Lepton:
        return {
            "pt": rng.uniform(5, 100),
            "eta": rng.uniform(-2.5, 2.5),
            "phi": rng.uniform(-math.pi, math.pi),
            "mass": rng.choice([0.0, 0.105, 1.7]),
            "charge": rng.choice([-1, 1]),
        }

    return [[lepton() for _ in range(rng.choice([0, 1, 2, 3, 4]))] for _ in range(n)]


EVENTS = random_events()
ARRAY = ak.Array(EVENTS)


def four(one: Lepton) -> tuple[float, float, float, float]:
    px, py, pz = (
        one["pt"] * math.cos(one["phi"]),
        one["pt"] * math.sin(one["phi"]),
        one["pt"] / math.tan(2 * math.atan(math.exp(-one["eta"]))),
    )
    return px, py, pz, math.sqrt(px * px + py * py + pz * pz + one["mass"] ** 2)


def loop_mass(*objects: Lepton) -> float:
    px, py, pz, energy = (sum(each) for each in zip(*map(four, objects), strict=True))
    return math.sqrt(max(0.0, energy**2 - px**2 - py**2 - pz**2))


def loop_dphi(a: float, b: float) -> float:
    return math.atan2(math.sin(a - b), math.cos(a - b))


def by_pt(event: Sequence[Lepton]) -> list[Lepton]:
    return sorted(event, key=lambda one: -float(one["pt"]))


def test_counting_sorting_leading_and_ht_agree_with_loops() -> None:
    assert count(ARRAY).tolist() == [len(event) for event in EVENTS]
    assert count(ARRAY.pt > 40).tolist() == [sum(one["pt"] > 40 for one in event) for event in EVENTS]
    assert ht(ARRAY).tolist() == pytest.approx([math.fsum(one["pt"] for one in event) for event in EVENTS])
    assert sort_by_pt(ARRAY).tolist() == [by_pt(event) for event in EVENTS]
    for n in (1, 2, 3):
        expected = [by_pt(event)[n - 1] if len(event) >= n else None for event in EVENTS]
        assert leading(ARRAY, n).tolist() == expected


def test_pairs_and_their_masses_agree_with_loops() -> None:
    expected = [list(itertools.combinations(event, 2)) for event in EVENTS]
    first, second = pairs(ARRAY)
    assert [list(zip(a, b, strict=True)) for a, b in zip(first.tolist(), second.tolist(), strict=True)] == expected
    masses = [[loop_mass(a, b) for a, b in event] for event in expected]
    for found in (
        invariant_mass(first, second),
        invariant_mass(*pairs(ARRAY)),
        invariant_mass(pairs(ARRAY)),
        pair_mass(ARRAY),
    ):
        assert ak.num(found).tolist() == [len(event) for event in masses]
        assert ak.flatten(found).tolist() == pytest.approx(list(itertools.chain(*masses)), rel=1e-9)


def test_opposite_sign_pairs_agree_with_loops() -> None:
    expected = [
        [loop_mass(a, b) for a, b in itertools.combinations(event, 2) if a["charge"] != b["charge"]] for event in EVENTS
    ]
    found = invariant_mass(*opposite_sign_pairs(ARRAY))
    assert ak.num(found).tolist() == [len(event) for event in expected]
    assert ak.flatten(found).tolist() == pytest.approx(list(itertools.chain(*expected)), rel=1e-9)
    assert found.tolist() == pair_mass(ARRAY, opposite_sign=True).tolist()


def test_angles_and_transverse_mass_agree_with_loops() -> None:
    first, second = (ak.flatten(each) for each in pairs(ARRAY))
    rows = list(zip(first.tolist(), second.tolist(), strict=True))
    assert delta_phi(first, second).tolist() == pytest.approx([loop_dphi(a["phi"], b["phi"]) for a, b in rows])
    assert delta_r(first, second).tolist() == pytest.approx(
        [math.hypot(a["eta"] - b["eta"], loop_dphi(a["phi"], b["phi"])) for a, b in rows]
    )
    assert delta_r(first.eta, first.phi, second.eta, second.phi).tolist() == delta_r(first, second).tolist()
    expected = [math.sqrt(max(0.0, 2 * a["pt"] * b["pt"] * (1 - math.cos(a["phi"] - b["phi"])))) for a, b in rows]
    assert transverse_mass(first, second).tolist() == pytest.approx(expected, abs=1e-6)


def test_an_event_with_too_few_objects_is_none_all_the_way() -> None:
    first, second = leading(ARRAY), leading(ARRAY, 2)
    few = [len(event) < 2 for event in EVENTS]
    for found in (invariant_mass(first, second), delta_r(first, second), delta_phi(first, second)):
        assert ak.is_none(found).tolist() == few
    mass = invariant_mass(first, second)
    expected = [loop_mass(*by_pt(event)[:2]) for event in EVENTS if len(event) > 1]
    assert ak.drop_none(mass).tolist() == pytest.approx(expected, rel=1e-9)
    assert ak.sum(mass) == pytest.approx(math.fsum(expected))
    assert ak.sum(mass > 50) == sum(m > 50 for m in expected)


def test_missing_events_and_objects_are_skipped() -> None:
    assert ht([[1.0, None], None, []]).tolist() == [1.0, 0.0, 0.0]
    assert count([[1.0, None], None, []]).tolist() == [1, 0, 0]
    assert leading([[1.0, None, 5.0], None]).tolist() == [5.0, None]
    assert count(leading(ARRAY)).tolist() == [min(1, len(event)) for event in EVENTS]


def test_one_record_an_event_counts_one() -> None:
    assert count(ak.Array([{"pt": 3.0}, {"pt": None}])).tolist() == [1, 1]
    assert count(ak.Array([{"pt": 3.0}, None])).tolist() == [1, 0]


def test_no_events_at_all() -> None:
    nothing: list[Any] = [ARRAY[:0], []]
    for empty in nothing:
        assert count(empty).tolist() == ht(empty).tolist() == leading(empty).tolist() == []
        assert [each.tolist() for each in pairs(empty)] == [[], []]
    assert leading([[], []]).tolist() == [None, None]


def test_numpy_blocks_and_masked_arrays_are_lists_of_objects() -> None:
    block = np.array([[1.0, 5.0], [7.0, 2.0]])
    assert leading(block).tolist() == [5.0, 7.0]
    assert ht(np.ma.masked_array(block, block > 6)).tolist() == [6.0, 2.0]


def test_vector_momenta_and_components_give_the_same_mass() -> None:
    vector.register_awkward()
    momenta = ak.with_name(ARRAY, "Momentum4D")
    expected = ak.flatten(pair_mass(ARRAY)).tolist()
    assert ak.flatten(pair_mass(momenta)).tolist() == pytest.approx(expected, rel=1e-9)
    components = ak.Array([[dict(zip(("px", "py", "pz", "E"), four(one), strict=True)) for one in e] for e in EVENTS])
    assert ak.flatten(pair_mass(components)).tolist() == pytest.approx(expected, rel=1e-6, abs=1e-4)


def test_a_given_mass_replaces_their_own() -> None:
    heavy = [[{**one, "mass": 5.0} for one in event] for event in EVENTS]
    found = ak.flatten(pair_mass(ARRAY, mass=5.0)).tolist()
    assert found == pytest.approx([loop_mass(a, b) for e in heavy for a, b in itertools.combinations(e, 2)], rel=1e-9)
    plain = invariant_mass([50.0], [0.0], [0.0], [9.0], [50.0], [0.0], [math.pi], [9.0], mass=0.0)
    assert plain.tolist() == pytest.approx([100.0])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: leading(ARRAY, 0), "n=0"),
        (lambda: leading(ARRAY, 1.5), "n=1.5"),  # type: ignore[arg-type]
        (lambda: leading([1.0, 2.0]), "leading needs a list"),
        (lambda: ht([1.0]), "ht needs a list"),
        (lambda: opposite_sign_pairs(ARRAY[["pt", "eta"]]), "no 'charge'; they have pt, eta"),
        (lambda: opposite_sign_pairs(ARRAY.pt), "no 'charge'; they have plain numbers"),
        (lambda: invariant_mass(ARRAY), "pair_mass"),
        (lambda: invariant_mass([1.0], [2.0], [3.0]), "3 plain arrays"),
        (lambda: pair_mass(ARRAY[["pt", "eta", "phi"]]), "mass=0.0"),
        (lambda: delta_r(ARRAY), "1 arguments"),
        (lambda: transverse_mass(ARRAY, [1.0]), "no 'pt'"),
        (lambda: count([True, False]), r"ak.sum\(mask\)"),
    ],
)
def test_what_cannot_be_done_says_what_to_write(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()


angles = st.floats(-50, 50)


@given(angles, angles)
def test_delta_phi_is_wrapped_and_antisymmetric(a: float, b: float) -> None:
    found = float(delta_phi(a, b))
    assert -math.pi <= found <= math.pi
    assert math.cos(found) == pytest.approx(math.cos(a - b), abs=1e-9)
    assert math.sin(found) == pytest.approx(math.sin(a - b), abs=1e-9)
    assert math.sin(found + float(delta_phi(b, a))) == pytest.approx(0, abs=1e-9)


momenta = st.tuples(st.floats(1, 500), st.floats(-3, 3), st.floats(-3.14, 3.14), st.floats(0, 10))


@given(momenta, momenta, st.floats(-7, 7), st.floats(-2, 2))
def test_mass_is_symmetric_and_invariant(a: tuple[float, ...], b: tuple[float, ...], turn: float, boost: float) -> None:
    mass = float(invariant_mass(*a, *b))
    scale = math.cosh(abs(boost)) * (a[0] * math.cosh(a[1]) + b[0] * math.cosh(b[1]) + 20)
    rounding = 1e-7 * scale
    assert float(invariant_mass(*b, *a)) == pytest.approx(mass, rel=1e-6, abs=rounding)
    turned = [(pt, eta, phi + turn, m) for pt, eta, phi, m in (a, b)]
    assert float(invariant_mass(*turned[0], *turned[1])) == pytest.approx(mass, rel=1e-6, abs=rounding)
    boosted = []
    for pt, eta, phi, m in (a, b):
        pz, energy = pt * math.sinh(eta), math.sqrt((pt * math.cosh(eta)) ** 2 + m**2)
        along = math.cosh(boost) * pz + math.sinh(boost) * energy
        boosted += [pt, math.asinh(along / pt), phi, m]
    assert float(invariant_mass(*boosted)) == pytest.approx(mass, rel=1e-6, abs=rounding)
    assert mass >= a[3] + b[3] - rounding - 1e-6 * mass


def test_every_public_name_can_be_imported_and_others_are_named() -> None:
    for name in hepcoder.tools.__all__:
        assert callable(getattr(hepcoder.tools, name))
        assert name in dir(hepcoder.tools)
    with pytest.raises(AttributeError, match="invariant_mass"):
        hepcoder.tools.invariant_masses  # noqa: B018
