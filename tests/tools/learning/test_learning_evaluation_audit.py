from pathlib import Path
from typing import Any

import numpy as np
import pytest
from learning_scores import binormal, make_scores

from hepcoder.tools.learning.batches import Batch
from hepcoder.tools.learning.evaluation.audit import audit, claim_tolerance
from hepcoder.tools.learning.evaluation.cut_choice import choose_cut
from hepcoder.tools.learning.evaluation.metrics import evaluate
from hepcoder.tools.learning.inputs import Inputs, ObjectList

INPUTS = Inputs(event=("met", "ht"), objects=(ObjectList(name="jets", fields=("pt", "btag"), most=2),))
SCORES = binormal(4000, 1.2, 1, varied=True)


def copy(scores: Any) -> Any:
    return scores.take(np.arange(len(scores)))


def codes(*arguments: Any, **options: Any) -> Any:
    return [one.code for one in audit(*arguments, **options)]


def events(n: Any = 200, **changes: Any) -> Any:
    generator = np.random.default_rng(1)
    label = generator.integers(0, 2, n)
    whole = {
        "event": generator.normal(size=(n, 2)).astype(np.float32) + label[:, None].astype(np.float32),
        "objects": generator.normal(size=(n, 2, 2)).astype(np.float32),
        "four_vectors": np.zeros((n, 0, 4), dtype=np.float32),
        "mask": np.ones((n, 2), dtype=bool),
        "label": label,
        "weight": generator.exponential(size=n).astype(np.float32),
        "event_id": generator.permutation(n) + 2**26,
        "process": np.where(label == 1, 2, generator.integers(0, 2, n)),
    }
    return Batch(**(whole | changes))


def with_column(values: Any, **changes: Any) -> Any:
    batch = events(**changes)
    batch.event[:, 1] = values(batch)
    return batch


def test_clean_case_is_silent(tmp_path: Path) -> None:
    claimed = evaluate(SCORES).numbers
    rounded = {name: float(f"{value:.3g}") for name, value in claimed.items()}
    SCORES.save(tmp_path / "scores.parquet")
    for scores in (SCORES, tmp_path, str(tmp_path / "scores.parquet")):
        for said in (claimed, rounded):
            assert audit(scores, said, INPUTS, events=events(), cut=choose_cut(SCORES)) == ()


@pytest.mark.parametrize("name", ["test.auc", "test.rejection_at_0.5", "test.log_loss", "train.accuracy"])
def test_claims_that_differ_are_found(name: Any) -> None:
    claimed = evaluate(SCORES).numbers
    (found,) = audit(SCORES, claimed | {name: claimed[name] * 1.02}, INPUTS)
    assert (found.code, found.severity) == ("differs", "error")
    assert name in found.sentence
    assert f"{claimed[name]:.6g}" in found.sentence


def test_claims_that_nothing_backs_are_found() -> None:
    assert codes(SCORES, {"test.auroc": 0.9}, INPUTS) == ["not_recomputed"]
    assert codes(SCORES, {"test.auc": float("nan")}, INPUTS) == ["differs"]
    assert codes(SCORES, {"test.auc": 1.0}, INPUTS) == ["differs"]


def test_missing_and_damaged_scores_are_found(tmp_path: Path) -> None:
    assert codes(tmp_path, {"test.auc": 0.9}, INPUTS) == ["no_scores"]
    (tmp_path / "scores.parquet").write_bytes(b"PAR1 no more")
    assert codes(tmp_path, {}, INPUTS) == ["no_scores"]


def test_events_in_two_splits_are_found_by_process() -> None:
    scores = copy(SCORES)
    scores.event_id[scores.label == 1] %= 1001
    found: Any = [one for one in audit(scores, {}, INPUTS) if one.code == "overlap"]
    assert len(found) == 1
    assert "of higgs are in train and validation and test at once" in found[0].sentence
    # the same ids in two processes are two events
    ids = copy(SCORES)
    place = [np.cumsum(ids.process == one) for one in (0, 1)]
    ids.event_id[:] = np.where(ids.process == 0, *place)
    assert "overlap" not in codes(ids, {}, INPUTS)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("label", "label"),
        ("isSignal", "label"),
        ("Event_Weight", "weight"),
        ("eventNumber", "event id"),
        ("split", "split"),
        ("process_id", "process"),
    ],
)
def test_features_with_telling_names_are_found(name: Any, what: Any) -> None:
    for inputs in (Inputs(event=(name,)), Inputs(objects=(ObjectList(name="jets", fields=("pt", name)),))):
        (found,) = audit(SCORES, {}, inputs)
        assert (found.code, found.severity) == ("leak_by_name", "error")
        assert f"the {what} of an event" in found.sentence


def test_features_with_suspicious_names_are_warned_of() -> None:
    for name in ("btag_weight", "truthPt"):
        (found,) = audit(SCORES, {}, Inputs(event=(name,)))
        assert (found.code, found.severity) == ("suspicious_name", "warning")
    assert audit(SCORES, {}, Inputs(event=("delta_phi", "m_jj", "weighted_met", "n_events"))) == ()


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (lambda batch: batch.label, "is the label under another name"),
        (lambda batch: 5 - 3 * batch.label, "is the label under another name"),
        (lambda batch: np.array([4, 2, 9])[batch.process], "is the process under another name"),
        (lambda batch: np.log(batch.weight), "orders the events as the weight does"),
        (lambda batch: -batch.weight, "orders the events as the weight does"),
        (lambda batch: batch.event_id, "orders the events as the event id does"),
        (lambda batch: 10 * batch.label + batch.event[:, 0], "by itself separates class 0"),
    ],
)
def test_features_that_give_away_too_much_are_found(values: Any, says: Any) -> None:
    (found,) = audit(SCORES, {}, INPUTS, events=with_column(values))
    assert found.code == "leak_by_value"
    assert "'ht'" in found.sentence
    assert says in found.sentence


def test_object_features_are_looked_at_and_few_events_say_nothing() -> None:
    batch = events()
    batch.objects[:, 0, 1] = batch.label
    (found,) = audit(SCORES, {}, INPUTS, events=batch)
    assert "'objects.btag'" in found.sentence
    assert audit(SCORES, {}, INPUTS, events=batch.take(slice(10))) == ()


def test_equal_weights_and_constant_columns_are_no_leak() -> None:
    batch = with_column(lambda batch: np.ones(len(batch)), weight=np.ones(200, dtype=np.float32))
    assert audit(SCORES, {}, INPUTS, events=batch) == ()


def separated() -> Any:
    label = np.arange(300) % 2
    return make_scores(0.2 + 0.6 * label + 0.001 * (np.arange(300) % 37), label, split=np.arange(300) // 2 % 3)


def test_separation_that_is_too_good_is_found_unless_the_optimum_allows_it() -> None:
    assert codes(separated(), {}, INPUTS) == ["too_good", "too_good"]
    assert codes(separated(), {}, INPUTS, optimum_auc=1.0) == []
    assert codes(SCORES, {}, INPUTS, optimum_auc=0.6) == ["above_optimum", "above_optimum"]
    assert codes(SCORES, {}, INPUTS, optimum_auc=0.8) == []


def test_exchanged_labels_are_found() -> None:
    flipped = make_scores(SCORES.score[:, 1], 1 - SCORES.label, split=SCORES.split)
    assert codes(flipped, {}, INPUTS) == ["below_chance", "below_chance"]
    reverse = make_scores(separated().score[:, 0], separated().label, split=separated().split)
    assert codes(reverse, {}, INPUTS) == ["below_chance", "below_chance"]


def test_constant_and_few_scores_are_found() -> None:
    same = make_scores(np.full(len(SCORES), 0.5), SCORES.label, split=SCORES.split)
    assert codes(same, {}, INPUTS) == ["constant_score"]
    few: Any = make_scores(np.round(SCORES.score[:, 1] * 4) / 4, SCORES.label, split=SCORES.split)
    (found,) = audit(few, {}, INPUTS)
    assert (found.code, found.severity) == ("few_scores", "warning")


def test_scores_that_are_no_probabilities_are_found() -> None:
    logits = copy(SCORES)
    logits.score[:, 1] *= 1.01
    (found,) = audit(logits, {}, INPUTS)
    assert (found.code, found.severity) == ("no_probabilities", "error")
    shifted = copy(SCORES)
    shifted.score[:5] = (-0.5, 1.5)
    assert "of 5 of 4000 events are no probabilities: from -0.5 to 1.5" in audit(shifted, {}, INPUTS)[0].sentence


def test_numbers_that_are_none_are_found_and_nothing_is_recomputed() -> None:
    broken = copy(SCORES)
    broken.score[:3] = np.nan
    assert codes(broken, {"test.auc": 0.8}, INPUTS) == ["non_finite_score", "not_recomputed"]
    heavy = copy(SCORES)
    heavy.weight[0] = np.inf
    assert codes(heavy, {}, INPUTS) == ["non_finite_weight"]


def test_splits_without_a_class_weight_or_events_are_found() -> None:
    one: Any = SCORES.take((SCORES.split != 2) | (SCORES.label == 0))
    (found,) = audit(one, {}, INPUTS)
    assert found.code == "missing_class"
    assert "the test split has no event of class signal" in found.sentence
    assert codes(SCORES.take(SCORES.split != 1), {}, INPUTS) == ["empty_split"]
    light = copy(SCORES)
    light.weight[(light.label == 1) & (light.split == 2)] *= -1
    assert codes(light, {}, INPUTS) == ["no_weight"]


def test_choices_on_the_test_split_are_found() -> None:
    (found,) = audit(SCORES, {}, INPUTS, choices={"epoch": "test", "cut": "validation"})
    assert found.code == "chosen_on_test"
    assert found.sentence.startswith("the epoch was chosen on the test split")
    assert codes(SCORES, {}, INPUTS, choices={"epoch": "validation"}, quoted_on="validation") == ["chosen_on_test"]


def test_reported_cuts_are_recomputed() -> None:
    cut: Any = choose_cut(SCORES, background_error=0.1)
    better = cut.model_copy(update={"signal": cut.signal * 1.1})
    assert codes(SCORES, {}, INPUTS, cut=better) == ["differs"]
    same = cut.model_copy(update={"chosen_on": "test"})
    assert codes(SCORES, {}, INPUTS, cut=same) == ["chosen_on_test"]
    finer = cut.quoted.model_copy(update={"value": cut.quoted.value + 0.5})
    assert codes(SCORES, {}, INPUTS, cut=cut.model_copy(update={"quoted": finer})) == ["differs"]


def test_tolerance_is_half_the_last_digit_but_not_more_than_half_a_per_cent() -> None:
    assert claim_tolerance(0.8543) == pytest.approx(0.00005)
    assert claim_tolerance(0.9) == pytest.approx(0.005)
    assert claim_tolerance(42.0) == pytest.approx(0.21)
    assert claim_tolerance(1234.56789) == pytest.approx(0.0123456789)
    assert claim_tolerance(float("inf")) == 0.0
