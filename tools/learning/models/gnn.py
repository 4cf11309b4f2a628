"""The graph neural network."""

from importlib.util import find_spec

from hepcoder.tools.learning.inputs import Inputs
from hepcoder.tools.learning.models import convolutions
from hepcoder.tools.learning.models.configs import GnnConfig
from hepcoder.tools.learning.models.graphs import Graph, GraphBuilder, Metric
from hepcoder.tools.learning.models.layers import Pool, activation, dense, norm
from hepcoder.tools.learning.models.pairwise import PAIR_FEATURES
from hepcoder.tools.learning.models.pytorch import nn, torch


class Gnn(nn.Module):
    """Logits from objects that send messages to each other."""

    def __init__(self, inputs: Inputs, n_classes: int, config: GnnConfig) -> None:
        super().__init__()
        edge_features, metric = _resolved(inputs, config)
        loops = config.convolution != "edgeconv"
        self.learned = metric == "learned" and config.k is not None
        first: Metric = "eta_phi" if inputs.has_four_vectors else "learned"
        self.graph = GraphBuilder(config.k, first, edge_features=edge_features, self_loops=loops)
        self.later = GraphBuilder(config.k, "learned", edge_features=edge_features, self_loops=loops)
        edges = len(PAIR_FEATURES) if edge_features else 0
        widths = [len(inputs.object_features), *[config.width] * (config.layers - 1)]
        self.blocks = nn.ModuleList(GnnBlock(width, edges, config) for width in widths)
        self.pool = Pool(config.pooling, config.width)
        self.head = dense(
            (self.pool.outputs + len(inputs.event), *config.head),
            n_classes,
            activation_name=config.activation,
            dropout=config.head_dropout,
        )

    def forward(
        self, event: torch.Tensor, objects: torch.Tensor, four_vectors: torch.Tensor, mask: torch.Tensor
    ) -> torch.Tensor:
        """Logits (n, classes) of scaled inputs and raw four-vectors."""
        graph = self.graph(objects, four_vectors, mask)
        for place, block in enumerate(self.blocks):
            if place and self.learned:
                graph = self.later(objects, four_vectors, mask)
            objects = block(objects, graph, mask)
        logits: torch.Tensor = self.head(torch.cat([self.pool(objects, mask), event], dim=1))
        return logits


class GnnBlock(nn.Module):
    """A convolution with what follows it."""

    def __init__(self, inputs: int, edges: int, config: GnnConfig) -> None:
        super().__init__()
        self.convolution = _convolution(inputs, edges, config)
        self.norm = norm(config.norm, config.width)
        self.shortcut = nn.Linear(inputs, config.width, bias=False) if config.residual else None
        self.activation = activation(config.activation)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, objects: torch.Tensor, graph: Graph, mask: torch.Tensor) -> torch.Tensor:
        """Objects (n, places, inputs) to (n, places, width), 0 where there is none."""
        after = self.norm(self.convolution(objects, graph), mask)
        if self.shortcut is not None:
            after = after + self.shortcut(objects)
        return torch.where(mask[..., None], self.dropout(self.activation(after)), 0.0)


def uses_geometric(config: GnnConfig) -> bool:
    """Whether the network is built on PyTorch Geometric here."""
    return config.backend == "pyg" or (config.backend == "auto" and find_spec("torch_geometric") is not None)


def _resolved(inputs: Inputs, config: GnnConfig) -> tuple[bool, Metric]:
    """Whether there are edge features, and what is near."""
    if not inputs.objects:
        message = "a GNN needs a list of objects among the inputs; take an MLP for event columns alone"
        raise ValueError(message)
    there = inputs.has_four_vectors
    if not there and (config.edge_features or config.neighbours == "eta_phi"):
        wrong = "edge_features=True" if config.edge_features else "neighbours='eta_phi'"
        message = f"{wrong} needs pt, eta, phi and mass among the fields of every list of objects"
        raise ValueError(message)
    edge_features = there if config.edge_features is None else config.edge_features
    nearest: Metric = "eta_phi" if there else "learned"
    return edge_features, nearest if config.neighbours == "auto" else config.neighbours


def _convolution(inputs: int, edges: int, config: GnnConfig) -> nn.Module:
    """The convolution in its backend; the initial weights of a seed are the same in both."""
    plain = _plain_convolution(inputs, edges, config)
    if not uses_geometric(config):
        return plain
    with torch.random.fork_rng(devices=[]):
        convolution = _geometric_convolution(inputs, edges, config)
    convolution.load_state_dict(plain.state_dict())
    return convolution


def _plain_convolution(inputs: int, edges: int, config: GnnConfig) -> nn.Module:
    if config.convolution == "gcn":
        return convolutions.Gcn(inputs, config.width, edges)
    if config.convolution == "gat":
        return convolutions.Gat(inputs, config.width, edges, config.heads)
    network = convolutions.message_network(inputs, config.width, edges, config.activation)
    return convolutions.EdgeConv(network, config.aggregation)


def _geometric_convolution(inputs: int, edges: int, config: GnnConfig) -> nn.Module:
    from hepcoder.tools.learning.models import geometric

    if config.convolution == "gcn":
        return geometric.GeometricGcn(inputs, config.width, edges)
    if config.convolution == "gat":
        return geometric.GeometricGat(inputs, config.width, edges, config.heads)
    network = convolutions.message_network(inputs, config.width, edges, config.activation)
    return geometric.GeometricEdgeConv(network, config.aggregation)
