"""What a network is made of."""

from typing import Literal, Self

from pydantic import Field, model_validator

from hepcoder.ledger.record import Record

ActivationName = Literal["relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "tanh", "sigmoid", "softplus"]
NormName = Literal["batch", "layer", "none"]


class MlpConfig(Record):
    """A multilayer perceptron over the event columns and, side by side, the features of each object.

    Attributes:
        hidden: Width of each hidden layer, first to last; none is logistic regression.
        activation: Between the layers.
        norm: After each hidden layer: batch or layer normalisation.
        dropout: Share of each hidden layer that is dropped in training, 0 for none.
        use_objects: Whether the objects' features, 0 where there is no object, and whether there is one, are inputs
            besides the event columns. `ObjectList.most` says how many of the leading objects.
    """

    kind: Literal["mlp"] = "mlp"
    hidden: tuple[int, ...] = (128, 128, 64)
    activation: ActivationName = "relu"
    norm: NormName = "none"
    dropout: float = Field(default=0.0, ge=0, lt=1)
    use_objects: bool = True

    @model_validator(mode="after")
    def _has_widths(self) -> Self:
        _require_widths(self.hidden, "hidden")
        return self


class GnnConfig(Record):
    """A graph neural network over the objects: convolutions, a pool, and a head that also sees the event columns.

    Attributes:
        convolution: ``gcn`` (arXiv:1609.02907), ``gat`` (GATv2, arXiv:2105.14491) or ``edgeconv`` (arXiv:1801.07829).
        layers: Convolutions one after another.
        width: Features of an object after each of them.
        heads: Attention heads of ``gat``; ignored by the others. They share the width.
        k: Nearest neighbours that send to an object; None for all others.
        neighbours: What is near: ``eta_phi`` by ΔR in every layer; ``learned`` by what each layer is given, but the
            first by ΔR where the inputs have four-vectors (ParticleNet, arXiv:1902.08570). ``auto`` is ``eta_phi``
            where the inputs have four-vectors, else ``learned``. Ignored if k is None.
        edge_features: Whether messages know ln ΔR, ln k_T, ln z and ln m² of the pair; None: where the inputs have
            four-vectors.
        aggregation: How ``edgeconv`` joins the messages to an object. ``gcn`` and ``gat`` have weighted sums.
        residual: Whether each convolution adds to a linear map of what it was given.
        activation: After each convolution and in the head.
        norm: After each convolution: batch (over real objects only) or layer normalisation.
        dropout: Share that is dropped in training after each convolution.
        pooling: How objects become one vector. ``attention`` is a learned weighted mean.
        head: Width of each hidden layer between pool and output.
        head_dropout: Share that is dropped in training after each of them.
        backend: ``pyg`` is PyTorch Geometric, ``torch`` needs nothing else; ``auto`` is ``pyg`` where it is installed.
            Weights and results are the same.
    """

    kind: Literal["gnn"] = "gnn"
    convolution: Literal["gcn", "gat", "edgeconv"] = "edgeconv"
    layers: int = Field(default=2, ge=1)
    width: int = Field(default=48, ge=1)
    heads: int = Field(default=4, ge=1)
    k: int | None = Field(default=7, ge=1)
    neighbours: Literal["auto", "eta_phi", "learned"] = "auto"
    edge_features: bool | None = None
    aggregation: Literal["mean", "max", "sum"] = "max"
    residual: bool = True
    activation: ActivationName = "relu"
    norm: NormName = "layer"
    dropout: float = Field(default=0.0, ge=0, lt=1)
    pooling: Literal["mean", "max", "sum", "attention", "mean+max"] = "mean+max"
    head: tuple[int, ...] = (64,)
    head_dropout: float = Field(default=0.0, ge=0, lt=1)
    backend: Literal["auto", "pyg", "torch"] = "auto"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        _require_widths(self.head, "head")
        if self.convolution == "gat":
            _require_divisible(self.width, self.heads)
        return self


class TransformerConfig(Record):
    """A Transformer encoder over the objects (arXiv:1706.03762), a pool, and a head that also sees the event columns.

    Attributes:
        layers: Encoder blocks.
        width: Features of an object.
        heads: Attention heads of a block; they share the width.
        feed_forward: Hidden width of a block's feed-forward part.
        activation: Of the feed-forward part and of the head.
        dropout: Share that is dropped in training of what each part of a block adds.
        attention_dropout: Share of the attention weights that is dropped in training.
        norm_first: Layer normalisation before each part of a block (pre-norm), else after the sum (post-norm).
        pair_bias: Whether attention is biased by ln ΔR, ln k_T, ln z and ln m² of the pair, as in Particle Transformer
            (arXiv:2202.03772); None: where the inputs have four-vectors.
        pair_hidden: Hidden width of the network that makes a bias for each head from them.
        positions: Whether the place of an object in its list is learned; without it, order does not matter.
        pooling: How objects become one vector: ``cls`` is a learned extra object, ``attention`` a learned weighted
            mean.
        head: Width of each hidden layer between pool and output.
        head_dropout: Share that is dropped in training after each of them.
    """

    kind: Literal["transformer"] = "transformer"
    layers: int = Field(default=2, ge=1)
    width: int = Field(default=48, ge=1)
    heads: int = Field(default=4, ge=1)
    feed_forward: int = Field(default=96, ge=1)
    activation: ActivationName = "gelu"
    dropout: float = Field(default=0.0, ge=0, lt=1)
    attention_dropout: float = Field(default=0.0, ge=0, lt=1)
    norm_first: bool = True
    pair_bias: bool | None = None
    pair_hidden: int = Field(default=16, ge=1)
    positions: bool = False
    pooling: Literal["cls", "mean", "max", "attention"] = "max"
    head: tuple[int, ...] = (48,)
    head_dropout: float = Field(default=0.0, ge=0, lt=1)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        _require_widths(self.head, "head")
        _require_divisible(self.width, self.heads)
        return self


ModelConfig = MlpConfig | GnnConfig | TransformerConfig


def _require_widths(widths: tuple[int, ...], name: str) -> None:
    if any(width < 1 for width in widths):
        message = f"each width in {name} must be 1 or more, not {widths}"
        raise ValueError(message)


def _require_divisible(width: int, heads: int) -> None:
    if width % heads:
        message = f"width {width} is not divisible by heads {heads}; heads share the width, so make it a multiple"
        raise ValueError(message)
