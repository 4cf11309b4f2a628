import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from learning_scores import binormal, known, make_scores
from scipy.stats import kstest
from sklearn.metrics import (
    accuracy_score,
    brier_score_loss,
    f1_score,
    log_loss,
    precision_score,
    recall_score,
)
from sklearn.metrics import (
    confusion_matrix as sklearn_confusion,
)

from hepcoder.tools.learning.evaluation.calibration import calibration
from hepcoder.tools.learning.evaluation.classification import at_cut, confusion_matrix, probability_metrics
from hepcoder.tools.learning.scores import Scores


@settings(max_examples=30, deadline=None)  # times differ on busy machines
@given(st.integers(0, 10_000), st.sampled_from([0.2, 0.5, 0.8]))
def test_decisions_agree_with_scikit_learn(seed: Any, cut: Any) -> None:
    scores = binormal(60, 1.0, seed, varied=True)
    label, weight = scores.label, scores.weight
    called = scores.score[:, 1] >= cut
    found: Any = at_cut(scores, cut)
    given_ = {"sample_weight": weight, "zero_division": np.nan}
    assert found.accuracy == pytest.approx(accuracy_score(label, called, sample_weight=weight))
    wanted = (precision_score(label, called, **given_), recall_score(label, called, **given_))
    for value, reference in zip((found.precision, found.recall), wanted, strict=True):
        assert value is None if math.isnan(reference) else value == pytest.approx(reference)
    if found.f1 is not None:
        assert found.f1 == pytest.approx(f1_score(label, called, sample_weight=weight))


def test_undefined_decisions_are_none() -> None:
    found: Any = at_cut(make_scores([0.1, 0.2], [False, True]), 0.9)
    assert (found.precision, found.recall, found.f1, found.accuracy) == (None, 0.0, None, 0.5)
    assert known(at_cut(make_scores([0.1], [False]))).recall is None
    assert at_cut(make_scores([0.1, 0.1], [False, True], weight=[1, -1])) is None


def three_classes(n: Any = 400, seed: Any = 1) -> Any:
    generator = np.random.default_rng(seed)
    label = generator.integers(0, 3, n)
    score = (generator.dirichlet([1, 1, 1], n) + 0.6 * np.eye(3)[label]).astype(np.float32)
    score /= score.sum(axis=1, keepdims=True)
    index = np.arange(n)
    weight = generator.exponential(size=n)
    return Scores(("a", "b", "c"), ("p", "q"), index, index % 2, index * 0 + 2, label, weight, score)


@pytest.mark.parametrize("scores", [binormal(300, 1.0, 4, varied=True), three_classes()])
def test_probability_metrics_agree_with_scikit_learn(scores: Any) -> None:
    found: Any = probability_metrics(scores, balanced=False)
    two = len(scores.classes) == 2
    said = scores.score[:, 1] if two else scores.score
    weight = {"sample_weight": scores.weight}
    assert found.log_loss.value == pytest.approx(log_loss(scores.label, scores.score, **weight), rel=1e-5)
    assert found.brier.value == pytest.approx(brier_score_loss(scores.label, said, **weight), rel=1e-5)
    assert found.accuracy.value == pytest.approx(accuracy_score(scores.label, scores.score.argmax(axis=1), **weight))


def test_balanced_metrics_are_means_over_classes() -> None:
    scores = three_classes()
    found: Any = probability_metrics(scores)
    parts = [probability_metrics(scores.take(scores.label == one), balanced=False) for one in range(3)]
    for name in ("accuracy", "log_loss", "brier"):
        values = [getattr(one, name) for one in parts]
        assert getattr(found, name).value == pytest.approx(np.mean([one.value for one in values]))
        error = math.sqrt(sum(one.error**2 for one in values)) / 3
        assert getattr(found, name).error == pytest.approx(error)
    assert probability_metrics(scores.take(scores.label < 2)) is None


def test_error_of_the_accuracy_is_binomial() -> None:
    scores = make_scores([0.9, 0.1] * 50 + [0.9] * 20, [True, False] * 50 + [False] * 20)
    found: Any = known(probability_metrics(scores, balanced=False)).accuracy
    assert found.error == pytest.approx(math.sqrt(found.value * (1 - found.value) / 120))
    sure: Any = known(probability_metrics(make_scores([0.9, 0.1], [True, False]))).accuracy
    assert (sure.value, sure.error) == (1.0, None)


def test_a_sure_mistake_costs_a_finite_log_loss() -> None:
    found: Any = probability_metrics(make_scores([1.0, 0.1], [False, True]), balanced=False)
    assert found.log_loss.value == pytest.approx((-math.log(np.finfo(np.float32).eps) - math.log(0.1)) / 2, rel=1e-6)


def test_confusion_by_class_and_by_process() -> None:
    scores = three_classes()
    called = scores.score.argmax(axis=1)
    found: Any = confusion_matrix(scores)
    assert np.array(found.raw).tolist() == sklearn_confusion(scores.label, called).tolist()
    assert np.array(found.weighted) == pytest.approx(
        sklearn_confusion(scores.label, called, sample_weight=scores.weight)
    )
    assert np.array(found.shares).sum(axis=1) == pytest.approx(1.0)
    by_process = confusion_matrix(scores, by_process=True)
    assert by_process.rows == ("p", "q")
    assert np.array(by_process.raw).sum(axis=0).tolist() == np.array(found.raw).sum(axis=0).tolist()
    assert by_process.raw[1][2] == int(((scores.process == 1) & (called == 2)).sum())


def test_shares_of_a_row_without_positive_weight_are_none() -> None:
    found: Any = confusion_matrix(make_scores([0.1, 0.9], [False, True], weight=[1, -1]))
    assert found.shares == ((1.0, 0.0), (None, None))


def test_calibration_by_hand() -> None:
    # bin [0.2, 0.3): predicted 0.25, one of four is signal; bin [0.8, 0.9): predicted 0.85, one of two
    said = [0.25] * 4 + [0.85] * 2
    found: Any = calibration(make_scores(said, [True, False, False, False, True, False]), balanced=False)
    assert [one.entries for one in found.bins] == [4, 2]
    assert [one.observed.value for one in found.bins] == [0.25, 0.5]
    assert found.expected_error == pytest.approx(2 / 6 * 0.35)
    assert found.bins[1].predicted == pytest.approx(0.85)
    assert (found.degrees, found.p_value) == (0, None)


def test_right_probabilities_have_uniform_p_values() -> None:
    found: Any = [known(calibration(binormal(1000, 1.5, seed))).p_value for seed in range(100)]
    assert kstest(found, "uniform").pvalue > 0.01


@pytest.mark.parametrize(("negative", "share"), [(0.0, 0.5), (0.1, 0.5), (0.0, 0.1)])
def test_weighted_right_probabilities_are_rarely_refused(negative: Any, share: Any) -> None:
    scores = [binormal(2000, 1.5, seed, varied=True, negative=negative, signal_share=share) for seed in range(60)]
    assert np.mean([known(calibration(one)).p_value < 0.05 for one in scores]) < 0.15


def test_wrong_probabilities_are_refused_and_content_bins_are_even() -> None:
    right = binormal(4000, 1.5, 1)
    squeezed = make_scores(0.5 + 0.3 * (right.score[:, 1] - 0.5), right.label)
    assert known(calibration(squeezed)).p_value < 1e-6
    assert known(calibration(right)).expected_error < known(calibration(squeezed)).expected_error
    entries = [one.entries for one in known(calibration(right, spacing="content")).bins]
    assert entries == [400] * 10


def test_balance_undoes_a_rare_signal() -> None:
    rare = binormal(20_000, 1.5, 3, signal_share=0.02)
    assert known(calibration(rare)).expected_error < 0.05
    assert known(calibration(rare, balanced=False)).expected_error > 0.15


def test_calibration_without_a_class_or_bins() -> None:
    assert calibration(make_scores([0.1, 0.2], [True, True])) is None
    with pytest.raises(ValueError, match="at least 1 bin, not 0"):
        calibration(binormal(10, 1.0, 1), bins=0)


def test_bins_without_background_have_a_bound_but_no_error() -> None:
    found: Any = calibration(make_scores([0.05] * 10 + [0.95] * 10, [False] * 10 + [True] * 10))
    first, last = found.bins[0].observed, found.bins[-1].observed
    assert (first.value, first.error, last.error) == (0.0, None, None)
    assert first.high == pytest.approx(1 - 0.05 ** (1 / 10))
    assert last.low == pytest.approx(0.05 ** (1 / 10))
