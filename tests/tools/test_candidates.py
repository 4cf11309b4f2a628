"""Cleaning, pairs, combinations and angles, held against plain loops over events and against vector."""

import itertools
import math
from collections.abc import Callable
from typing import Any

import awkward as ak
import numpy as np
import pytest
import vector
from hypothesis import given, settings
from hypothesis import strategies as st

from hepcoder.tools import leading
from hepcoder.tools.angular import (
    add_momenta,
    centrality,
    collins_soper_cos_theta,
    delta_eta,
    rapidity,
    zeppenfeld_centrality,
)
from hepcoder.tools.candidates import hadronic_top, hadronic_w
from hepcoder.tools.cleaning import b_tagged, clean, outside_crack
from hepcoder.tools.leptons import flavour_of, merge_leptons
from hepcoder.tools.nearest_objects import nearest, nearest_delta_r
from hepcoder.tools.pairing import disjoint_pairs, nearest_to_mass, ossf_pairs, same_sign_pairs

Object = dict[str, Any]


def some_events(seed: int, n: int = 300, mean: float = 3.0) -> list[list[Object]]:
    """Events with up to a handful of objects, empty ones too."""
    rng = np.random.default_rng(seed)

    def one() -> Object:
        return {
            "pt": round(float(rng.exponential(40) + 5), 3),
            "eta": round(float(rng.normal(0, 1.5)), 3),
            "phi": round(float(rng.uniform(-math.pi, math.pi)), 3),
            "mass": round(float(rng.exponential(5)), 3),
            "charge": int(rng.choice([-1, 1])),
            "flavour": int(rng.choice([11, 13])),
            "btag": float(rng.choice([0, 0, 1, 2])),
        }

    return [[one() for _ in range(rng.poisson(mean))] for _ in range(n)]


def wrapped(angle: float) -> float:
    while angle > math.pi:
        angle -= 2 * math.pi
    while angle <= -math.pi:
        angle += 2 * math.pi
    return angle


def distance(a: Object, b: Object) -> float:
    return math.hypot(a["eta"] - b["eta"], wrapped(a["phi"] - b["phi"]))


def components(one: Object) -> tuple[float, float, float, float]:
    px, py, pz = (
        one["pt"] * math.cos(one["phi"]),
        one["pt"] * math.sin(one["phi"]),
        one["pt"] * math.sinh(one["eta"]),
    )
    return math.sqrt(px**2 + py**2 + pz**2 + one["mass"] ** 2), px, py, pz


def summed(objects: Any) -> tuple[float, ...]:
    return tuple(sum(parts) for parts in zip(*map(components, objects), strict=True))


def mass_of(objects: Any) -> float:
    e, px, py, pz = summed(objects)
    return math.sqrt(max(e**2 - px**2 - py**2 - pz**2, 0.0))


def momenta(events: list[list[Object]]) -> ak.Array:
    like = ak.Array([[{**some_events(0, 1, 9.0)[0][0]}], *events])
    return ak.with_name(like, "Momentum4D")[1:]


def close(found: ak.Array, expected: list[Any]) -> None:
    """Equal, None in the same places."""
    assert ak.is_none(found).to_list() == [one is None for one in expected]
    numbers = [one for one in expected if one is not None]
    assert ak.drop_none(found).to_list() == pytest.approx(numbers, rel=1e-9, abs=1e-9)


def test_clean_removes_what_is_near_around_the_circle() -> None:
    jets, leptons = some_events(1), some_events(2, mean=1.0)
    found = clean(momenta(jets), momenta(leptons), 0.8)
    expected = [[j for j in js if all(distance(j, e) >= 0.8 for e in es)] for js, es in zip(jets, leptons, strict=True)]
    assert found.pt.to_list() == [[j["pt"] for j in js] for js in expected]
    assert any(len(js) != len(kept) for js, kept in zip(jets, expected, strict=True))


def test_clean_of_one_an_event_and_at_the_boundary() -> None:
    jets = ak.Array([[{"pt": 1.0, "eta": 0.5, "phi": 0.0}], [{"pt": 2.0, "eta": 0.5, "phi": 0.0}], []])
    lepton = ak.Array([{"eta": 0.0, "phi": 0.0}, None, {"eta": 0.0, "phi": 0.0}])
    assert clean(jets, lepton, 0.5).pt.to_list() == [[1.0], [2.0], []]
    assert clean(jets, lepton, 0.51).pt.to_list() == [[], [2.0], []]
    assert clean(jets, lepton[[0, 2, 0]], 0.51).pt.to_list() == [[], [], []]
    with pytest.raises(ValueError, match="3 events of objects but 1 of others"):
        clean(jets, lepton[:1])


@given(st.floats(-3, 3), st.floats(-10, 10), st.floats(-3, 3), st.floats(-10, 10), st.integers(-3, 3))
@settings(deadline=None, max_examples=30)
def test_the_nearest_does_not_depend_on_turns(eta: float, phi: float, eta2: float, phi2: float, turns: int) -> None:
    one = ak.Array([[{"eta": eta, "phi": phi}]])
    moved = ak.Array([[{"eta": eta2, "phi": phi2 + turns * 2 * math.pi}]])
    still = ak.Array([[{"eta": eta2, "phi": phi2}]])
    assert nearest_delta_r(one, moved)[0, 0] == pytest.approx(nearest_delta_r(one, still)[0, 0], abs=1e-6)


def test_crack_ends() -> None:
    photons = ak.Array([[{"eta": eta} for eta in (1.37, -1.37, 1.4, 1.52, -1.6, 0.0)]])
    for closed, expected in {
        "neither": [True, True, False, True, True, True],
        "both": [False, False, False, False, True, True],
        "left": [False, False, False, True, True, True],
        "right": [True, True, False, False, True, True],
    }.items():
        assert outside_crack(photons, closed=closed).to_list() == [expected]  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"low < high .* 1\.52, 1\.37"):
        outside_crack(photons, 1.52, 1.37)


def test_btag_is_what_is_not_zero_or_above_a_working_point() -> None:
    jets = ak.Array([[{"btag": 2.0, "btagDeepFlavB": 0.9}, {"btag": 0.0, "btagDeepFlavB": 0.1}], []])
    assert b_tagged(jets).to_list() == [[True, False], []]
    assert b_tagged(jets, 0.277, field="btagDeepFlavB").to_list() == [[True, False], []]
    with pytest.raises(ValueError, match=r"no 'btag'.*btagDeepFlavB"):
        b_tagged(jets[["btagDeepFlavB"]])


def test_nearest() -> None:
    jets, leptons = some_events(3), some_events(4, mean=1.5)
    found = nearest(momenta(leptons), momenta(jets)).pt.to_list()
    space = nearest_delta_r(momenta(leptons), momenta(jets)).to_list()
    for event, (js, ls) in enumerate(zip(jets, leptons, strict=True)):
        best = [min(js, key=lambda j: distance(j, lepton)) if js else None for lepton in ls]
        assert found[event] == [one["pt"] if one else None for one in best]
        expected = [distance(one, lepton) if one else None for one, lepton in zip(best, ls, strict=True)]
        assert space[event] == [one if one is None else pytest.approx(one, rel=1e-9) for one in expected]
    first = nearest_delta_r(leading(momenta(leptons)), momenta(jets))
    hardest = [max(ls, key=lambda one: one["pt"]) if ls else None for ls in leptons]
    close(
        first,
        [min((distance(j, h) for j in js), default=None) if h else None for js, h in zip(jets, hardest, strict=True)],
    )


def test_leptons_of_both_kinds_are_one_list() -> None:
    electrons, muons = some_events(5, mean=1.0), some_events(6, mean=1.0)
    found = merge_leptons(momenta(electrons)[["pt", "eta", "phi", "charge", "btag"]], momenta(muons))
    lists = found[["pt", "flavour", "index", "btag"]].to_list()
    for event in range(len(electrons)):
        both: list[Any] = [(e["pt"], 11, i, e["btag"]) for i, e in enumerate(electrons[event])]
        both += [(m["pt"], 13, i, m["btag"]) for i, m in enumerate(muons[event])]
        both.sort(key=lambda one: -one[0])
        assert [tuple(one.values()) for one in lists[event]] == both
    assert set(ak.flatten(found.mass[found.flavour == 11]).to_list()) == {0.00051099895}
    assert ak.all(found.px == found.pt * np.cos(found.phi))
    with pytest.raises(ValueError, match="no flavour; they have pt"):
        flavour_of(found[["pt", "charge"]])


@pytest.mark.parametrize(
    ("function", "keep"),
    [
        (same_sign_pairs, lambda a, b: a["charge"] == b["charge"]),
        (ossf_pairs, lambda a, b: a["charge"] != b["charge"] and a["flavour"] == b["flavour"]),
    ],
)
def test_pairs_by_charge_and_flavour(function: Any, keep: Callable[[Object, Object], bool]) -> None:
    events = some_events(7)
    first, second = function(momenta(events))
    expected = [[(a["pt"], b["pt"]) for a, b in itertools.combinations(event, 2) if keep(a, b)] for event in events]
    assert [list(zip(a, b, strict=True)) for a, b in zip(first.pt, second.pt, strict=True)] == expected


@pytest.mark.parametrize("n", [2, 3, 4])
@pytest.mark.parametrize(("charge", "same_flavour"), [(None, False), (0, False), (2, True), (1, True), (0, True)])
def test_nearest_to_mass(n: int, charge: int | None, same_flavour: bool) -> None:
    events = some_events(8, n=200, mean=4.0)
    found = nearest_to_mass(momenta(events), 91.2, n, charge=charge, same_flavour=same_flavour)
    masses, rests, parts = found.mass.to_list(), found.rest.pt.to_list(), [part.pt.to_list() for part in found.objects]
    for number, event in enumerate(events):
        fits = [
            each
            for each in itertools.combinations(event, n)
            if (charge is None or abs(sum(one["charge"] for one in each)) == charge)
            and (not same_flavour or len({one["flavour"] for one in each}) == 1)
        ]
        best = min(fits, key=lambda each: abs(mass_of(each) - 91.2), default=None)
        assert found.found[number] == (best is not None)
        assert sorted(one["pt"] for one in event if best is None or one not in best) == sorted(rests[number])
        if best is None:
            assert masses[number] is None
            continue
        assert [part[number] for part in parts] == [one["pt"] for one in best]
        assert masses[number] == pytest.approx(mass_of(best), rel=1e-9)
    again = ak.drop_none(found.momentum.mass).to_list()
    assert again == pytest.approx(ak.drop_none(found.mass).to_list(), rel=1e-6, abs=1e-6)


def test_combinations_of_other_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="not n=5"):
        nearest_to_mass(momenta(some_events(1, 3)), 91.2, 5)


@pytest.mark.parametrize("second", ["nearest", "highest_pt"])
def test_two_pairs_have_no_object_in_common(second: Any) -> None:
    events = some_events(9, n=400, mean=4.0)
    z1, z2 = disjoint_pairs(momenta(events), 91.2, second=second)
    pts = [part.pt.to_list() for part in (*z1.objects, *z2.objects)]
    n_left, n_found = ak.num(z2.rest).to_list(), 0
    for number, event in enumerate(events):
        pairs = [
            pair
            for pair in itertools.combinations(event, 2)
            if pair[0]["charge"] != pair[1]["charge"] and pair[0]["flavour"] == pair[1]["flavour"]
        ]
        best = min(pairs, key=lambda pair: abs(mass_of(pair) - 91.2), default=())
        left = [pair for pair in pairs if not any(one in best for one in pair)]
        rank: dict[str, Callable[[Any], float]] = {
            "nearest": lambda pair: abs(mass_of(pair) - 91.2),
            "highest_pt": lambda pair: -(pair[0]["pt"] + pair[1]["pt"]),
        }
        other = min(left, key=rank[second], default=())
        assert [pt[number] for pt in pts[:2] if pt[number]] == [one["pt"] for one in best]
        assert [pt[number] for pt in pts[2:] if pt[number]] == [one["pt"] for one in other]
        assert n_left[number] == len(event) - len(best) - len(other)
        n_found += bool(other)
    assert n_found == z2.found.sum() > 20
    with pytest.raises(ValueError, match="not 'best'"):
        disjoint_pairs(momenta(events), second="best")  # type: ignore[arg-type]


def test_hadronic_w_and_top() -> None:
    events = some_events(10, mean=5.0)
    jets = momenta(events)
    light, tagged = jets[~b_tagged(jets)], jets[b_tagged(jets)]
    lead, near = hadronic_w(light), hadronic_w(light, 80.4)
    tops = [hadronic_top(lead, tagged), hadronic_top(near, tagged, 172.5)]
    w_masses: list[list[float | None]] = [[], []]
    top_masses: list[list[float | None]] = [[], []]
    for event in events:
        lights = sorted((j for j in event if j["btag"] == 0), key=lambda j: -j["pt"])
        bs = sorted((j for j in event if j["btag"] > 0), key=lambda j: -j["pt"])
        pairs = list(itertools.combinations([j for j in event if j["btag"] == 0], 2))
        chosen = [
            lights[:2] if len(lights) > 1 else None,
            min(pairs, key=lambda p: abs(mass_of(p) - 80.4), default=None),
        ]
        for place, pair in enumerate(chosen):
            w_masses[place].append(mass_of(pair) if pair else None)
            options = [mass_of([*pair, b]) for b in bs] if pair else []
            best = options[:1] if place == 0 else sorted(options, key=lambda m: abs(m - 172.5))[:1]
            top_masses[place].append(best[0] if best else None)
    for place, w in enumerate((lead, near)):
        close(w.mass, w_masses[place])
        close(tops[place].mass, top_masses[place])
        assert ak.all(ak.num(tops[place].rest) == ak.num(tagged) - tops[place].found)
    with pytest.raises(ValueError, match="300 events of W candidates but 2 of b-jets"):
        hadronic_top(lead, tagged[:2])


def test_sum_rapidity_and_collins_soper_angle() -> None:
    events = [pair[:2] for pair in some_events(11, mean=5.0) if len(pair) > 1]
    objects = momenta(events)
    pair = add_momenta(objects[:, 0], objects[:, 1])
    angle = collins_soper_cos_theta(objects[:, 0], objects[:, 1]).to_list()
    fast = rapidity(pair).to_list()
    pairs = pair.to_list()
    for number, (a, b) in enumerate(events):
        e, px, py, pz = summed([a, b])
        pt, mass = math.hypot(px, py), mass_of([a, b])
        assert pairs[number]["pt"] == pytest.approx(pt, rel=1e-9)
        assert pairs[number]["eta"] == pytest.approx(math.asinh(pz / pt), rel=1e-6, abs=1e-9)
        assert pairs[number]["mass"] == pytest.approx(mass, rel=1e-6)
        assert fast[number] == pytest.approx(0.5 * math.log((e + pz) / (e - pz)), rel=1e-6, abs=1e-9)
        plus = [(one[0] + one[3]) / math.sqrt(2) for one in map(components, (a, b))]
        minus = [(one[0] - one[3]) / math.sqrt(2) for one in map(components, (a, b))]
        size = 2 / math.sqrt(mass**2 * (mass**2 + pt**2))
        expected = math.copysign(1, pz) * size * (plus[0] * minus[1] - minus[0] * plus[1])
        assert angle[number] == pytest.approx(expected, rel=1e-6, abs=1e-9)
    assert max(map(abs, angle)) <= 1 + 1e-9


def test_collins_soper_is_the_angle_in_the_rest_frame() -> None:
    """Boosted to the rest of the pair, the axis bisects one beam and the reverse of the other."""
    rng = np.random.default_rng(12)
    for _ in range(10):
        a, b = (
            vector.obj(pt=rng.uniform(20, 80), eta=rng.normal(), phi=rng.uniform(-3, 3), mass=0.0) for _ in range(2)
        )
        pair: Any = a + b
        beams: list[Any] = [
            vector.obj(px=0, py=0, pz=sign * 6500.0, E=6500.0).boostCM_of(pair).to_Vector3D() for sign in (1, -1)
        ]
        axis = (beams[0].unit() - beams[1].unit()).unit()
        expected = a.boostCM_of(pair).to_Vector3D().unit().dot(axis) * math.copysign(1, pair.pz)
        ours = [ak.Array([{"pt": one.pt, "eta": one.eta, "phi": one.phi, "mass": 0.0}]) for one in (a, b)]
        assert collins_soper_cos_theta(*ours)[0] == pytest.approx(expected, abs=1e-9)


def test_photons_by_the_closed_form_of_massless_pairs() -> None:
    photons = momenta([event[:2] for event in some_events(13, mean=5.0) if len(event) > 1])
    a, b = photons[:, 0], photons[:, 1]
    pair = add_momenta(a, b, mass=0.0)
    expected = abs(np.sinh(a.eta - b.eta)) / np.sqrt(1 + (pair.pt / pair.mass) ** 2) * 2 * a.pt * b.pt / pair.mass**2
    assert ak.to_list(abs(collins_soper_cos_theta(a, b, mass=0.0))) == pytest.approx(expected.to_list(), abs=1e-9)


def test_centralities() -> None:
    jets = ak.Array([[{"pt": 50.0, "eta": 2.0}, {"pt": 30.0, "eta": -1.0}], [{"pt": 9.0, "eta": 1.0}], []])
    taus = ak.Array([[{"eta": 0.5}, {"eta": 3.5}], [{"eta": 0.5}], []])
    star = zeppenfeld_centrality(taus, leading(jets), leading(jets, 2))
    assert star.to_list() == [[0.0, 1.0], None, None]
    expected = [[1.0, math.exp(-4)], None, None]
    assert centrality(taus, leading(jets), leading(jets, 2)).to_list() == expected
    assert float(delta_eta(leading(jets), leading(jets, 2))[0]) == 3.0


def test_what_is_missing_stays_missing() -> None:
    objects = momenta([[], some_events(14, 1, 9.0)[0][:1]])
    none = nearest_to_mass(objects, 91.2)
    assert none.mass.to_list() == [None, None]
    assert none.momentum.pt.to_list() == [None, None]
    assert add_momenta(leading(objects), leading(objects, 2)).pt.to_list() == [None, None]
    with pytest.raises(ValueError, match="neither mass nor E"):
        add_momenta(objects[["pt", "eta", "phi"]])
    with pytest.raises(ValueError, match="one object or more"):
        add_momenta()
