"""Graph convolutions in plain torch on graphs of one shape; weights have the names of PyTorch Geometric's."""

from typing import Literal

from hepcoder.tools.learning.models.configs import ActivationName
from hepcoder.tools.learning.models.graphs import Graph
from hepcoder.tools.learning.models.layers import activation
from hepcoder.tools.learning.models.pytorch import nn, torch

Aggregation = Literal["mean", "max", "sum"]


def message_network(inputs: int, outputs: int, edges: int, name: ActivationName) -> nn.Sequential:
    """What makes a message of `EdgeConv` from both objects and the numbers of their edge."""
    return nn.Sequential(nn.Linear(2 * inputs + edges, outputs), activation(name), nn.Linear(outputs, outputs))


class Gcn(nn.Module):
    """Graph convolution (arXiv:1609.02907, eq. 2); edge features, through a sigmoid, weight the edges.

    The graph must have self-loops, or an object forgets itself.
    """

    def __init__(self, inputs: int, outputs: int, edges: int) -> None:
        super().__init__()
        self.lin = nn.Linear(inputs, outputs, bias=False)
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.edge = nn.Linear(edges, 1) if edges else None
        # Does nothing: where `edge_map` sees the messages.
        self.messages = nn.Identity()
        nn.init.xavier_uniform_(self.lin.weight)

    def forward(self, objects: torch.Tensor, graph: Graph) -> torch.Tensor:
        """Objects (n, places, inputs) to (n, places, outputs)."""
        weight = graph.valid.to(objects.dtype)
        if self.edge is not None:
            weight = weight * torch.sigmoid(self.edge(graph.features)).squeeze(-1)
        degree = weight.sum(2, keepdim=True)
        scale = torch.where(degree > 0, degree, 1.0).rsqrt()
        weight = weight * scale * graph.sent(scale).squeeze(-1)
        messages: torch.Tensor = self.messages(graph.sent(self.lin(objects)) * weight[..., None])
        return messages.sum(2) + self.bias


class Gat(nn.Module):
    """Graph attention, GATv2 (arXiv:2105.14491, eq. 7); heads side by side; attention knows the edge features."""

    def __init__(self, inputs: int, outputs: int, edges: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.lin_l = nn.Linear(inputs, outputs)
        self.lin_r = nn.Linear(inputs, outputs)
        self.lin_edge = nn.Linear(edges, outputs, bias=False) if edges else None
        self.att = nn.Parameter(torch.empty(1, heads, outputs // heads))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.messages = nn.Identity()
        self.attention = nn.Identity()
        for weight in (self.lin_l.weight, self.lin_r.weight, self.att):
            nn.init.xavier_uniform_(weight)

    def forward(self, objects: torch.Tensor, graph: Graph) -> torch.Tensor:
        """Objects (n, places, inputs) to (n, places, outputs)."""
        sent = graph.sent(self.lin_l(objects))
        joined = sent + self.lin_r(objects)[:, :, None]
        if self.lin_edge is not None:
            joined = joined + self.lin_edge(graph.features)
        shape = (*sent.shape[:3], self.heads, -1)
        scores = (nn.functional.leaky_relu(joined, 0.2).view(shape) * self.att).sum(-1)
        scores = scores.masked_fill(~graph.valid[..., None], torch.finfo(scores.dtype).min).softmax(dim=2)
        attention = self.attention(torch.where(graph.valid[..., None], scores, 0.0))
        messages: torch.Tensor = self.messages((sent.view(shape) * attention[..., None]).flatten(3))
        return messages.sum(2) + self.bias


class EdgeConv(nn.Module):
    """Edge convolution (arXiv:1801.07829): messages from x_i, x_j - x_i and the edge features."""

    def __init__(self, network: nn.Module, aggregation: Aggregation) -> None:
        super().__init__()
        self.nn = network
        self.aggregation = aggregation
        self.messages = nn.Identity()

    def forward(self, objects: torch.Tensor, graph: Graph) -> torch.Tensor:
        """Objects (n, places, inputs) to (n, places, outputs); 0 where nothing was sent."""
        own = objects[:, :, None].expand(-1, -1, graph.senders.shape[2], -1)
        known = [own, graph.sent(objects) - own, graph.features]
        messages = self.messages(self.nn(torch.cat(known, dim=-1)))
        return aggregated(messages, graph.valid, self.aggregation)


def aggregated(messages: torch.Tensor, valid: torch.Tensor, how: Aggregation) -> torch.Tensor:
    """Messages (n, places, senders, features) joined over senders; 0 where there is none."""
    there = valid[..., None]
    if how == "max":
        if not messages.shape[2]:
            return messages.sum(2)
        largest = messages.masked_fill(~there, torch.finfo(messages.dtype).min).amax(2)
        return torch.where(there.any(2), largest, 0.0)
    total = torch.where(there, messages, 0.0).sum(2)
    return total if how == "sum" else total / there.sum(2).clamp(min=1)
