import math
from typing import Any

import numpy as np
import pytest
from learning_scores import binormal, known, make_scores
from scipy.stats import ks_2samp

from hepcoder.tools.learning.evaluation.contrast import contrast
from hepcoder.tools.learning.evaluation.cut_choice import choose_cut
from hepcoder.tools.learning.evaluation.overtraining import overtraining, two_samples
from hepcoder.tools.learning.evaluation.roc import auc
from hepcoder.tools.learning.evaluation.score_categories import score_categories
from hepcoder.tools.learning.evaluation.significance import scaled_to_all, scan_significance
from hepcoder.tools.significance import asimov_significance


def test_two_samples_agree_with_scipy_for_equal_weights() -> None:
    scores = binormal(2000, 1.0, 3)
    train, test = (contrast(scores.of(split)).side(signal=True) for split in ("train", "test"))
    found: Any = two_samples("signal", train, test)
    reference = ks_2samp(train.score, test.score, method="asymp")
    assert found.distance == pytest.approx(reference.statistic)
    assert found.distance_p_value == pytest.approx(reference.pvalue)


def test_chi2_by_hand() -> None:
    # two bins, cut at the median 0.5 of the 40 scores: 12 and 8 of 20 against 8 and 12 of 20
    first = make_scores([0.25] * 12 + [0.75] * 8, [True] * 20)
    second = make_scores([0.25] * 8 + [0.75] * 12, [True] * 20)
    found: Any = two_samples("signal", contrast(first), contrast(second))
    assert (found.degrees, found.chi2) == (1, pytest.approx(2 * (20 * 4) ** 2 / (20**2 * 20)))
    # survival of chi2 with one degree
    assert found.chi2_p_value == pytest.approx(math.erfc(math.sqrt(found.chi2 / 2)))


@pytest.mark.parametrize(("varied", "negative"), [(False, 0.0), (True, 0.0), (True, 0.1)])
def test_samples_of_one_distribution_are_refused_as_often_as_they_should_be(varied: Any, negative: Any) -> None:
    found: Any = [overtraining(binormal(1200, 1.0, seed, varied=varied, negative=negative)) for seed in range(100)]
    chances = np.array([test.chi2_p_value for one in found for test in one.tests])
    # 200 independent tests: 3 binomial standard deviations
    assert np.mean(chances < 0.05) == pytest.approx(0.05, abs=0.046)
    assert np.mean(chances < 0.5) == pytest.approx(0.5, abs=0.106)
    assert np.mean([one.p_value < 0.05 for one in found]) < 0.12
    if not negative:
        distances = [test.distance_p_value for one in found for test in one.tests]
        assert np.mean(np.array(distances) < 0.05) < 0.11
    else:
        assert all(test.distance is None for one in found for test in one.tests)


def test_learnt_by_heart_is_seen() -> None:
    scores = binormal(4000, 1.0, 3)
    train = scores.split == 0
    scores.score[train, 1] = np.where(scores.label[train], 0.9, 0.1) + 0.1 * scores.score[train, 1]
    scores.score[train, 0] = 1 - scores.score[train, 1]
    found: Any = overtraining(scores)
    assert found.auc_tested == auc(scores.of("test"))
    assert found.difference.value == pytest.approx(1 - found.auc_tested.value)
    # all training events are separated, so that the area has no error and neither has the difference
    assert (found.difference.error, found.p_value) == (None, None)
    assert all(test.chi2_p_value < 1e-6 and test.distance_p_value < 1e-6 for test in found.tests)


def test_difference_of_areas_adds_errors_in_quadrature() -> None:
    scores = binormal(1000, 1.0, 3)
    found: Any = overtraining(scores)
    assert found.difference.error == pytest.approx(math.hypot(found.auc_trained.error, found.auc_tested.error))
    z = abs(found.difference.value) / found.difference.error
    assert found.p_value == pytest.approx(math.erfc(z / math.sqrt(2)))


def test_without_events_or_a_class_there_is_no_comparison() -> None:
    assert overtraining(make_scores([0.1, 0.9], [False, True])) is None
    found: Any = overtraining(make_scores([0.1, 0.9, 0.3], [False, True, False], split=[0, 0, 2]))
    assert (found.auc_tested, found.difference, found.p_value) == (None, None, None)


def test_weights_of_a_split_are_scaled_to_all_by_process() -> None:
    scores = make_scores([0.5] * 6, [False] * 4 + [True] * 2, weight=[1, 2, 3, 4, 5, 7], split=[0, 1, 2, 2, 0, 2])
    assert scaled_to_all(scores, "test").weight == pytest.approx([30 / 7, 40 / 7, 12])
    with pytest.raises(ValueError, match="'higgs' sum to 0 in the validation split and to 12 in all"):
        scaled_to_all(scores, "validation")


def steps() -> Any:
    """All background at 0.2 but a tenth at 0.6; half of the signal at 0.6, a quarter at 0.2 and at 0.8 each."""
    n = 1200
    background = np.where(np.arange(n) % 30 < 3, 0.6, 0.2)
    signal = np.array([0.6, 0.2, 0.6, 0.8])[np.arange(n) // 3 % 4]
    return make_scores(
        np.concatenate([background, signal]),
        np.arange(2 * n) >= n,
        weight=np.where(np.arange(2 * n) < n, 1.0, 0.05),
        split=np.tile([0, 1, 2], 2 * n // 3),
    )


@pytest.mark.parametrize("relative", [0.0, 0.2])
def test_scan_by_hand(relative: Any) -> None:
    scan: Any = scan_significance(steps(), "test", background_error=relative, cuts=[0.1, 0.5, 0.7])
    assert scan.signal == pytest.approx([60, 45, 15])
    assert scan.background == pytest.approx([1200, 120, 0])
    assert scan.entries == pytest.approx([400, 40, 0])
    # 40 simulated events of weight 3 in the test split
    assert scan.background_error[1] == pytest.approx(3 * math.sqrt(40))
    error = math.hypot(relative * 120, 3 * math.sqrt(40))
    assert scan.significance[1] == pytest.approx(asimov_significance(45.0, 120.0, error))
    assert np.isnan(scan.significance[2])
    exact = scan_significance(steps(), "test", background_error=relative, simulation_error=False, cuts=[0.5])
    assert exact.significance[0] == pytest.approx(asimov_significance(45.0, 120.0, relative * 120))


def test_cut_is_chosen_on_one_split_and_quoted_on_another() -> None:
    scores = binormal(8000, 1.5, 5, varied=True)
    found: Any = choose_cut(scores, background_error=0.1)
    on_validation = scan_significance(scores, "validation", background_error=0.1)
    assert found.chosen == np.nanmax(on_validation.significance)
    assert found.cut == on_validation.cut[np.nanargmax(on_validation.significance)]
    quoted: Any = scan_significance(scores, "test", background_error=0.1, cuts=[found.cut])
    assert (found.quoted.value, found.signal) == (quoted.significance[0], quoted.signal[0])
    # the scores of the test events do not matter for the choice
    scores.score[scores.split == 2] = 0.5
    assert known(choose_cut(scores, background_error=0.1)).cut == found.cut
    with pytest.raises(ValueError, match="chosen and quoted on the test split"):
        choose_cut(scores, chosen_on="test")


def test_error_of_the_quoted_significance_is_its_scatter() -> None:
    found: Any = [
        scan_significance(binormal(2000, 1.5, seed), "test", background_error=0.1, simulation_error=False, cuts=[0.7])
        for seed in range(150)
    ]
    values, errors = (
        np.array([getattr(one, name)[0] for one in found]) for name in ("significance", "significance_error")
    )
    assert errors.mean() == pytest.approx(values.std(), rel=0.25)


def test_chosen_significance_is_too_good_on_average() -> None:
    found: Any = [choose_cut(binormal(600, 1.0, seed), background_error=0.2, cuts=200) for seed in range(60)]
    gain = [one.chosen - one.quoted.value for one in found if one.quoted is not None]
    assert np.mean(gain) > 2 * np.std(gain) / math.sqrt(len(gain))


def test_too_few_background_events_give_no_cut() -> None:
    scores = make_scores([0.1, 0.9] * 12, [False, True] * 12, split=[0, 0, 1, 1, 2, 2] * 4)
    assert choose_cut(scores) is None


def test_scan_says_what_it_cannot_do() -> None:
    with pytest.raises(ValueError, match="0 or more, not -1"):
        scan_significance(steps(), "test", background_error=-1)
    with pytest.raises(ValueError, match="the test split has 0 signal events of 2 events"):
        scan_significance(make_scores([0.1, 0.2], [False, False]), "test")


def test_categories_are_set_on_one_split_and_quoted_on_another() -> None:
    scores = steps()
    found: Any = score_categories(scores, candidates=[0.4], min_background=30.0)
    assert found.boundaries == (0.4,)
    assert found.signal == pytest.approx((15, 45))
    assert found.background == pytest.approx((1080, 120))
    expected = [asimov_significance(15.0, 1080.0, 3 * math.sqrt(360)), asimov_significance(45.0, 120.0, 3 * 40**0.5)]
    assert found.significances == pytest.approx(expected)
    assert found.combined == pytest.approx(math.hypot(*expected))
    with pytest.raises(ValueError, match="chosen and quoted on the test split"):
        score_categories(scores, chosen_on="test")


def test_categories_have_enough_simulated_background_by_default() -> None:
    found: Any = score_categories(binormal(4000, 2.0, 1), min_gain=0.0)
    # weight 1 in the file and 4 scaled to all: 10 events stand for 40
    assert min(found.background) >= 10
    assert all(one is not None for one in found.significances)
