"""Laws that every network keeps: padding and order do not matter, nothing is lost, nothing overflows."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jet_batches import CLASSES, EVENTS, JETS, NO_VECTORS, PLACES, batch, events, jets, no_scaling, padded

from hepcoder.tools.learning.batches import Batch
from hepcoder.tools.learning.inputs import Inputs
from hepcoder.tools.learning.models.configs import GnnConfig, MlpConfig, ModelConfig, TransformerConfig
from hepcoder.tools.learning.models.presets import collm_preset, default

pytest.importorskip("torch", reason="needs hepcoder[ml]")

import torch

from hepcoder.tools.learning.data.memory import MemorySource
from hepcoder.tools.learning.models.classifier import Classifier, build, tensors

GRAPHS: list[ModelConfig] = [
    GnnConfig(convolution="gcn", k=2, width=8, backend="torch"),
    GnnConfig(convolution="gat", k=None, width=8, norm="batch", pooling="attention", backend="torch"),
    GnnConfig(convolution="edgeconv", k=3, width=8, neighbours="learned", norm="batch", backend="torch"),
    GnnConfig(convolution="edgeconv", k=2, width=8, aggregation="max", pooling="sum", residual=False, backend="torch"),
]
ATTENTION: list[ModelConfig] = [
    TransformerConfig(width=8, heads=2),
    TransformerConfig(width=8, heads=2, pooling="cls", norm_first=False),
    TransformerConfig(width=8, heads=2, pooling="attention", pair_bias=False),
    TransformerConfig(width=8, heads=2, pooling="max", pair_bias=False),
]
SETS = pytest.mark.parametrize("config", [*GRAPHS, *ATTENTION])
ALL = pytest.mark.parametrize("config", [MlpConfig(hidden=(8,), norm="batch"), *GRAPHS, *ATTENTION])


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def made(config: ModelConfig, inputs: Inputs = JETS, seed: int = 0) -> Classifier:
    torch.manual_seed(seed)
    return Classifier(inputs, CLASSES, config, no_scaling(inputs))


@SETS
@given(st.integers(1, 6), st.integers(0, 1000))
@settings(max_examples=5, deadline=None)
def test_padding_does_not_matter(config: ModelConfig, extra: int, seed: int) -> None:
    classifier, events_ = made(config), jets(6, seed=seed)
    assert classifier.probabilities(padded(events_, extra)) == pytest.approx(
        classifier.probabilities(events_), abs=2e-6
    )


@SETS
@given(st.permutations(range(PLACES)), st.integers(0, 1000))
@settings(max_examples=5, deadline=None)
def test_order_of_objects_does_not_matter(config: ModelConfig, order: list[int], seed: int) -> None:
    classifier, one = made(config), jets(6, seed=seed)
    other = batch(one.event, one.objects[:, order], one.four_vectors[:, order], one.mask[:, order])
    assert classifier.probabilities(other) == pytest.approx(classifier.probabilities(one), abs=2e-6)


@SETS
def test_padding_does_not_matter_in_training_either(config: ModelConfig) -> None:
    one = jets(30, seed=3)
    for_training = [made(config).train(), made(config).train()]
    first, second = (
        model(*tensors(events_)) for model, events_ in zip(for_training, (one, padded(one, 4)), strict=True)
    )
    assert second.detach().numpy() == pytest.approx(first.detach().numpy(), abs=1e-5)


def test_order_matters_once_positions_are_learned() -> None:
    classifier, one = made(TransformerConfig(width=8, heads=2, positions=True)), jets(20, full=True)
    turned = batch(one.event, one.objects[:, ::-1], one.four_vectors[:, ::-1], one.mask[:, ::-1])
    assert np.abs(classifier.probabilities(turned) - classifier.probabilities(one)).max() > 1e-5
    with pytest.raises(ValueError, match="8 places for objects, but only 5 positions"):
        classifier.probabilities(padded(one, 3))


@ALL
def test_every_parameter_learns_and_every_input_counts(config: ModelConfig) -> None:
    classifier, one = made(config).train(), jets(64, seed=9)
    values = tensors(one)
    for value in values[:2]:
        value.requires_grad_()
    logits = classifier(*values)
    (logits * torch.randn(logits.shape, generator=torch.Generator().manual_seed(1))).sum().backward()
    # a bias on all scores of a row cancels in the softmax
    idle = {name for name, value in classifier.named_parameters() if value.grad is None or not value.grad.any()}
    assert not {name for name in idle if "score.bias" not in name}
    event, objects = (value.grad for value in values[:2])
    assert event is not None
    assert objects is not None
    there = values[3]
    assert event.abs().min() > 0
    assert objects[~there].abs().sum() == 0
    assert all(objects[there][:, column].any() for column in range(4))


@ALL
def test_events_without_objects_are_like_each_other_and_finite(config: ModelConfig) -> None:
    one = jets(50, seed=6)
    nobody = batch(one.event * 0, one.objects, one.four_vectors, one.mask & False)
    scores = made(config).probabilities(nobody)
    assert np.isfinite(scores).all()
    assert scores == pytest.approx(np.broadcast_to(scores[0], scores.shape), abs=1e-6)
    classifier = made(config).train()
    classifier(*tensors(nobody)).sum().backward()
    assert all(bool(torch.isfinite(one.grad).all()) for one in classifier.parameters() if one.grad is not None)


@ALL
@pytest.mark.parametrize("value", [3e38, -3e38, 1e-38, 0.0])
def test_extreme_values_give_finite_probabilities(config: ModelConfig, value: float) -> None:
    one = jets(10, full=True)
    wild = batch(one.event * 0 + value, one.objects * 0 + value, one.four_vectors * 0 + value, one.mask)
    wild.objects[::2, ::2] = -value
    wild.four_vectors[::2, ::2] = -value
    scores = made(config).probabilities(wild)
    assert np.isfinite(scores).all()
    assert scores.sum(axis=1) == pytest.approx(np.ones(10), abs=1e-5)


@ALL
def test_probabilities_are_a_softmax_of_the_logits_once(config: ModelConfig) -> None:
    classifier, one = made(config).train(), jets(700, seed=2)
    scores = classifier.probabilities(one)
    assert classifier.training
    logits = classifier.eval()(*tensors(one)).detach().numpy().astype(np.float64)
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert scores == pytest.approx(expected, abs=1e-5)
    assert scores.dtype == np.float32


def test_chunks_do_not_change_the_probabilities(monkeypatch: pytest.MonkeyPatch) -> None:
    classifier, one = made(TransformerConfig(width=8, heads=2)), jets(100)
    whole = classifier.probabilities(one)
    monkeypatch.setattr("hepcoder.tools.learning.models.classifier._MOST_EVENTS", 7)
    assert classifier.probabilities(one) == pytest.approx(whole, abs=1e-6)
    assert classifier.probabilities(one.take(slice(0, 0))).shape == (0, 2)


def test_parameters_of_collm() -> None:
    features_only = Inputs(objects=JETS.objects)
    assert made(collm_preset("mlp")[0], EVENTS).n_parameters == 9_282
    assert made(collm_preset("transformer")[0], features_only).n_parameters == 539_202


def test_the_same_seed_gives_the_same_network_and_leaves_the_generator_alone() -> None:
    train = jets(50)
    nothing = train.take(slice(0, 0))
    source = MemorySource(JETS, CLASSES, ("zz",), {"train": train, "validation": nothing, "test": nothing})
    torch.manual_seed(5)
    expected = torch.rand(1)
    for config in (MlpConfig(), GnnConfig(backend="torch"), TransformerConfig()):
        torch.manual_seed(5)
        one, same, other = (build(source, config, seed=seed).probabilities(train) for seed in (3, 3, 4))
        assert np.array_equal(one, same)
        assert not np.allclose(one, other)
        assert torch.equal(torch.rand(1), expected)


@pytest.mark.parametrize(
    ("inputs", "config", "words"),
    [
        (EVENTS, GnnConfig(), "GNN needs a list of objects"),
        (EVENTS, TransformerConfig(), "Transformer needs a list of objects"),
        (NO_VECTORS, MlpConfig(use_objects=False), "use_objects=False needs an event column"),
        (NO_VECTORS, GnnConfig(edge_features=True), "edge_features=True needs pt, eta, phi and mass"),
        (NO_VECTORS, GnnConfig(neighbours="eta_phi"), "neighbours='eta_phi' needs pt, eta, phi and mass"),
        (NO_VECTORS, TransformerConfig(pair_bias=True), "pair_bias=True needs pt, eta, phi and mass"),
    ],
)
def test_networks_that_their_inputs_cannot_feed_are_refused(inputs: Inputs, config: ModelConfig, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        made(config, inputs)


@pytest.mark.parametrize("config", [GnnConfig(backend="torch"), default("transformer"), default("mlp")])
def test_lists_without_four_vectors_do(config: ModelConfig) -> None:
    rng = np.random.default_rng(1)
    hits = batch(np.zeros((9, 0)), rng.normal(size=(9, 5, 4)), np.zeros((9, 0, 4)), np.ones((9, 5)))
    scores = made(config, NO_VECTORS).probabilities(hits)
    assert np.ptp(scores[:, 0]) > 0


@pytest.mark.parametrize("wrong", [events(4, 6), jets(4)])
def test_other_columns_than_those_of_the_training_are_refused(wrong: Batch) -> None:
    inputs = Inputs(event=("a", "b"), objects=JETS.objects)
    with pytest.raises(ValueError, match="the classifier was made for event columns"):
        made(MlpConfig(), inputs).probabilities(wrong)


def test_one_class_and_another_scaling_are_refused() -> None:
    with pytest.raises(ValueError, match="two or more classes"):
        Classifier(EVENTS, ("signal",), MlpConfig(), no_scaling(EVENTS))
    with pytest.raises(ValueError, match="the scaling is of 1 event and 4 object columns"):
        Classifier(EVENTS, CLASSES, MlpConfig(), no_scaling(JETS))


def test_the_scaling_is_that_of_the_record() -> None:
    scaling = no_scaling(JETS)
    event, objects = made(MlpConfig()).scaler(
        *(torch.from_numpy(one) for one in (jets(3).event, jets(3).objects, jets(3).mask))
    )
    there = jets(3).mask
    assert objects[..., 0].numpy()[there] == pytest.approx(np.log(jets(3).objects[..., 0][there]) - 4.0, rel=1e-5)
    assert objects[..., 1].numpy()[there] == pytest.approx(jets(3).objects[..., 1][there] / scaling.object_std[1])
    assert (objects.numpy()[~there] == 0).all()
    assert math.isclose(float(event[0, 0]), float(jets(3).event[0, 0]))
