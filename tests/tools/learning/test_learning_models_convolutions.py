"""Graph convolutions by hand, beside numpy, and in both backends."""

import itertools
import math
from typing import Any

import numpy as np
import pytest
from jet_batches import CLASSES, JETS, NO_VECTORS, batch, jets, no_scaling

from hepcoder.tools.learning.models.configs import GnnConfig

pytest.importorskip("torch", reason="needs hepcoder[ml]")

import torch

from hepcoder.tools.learning.models.attention import Attention
from hepcoder.tools.learning.models.classifier import Classifier, tensors
from hepcoder.tools.learning.models.convolutions import EdgeConv, Gat, Gcn, aggregated
from hepcoder.tools.learning.models.graphs import Graph, GraphBuilder
from hepcoder.tools.learning.models.layers import BatchNorm, Pool


def path_of_three(*, loops: bool) -> Graph:
    """Objects 0 - 1 - 2 in a row, each sending to its neighbours."""
    own = [[0], [1], [2]] if loops else [[], [], []]
    senders = [[1, 0, *own[0]], [0, 2, *own[1]], [1, 0, *own[2]]]
    valid = [[True, False, *[loops] * loops], [True, True, *[loops] * loops], [True, False, *[loops] * loops]]
    return Graph(torch.tensor([senders]), torch.tensor([valid]), torch.zeros(1, 3, len(senders[0]), 0))


def test_a_graph_convolution_by_hand() -> None:
    layer = Gcn(1, 1, 0)
    layer.lin.weight.data.fill_(2.0)
    layer.bias.data.fill_(0.5)
    found = layer(torch.tensor([[[1.0], [10.0], [100.0]]]), path_of_three(loops=True)).flatten().tolist()
    # degrees with self-loops are 2, 3, 2
    expected = [
        2 * (1 / 2 + 10 / math.sqrt(6)) + 0.5,
        2 * (1 / math.sqrt(6) + 10 / 3 + 100 / math.sqrt(6)) + 0.5,
        2 * (100 / 2 + 10 / math.sqrt(6)) + 0.5,
    ]
    assert found == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("how", "expected"), [("sum", [9.0, 81.0, -90.0]), ("mean", [9.0, 40.5, -90.0]), ("max", [9.0, 90.0, -90.0])]
)
def test_an_edge_convolution_by_hand(how: Any, expected: list[float]) -> None:
    difference = torch.nn.Linear(2, 1, bias=False)
    difference.weight.data = torch.tensor([[0.0, 1.0]])
    found = EdgeConv(difference, how)(torch.tensor([[[1.0], [10.0], [100.0]]]), path_of_three(loops=False))
    # messages are x_j - x_i: 9 to the first; -9 and 90 to the second; -90 to the third
    assert found.flatten().tolist() == pytest.approx(expected)


def test_graph_attention_beside_numpy() -> None:
    torch.manual_seed(0)
    layer = Gat(2, 4, 0, 2)
    objects = torch.randn(1, 3, 2)
    found = layer(objects, path_of_three(loops=True))[0].detach().numpy()
    weights = {name: value.detach().numpy().astype(np.float64) for name, value in layer.state_dict().items()}
    rows = objects[0].numpy().astype(np.float64)
    left = (rows @ weights["lin_l.weight"].T + weights["lin_l.bias"]).reshape(3, 2, 2)
    right = (rows @ weights["lin_r.weight"].T + weights["lin_r.bias"]).reshape(3, 2, 2)
    for receiver, senders in enumerate([[0, 1], [0, 1, 2], [1, 2]]):
        joined = left[senders] + right[receiver]
        scores = (np.where(joined > 0, joined, 0.2 * joined) * weights["att"][0]).sum(-1)
        shares = np.exp(scores) / np.exp(scores).sum(0)
        expected = (shares[..., None] * left[senders]).sum(0).ravel() + weights["bias"]
        assert found[receiver] == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_attention_is_that_of_torch() -> None:
    torch.manual_seed(0)
    own, theirs = Attention(8, 2, 0.0), torch.nn.MultiheadAttention(8, 2, batch_first=True)
    theirs.in_proj_weight.data, theirs.in_proj_bias.data = (
        own.query_key_value.weight.data,
        own.query_key_value.bias.data,
    )
    theirs.out_proj.load_state_dict(own.output.state_dict())
    objects, mask = torch.randn(4, 5, 8), torch.arange(5) < torch.tensor([[5], [3], [1], [4]])
    bias = torch.zeros(4, 1, 1, 5).masked_fill(~mask[:, None, None], torch.finfo(torch.float32).min / 2)
    expected, shares = theirs(objects, objects, objects, key_padding_mask=~mask, average_attn_weights=False)
    for with_gradient in (False, True):
        found = own(objects, bias.requires_grad_(with_gradient))
        assert found.detach().numpy() == pytest.approx(expected.detach().numpy(), abs=1e-6)
    assert own.weights(objects, bias).detach().numpy() == pytest.approx(shares.detach().numpy(), abs=1e-6)
    assert (own.weights(objects, bias).detach().numpy()[~np.broadcast_to(mask[:, None, None], (4, 2, 5, 5))] == 0).all()


@pytest.mark.parametrize("how", ["mean", "max", "sum"])
def test_nothing_sent_is_zero(how: Any) -> None:
    nothing = torch.zeros(2, 3, 2, dtype=torch.bool)
    assert aggregated(torch.randn(2, 3, 2, 4), nothing, how).abs().sum() == 0
    assert aggregated(torch.randn(2, 3, 0, 4), nothing[..., :0], how).shape == (2, 3, 4)


def test_pools_by_hand() -> None:
    objects, mask = torch.tensor([[[-1.0], [-3.0], [50.0]]]), torch.tensor([[True, True, False]])
    assert Pool("mean", 1)(objects, mask).tolist() == [[-2.0]]
    assert Pool("max", 1)(objects, mask).tolist() == [[-1.0]]
    assert Pool("sum", 1)(objects, mask).tolist() == [[-4.0]]
    assert Pool("mean+max", 1)(objects, mask).tolist() == [[-2.0, -1.0]]
    learned = Pool("attention", 1)
    assert learned.score is not None
    learned.score.weight.data.fill_(1.0)
    first = 1 / (1 + math.exp(-2))
    assert learned(objects, mask).item() == pytest.approx(-first - 3 * (1 - first))
    with pytest.raises(ValueError, match="a pool of kind 'mean' has no weights"):
        Pool("mean", 1).weights(objects, mask)


def test_batch_normalisation_is_over_real_objects() -> None:
    layer, values = BatchNorm(3).train(), torch.randn(6, 4, 3, generator=torch.Generator().manual_seed(1))
    mask = torch.rand(6, 4, generator=torch.Generator().manual_seed(2)) < 0.6
    rows = layer(values, mask)[mask].detach().numpy()
    assert rows.mean(axis=0) == pytest.approx(np.zeros(3), abs=1e-6)
    assert rows.std(axis=0) == pytest.approx(np.ones(3), abs=1e-3)
    assert layer(values, mask)[~mask].abs().sum() == 0
    before = layer.get_buffer("running_mean").clone()
    assert torch.isfinite(layer(values[:1], mask[:1] & (torch.arange(4) < 1))).all()
    assert torch.equal(layer.get_buffer("running_mean"), before)
    assert torch.isfinite(BatchNorm(3).train()(values[0, :1])).all()


@pytest.mark.parametrize(
    ("convolution", "k", "edge_features"),
    [*itertools.product(["gcn", "gat", "edgeconv"], [2, None], [True, False])],
)
def test_both_backends_agree(convolution: Any, k: int | None, edge_features: bool) -> None:
    pytest.importorskip("torch_geometric", reason="needs hepcoder[ml]")
    one = jets(40, seed=11)
    results: list[tuple[list[np.ndarray], list[str]]] = []
    for backend in ("torch", "pyg"):
        torch.manual_seed(3)
        config = GnnConfig.model_validate(
            {"convolution": convolution, "k": k, "edge_features": edge_features, "width": 8, "backend": backend}
        )
        classifier = Classifier(JETS, CLASSES, config, no_scaling(JETS))
        logits = classifier(*tensors(one))
        logits.square().sum().backward()
        gradients = [value.grad.numpy() for value in classifier.parameters() if value.grad is not None]
        results.append(([logits.detach().numpy(), *gradients], sorted(classifier.state_dict())))
    (plain, names), (geometric, same_names) = results
    assert names == same_names
    assert len(plain) == len(geometric) == 1 + sum(1 for _ in classifier.parameters())
    assert plain[0] == pytest.approx(geometric[0], abs=1e-5)
    for ours, theirs in zip(plain[1:], geometric[1:], strict=True):
        assert ours == pytest.approx(theirs, rel=1e-3, abs=1e-4)


@pytest.mark.parametrize("aggregation", ["mean", "max", "sum"])
@pytest.mark.parametrize("neighbours", ["auto", "learned"])
def test_both_backends_agree_on_weights_of_each_other(aggregation: Any, neighbours: Any) -> None:
    pytest.importorskip("torch_geometric", reason="needs hepcoder[ml]")
    config = GnnConfig(aggregation=aggregation, neighbours=neighbours, k=3, norm="batch", backend="pyg")
    classifier = Classifier(NO_VECTORS, CLASSES, config, no_scaling(NO_VECTORS))
    other = Classifier(NO_VECTORS, CLASSES, config.model_copy(update={"backend": "torch"}), no_scaling(NO_VECTORS))
    other.load_state_dict(classifier.state_dict())
    rng = np.random.default_rng(1)
    hits = batch(np.zeros((30, 0)), rng.normal(size=(30, 5, 4)), np.zeros((30, 0, 4)), rng.random((30, 5)) < 0.7)
    assert classifier.probabilities(hits) == pytest.approx(other.probabilities(hits), abs=1e-5)


def test_a_learned_graph_changes_from_layer_to_layer() -> None:
    seen: list[Graph] = []
    classifier = Classifier(JETS, CLASSES, GnnConfig(k=1, neighbours="learned", backend="torch"), no_scaling(JETS))
    for one in classifier.modules():
        if isinstance(one, GraphBuilder):
            one.register_forward_hook(lambda module, given, graph: seen.append(graph))
    classifier.probabilities(jets(50, full=True))
    first, second = seen
    vectors = torch.from_numpy(jets(50, full=True).four_vectors)
    by_delta_r = GraphBuilder(1, "eta_phi", edge_features=False, self_loops=False)(
        vectors, vectors, torch.ones(50, 5, dtype=torch.bool)
    )
    assert torch.equal(first.senders, by_delta_r.senders)
    assert not torch.equal(first.senders, second.senders)
