import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from learning_scores import binormal, known, make_scores
from scipy.stats import norm
from sklearn.metrics import roc_auc_score
from sklearn.metrics import roc_curve as sklearn_curve

from hepcoder.tools.learning.evaluation.contrast import contrast, effective_entries, groups, signal_index
from hepcoder.tools.learning.evaluation.roc import auc, auc_influence, roc_curve, weighted_auc
from hepcoder.tools.learning.evaluation.working_points import working_points
from hepcoder.tools.learning.scores import Scores

# Eighths are exact in float32, few enough for ties, and stay distinct under the maps of the laws.
eighths = st.integers(0, 8).map(lambda value: value / 8)

laws = settings(max_examples=30, deadline=None)  # times differ on busy machines


@st.composite
def events(draw: Any) -> Any:
    n = draw(st.integers(2, 30))
    label = draw(arrays.arrays(bool, n))
    label[:2] = (False, True)
    score = np.array(draw(st.lists(eighths, min_size=n, max_size=n)))
    weight = np.array(draw(st.lists(st.integers(1, 5), min_size=n, max_size=n)), dtype=float)
    return score, label, weight


@laws
@given(events())
def test_area_agrees_with_scikit_learn(case: Any) -> None:
    score, label, weight = case
    assert weighted_auc(score, label, weight) == pytest.approx(roc_auc_score(label, score, sample_weight=weight))


@laws
@given(events())
def test_area_does_not_change_under_a_rising_map_and_is_reflected_by_a_falling_one(case: Any) -> None:
    score, label, weight = case
    area: Any = weighted_auc(score, label, weight)
    assert weighted_auc(np.exp(score) + 3, label, weight) == pytest.approx(area)
    assert weighted_auc(1 - score, label, weight) == pytest.approx(1 - area)


@laws
@given(events(), st.floats(1e-6, 1e6))
def test_scaled_weights_change_nothing(case: Any, factor: Any) -> None:
    score, label, weight = case
    one, other = (known(auc(make_scores(score, label, weight=w))) for w in (weight, weight * factor))
    assert one.value == pytest.approx(other.value)
    assert (one.error is None) == (other.error is None)
    assert one.error is None or one.error == pytest.approx(other.error, rel=1e-6, abs=1e-9)


@laws
@given(events(), st.data())
def test_an_event_twice_is_an_event_of_double_weight(case: Any, data: Any) -> None:
    score, label, weight = case
    which = data.draw(st.integers(0, len(score) - 1))
    heavier = weight.copy()
    heavier[which] *= 2
    again = [*range(len(score)), which]
    twice = make_scores(score[again], label[again], weight=weight[again], event_id=again)
    one, other = known(auc(make_scores(score, label, weight=heavier))), known(auc(twice))
    assert one.value == pytest.approx(other.value)
    assert (one.error is None) == (other.error is None)
    assert one.error is None or one.error == pytest.approx(other.error, abs=1e-9)


@laws
@given(events())
def test_curve_agrees_with_scikit_learn_and_encloses_the_area(case: Any) -> None:
    score, label, weight = case
    curve: Any = roc_curve(make_scores(score, label, weight=weight))
    false, true, cuts = sklearn_curve(label, score.astype(np.float32), sample_weight=weight, drop_intermediate=False)
    assert curve.cut == pytest.approx(cuts)
    assert curve.signal_efficiency == pytest.approx(true)
    assert curve.background_efficiency == pytest.approx(false)
    assert np.trapezoid(curve.signal_efficiency, curve.background_efficiency) == pytest.approx(
        weighted_auc(score, label, weight)
    )


def test_ties_and_weights_by_hand() -> None:
    # signal 0.5 (weight 2) and 0.9 (1) against background 0.5 (3) and 0.1 (1):
    # (2 * (1 + 3/2) + 1 * 4) / (3 * 4)
    assert weighted_auc([0.5, 0.9, 0.5, 0.1], [True, True, False, False], [2, 1, 3, 1]) == pytest.approx(9 / 12)


def test_negative_weights_are_subtracted() -> None:
    # background 0.8 of weight -1 takes away what one of the two at 0.2 adds: 2 * 1 - 1 * 0 over 1
    assert weighted_auc([0.5, 0.2, 0.2, 0.8], [True, False, False, False], [1, 1, 1, -1]) == pytest.approx(2.0)
    assert weighted_auc([0.5, 0.2, 0.8], [True, False, False], [1, 1, -1]) is None


def test_undefined_is_none() -> None:
    assert auc(make_scores([0.1, 0.2], [True, True])) is None
    assert roc_curve(make_scores([0.1, 0.2], [False, False])) is None
    assert working_points(make_scores([], [])) == ()
    one_each: Any = auc(make_scores([0.2, 0.4], [False, True]))
    assert (one_each.value, one_each.error) == (1.0, None)


def test_error_is_that_of_delong_by_its_definition() -> None:
    scores = binormal(60, 1.0, 3)
    events = contrast(scores)
    s, b = events.score[events.is_signal], events.score[~events.is_signal]
    wins = (s[:, None] > b) + 0.5 * (s[:, None] == b)
    by_hand = wins.mean(axis=1).var(ddof=1) / len(s) + wins.mean(axis=0).var(ddof=1) / len(b)
    assert known(auc(scores)).error == pytest.approx(math.sqrt(by_hand))


def test_error_agrees_with_a_bootstrap_of_weighted_grouped_events() -> None:
    generator = np.random.default_rng(5)
    n = 600
    group = np.repeat(np.arange(n // 2), 2)  # two jets an event, alike in score and weight
    label = (group % 2).astype(bool)
    x = generator.normal(size=n // 2)[group] + 0.5 * generator.normal(size=n) + label
    weight = (generator.exponential(size=n // 2) * np.where(generator.random(n // 2) < 0.1, -1, 1))[group]
    scores = make_scores(1 / (1 + np.exp(-x)), label, weight=weight, event_id=group)
    draws: list[Any] = []
    for _ in range(400):
        times = np.bincount(generator.integers(0, n // 2, n // 2), minlength=n // 2)[group]
        draws.append(weighted_auc(x, label, weight * times))
    assert known(auc(scores)).error == pytest.approx(np.std(draws), rel=0.15)


@pytest.mark.parametrize(("varied", "negative"), [(False, 0.0), (True, 0.0), (True, 0.1)])
def test_interval_covers_the_closed_form(varied: Any, negative: Any) -> None:
    shift, toys = 1.2, 250
    true = norm.cdf(shift / math.sqrt(2))
    inside = 0
    for seed in range(toys):
        found: Any = auc(binormal(400, shift, seed, varied=varied, negative=negative))
        inside += found.low <= true <= found.high
    # 95 % within 3.5 binomial standard deviations
    assert abs(inside / toys - 0.95) < 3.5 * math.sqrt(0.95 * 0.05 / toys)


def test_permuted_labels_give_one_half_within_the_interval() -> None:
    scores = binormal(4000, 2.0, 1)
    label = np.random.default_rng(2).permutation(scores.label)
    found: Any = auc(make_scores(scores.score[:, 1], label))
    assert found.low < 0.5 < found.high
    assert found.error == pytest.approx(1 / math.sqrt(12 * 1000), rel=0.05)


def test_separation_without_exception_has_a_bound_but_no_error() -> None:
    found: Any = auc(make_scores([0.1] * 30 + [0.9] * 20, [False] * 30 + [True] * 20))
    assert (found.value, found.error, found.high) == (1.0, None, 1.0)
    assert found.low == pytest.approx(0.05 ** (1 / 20))


def test_one_class_against_the_rest_of_several() -> None:
    generator = np.random.default_rng(1)
    label = generator.integers(0, 3, 500)
    score = generator.dirichlet([1, 1, 1], 500) + 0.5 * np.eye(3)[label]
    score = (score / score.sum(axis=1, keepdims=True)).astype(np.float32)
    index = np.arange(500)
    scores = Scores(("top", "higgs", "zz"), ("all",), index, index * 0, index * 0, label, np.ones(500), score)
    for place, name in enumerate(scores.classes):
        assert known(auc(scores, name)).value == pytest.approx(roc_auc_score(label == place, score[:, place]))
    assert auc(scores) == auc(scores, "zz")
    with pytest.raises(ValueError, match=r"no class 'w'.*top, higgs, zz"):
        auc(scores, "w")


def test_unknown_labels_are_left_out_and_nan_is_refused() -> None:
    scores = make_scores([0.2, 0.8, 0.5], [False, True, True])
    scores.label[2] = -1
    assert known(auc(scores)).value == 1.0
    scores.score[0] = np.nan
    with pytest.raises(ValueError, match="1 of 2 events"):
        auc(scores)


def test_influence_needs_both_sides() -> None:
    with pytest.raises(ValueError, match="an area needs both above 0"):
        auc_influence(contrast(make_scores([0.5], [True])))


@laws
@given(arrays.arrays(np.int64, st.tuples(st.just(2), st.integers(1, 20)), elements=st.integers(0, 3)))
def test_groups_are_those_of_equal_keys(keys: Any) -> None:
    found: Any = groups(*keys)
    pairs = [tuple(one) for one in keys.T.tolist()]
    assert all((found[i] == found[j]) == (pairs[i] == pairs[j]) for i in range(len(pairs)) for j in range(i))


def test_effective_entries_by_hand() -> None:
    assert effective_entries(np.array([1.0, 1.0, 2.0]), np.arange(3)) == pytest.approx(16 / 6)
    assert effective_entries(np.array([1.0, 1.0, 2.0]), np.array([0, 0, 1])) == pytest.approx(2.0)
    assert effective_entries(np.zeros(0), np.zeros(0, dtype=np.int64)) == 0.0
    assert signal_index(("a", "b")) == 1


def test_rejection_of_the_binormal_model() -> None:
    shift = 1.5
    for point in working_points(binormal(200_000, shift, 7), (0.3, 0.5, 0.8)):
        true = 1 / norm.sf(norm.isf(point.wanted) + shift)
        assert abs(known(point.rejection).value - true) < 4 * known(point.rejection).error
        assert point.signal_efficiency == pytest.approx(point.wanted, abs=1e-4)


def test_error_of_the_rejection_is_its_scatter() -> None:
    shift, wanted = 1.5, 0.5
    true = 1 / norm.sf(norm.isf(wanted) + shift)
    found: Any = [working_points(binormal(2000, shift, seed, varied=True), (wanted,))[0] for seed in range(200)]
    values, errors = (np.array([getattr(one.rejection, name) for one in found]) for name in ("value", "error"))
    assert errors.mean() == pytest.approx(values.std(), rel=0.2)
    covered = np.mean([known(one.rejection).low <= true <= known(one.rejection).high for one in found])
    assert covered == pytest.approx(0.95, abs=0.05)


def test_rejection_without_background_left_is_a_bound() -> None:
    scores = make_scores([0.1] * 50 + [0.9] * 10, [False] * 50 + [True] * 10)
    point: Any = working_points(scores, (0.5,))[0]
    assert point.rejection is None
    assert (point.cut, point.background_efficiency, point.signal_efficiency) == (pytest.approx(0.9), 0.0, 1.0)
    # 0 of 50: (1 - p)^50 = 5 %
    assert point.rejection_at_least == pytest.approx(1 / (1 - 0.05 ** (1 / 50)))


def test_working_point_by_hand_and_its_range() -> None:
    scores = make_scores([0.1, 0.6, 0.3, 0.7, 0.8], [False, False, True, True, True], weight=[3, 1, 1, 1, 2])
    point: Any = working_points(scores, (0.5,))[0]
    assert (point.cut, point.signal_efficiency) == (pytest.approx(0.8), 0.5)
    loose: Any = working_points(scores, (1.0,))[0]
    assert (loose.cut, loose.background_efficiency) == (pytest.approx(0.3), 0.25)
    assert known(loose.rejection).value == 4.0
    with pytest.raises(ValueError, match=r"above 0 and up to 1, not 0\.0"):
        working_points(scores, (0.0,))


@laws
@given(events())
def test_rejection_never_rises_with_the_signal_efficiency(case: Any) -> None:
    score, label, weight = case
    passing = [one.background_efficiency for one in working_points(make_scores(score, label, weight=weight))]
    assert passing == sorted(passing)
