"""Attention of objects to objects, for events of different numbers of them."""

from typing import cast

from hepcoder.tools.learning.models.configs import TransformerConfig
from hepcoder.tools.learning.models.layers import activation
from hepcoder.tools.learning.models.pairwise import PAIR_FEATURES, pair_features
from hepcoder.tools.learning.models.pytorch import nn, torch


class Attention(nn.Module):
    """Multi-head self-attention (arXiv:1706.03762, eq. 1) with a bias on the scores."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.dropout = dropout
        self.query_key_value = nn.Linear(width, 3 * width)
        self.output = nn.Linear(width, width)

    def forward(self, objects: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        """What each object gathers, (n, places, width); bias (n, 1 or heads, 1 or places, places) on the scores."""
        query, key, value = self._split(objects)
        # The fused kernel has no gradient of the bias, and torch.onnx fails on its strides.
        if bias.requires_grad or torch.compiler.is_exporting():
            shares = nn.functional.dropout(_shares(query, key, bias), self.dropout, self.training)
            gathered = shares @ value
        else:
            dropout = self.dropout if self.training else 0.0
            gathered = nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=bias, dropout_p=dropout)
        found: torch.Tensor = self.output(gathered.transpose(1, 2).flatten(2))
        return found

    def weights(self, objects: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        """Share of each object (last axis) in what each object gathers, (n, heads, places, places), without dropout."""
        query, key, _ = self._split(objects)
        return _shares(query, key, bias)

    def _split(self, objects: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Query, key and value, each (n, heads, places, width / heads)."""
        events, places = objects.shape[:2]
        parts = self.query_key_value(objects).view(events, places, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        query, key, value = parts.unbind(0)
        return query, key, value


class Block(nn.Module):
    """Attention and a feed-forward network, each added to what it was given."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.norm_first = config.norm_first
        self.attention_norm = nn.LayerNorm(config.width)
        self.attention = Attention(config.width, config.heads, config.attention_dropout)
        self.feed_forward_norm = nn.LayerNorm(config.width)
        self.feed_forward = nn.Sequential(
            nn.Linear(config.width, config.feed_forward),
            activation(config.activation),
            nn.Dropout(config.dropout),
            nn.Linear(config.feed_forward, config.width),
        )
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, objects: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        """Objects (n, places, width) to the same shape."""
        if self.norm_first:
            objects = objects + self.dropout(self.attention(self.attention_norm(objects), bias))
            after = objects + self.dropout(self.feed_forward(self.feed_forward_norm(objects)))
        else:
            objects = self.attention_norm(objects + self.dropout(self.attention(objects, bias)))
            after = self.feed_forward_norm(objects + self.dropout(self.feed_forward(objects)))
        return cast("torch.Tensor", after)


class PairBias(nn.Module):
    """A bias of each head for each pair of objects, the same in all blocks (arXiv:2202.03772)."""

    def __init__(self, heads: int, hidden: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(len(PAIR_FEATURES), hidden), nn.GELU(), nn.Linear(hidden, heads))

    def forward(self, four_vectors: torch.Tensor) -> torch.Tensor:
        """Bias (n, heads, places, places) of four-vectors (n, places, 4)."""
        pairs = pair_features(four_vectors[:, :, None], four_vectors[:, None])
        bias: torch.Tensor = self.layers(pairs)
        return bias.permute(0, 3, 1, 2)


def _shares(query: torch.Tensor, key: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    scores: torch.Tensor = query @ key.transpose(-2, -1) / query.shape[-1] ** 0.5 + bias
    return scores.softmax(dim=-1)
