"""Which object sends messages to which: k nearest neighbours, or all."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from hepcoder.tools.learning.models.pairwise import delta_r2, pair_features
from hepcoder.tools.learning.models.pytorch import nn, torch

Metric = Literal["eta_phi", "learned"]
_FAR = 1e30


@dataclass(frozen=True)
class Graph:
    """Edges of n events; every object has the same number of places for senders.

    Attributes:
        senders: Index of the object at the other end, int64 (n, places, senders).
        valid: Whether there is an edge, bool of the same shape.
        features: `pair_features` of the edge, 0 for a self-loop, (n, places, senders, 4); without, (n, places, senders,
            0).
    """

    senders: torch.Tensor
    valid: torch.Tensor
    features: torch.Tensor

    @cached_property
    def sparse(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Edges as PyTorch Geometric wants them: senders over receivers, int64 (2, edges); features (edges, 4)."""
        receivers = torch.arange(self.valid.shape[0] * self.valid.shape[1], device=self.valid.device)
        receivers = receivers.view(*self.valid.shape[:2], 1).expand_as(self.valid)
        edges = torch.stack([_flat(self.senders)[self.valid], receivers[self.valid]])
        return edges, self.features[self.valid]

    def sent(self, values: torch.Tensor) -> torch.Tensor:
        """Values (n, places, features) of the senders, (n, places, senders, features)."""
        return _sent(values, self.senders)


class GraphBuilder(nn.Module):
    """Objects to a graph."""

    def __init__(self, k: int | None, metric: Metric, *, edge_features: bool, self_loops: bool):
        super().__init__()
        self.k = k
        self.metric = metric
        self.edge_features = edge_features
        self.self_loops = self_loops

    def forward(self, objects: torch.Tensor, four_vectors: torch.Tensor, mask: torch.Tensor) -> Graph:
        """The graph of objects (n, places, features); four-vectors and mask as of `Classifier.forward`."""
        if self.k is None:
            senders, valid = everyone(mask)
        else:
            distance2 = (
                delta_r2(four_vectors[:, :, None], four_vectors[:, None])
                if self.metric == "eta_phi"
                else _euclidean2(objects.detach())
            )
            senders, valid = nearest(distance2, mask, self.k)
        if self.self_loops:
            itself = torch.arange(mask.shape[1], device=mask.device)[None, :, None].expand(mask.shape[0], -1, 1)
            senders, valid = torch.cat([senders, itself], dim=2), torch.cat([valid, mask[..., None]], dim=2)
        if not self.edge_features:
            return Graph(senders, valid, objects.new_zeros(*senders.shape, 0))
        return Graph(senders, valid, _features(senders, valid, four_vectors))


def nearest(distance2: torch.Tensor, mask: torch.Tensor, k: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The k nearest other objects of each object.

    Args:
        distance2: Squared distances, (n, places, places); between equal ones the choice is arbitrary.
        mask: Where there is an object, bool (n, places).
        k: Neighbours; fewer where there are fewer others.

    Returns:
        Index of each neighbour and whether there is one, (n, places, at most k).
    """
    places = mask.shape[1]
    itself = torch.eye(places, dtype=torch.bool, device=mask.device)
    allowed = mask[:, :, None] & mask[:, None] & ~itself
    found, senders = distance2.masked_fill(~allowed, _FAR).topk(min(k, max(places - 1, 0)), dim=2, largest=False)
    return senders, found < _FAR


def everyone(mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """All other objects of each object: index and whether there is one, (n, places, places - 1)."""
    places = mask.shape[1]
    around = torch.arange(places, device=mask.device)
    senders = (around[:, None] + around[None, 1:]) % max(places, 1)
    valid = mask[:, :, None] & mask[:, senders]
    return senders[None].expand(mask.shape[0], -1, -1), valid


def _euclidean2(points: torch.Tensor) -> torch.Tensor:
    squares = (points**2).sum(-1)
    return squares[:, :, None] + squares[:, None] - 2 * points @ points.transpose(1, 2)


def _flat(senders: torch.Tensor) -> torch.Tensor:
    """Index within all events of a batch, from that within one event."""
    events, places = senders.shape[:2]
    return senders + torch.arange(events, device=senders.device).view(-1, 1, 1) * places


def _sent(values: torch.Tensor, senders: torch.Tensor) -> torch.Tensor:
    rows = values.flatten(0, 1).index_select(0, _flat(senders).flatten())
    return rows.view(*senders.shape, values.shape[-1])


def _features(senders: torch.Tensor, valid: torch.Tensor, four_vectors: torch.Tensor) -> torch.Tensor:
    """Features of edges; 0 for self-loops and where there is no edge."""
    pairs = pair_features(four_vectors[:, :, None], _sent(four_vectors, senders))
    itself = torch.arange(senders.shape[1], device=senders.device)[None, :, None]
    return torch.where((valid & (senders != itself))[..., None], pairs, 0.0)
