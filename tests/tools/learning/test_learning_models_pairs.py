"""Pairs of objects against vector, and graphs against loops."""

import math
from typing import Any

import numpy as np
import pytest
import vector
from hypothesis import given, settings
from hypothesis import strategies as st
from jet_batches import jets

pytest.importorskip("torch", reason="needs hepcoder[ml]")

import torch

from hepcoder.tools.learning.models.graphs import GraphBuilder, everyone, nearest
from hepcoder.tools.learning.models.pairwise import delta_r2, mass2, pair_features

VECTORS = st.tuples(st.floats(0.5, 2000), st.floats(-4, 4), st.floats(-3.14, 3.14), st.floats(0, 200))


def as_tensor(*rows: tuple[float, ...]) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.float32)


def as_vector(row: tuple[float, ...]) -> vector.MomentumObject4D:
    pt, eta, phi, mass = (float(np.float32(value)) for value in row)
    return vector.obj(pt=pt, eta=eta, phi=phi, mass=mass)


def test_delta_r_goes_the_short_way_round() -> None:
    one, other = as_tensor((50.0, 0.5, 3.1, 0.0)), as_tensor((40.0, 0.1, -3.1, 0.0))
    expected = math.hypot(0.4, 2 * math.pi - 6.2)
    assert math.sqrt(delta_r2(one, other).item()) == pytest.approx(expected, rel=1e-5)
    assert math.sqrt(delta_r2(other, one).item()) == pytest.approx(expected, rel=1e-5)


@given(VECTORS, VECTORS)
@settings(max_examples=60, deadline=None)
def test_pairs_are_those_of_vector(one: tuple[float, ...], other: tuple[float, ...]) -> None:
    first, second = as_vector(one), as_vector(other)
    tensors = as_tensor(one), as_tensor(other)
    assert math.sqrt(delta_r2(*tensors).item()) == pytest.approx(first.deltaR(second), rel=1e-4, abs=1e-5)
    both: Any = first + second
    exact = float(both.mass2)
    # vector subtracts p² from E² in float64: what is lost there is some 1e-15 of E²
    assert mass2(*tensors).item() == pytest.approx(exact, rel=2e-4, abs=1e-12 * (first.E + second.E) ** 2 + 1e-6)


def test_features_of_a_pair_by_hand() -> None:
    found = pair_features(as_tensor((50.0, 0.0, 0.0, 0.0)), as_tensor((30.0, 0.3, 0.4, 0.0)))[0]
    m2 = 2 * 50 * 30 * (math.cosh(0.3) - math.cos(0.4))
    expected = [
        (math.log(0.5) + 1.0) / 1.5,
        math.log(30 * 0.5) / 3,
        (math.log(30 / 80) + 2.0) / 1.5,
        (math.log(m2) - 3.0) / 5,
    ]
    assert found.tolist() == pytest.approx(expected, rel=1e-5)


def test_a_collimated_energetic_pair_keeps_its_mass() -> None:
    one, other = (1500.0, 3.0, 1.0, 0.0), (1200.0, 3.001, 1.001, 0.0)
    exact = 2 * 1500 * 1200 * (math.cosh(float(np.float32(3.001)) - 3) - math.cos(float(np.float32(1.001)) - 1))
    assert mass2(as_tensor(one), as_tensor(other)).item() == pytest.approx(exact, rel=1e-3)


@given(st.lists(st.sampled_from([0.0, 1e-30, 1e30, -1e30, 3e38, 1.0, -5.0]), min_size=8, max_size=8))
@settings(max_examples=60, deadline=None)
def test_features_are_finite_whatever_the_vectors(values: list[float]) -> None:
    pair = torch.tensor(values, dtype=torch.float32).view(2, 4).requires_grad_()
    features = pair_features(pair[:1], pair[1:])
    (gradient,) = torch.autograd.grad(features.sum(), pair)
    assert torch.isfinite(features).all()
    assert torch.isfinite(gradient).all()


def test_neighbours_are_the_nearest_real_others() -> None:
    batch = jets(40, seed=8)
    vectors, mask = torch.from_numpy(batch.four_vectors), torch.from_numpy(batch.mask)
    graph = GraphBuilder(2, "eta_phi", edge_features=True, self_loops=False)(vectors, vectors, mask)
    for event in range(40):
        there = np.flatnonzero(batch.mask[event])
        for receiver in range(mask.shape[1]):
            found = graph.senders[event, receiver][graph.valid[event, receiver]].tolist()
            row = [as_vector(tuple(one)) for one in batch.four_vectors[event]]
            others = [one for one in there if one != receiver] if receiver in there else []
            others.sort(key=lambda one: row[receiver].deltaR(row[one]))
            assert found == others[:2]
    empty = ~graph.valid
    assert graph.features[empty].abs().sum() == 0
    assert graph.features[graph.valid].abs().sum(1).min() > 0


def test_self_loops_have_no_features_and_come_once() -> None:
    batch = jets(10, seed=2)
    vectors, mask = torch.from_numpy(batch.four_vectors), torch.from_numpy(batch.mask)
    graph = GraphBuilder(2, "eta_phi", edge_features=True, self_loops=True)(vectors, vectors, mask)
    itself = graph.senders == torch.arange(mask.shape[1])[None, :, None]
    assert ((itself & graph.valid).sum(2) == mask).all()
    assert graph.features[itself].abs().sum() == 0


def test_everyone_sends_to_every_other() -> None:
    mask = torch.tensor([[True, True, False, True], [False] * 4])
    senders, valid = everyone(mask)
    assert [sorted(senders[0, place][valid[0, place]].tolist()) for place in range(4)] == [[1, 3], [0, 3], [], [0, 1]]
    assert not valid[1].any()


@pytest.mark.parametrize("places", [0, 1])
def test_graphs_of_nobody_and_of_one_have_no_edges(places: int) -> None:
    mask = torch.ones(3, places, dtype=torch.bool)
    assert nearest(torch.zeros(3, places, places), mask, 4)[1].shape == (3, places, 0)
    assert everyone(mask)[1].sum() == 0


def test_sparse_edges_are_the_valid_ones() -> None:
    batch = jets(12, seed=4)
    vectors, mask = torch.from_numpy(batch.four_vectors), torch.from_numpy(batch.mask)
    graph = GraphBuilder(3, "eta_phi", edge_features=True, self_loops=False)(vectors, vectors, mask)
    edges, features = graph.sparse
    assert edges.shape[1] == int(graph.valid.sum()) == len(features)
    flat = vectors.flatten(0, 1)
    assert torch.equal(pair_features(flat[edges[1]], flat[edges[0]]), features)
    assert (edges[0] // mask.shape[1] == edges[1] // mask.shape[1]).all()
