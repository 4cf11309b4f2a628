"""Classifiers of tables, beside closed forms and beside the libraries used by hand."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.special import ndtr
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from training_sources import JET_INPUTS, batch_of, replaced, two_gaussians

from hepcoder.tools.learning.batches import Batch
from hepcoder.tools.learning.data.memory import MemorySource
from hepcoder.tools.learning.inputs import Inputs, ObjectList, Split
from hepcoder.tools.learning.tabular.configs import (
    AnyTabularConfig,
    FoundationConfig,
    TreesConfig,
    XgboostConfig,
)
from hepcoder.tools.learning.tabular.features import feature_matrix, feature_names, read_tables
from hepcoder.tools.learning.tabular.fitting import fit_tabular
from hepcoder.tools.learning.tabular.foundation import draw_context
from hepcoder.tools.learning.tabular.saving import load
from hepcoder.tools.learning.training.errors import TrainingError
from hepcoder.tools.learning.training.scoring import score

xgboost = pytest.importorskip("xgboost", reason="needs hepcoder[ml]")
skops_io = pytest.importorskip("skops.io", reason="needs hepcoder[ml]")

TREES = TreesConfig(n_threads=1)
XGBOOST = XgboostConfig(n_threads=1)
BOTH = pytest.mark.parametrize("config", [TREES, XGBOOST], ids=["trees", "xgboost"])


def jets_source(n: int = 3000) -> MemorySource:
    """Signal has a harder second jet, and more often none; no event has a third."""
    rng = np.random.default_rng(4)
    label = rng.integers(0, 2, n)
    mask = np.zeros((n, 3), dtype=bool)
    mask[:, 0] = True
    mask[:, 1] = rng.random(n) > 0.3 * label
    objects = rng.exponential(30 * (1 + label[:, None, None]), size=(n, 3, 4)).astype(np.float32) * mask[:, :, None]
    empty = batch_of(rng.normal(size=(n, 1)), label)
    events = Batch(**{**vars(empty), "objects": objects, "mask": mask, "four_vectors": objects})
    third = n // 3
    parts: dict[Split, Batch] = {
        "train": events.take(slice(0, third)),
        "validation": events.take(slice(third, 2 * third)),
        "test": events.take(slice(2 * third, n)),
    }
    return MemorySource(JET_INPUTS, ("background", "signal"), ("zz", "higgs"), parts)


def test_missing_objects_are_nan_and_lists_keep_their_places() -> None:
    muons = ObjectList(name="muons", fields=("pt", "charge"), most=1)
    inputs = Inputs(event=("met",), objects=(ObjectList(name="jets", fields=("pt", "btag"), most=2), muons))
    assert inputs.object_features == ("pt", "btag", "charge", "is_jets", "is_muons")
    objects = np.array([[[30, 1, 0, 1, 0], [0, 0, 0, 0, 0], [20, 0, -1, 0, 1]]], dtype=np.float32)
    base = batch_of(np.array([[55.0]]), np.zeros(1))
    batch = Batch(**{**vars(base), "objects": objects, "mask": np.array([[True, False, True]])})
    assert feature_names(inputs) == (
        "met",
        "jets_1_pt",
        "jets_1_btag",
        "jets_2_pt",
        "jets_2_btag",
        "muons_1_pt",
        "muons_1_charge",
    )
    np.testing.assert_array_equal(feature_matrix(inputs, batch), [[55, 30, 1, np.nan, np.nan, 20, -1]])
    assert feature_matrix(inputs, batch).dtype == np.float32


@BOTH
def test_the_optimum_in_closed_form_is_reached(config: AnyTabularConfig) -> None:
    source = two_gaussians(20_000, distance=1.5)
    classifier = fit_tabular(config, source)
    test = score(classifier, source, ("test",))
    auc = roc_auc_score(test.label, test.score[:, 1])
    sampling = 0.005  # of 10,000 events
    assert auc == pytest.approx(ndtr(1.5 / np.sqrt(2)), abs=0.01 + sampling)
    assert 0 < int(classifier.facts["rounds"]) < 500
    np.testing.assert_allclose(test.score.sum(axis=1), 1, atol=1e-5)


@BOTH
def test_missing_objects_are_used(config: AnyTabularConfig) -> None:
    source = jets_source()
    test = score(fit_tabular(config, source), source, ("test",))
    assert roc_auc_score(test.label, test.score[:, 1]) > 0.7


@BOTH
def test_weights_are_honoured(config: AnyTabularConfig) -> None:
    """Without features, the probability of a class is its share of the weights, or a half with class balance."""
    label = np.repeat([0, 1], 500)
    weight = np.where(label, 3.0, 1.0)
    source = two_gaussians(1000)
    for split in ("train", "validation"):
        source = replaced(source, split, batch_of(np.ones((1000, 2)), label, weight))
    means = []
    for balance in (False, True):
        told = config.model_copy(update={"class_balance": balance})
        means.append(fit_tabular(told, source).probabilities(source.events["train"])[:, 1].mean())
    assert means[0] == pytest.approx(0.75, abs=0.01)
    assert means[1] == pytest.approx(0.5, abs=0.01)


def test_negative_weights_count_as_absolute_or_not_at_all() -> None:
    source = two_gaussians(1000, weights=True, negative=0.2)
    train = source.events["train"]
    absolute, _ = read_tables(source, TreesConfig())
    dropped, _ = read_tables(source, TreesConfig(negative_weights="drop"))
    assert len(absolute.label) == 1000
    assert len(dropped.label) == (train.weight > 0).sum()
    for table in (absolute, dropped):
        assert (table.weight > 0).all()
        sums = np.bincount(table.label, table.weight)
        assert sums[0] == pytest.approx(sums[1])
    with pytest.raises(ValidationError):
        TreesConfig.model_validate({"negative_weights": "keep"})


def test_trees_are_those_of_scikit_learn_by_hand() -> None:
    source = two_gaussians(2000, weights=True)
    ours = fit_tabular(TreesConfig(class_balance=False, patience=3, n_threads=1), source)
    train, held_out = source.events["train"], source.events["validation"]
    model = HistGradientBoostingClassifier(max_iter=500, early_stopping=True, n_iter_no_change=3, random_state=42)
    scale = len(train) / train.weight.astype(float).sum()
    model.fit(
        train.event,
        train.label,
        sample_weight=train.weight * scale,
        X_val=held_out.event,
        y_val=held_out.label,
        sample_weight_val=held_out.weight * scale,
    )
    test = source.events["test"]
    np.testing.assert_allclose(ours.probabilities(test), model.predict_proba(test.event), atol=1e-6)
    assert ours.facts["rounds"] == model.n_iter_


def test_xgboost_predicts_with_its_best_round_on_validation() -> None:
    source = two_gaussians(1000)
    classifier = fit_tabular(XgboostConfig(patience=5, learning_rate=0.3, n_threads=1), source)
    rounds = int(classifier.facts["rounds"])
    held_out = source.events["validation"]

    def loss(config: XgboostConfig) -> float:
        probability = fit_tabular(config, source).probabilities(held_out)
        factor = 1 / np.bincount(source.events["train"].label)
        return float(
            np.average(-np.log(probability[np.arange(len(held_out)), held_out.label]), weights=factor[held_out.label])
        )

    losses = [
        loss(XgboostConfig(patience=None, rounds=n, learning_rate=0.3, n_threads=1)) for n in range(1, rounds + 5)
    ]
    assert losses.index(min(losses)) + 1 == rounds


@BOTH
@pytest.mark.parametrize("classes", [2, 3])
def test_saved_and_loaded_it_says_the_same(config: AnyTabularConfig, classes: int, tmp_path: Path) -> None:
    source = two_gaussians(300)
    if classes == 3:
        events = {
            split: batch_of(batch.event + batch.event_id[:, None] % 3, batch.event_id % 3)
            for split, batch in source.events.items()
        }
        source = MemorySource(source.inputs, ("a", "b", "signal"), ("a", "b", "c"), events)
    short = config.model_copy(update={"rounds" if config.kind == "xgboost" else "iterations": 10})
    classifier = fit_tabular(short, source)
    classifier.save(tmp_path)
    loaded = load(tmp_path)
    test = source.events["test"]
    assert np.array_equal(loaded.probabilities(test), classifier.probabilities(test))
    assert loaded.probabilities(test).shape == (150, classes)
    assert (loaded.inputs, loaded.classes, loaded.config) == (source.inputs, source.classes, short)
    assert loaded.facts == classifier.facts
    again = fit_tabular(short, source)
    assert np.array_equal(again.probabilities(test), classifier.probabilities(test))


def test_a_changed_or_foreign_model_file_is_refused(tmp_path: Path) -> None:
    source = two_gaussians(100)
    path = fit_tabular(TreesConfig(iterations=3, n_threads=1), source).save(tmp_path)
    model = tmp_path / "model.skops"
    whole = model.read_bytes()
    model.write_bytes(whole + b" ")
    with pytest.raises(TrainingError, match="is not the file that was saved"):
        load(tmp_path)

    class Foreign:
        pass

    Foreign.__module__, Foreign.__qualname__ = "os", "system"
    skops_io.dump(Foreign(), model)
    import hashlib

    text = path.read_text().replace(hashlib.sha256(whole).hexdigest(), hashlib.sha256(model.read_bytes()).hexdigest())
    path.write_text(text)
    with pytest.raises(TrainingError, match=r"which no boosted trees of ours have; it is not read"):
        load(tmp_path)
    with pytest.raises(TrainingError, match="holds no classifier of tables"):
        load(tmp_path / "empty")


@BOTH
def test_splits_that_cannot_be_trained_on(config: AnyTabularConfig) -> None:
    source = two_gaussians(100)
    validation = source.events["validation"]
    with pytest.raises(TrainingError, match="split 'validation' is empty"):
        fit_tabular(config, replaced(source, "validation", validation.take(slice(0, 0))))
    with pytest.raises(TrainingError, match="split 'validation' needs events of two classes"):
        fit_tabular(config, replaced(source, "validation", validation.take(validation.label == 0)))


def test_a_context_is_drawn_by_weight_and_balanced() -> None:
    source = two_gaussians(4000)
    label = np.repeat([0, 1], [3000, 1000])
    weight = np.where(np.arange(4000) % 2, 3.0, 1.0)
    source = replaced(source, "train", batch_of(np.zeros((4000, 2)), label, weight))
    balanced = FoundationConfig(context_events=400)
    train, _ = read_tables(source, balanced)
    rows = draw_context(train, balanced, 2)
    assert len(set(rows.tolist())) == 400
    assert np.bincount(train.label[rows]).tolist() == [200, 200]
    odd = (rows % 2 == 1).mean()
    assert odd == pytest.approx(0.74, abs=0.06)  # 3 to 1, a little less as they run out
    assert np.array_equal(rows, draw_context(train, balanced, 2))
    as_they_come = FoundationConfig(context_events=400, class_balance=False)
    train, _ = read_tables(source, as_they_come)
    share = train.label[draw_context(train, as_they_come, 2)].mean()
    assert share == pytest.approx(0.25, abs=0.07)
    equal = two_gaussians(60)
    all_of_it = FoundationConfig(class_balance=False)
    train, _ = read_tables(equal, all_of_it)
    assert draw_context(train, all_of_it, 2).tolist() == list(range(60))


@pytest.mark.parametrize("kind", ["tabpfn", "tabicl"])
def test_a_foundation_model_that_is_not_there_says_what_to_do(kind: str) -> None:
    config = FoundationConfig.model_validate({"kind": kind})
    if importlib.util.find_spec(kind) is None:
        with pytest.raises(ImportError, match=f"install it with: pip install {kind}"):
            fit_tabular(config, two_gaussians(100))
    absent = config.model_copy(update={"weights_file": "nowhere.ckpt"})
    with pytest.raises(TrainingError, match=r"weights_file 'nowhere\.ckpt' is not there"):
        fit_tabular(absent, two_gaussians(100))
