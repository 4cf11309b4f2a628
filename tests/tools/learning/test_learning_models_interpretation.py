"""Attention and edges of one event, beside finite differences and events with fewer objects."""

import numpy as np
import pytest
from jet_batches import CLASSES, JETS, batch, jets, no_scaling

from hepcoder.tools.learning.models.configs import GnnConfig, MlpConfig, ModelConfig, TransformerConfig

pytest.importorskip("torch", reason="needs hepcoder[ml]")

import torch

from hepcoder.tools.learning.models.classifier import Classifier, tensors
from hepcoder.tools.learning.models.interpretation import attention_map, edge_map

ONE = jets(30, seed=4)
FEW = int(np.flatnonzero(ONE.mask.sum(axis=1) == 3)[0])
NONE = int(np.flatnonzero(ONE.mask.sum(axis=1) == 0)[0])


def made(config: ModelConfig) -> Classifier:
    torch.manual_seed(0)
    return Classifier(JETS, CLASSES, config, no_scaling(JETS))


@pytest.mark.parametrize("pair_bias", [True, False])
@pytest.mark.parametrize("pooling", ["mean", "attention", "cls"])
def test_attention_is_shared_among_real_objects_only(pooling: str, pair_bias: bool) -> None:
    config = TransformerConfig.model_validate({"width": 8, "heads": 2, "pooling": pooling, "pair_bias": pair_bias})
    classifier = made(config).train()
    found = attention_map(classifier, ONE, FEW)
    assert classifier.training
    assert found.weights.shape == (2, 2, 5, 5)
    assert found.mask.sum() == 3
    assert (found.weights[..., ~found.mask] == 0).all()
    assert (found.weights[..., ~found.mask, :] == 0).all()
    sums = found.weights.sum(axis=-1)[..., found.mask]
    if pooling == "cls":
        assert (sums < 1).all()
        assert (sums > 0).all()
    else:
        assert sums == pytest.approx(np.ones_like(sums), abs=1e-6)
    if pooling == "mean":
        assert found.pooled is None
    else:
        assert found.pooled is not None
        assert (found.pooled[~found.mask] == 0).all()
        assert 0 < found.pooled.sum() <= 1 + 1e-6
    assert (attention_map(classifier, ONE, NONE).weights == 0).all()


def test_the_weights_are_those_that_the_network_uses() -> None:
    """With values of 1 for one object and 0 for the others, attention gathers the weight of that object."""
    classifier = made(TransformerConfig(width=4, heads=1, layers=1, norm_first=False))
    found = attention_map(classifier, ONE, FEW)
    attention = next(one for name, one in classifier.named_modules() if name.endswith("attention"))
    gathered: list[torch.Tensor] = []
    handle = attention.output.register_forward_pre_hook(lambda module, given: gathered.append(given[0]))
    values: list[torch.Tensor] = []
    other = attention.query_key_value.register_forward_hook(lambda module, given, out: values.append(out[..., 8:]))
    classifier(*tensors(ONE.take([FEW])))
    handle.remove()
    other.remove()
    expected = torch.from_numpy(found.weights[0, 0]) @ values[0][0]
    there = found.mask
    assert gathered[0][0].detach().numpy()[there] == pytest.approx(expected.detach().numpy()[there], abs=1e-5)


@pytest.mark.parametrize("convolution", ["gcn", "gat", "edgeconv"])
def test_edges_are_those_of_the_graph(convolution: str) -> None:
    config = GnnConfig.model_validate({"convolution": convolution, "k": 1, "width": 8, "backend": "torch"})
    found = edge_map(made(config), ONE, FEW)
    there = set(np.flatnonzero(ONE.mask[FEW]).tolist())
    loops = convolution != "edgeconv"
    assert len(found.edges) == 2 * 3 * (2 if loops else 1)
    assert set(found.edges.ravel().tolist()) == there
    assert found.layer.tolist() == sorted(found.layer.tolist())
    assert int((found.edges[:, 0] == found.edges[:, 1]).sum()) == (6 if loops else 0)
    assert (found.attention is not None) == (convolution == "gat")
    if found.attention is not None:
        for receiver in there:
            of_it = (found.edges[:, 1] == receiver) & (found.layer == 0)
            assert found.attention[of_it].sum(axis=0) == pytest.approx(np.ones(4), abs=1e-6)
    edges, sizes = found.strengths()
    assert len(np.unique(edges, axis=0)) == len(edges) == 3
    apart = found.edges[:, 0] != found.edges[:, 1]
    assert sizes.sum() == pytest.approx(np.abs(found.importance[apart]).sum(), rel=1e-5)
    assert edge_map(made(config), ONE, NONE).edges.shape == (0, 2)


def test_importance_is_the_first_order_effect_of_a_message() -> None:
    config = GnnConfig(convolution="gcn", layers=1, width=8, k=2, activation="tanh", backend="torch")
    classifier = made(config)
    found = edge_map(classifier, ONE, FEW)
    opposite = edge_map(classifier, ONE, FEW, of="background")
    assert opposite.importance == pytest.approx(-found.importance, rel=1e-5)
    receiver = int(found.edges[4, 1])
    of_it = found.edges[:, 1] == receiver
    messages = classifier.double().get_submodule("network.blocks.0.convolution.messages")
    slots, step = _slots(classifier, receiver), 1e-5
    for place, slot in zip(np.flatnonzero(of_it), slots, strict=True):

        def log_odds(scale: float, slot: int = slot) -> float:
            def scaled(module: object, given: object, out: torch.Tensor) -> torch.Tensor:
                changed = out.clone()
                changed[0, receiver, slot] *= scale
                return changed

            handle = messages.register_forward_hook(scaled)
            event, objects, vectors, mask = tensors(ONE.take([FEW]))
            logits = classifier(event.double(), objects.double(), vectors.double(), mask)[0]
            handle.remove()
            return float((logits[1] - logits[0]).detach())

        slope = (log_odds(1 + step) - log_odds(1 - step)) / (2 * step)
        assert found.importance[place] == pytest.approx(slope, rel=1e-3, abs=1e-6)


def _slots(classifier: Classifier, receiver: int) -> list[int]:
    """Places of the messages that a receiver is sent."""
    seen: list[torch.Tensor] = []
    graph = next(one for name, one in classifier.named_modules() if name.endswith("network.graph"))
    handle = graph.register_forward_hook(lambda module, given, out: seen.append(out.valid))
    _, objects, vectors, mask = tensors(ONE.take([FEW]))
    graph(objects, vectors, mask)
    handle.remove()
    return [int(slot) for slot in torch.nonzero(seen[0][0, receiver]).flatten()]


def test_what_has_no_map_is_refused() -> None:
    graph = made(GnnConfig(backend="torch"))
    with pytest.raises(TypeError, match="kind 'mlp'"):
        attention_map(made(MlpConfig()), ONE, 0)
    with pytest.raises(TypeError, match="kind 'transformer'"):
        edge_map(made(TransformerConfig()), ONE, 0)
    with pytest.raises(ValueError, match="no event 30 in a batch of 30"):
        edge_map(graph, ONE, 30)
    with pytest.raises(ValueError, match="no class 'higgs', only background, signal"):
        edge_map(graph, ONE, 0, of="higgs")
    with pytest.raises(ValueError, match="made for event columns"):
        edge_map(graph, batch(ONE.event[:, :0], ONE.objects, ONE.four_vectors, ONE.mask), 0)
