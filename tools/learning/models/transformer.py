"""The Transformer."""

from hepcoder.tools.learning.inputs import Inputs
from hepcoder.tools.learning.models.attention import Block, PairBias
from hepcoder.tools.learning.models.configs import TransformerConfig
from hepcoder.tools.learning.models.layers import Pool, dense
from hepcoder.tools.learning.models.pytorch import nn, torch


class Transformer(nn.Module):
    """Logits from objects that attend to each other."""

    def __init__(self, inputs: Inputs, n_classes: int, config: TransformerConfig) -> None:
        super().__init__()
        pair_bias = _resolved(inputs, config)
        self.embedding = nn.Linear(len(inputs.object_features), config.width)
        self.positions = _small(inputs.n_objects, config.width) if config.positions else None
        self.token = _small(1, config.width) if config.pooling == "cls" else None
        self.pair_bias = PairBias(config.heads, config.pair_hidden) if pair_bias else None
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.width) if config.norm_first else nn.Identity()
        self.pool = None if config.pooling == "cls" else Pool(config.pooling, config.width)
        self.head = dense(
            (config.width + len(inputs.event), *config.head),
            n_classes,
            activation_name=config.activation,
            dropout=config.head_dropout,
        )

    def forward(
        self, event: torch.Tensor, objects: torch.Tensor, four_vectors: torch.Tensor, mask: torch.Tensor
    ) -> torch.Tensor:
        """Logits (n, classes) of scaled inputs and raw four-vectors.

        Raises:
            ValueError: If positions are learned and there are more places than positions.
        """
        objects = self._embedded(objects)
        seen, pairs = mask, None if self.pair_bias is None else self.pair_bias(four_vectors)
        if self.token is not None:
            objects = torch.cat([self.token.expand(len(objects), 1, -1), objects], dim=1)
            seen = nn.functional.pad(mask, (1, 0), value=True)
            pairs = None if pairs is None else nn.functional.pad(pairs, (1, 0, 1, 0))
        bias = _bias(seen, pairs, objects.dtype)
        for block in self.blocks:
            objects = block(objects, bias)
        objects = self.norm(objects)
        pooled = objects[:, 0] if self.pool is None else self.pool(objects, mask)
        logits: torch.Tensor = self.head(torch.cat([pooled, event], dim=1))
        return logits

    def _embedded(self, objects: torch.Tensor) -> torch.Tensor:
        embedded: torch.Tensor = self.embedding(objects)
        if self.positions is None:
            return embedded
        if objects.shape[1] > len(self.positions):
            message = f"{objects.shape[1]} places for objects, but only {len(self.positions)} positions were learned"
            raise ValueError(message)
        return embedded + self.positions[: objects.shape[1]]


def _resolved(inputs: Inputs, config: TransformerConfig) -> bool:
    """Whether attention is biased by pairs."""
    if not inputs.objects:
        message = "a Transformer needs a list of objects among the inputs; take an MLP for event columns alone"
        raise ValueError(message)
    if config.pair_bias and not inputs.has_four_vectors:
        message = "pair_bias=True needs pt, eta, phi and mass among the fields of every list of objects"
        raise ValueError(message)
    return inputs.has_four_vectors if config.pair_bias is None else config.pair_bias


def _small(rows: int, width: int) -> nn.Parameter:
    return nn.Parameter(nn.init.trunc_normal_(torch.empty(rows, width), std=0.02))


def _bias(mask: torch.Tensor, pairs: torch.Tensor | None, dtype: torch.dtype) -> torch.Tensor:
    """Bias on the scores that leaves no weight where there is no object, (n, 1 or heads, 1 or places, places).

    Finite, so that an event without objects has no NaN; half the lowest number leaves room for the scores.
    """
    bias = torch.zeros((1,), dtype=dtype, device=mask.device) if pairs is None else pairs
    return bias.masked_fill(~mask[:, None, None], torch.finfo(dtype).min / 2)
