"""Scaling of columns against numpy and scipy on the whole, and what must be an error."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jet_batches import JETS, batch, jets
from scipy.stats import skew

from hepcoder.tools.learning.batches import Batch
from hepcoder.tools.learning.data.memory import MemorySource
from hepcoder.tools.learning.inputs import Inputs, ObjectList
from hepcoder.tools.learning.models.moments import Moments
from hepcoder.tools.learning.models.scaling import Scaling, fit_scaling

RNG = np.random.default_rng(3)


def source_of(train: Batch, inputs: Inputs) -> MemorySource:
    other = train.take(slice(0, 0))
    return MemorySource(inputs, ("b", "s"), ("zz",), {"train": train, "validation": other, "test": other})


def columns(values: Mapping[str, np.ndarray]) -> MemorySource:
    table = np.column_stack(list(values.values()))
    n = len(table)
    return source_of(
        batch(table, np.zeros((n, 0, 0)), np.zeros((n, 0, 4)), np.zeros((n, 0))), Inputs(event=tuple(values))
    )


@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), st.sampled_from([0.0, 1e4, -1e6]))
@settings(max_examples=30, deadline=None)
def test_moments_of_parts_are_those_of_the_whole(sizes: list[int], offset: float) -> None:
    parts = [np.random.default_rng(size).exponential(2.0, (size, 2)) + offset for size in sizes]
    moments = Moments(2)
    for part in parts:
        moments.add(part)
    whole = np.concatenate(parts)
    assert moments.count == len(whole)
    assert moments.plain[0] == pytest.approx(whole.mean(axis=0), rel=1e-12)
    assert moments.std(log=False) == pytest.approx(whole.std(axis=0), rel=1e-6, abs=1e-6)
    if len(whole) > 2:
        assert moments.skewness(log=False) == pytest.approx(skew(whole, axis=0), abs=1e-4)


def test_only_training_objects_that_are_there_count() -> None:
    train = jets(20_000, seed=5)
    scaling = fit_scaling(source_of(train, JETS))
    there = train.objects[train.mask].astype(np.float64)
    assert scaling.object_log == (True, False, False, True)
    assert scaling.object_mean[0] == pytest.approx(np.log(there[:, 0]).mean(), rel=1e-9)
    assert scaling.object_std[1] == pytest.approx(there[:, 1].std(), rel=1e-9)
    assert scaling.event_mean[0] == pytest.approx(train.event[:, 0].astype(np.float64).mean(), rel=1e-9)


def test_what_is_log_scaled_is_positive_and_has_a_tail_that_the_logarithm_takes_away() -> None:
    n = 5000
    values = {
        "lognormal": RNG.lognormal(0, 1, n),
        "exponential": RNG.exponential(1, n) + 0.1,
        "gauss": RNG.normal(0, 1, n),
        "positive_gauss": RNG.normal(100, 1, n),
        "one_negative": np.append(RNG.lognormal(0, 1, n - 1), -0.1),
        "zeros": RNG.lognormal(0, 1, n) * (np.arange(n) % 2),
    }
    assert fit_scaling(columns(values)).event_log == (True, True, False, False, False, False)
    given_names = fit_scaling(columns(values), log_columns=("positive_gauss",))
    assert given_names.event_log == (False, False, False, True, False, False)
    assert given_names.event_mean[3] == pytest.approx(np.log(100), abs=0.01)


def test_flags_and_what_an_object_is_stay_as_they_are() -> None:
    lists = tuple(ObjectList(name=name, fields=("pt",), most=2) for name in ("jets", "muons"))
    objects = np.zeros((400, 4, 3))
    objects[..., 0] = RNG.normal(50, 5, (400, 4))
    objects[:, :2, 1], objects[:, 2:, 2] = 1, 1
    flag = (RNG.random((400, 1)) < 0.1).astype(float)
    train = batch(flag, objects, np.zeros((400, 0, 4)), np.ones((400, 4)))
    scaling = fit_scaling(source_of(train, Inputs(event=("trigger",), objects=lists)))
    assert (scaling.event_mean, scaling.event_std) == ((0.0,), (1.0,))
    assert scaling.object_mean[1:] == (0.0, 0.0)
    assert scaling.object_std[1:] == (1.0, 1.0)
    assert scaling.object_mean[0] == pytest.approx(50, abs=0.5)


@pytest.mark.parametrize("value", [0.0, 1.0, 0.1, -3e7])
def test_a_constant_column_is_an_error_that_names_it(value: float) -> None:
    with pytest.raises(ValueError, match="column 'same' is .* in every training event"):
        fit_scaling(columns({"x": RNG.normal(size=100), "same": np.full(100, value)}))


def test_a_constant_mass_of_four_vectors_is_kept() -> None:
    train = jets(100)
    for values in (train.objects, train.four_vectors):
        values[..., 3] = 0.13957
    scaling = fit_scaling(source_of(train, JETS))
    assert scaling.object_mean[3] == pytest.approx(0.13957)
    assert scaling.object_std[3] == 1.0


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_are_an_error_that_names_the_column(value: float) -> None:
    with pytest.raises(ValueError, match="column 'bad' holds NaN or infinity"):
        fit_scaling(columns({"x": RNG.normal(size=20_000), "bad": np.append(RNG.normal(size=19_999), value)}))


def test_nothing_to_scale_by_is_an_error() -> None:
    with pytest.raises(ValueError, match="no event in the training split"):
        fit_scaling(source_of(jets(0), JETS))
    empty = jets(10)
    with pytest.raises(ValueError, match="no training event has an object in jets"):
        fit_scaling(source_of(batch(empty.event, empty.objects, empty.four_vectors, empty.mask & False), JETS))


def test_wrong_log_columns_are_errors() -> None:
    source = columns({"x": RNG.normal(size=50)})
    with pytest.raises(ValueError, match=r"log_columns names pt.*among the inputs x"):
        fit_scaling(source, log_columns=("pt",))
    with pytest.raises(ValueError, match="column 'x' goes down to -"):
        fit_scaling(source, log_columns=("x",))


def test_a_scaling_that_divides_by_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="finite std above 0"):
        Scaling((0.0,), (0.0,), (False,), (), (), ())
    with pytest.raises(ValueError, match="as many means as std"):
        Scaling((0.0,), (1.0, 1.0), (False,), (), (), ())
