# ruff: noqa: E402 - what needs an optional package is imported once it is known to be there
"""A training, beside a loop written by hand and beside what is known in closed form."""

from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit, ndtr
from sklearn.metrics import roc_auc_score
from training_sources import batch_of, replaced, two_gaussians

from hepcoder.tools.learning.batches import Batch
from hepcoder.tools.learning.data.memory import MemorySource
from hepcoder.tools.learning.inputs import Inputs

torch = pytest.importorskip("torch", reason="needs hepcoder[ml]")

from hepcoder.tools.learning.models.classifier import Classifier, build
from hepcoder.tools.learning.models.configs import MlpConfig
from hepcoder.tools.learning.training.checkpoints import read_checkpoint
from hepcoder.tools.learning.training.configs import TrainingConfig
from hepcoder.tools.learning.training.determinism import order_seed, reproducible
from hepcoder.tools.learning.training.errors import NonFiniteLossError, TrainingError
from hepcoder.tools.learning.training.fitting import fit
from hepcoder.tools.learning.training.history import History, read_log
from hepcoder.tools.learning.training.metrics import accuracy, mean_auc, weighted_auc
from hepcoder.tools.learning.training.progress import Progress
from hepcoder.tools.learning.training.scoring import score
from hepcoder.tools.learning.training.survey import Survey, survey

SMALL = MlpConfig(hidden=(16,))
LOGISTIC = MlpConfig(hidden=())


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def config_of(**settings: object) -> TrainingConfig:
    return TrainingConfig.model_validate({"epochs": 3, "device": "cpu", "learning_rate": 0.01, **settings})


def weights_of(classifier: Classifier) -> dict[str, np.ndarray]:
    return {name: value.numpy().copy() for name, value in classifier.state_dict().items()}


def test_the_optimum_in_closed_form_is_reached(tmp_path: Path) -> None:
    source = two_gaussians(20_000, distance=1.5)
    classifier = build(source, LOGISTIC, seed=1)
    history = fit(classifier, source, config_of(epochs=8), tmp_path)
    auc = roc_auc_score(source.events["test"].label, score(classifier, source, ("test",)).score[:, 1])
    assert auc == pytest.approx(ndtr(1.5 / np.sqrt(2)), abs=0.008)
    assert history.best.auc == pytest.approx(ndtr(1.5 / np.sqrt(2)), abs=0.008)
    at = batch_of(np.array([[0.0, 0.0], [0.75, 1.0], [2.0, 0.0]]), np.zeros(3))
    posterior = expit(1.5 * (at.event[:, 0] - 0.75))
    assert classifier.probabilities(at)[:, 1] == pytest.approx(posterior, abs=0.02)


def test_three_steps_are_those_of_a_loop_by_hand(tmp_path: Path) -> None:
    source = two_gaussians(300, weights=True)
    config = config_of(epochs=1, batch_size=128, optimiser="adam", schedule="constant", gradient_clip=0.05)
    ours, theirs = (build(source, SMALL, seed=3) for _ in range(2))
    history = fit(ours, source, config, tmp_path)
    train = source.events["train"]
    factor = np.array([150 / train.weight[train.label == one].sum() for one in (0, 1)])
    optimiser = torch.optim.Adam(theirs.parameters(), lr=0.01, weight_decay=1e-4)
    order = np.random.default_rng(order_seed(42, 1)).permutation(300)
    losses = []
    for start in (0, 128, 256):
        rows = order[start : start + 128]
        empty = (torch.zeros(len(rows), 0, 0), torch.zeros(len(rows), 0, 4), torch.zeros(len(rows), 0, dtype=bool))
        logits = theirs(torch.tensor(train.event[rows]), *empty)
        chosen = torch.log_softmax(logits, 1)[torch.arange(len(rows)), torch.tensor(train.label[rows])]
        loss = -(chosen * torch.tensor(train.weight[rows] * factor[train.label[rows]])).sum() / 128
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(theirs.parameters(), 0.05)
        optimiser.step()
        losses.append(loss.item())
    assert history.epochs[0].train_loss == pytest.approx(sum(losses) * 128 / 300, rel=1e-5)
    for name, value in weights_of(ours).items():
        np.testing.assert_allclose(value, theirs.state_dict()[name].numpy(), atol=1e-5, err_msg=name)


def test_validation_numbers_are_those_of_scikit_learn(tmp_path: Path) -> None:
    source = two_gaussians(600, weights=True)
    classifier = build(source, SMALL, seed=1)
    history = fit(classifier, source, config_of(epochs=4), tmp_path)
    events = source.events["validation"]
    train = source.events["train"]
    probability = classifier.probabilities(events)
    factor = np.array([300 / train.weight[train.label == one].sum() for one in (0, 1)])
    weight = events.weight * factor[events.label]
    loss = -np.log(probability[np.arange(300), events.label])
    assert history.best.validation_loss == pytest.approx((loss * weight).sum() / weight.sum(), rel=1e-4)
    assert history.best.auc == pytest.approx(
        roc_auc_score(events.label, probability[:, 1], sample_weight=weight), rel=1e-4
    )
    right = probability.argmax(axis=1) == events.label
    assert history.best.accuracy == pytest.approx((weight * right).sum() / weight.sum(), rel=1e-4)


def test_class_balance_makes_a_rare_class_count_as_much(tmp_path: Path) -> None:
    label = np.repeat([0, 1], [950, 50])
    source = two_gaussians(1000)
    for split in ("train", "validation"):
        source = replaced(source, split, batch_of(np.random.default_rng(0).normal(size=(1000, 2)), label))
    means = []
    for balance in (True, False):
        classifier = build(source, LOGISTIC, seed=1)
        fit(
            classifier,
            source,
            config_of(epochs=6, batch_size=32, learning_rate=0.1, class_balance=balance),
            tmp_path / str(balance),
        )
        means.append(classifier.probabilities(source.events["train"])[:, 1].mean())
    assert means[0] == pytest.approx(0.5, abs=0.05)
    assert means[1] == pytest.approx(0.05, abs=0.02)


def test_negative_weights_kept_learn_the_true_density(tmp_path: Path) -> None:
    """Background of weight +1 around 0 and of -0.5 around 3, where signal is too: kept, the latter takes away."""
    rng = np.random.default_rng(5)
    label = np.repeat([0, 0, 0, 1], 1500)
    x = rng.normal(size=(6000, 2)) * 0.5
    x[1500:, 0] += 3
    weight = np.repeat([1.0, 1.0, -0.5, 1.0], 1500)
    source = two_gaussians(600)
    for split in ("train", "validation"):
        source = replaced(source, split, batch_of(x, label, weight))
    at = batch_of(np.array([[3.0, 0.0]]), np.zeros(1))
    found = {}
    for choice in ("keep", "absolute", "drop"):
        config = config_of(epochs=4, class_balance=False, negative_weights=choice, stop_on=None)
        classifier = build(source, SMALL, seed=1)
        history = fit(classifier, source, config, tmp_path / choice)
        found[choice] = float(classifier.probabilities(at)[0, 1])
        assert history.n_negative == 1500
    assert found["keep"] == pytest.approx(1 / 1.5, abs=0.04)
    assert found["absolute"] == pytest.approx(1 / 2.5, abs=0.04)
    assert found["drop"] == pytest.approx(1 / 2, abs=0.04)


def test_identical_twice_and_different_with_another_seed(tmp_path: Path) -> None:
    source = two_gaussians(500)
    model = MlpConfig(hidden=(16,), dropout=0.2)
    scores = []
    for number, seed in enumerate((7, 7, 8)):
        classifier = build(source, model, seed=1)
        torch.rand(number)  # what others draw does not matter
        fit(classifier, source, config_of(seed=seed, deterministic=True, n_threads=1), tmp_path / str(number))
        scores.append(score(classifier, source).score)
    assert np.array_equal(scores[0], scores[1])
    assert not np.array_equal(scores[0], scores[2])


def test_the_callers_random_state_threads_and_mode_are_left_alone() -> None:
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    with reproducible(config_of(deterministic=True, n_threads=2)):
        assert torch.get_num_threads() == 2
        assert torch.are_deterministic_algorithms_enabled()
        torch.rand(1)
    assert torch.equal(state, torch.get_rng_state())
    assert torch.get_num_threads() == threads
    assert not torch.are_deterministic_algorithms_enabled()


def test_the_best_weights_are_restored_and_the_training_stops(tmp_path: Path) -> None:
    source = two_gaussians(60)
    classifier = build(source, MlpConfig(hidden=(64, 64)), seed=1)
    config = config_of(epochs=60, batch_size=16, schedule="constant", patience=4, weight_decay=0.0)
    history = fit(classifier, source, config, tmp_path)
    assert history.stopped == "patience"
    assert history.best_epoch == len(history.epochs) - 4
    losses = [epoch.validation_loss for epoch in history.epochs]
    assert losses.index(min(losses)) + 1 == history.best_epoch
    events = source.events["validation"]
    loss = -np.log(classifier.probabilities(events)[np.arange(len(events)), events.label])
    train = np.bincount(source.events["train"].label) / 60
    assert np.average(loss, weights=1 / train[events.label]) == pytest.approx(min(losses), rel=1e-4)
    assert not classifier.training
    assert History.load(tmp_path / "history.json") == history
    assert read_log(tmp_path) == history.epochs


def test_progress_tells_the_time_that_is_left(tmp_path: Path) -> None:
    source = two_gaussians(500)
    epochs: list[Progress] = []
    batches: list[Progress] = []
    config = config_of(batch_size=100, stop_on=None)
    fit(build(source, SMALL, seed=1), source, config, tmp_path, on_epoch=epochs.append, on_batch=batches.append)
    assert [(one.epoch, one.batch) for one in batches] == [(epoch, n) for epoch in (1, 2, 3) for n in range(1, 6)]
    assert [one.epoch for one in epochs] == [1, 2, 3]
    assert epochs[-1].seconds_left == 0
    assert batches[4].seconds_left is not None
    assert batches[4].seconds_left == pytest.approx(2 * batches[4].seconds)
    assert epochs[0].last is not None
    assert epochs[0].last.number == 1


@pytest.mark.parametrize("n", [33, 1, 32])
def test_a_last_batch_of_one_event_is_no_trouble_to_batch_normalisation(tmp_path: Path, n: int) -> None:
    source = two_gaussians(200)
    source = replaced(source, "train", source.events["train"].take(slice(0, 32 + n)))
    history = fit(
        build(source, MlpConfig(hidden=(4,), norm="batch"), seed=1), source, config_of(batch_size=32), tmp_path
    )
    assert len(history.epochs) == 3


def test_bfloat16_where_it_is_asked_for(tmp_path: Path) -> None:
    source = two_gaussians(400)
    said = {}
    for precision in ("float32", "mixed", "bfloat16"):
        classifier = build(source, SMALL, seed=1)
        said[precision] = fit(classifier, source, config_of(precision=precision), tmp_path / precision)
    assert [said[name].precision for name in said] == ["float32", "float32", "bfloat16"]
    assert said["mixed"].best.validation_loss == said["float32"].best.validation_loss
    assert said["bfloat16"].best.validation_loss != said["float32"].best.validation_loss
    assert said["bfloat16"].best.auc == pytest.approx(said["float32"].best.auc, abs=0.01)


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU is there")
def test_a_device_that_is_not_there(tmp_path: Path) -> None:
    source = two_gaussians(100)
    with pytest.raises(TrainingError, match=r"device 'cuda' is not available here; take one of .*cpu"):
        fit(build(source, SMALL, seed=1), source, config_of(device="cuda"), tmp_path)


def poisoned(source: MemorySource, row: int, value: float) -> MemorySource:
    event = source.events["train"].event.copy()
    event[row, 1] = value
    return replaced(source, "train", Batch(**{**vars(source.events["train"]), "event": event}))


def test_nan_among_the_inputs_is_named_with_its_column(tmp_path: Path) -> None:
    clean = two_gaussians(500)
    classifier = build(clean, SMALL, seed=1)
    batch = int(np.flatnonzero(np.random.default_rng(order_seed(42, 1)).permutation(500) == 123)[0]) // 100 + 1
    with pytest.raises(
        NonFiniteLossError, match=rf"loss is nan in epoch 1, batch {batch}, .* inputs 'y' are not finite"
    ):
        fit(classifier, poisoned(clean, 123, np.nan), config_of(batch_size=100), tmp_path)


def test_a_diverging_loss_keeps_the_last_good_checkpoint(tmp_path: Path) -> None:
    source = two_gaussians(500)

    def explode(progress: Progress) -> None:
        if progress.epoch == 2:
            with torch.no_grad():
                next(classifier.parameters()).fill_(torch.inf)

    classifier = build(source, SMALL, seed=1)
    message = r"loss is nan in epoch 3, batch 1, at learning rate 0\.01; the inputs of that batch are finite.*kept: "
    with pytest.raises(NonFiniteLossError, match=message):
        fit(classifier, source, config_of(epochs=5, schedule="constant"), tmp_path, on_epoch=explode)
    checkpoint = read_checkpoint(tmp_path)
    assert checkpoint is not None
    assert all(torch.isfinite(value).all() for value in checkpoint["weights"].values())
    history = fit(build(source, SMALL, seed=1), source, config_of(epochs=5, schedule="constant"), tmp_path, resume=True)
    assert len(history.epochs) == 5
    assert history.resumed == 1


def test_splits_that_cannot_be_trained_on(tmp_path: Path) -> None:
    source = two_gaussians(100)
    train, classifier = source.events["train"], build(source, SMALL, seed=1)
    one_class = replaced(source, "train", train.take(train.label == 1))
    empty = replaced(source, "validation", train.take(slice(0, 0)))
    unknown = replaced(source, "train", Batch(**{**vars(train), "label": np.full(100, -1)}))
    heavy = replaced(source, "train", Batch(**{**vars(train), "weight": np.full(100, np.nan, dtype=np.float32)}))
    less = replaced(source, "train", Batch(**{**vars(train), "weight": np.where(train.label, 1, -1).astype("f4")}))
    for wrong, words in (
        (one_class, r"split 'train' needs events of two classes .*'background': 0"),
        (empty, "split 'validation' is empty"),
        (unknown, "100 events of split 'train' have no class"),
        (heavy, "100 events of split 'train' have a weight that is NaN"),
        (less, "weights of class 'background' sum to -"),
    ):
        with pytest.raises(TrainingError, match=words):
            fit(classifier, wrong, config_of(), tmp_path / "never")
    assert not (tmp_path / "never").exists()


def test_other_columns_or_classes_than_the_classifiers_are_refused(tmp_path: Path) -> None:
    source = two_gaussians(100)
    classifier = build(source, SMALL, seed=1)
    columns = MemorySource(Inputs(event=("x", "z")), source.classes, source.processes, source.events)
    classes = MemorySource(source.inputs, ("signal", "background"), source.processes, source.events)
    for other, words in ((columns, "'z'"), (classes, r"knows the classes \('background', 'signal'\)")):
        with pytest.raises(TrainingError, match=words):
            fit(classifier, other, config_of(), tmp_path)
        with pytest.raises(TrainingError, match=words):
            score(classifier, other)


def test_scores_are_those_of_each_event_with_its_true_weight() -> None:
    source = two_gaussians(20_000, weights=True, negative=0.2)
    classifier = build(source, SMALL, seed=1)
    scores = score(classifier, source)
    assert len(scores) == 40_000
    for split in ("train", "validation", "test"):
        rows, events = scores.of(split), source.events[split]
        assert np.array_equal(rows.event_id, events.event_id)
        assert np.array_equal(rows.label, events.label)
        assert np.array_equal(rows.weight, events.weight.astype(float))
        assert np.allclose(rows.score, classifier.probabilities(events))
    assert len(score(classifier, source, ("test",))) == 10_000


def test_auc_and_accuracy_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(2)
    label, weight = rng.integers(0, 3, 500), rng.uniform(0.1, 2, 500)
    probability = np.round(rng.dirichlet([1, 1, 1], 500), 1).astype(np.float32)  # with ties
    each = [roc_auc_score(label == one, probability[:, one], sample_weight=weight) for one in range(3)]
    assert mean_auc(probability, label, weight) == pytest.approx(np.mean(each))
    two = label < 2
    expected = roc_auc_score(label[two], probability[two, 1], sample_weight=weight[two])
    assert mean_auc(probability[two, :2], label[two], weight[two]) == pytest.approx(expected)
    assert weighted_auc(probability[:, 0], np.zeros(500, dtype=bool), weight) is None
    assert accuracy(probability, label, -weight) is None


def test_factors_make_the_mean_weight_one() -> None:
    source = two_gaussians(400, weights=True, negative=0.1)
    found = survey(source, "train", "keep")
    train = source.events["train"]
    for balance in (True, False):
        weight = train.weight * np.array(found.factors(balance=balance))[train.label]
        assert weight.mean() == pytest.approx(1.0)
    assert found.n_negative == (train.weight < 0).sum()
    assert Survey("train", 4, 0, (1.0, 3.0)).factors(balance=True) == (2.0, 2 / 3)
