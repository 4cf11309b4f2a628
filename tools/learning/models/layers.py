"""Parts that the networks share: activations, normalisation, stacks of dense layers and pools over objects."""

from itertools import pairwise
from typing import Literal

from hepcoder.tools.learning.models.configs import ActivationName, NormName
from hepcoder.tools.learning.models.pytorch import nn, torch

_ACTIVATIONS: dict[ActivationName, type[nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "selu": nn.SELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "mish": nn.Mish,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "softplus": nn.Softplus,
}


def activation(name: ActivationName) -> nn.Module:
    """The activation of that name."""
    return _ACTIVATIONS[name]()


class BatchNorm(nn.BatchNorm1d):
    """Batch normalisation of rows that a mask picks; padding neither counts nor changes the result.

    With fewer than two rows there is no spread, so that the running statistics are used as in evaluation.
    """

    def forward(self, values: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        """Normalised values, (n, features) or with a mask (n, places) (n, places, features), 0 where it is False."""
        flat = values.reshape(-1, self.num_features)
        if not self.training:
            return self._running(flat).view_as(values)
        if mask is None:
            return super().forward(values) if len(values) > 1 else self._running(values)
        rows = values[mask]
        normed = super().forward(rows) if len(rows) > 1 else self._running(rows)
        return torch.zeros_like(values).masked_scatter(mask[..., None], normed)

    def _running(self, rows: torch.Tensor) -> torch.Tensor:
        return nn.functional.batch_norm(
            rows, self.running_mean, self.running_var, self.weight, self.bias, training=False, eps=self.eps
        )


class LayerNorm(nn.LayerNorm):
    """Layer normalisation with the interface of `BatchNorm`."""

    def forward(self, values: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:  # noqa: ARG002
        """Normalised values; rows do not know of each other, so the mask does not matter."""
        return super().forward(values)


class NoNorm(nn.Module):
    """No normalisation, with the interface of `BatchNorm`."""

    def forward(self, values: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:  # noqa: ARG002
        """The values."""
        return values


def norm(name: NormName, width: int) -> nn.Module:
    """The normalisation of that name over so many features."""
    return {"batch": BatchNorm, "layer": LayerNorm}[name](width) if name != "none" else NoNorm()


def dense(
    widths: tuple[int, ...],
    outputs: int,
    *,
    activation_name: ActivationName,
    norm_name: NormName = "none",
    dropout: float = 0.0,
) -> nn.Sequential:
    """Dense layers with normalisation, activation and dropout after each but the last.

    Args:
        widths: Inputs, then the width of each hidden layer.
        outputs: Outputs; they are linear, logits for example.
        activation_name: Activation of the hidden layers.
        norm_name: Normalisation of the hidden layers.
        dropout: Share of each hidden layer that is dropped in training.
    """
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers.append(nn.Linear(before, after))
        layers += [norm(norm_name, after)] if norm_name != "none" else []
        layers.append(activation(activation_name))
        layers += [nn.Dropout(dropout)] if dropout else []
    return nn.Sequential(*layers, nn.Linear(widths[-1], outputs))


class Pool(nn.Module):
    """Objects (n, places, width) to one vector (n, outputs); an event without objects becomes zeros.

    Attributes:
        outputs: Features of the vector.
    """

    def __init__(self, kind: Literal["mean", "max", "sum", "attention", "mean+max"], width: int) -> None:
        super().__init__()
        self.kind = kind
        self.outputs = 2 * width if kind == "mean+max" else width
        self.score = nn.Linear(width, 1) if kind == "attention" else None

    def forward(self, objects: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """The vector; only objects whose mask (n, places) is True count."""
        if self.score is not None:
            return (self.weights(objects, mask)[..., None] * objects).sum(1)
        there = mask[..., None]
        total = torch.where(there, objects, 0.0).sum(1)
        if self.kind == "sum":
            return total
        mean = total / there.sum(1).clamp(min=1)
        if self.kind == "mean":
            return mean
        largest = objects.masked_fill(~there, torch.finfo(objects.dtype).min).amax(1)
        largest = torch.where(mask.any(1, keepdim=True), largest, 0.0)
        return largest if self.kind == "max" else torch.cat([mean, largest], dim=1)

    def weights(self, objects: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Share of each object in a pool of kind ``attention``, (n, places), 0 where there is none.

        Raises:
            ValueError: If the pool is of another kind.
        """
        if self.score is None:
            message = f"a pool of kind {self.kind!r} has no weights; only 'attention' has"
            raise ValueError(message)
        scores = self.score(objects).squeeze(-1).masked_fill(~mask, torch.finfo(objects.dtype).min)
        return torch.where(mask, scores.softmax(dim=1), 0.0)
