"""Splits by event id: shares, independence of order and of files, the same on every machine."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, kstest

from hepcoder.tools.learning.data.event_ids import first_place, mixed_ids
from hepcoder.tools.learning.data.splitting import hash_key, split_mix, split_of, uniform_of
from hepcoder.tools.learning.inputs import SPLITS, Splitting

SEEDS = st.integers(0, 2**40)
IDS = st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=60)


@given(
    SEEDS, st.floats(0.05, 0.45), st.floats(0.05, 0.45), st.integers(-(2**62), 2**62), st.sampled_from([1, 7, 2**20])
)
@settings(max_examples=25, deadline=None)
def test_shares_are_within_binomial_bounds_for_ids_in_a_row(
    seed: int, validation: float, test: float, first: int, stride: int
) -> None:
    n = 20_000
    ids = first + stride * np.arange(n, dtype=np.int64)
    splitting = Splitting(validation=validation, test=test, seed=seed)
    counts = np.bincount(split_of(ids, "ttbar", splitting), minlength=3)
    expected = {"train": 1 - validation - test, "validation": validation, "test": test}
    for place, split in enumerate(SPLITS):
        assert binomtest(int(counts[place]), n, expected[split]).pvalue > 1e-6


@given(IDS, SEEDS, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_an_event_keeps_its_split_in_any_order_and_any_file(ids: list[int], seed: int, random: object) -> None:
    splitting = Splitting(seed=seed)
    whole = dict(zip(ids, split_of(np.array(ids), "zz", splitting).tolist(), strict=True))
    shuffled = list(ids) * 2
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    again = np.concatenate([split_of(np.array(part), "zz", splitting) for part in (shuffled[:7], shuffled[7:]) if part])
    assert [whole[one] for one in shuffled] == again.tolist()


def test_the_hash_is_the_published_one_and_stays_as_it_is() -> None:
    # seeded with 1234567, the first of the numbers that implementations of SplitMix64 are tested with
    assert split_mix(np.array([1234567], dtype=np.uint64)).tolist() == [6457827717110365317]
    assert hash_key("wjets", 42) == 6802009694112585651
    assert split_of(np.arange(12), "wjets", Splitting()).tolist() == [2, 2, 0, 0, 0, 0, 0, 0, 2, 2, 1, 2]


def test_processes_and_seeds_are_split_independently() -> None:
    ids = np.arange(40_000)
    base = split_of(ids, "a", Splitting())
    for other in (split_of(ids, "b", Splitting()), split_of(ids, "a", Splitting(seed=1))):
        agreement = float((base == other).mean())
        assert agreement == pytest.approx(0.6**2 + 0.15**2 + 0.25**2, abs=0.015)


def test_another_validation_share_leaves_the_test_split_as_it_is() -> None:
    ids = np.arange(5000)
    one, two = (split_of(ids, "a", Splitting(validation=share)) for share in (0.1, 0.3))
    assert np.array_equal(one == 2, two == 2)
    assert (one == 1).sum() < (two == 1).sum()


def test_hashes_are_uniform_for_ids_that_are_not() -> None:
    for ids in (np.arange(30_000), np.arange(30_000) << 40, -np.arange(30_000), np.arange(30_000, dtype=np.uint32)):
        assert kstest(uniform_of(ids, hash_key("x", 3)), "uniform").pvalue > 1e-4


def test_ids_that_are_no_integers_are_refused() -> None:
    with pytest.raises(TypeError, match="must be integers, not float64"):
        split_of([1.0, 2.0], "a", Splitting())


@given(st.lists(st.tuples(st.integers(1, 400_000), st.integers(1, 5000), st.integers(0, 2**40)), unique=True))
@settings(deadline=None)
def test_ids_of_run_block_and_event_differ_when_one_of_them_does(parts: list[tuple[int, int, int]]) -> None:
    ids = mixed_ids(np.array(parts, dtype=np.int64).reshape(-1, 3))
    assert len(set(ids.tolist())) == len(parts)
    assert (ids >= 0).all()


def test_ids_of_many_events_of_a_run_differ() -> None:
    run, event = np.divmod(np.arange(300_000), 1000)
    assert np.unique(mixed_ids(np.stack([run, event], axis=1))).size == 300_000


def test_places_of_files_do_not_meet() -> None:
    assert first_place(0) == 0
    assert first_place(3) - first_place(2) > 10**12
    with pytest.raises(ValueError, match="beyond"):
        first_place(1 << 22)
