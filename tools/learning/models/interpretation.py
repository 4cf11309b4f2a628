"""What a trained network looked at in one event: attention between objects, and messages along edges."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hepcoder.tools.learning.batches import Batch, Floats
from hepcoder.tools.learning.models.attention import Block
from hepcoder.tools.learning.models.classifier import Classifier, on_plain_torch, require_columns, tensors
from hepcoder.tools.learning.models.gnn import Gnn, GnnBlock
from hepcoder.tools.learning.models.pytorch import nn, torch
from hepcoder.tools.learning.models.transformer import Transformer


@dataclass(frozen=True)
class AttentionMap:
    """Attention in one event.

    Attributes:
        weights: Share of each object (last axis) in what an object (third axis) gathers, float32 (layers, heads,
            places, places); 0 where there is no object. Rows of objects sum to 1, or with pooling ``cls`` to what the
            extra object leaves of it.
        pooled: With pooling ``attention`` the share of each object in the event's vector, float32 (places,); with
            ``cls`` the share of each in what the extra object gathers in the last layer, mean over heads; else None.
        mask: Where there is an object, bool (places,).
    """

    weights: Floats
    pooled: Floats | None
    mask: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class EdgeMap:
    """Edges of one event's graphs and what their messages did to the decision.

    Attributes:
        edges: Place of the sender and of the receiver, int64 (edges, 2); GCN and GAT have self-loops.
        layer: Layer of each edge, from 0, int64 (edges,).
        importance: To first order, how much the log-odds of the class would fall without the message: message times
            gradient, summed over its features, float32 (edges,); negative where the message spoke against the class.
        attention: Weight of each edge at its receiver in each head, float32 (edges, heads); None unless the network is
            a GAT.
    """

    edges: npt.NDArray[np.int64]
    layer: npt.NDArray[np.int64]
    importance: Floats
    attention: Floats | None

    def strengths(self) -> tuple[npt.NDArray[np.int64], Floats]:
        """Each edge once, int64 (edges, 2), with the size of its importance summed over layers; no self-loops."""
        apart = self.edges[:, 0] != self.edges[:, 1]
        edges, place = np.unique(self.edges[apart], axis=0, return_inverse=True)
        sizes = np.bincount(place.ravel(), np.abs(self.importance[apart]), minlength=len(edges))
        return edges, sizes.astype(np.float32)


def attention_map(classifier: Classifier, batch: Batch, event: int) -> AttentionMap:
    """Attention of a Transformer in one event of a batch, without dropout.

    Args:
        classifier: A trained Transformer.
        batch: Some events.
        event: Place of the event in the batch, from 0.

    Returns:
        The attention.

    Raises:
        TypeError: If the classifier is no Transformer.
        ValueError: If there is no such event or the batch has other columns.
    """
    network = classifier.network
    if not isinstance(network, Transformer):
        message = f"attention maps are of Transformers; this is a network of kind {classifier.config.kind!r}"
        raise TypeError(message)
    blocks = [block for block in network.blocks if isinstance(block, Block)]
    watched = [*(block.attention for block in blocks), *([] if network.pool is None else [network.pool])]
    one = _one_event(classifier, batch, event)
    with _evaluating(classifier), torch.inference_mode(), _inputs_of(watched) as seen:
        classifier(*tensors(one))
        weights = torch.cat([block.attention.weights(*seen[block.attention]) for block in blocks])
        shares = None
        if network.pool is not None and network.pool.kind == "attention":
            shares = network.pool.weights(*seen[network.pool])[0]
    if network.token is not None:
        shares = weights[-1, :, 0, 1:].mean(0)
        weights = weights[:, :, 1:, 1:]
    there = one.mask[0]
    return AttentionMap(
        weights.numpy() * there[:, None] * there, None if shares is None else shares.numpy() * there, there
    )


def edge_map(classifier: Classifier, batch: Batch, event: int, *, of: str | None = None) -> EdgeMap:
    """Edges of a GNN in one event of a batch and their importance for a class.

    Args:
        classifier: A trained GNN, of either backend.
        batch: Some events.
        event: Place of the event in the batch, from 0.
        of: Class; None for the last, the signal.

    Returns:
        The edges of all layers.

    Raises:
        TypeError: If the classifier is no GNN.
        ValueError: If there is no such event or class, or the batch has other columns.
    """
    if not isinstance(classifier.network, Gnn):
        message = f"edge maps are of GNNs; this is a network of kind {classifier.config.kind!r}"
        raise TypeError(message)
    of = classifier.classes[-1] if of is None else of
    if of not in classifier.classes:
        message = f"there is no class {of!r}, only {', '.join(classifier.classes)}"
        raise ValueError(message)
    plain = on_plain_torch(classifier)
    blocks = [block for block in plain.network.modules() if isinstance(block, GnnBlock)]
    parts = [part for block in blocks for part in block.convolution.children() if isinstance(part, nn.Identity)]
    one = _one_event(classifier, batch, event)
    with _evaluating(plain), _inputs_of([*blocks, *parts]) as seen:
        logits = plain(*tensors(one))[0]
        place = classifier.classes.index(of)
        odds = logits[place] - torch.cat([logits[:place], logits[place + 1 :]]).logsumexp(0)
        messages = [seen[block.convolution.get_submodule("messages")][0] for block in blocks]
        gradients = torch.autograd.grad(odds, messages)
    rows = [
        _edges(layer, seen[block][1], message * gradient, seen.get(_attention(block)))
        for layer, (block, message, gradient) in enumerate(zip(blocks, messages, gradients, strict=True))
    ]
    edges, layers, importance, attention = (np.concatenate(column) for column in zip(*rows, strict=True))
    return EdgeMap(edges, layers, importance, attention if attention.shape[1] else None)


def _attention(block: GnnBlock) -> nn.Module | None:
    return dict(block.convolution.named_children()).get("attention")


def _edges(
    layer: int, graph: Any, shares: torch.Tensor, attention: tuple[torch.Tensor] | None
) -> list[npt.NDArray[Any]]:
    """Edges, layer, importance and attention of one layer's only event."""
    valid = graph.valid[0]
    receivers, _ = valid.nonzero(as_tuple=True)
    edges = torch.stack([graph.senders[0][valid], receivers], dim=1)
    heads = shares.new_zeros(len(edges), 0) if attention is None else attention[0][0][valid]
    importance = shares.sum(-1)[0][valid]
    layers = np.full(len(edges), layer, dtype=np.int64)
    return [edges.numpy(), layers, importance.detach().numpy(), heads.detach().numpy()]


def _one_event(classifier: Classifier, batch: Batch, event: int) -> Batch:
    require_columns(classifier.inputs, batch)
    if not 0 <= event < len(batch):
        message = f"there is no event {event} in a batch of {len(batch)}, counted from 0"
        raise ValueError(message)
    return batch.take(slice(event, event + 1))


@contextmanager
def _evaluating(classifier: Classifier) -> Iterator[None]:
    was_training = classifier.training
    classifier.eval()
    try:
        yield
    finally:
        classifier.train(was_training)


@contextmanager
def _inputs_of(modules: list[nn.Module]) -> Iterator[dict[nn.Module | None, tuple[Any, ...]]]:
    """What each module is given while the context lasts."""
    seen: dict[nn.Module | None, tuple[Any, ...]] = {}
    handles = [one.register_forward_pre_hook(seen.__setitem__) for one in modules]
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()
