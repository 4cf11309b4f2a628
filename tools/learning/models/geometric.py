"""The graph convolutions through PyTorch Geometric, on edge lists; weights and results as of `convolutions`."""

import warnings
from typing import ClassVar

from hepcoder.tools.learning.models.convolutions import Aggregation
from hepcoder.tools.learning.models.graphs import Graph
from hepcoder.tools.learning.models.pytorch import nn, torch

try:
    with warnings.catch_warnings():
        # torch 2.13 deprecates torch.jit.script, which PyTorch Geometric 2.8 calls when it is imported.
        warnings.simplefilter("ignore", DeprecationWarning)
        from torch_geometric.nn import EdgeConv, GATv2Conv, GCNConv
except ImportError as error:
    _MESSAGE = "backend 'pyg' needs PyTorch Geometric: pip install 'hepcoder[ml]', or take backend 'torch'"
    raise ImportError(_MESSAGE) from error


class GeometricGcn(GCNConv):  # type: ignore[misc]
    """`convolutions.Gcn` as a GCNConv."""

    def __init__(self, inputs: int, outputs: int, edges: int) -> None:
        super().__init__(inputs, outputs, add_self_loops=False)
        self.edge = nn.Linear(edges, 1) if edges else None

    def forward(self, objects: torch.Tensor, graph: Graph) -> torch.Tensor:
        """Objects (n, places, inputs) to (n, places, outputs)."""
        edges, features = graph.sparse
        weight = None if self.edge is None else torch.sigmoid(self.edge(features)).squeeze(-1)
        return _placed(super().forward(objects.flatten(0, 1), edges, weight), objects)


class GeometricGat(GATv2Conv):  # type: ignore[misc]
    """`convolutions.Gat` as a GATv2Conv."""

    def __init__(self, inputs: int, outputs: int, edges: int, heads: int) -> None:
        super().__init__(inputs, outputs // heads, heads, edge_dim=edges or None, add_self_loops=False)

    def forward(self, objects: torch.Tensor, graph: Graph) -> torch.Tensor:
        """Objects (n, places, inputs) to (n, places, outputs)."""
        edges, features = graph.sparse
        return _placed(
            super().forward(objects.flatten(0, 1), edges, None if self.edge_dim is None else features), objects
        )


class GeometricEdgeConv(EdgeConv):  # type: ignore[misc]
    """`convolutions.EdgeConv` as an EdgeConv whose messages know the edge features."""

    # PyTorch Geometric writes `propagate` from this, or else from the source of the parent class.
    propagate_type: ClassVar = {"x": torch.Tensor, "edge_attr": torch.Tensor}

    def __init__(self, network: nn.Module, aggregation: Aggregation) -> None:
        super().__init__(network, aggr=aggregation)

    def forward(self, objects: torch.Tensor, graph: Graph) -> torch.Tensor:
        """Objects (n, places, inputs) to (n, places, outputs); 0 where nothing was sent."""
        edges, features = graph.sparse
        return _placed(self.propagate(edges, x=objects.flatten(0, 1), edge_attr=features), objects)

    def message(self, x_i: torch.Tensor, x_j: torch.Tensor, edge_attr: torch.Tensor) -> torch.Tensor:
        """Messages of edges, from x_i, x_j - x_i and the edge features."""
        messages: torch.Tensor = self.nn(torch.cat([x_i, x_j - x_i, edge_attr], dim=-1))
        return messages


def _placed(rows: torch.Tensor, objects: torch.Tensor) -> torch.Tensor:
    """Rows of all events, back in the shape of the objects."""
    return rows.view(*objects.shape[:2], -1)
