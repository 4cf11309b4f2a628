"""Configurations by name: those of CoLLM's templates, and sizes that train in minutes on a CPU."""

from typing import Literal

from hepcoder.tools.learning.models.configs import GnnConfig, MlpConfig, ModelConfig, TransformerConfig

Kind = Literal["mlp", "gnn", "transformer"]
Setting = str | int | float

_DEFAULTS: dict[Kind, type[ModelConfig]] = {"mlp": MlpConfig, "gnn": GnnConfig, "transformer": TransformerConfig}


def default(kind: Kind) -> ModelConfig:
    """A network that trains well in minutes on a CPU.

    Raises:
        ValueError: If there is no such kind.

    Example:
        >>> default("transformer").layers
        2
    """
    return _DEFAULTS[_known(kind)]()


def collm_preset(kind: Kind) -> tuple[ModelConfig, dict[str, Setting]]:
    """The network and the training settings of CoLLM's template (arXiv:2602.06496, its code at version 0.1.0).

    Where we differ: logits instead of probabilities go into the cross-entropy; the GNN's k-nearest-neighbour graph is
    built (its graph is fully connected), objects are real and padded ones are masked, and normalisation and dropout
    follow all three convolutions instead of the first two. Without event columns, the MLP and the Transformer have the
    same number of parameters: 9,282 with 6 inputs, 539,202 with 4 features.

    Args:
        kind: ``mlp``, ``gnn`` or ``transformer``.

    Returns:
        The configuration, and by name: epochs, batch_size, optimiser, learning_rate, weight_decay, schedule, patience
        (epochs without a lower validation loss before it stops), and where the template sets them schedule_patience
        (epochs), lowest_learning_rate and clip_norm.

    Raises:
        ValueError: If there is no such kind.

    Example:
        >>> config, training = collm_preset("mlp")
        >>> config.hidden, training["batch_size"]
        ((128, 64), 256)
    """
    if _known(kind) == "mlp":
        return _MLP, dict(_MLP_TRAINING)
    return (_GNN, dict(_GNN_TRAINING)) if kind == "gnn" else (_TRANSFORMER, dict(_TRANSFORMER_TRAINING))


def _known(kind: Kind) -> Kind:
    if kind not in _DEFAULTS:
        message = f"there is no network of kind {kind!r}, only {', '.join(_DEFAULTS)}"
        raise ValueError(message)
    return kind


_MLP = MlpConfig(hidden=(128, 64), activation="relu")
_MLP_TRAINING: dict[str, Setting] = {
    "epochs": 10,
    "batch_size": 256,
    "optimiser": "adam",
    "learning_rate": 1e-3,
    "weight_decay": 1e-4,
    "schedule": "plateau",
    "schedule_patience": 5,
    "lowest_learning_rate": 1e-6,
    "patience": 3,
}
_GNN = GnnConfig(
    convolution="edgeconv",
    layers=3,
    width=64,
    k=7,
    edge_features=False,
    aggregation="max",
    residual=False,
    norm="batch",
    dropout=0.1,
    pooling="max",
    head=(32,),
    head_dropout=0.5,
)
_GNN_TRAINING: dict[str, Setting] = {
    "epochs": 15,
    "batch_size": 64,
    "optimiser": "adam",
    "learning_rate": 1e-3,
    "weight_decay": 1e-4,
    "schedule": "cosine",
    "lowest_learning_rate": 1e-6,
    "patience": 15,
}
_TRANSFORMER = TransformerConfig(
    layers=4,
    width=128,
    heads=8,
    feed_forward=256,
    dropout=0.1,
    attention_dropout=0.1,
    pair_bias=False,
    pooling="mean",
    head=(64,),
    head_dropout=0.1,
)
_TRANSFORMER_TRAINING: dict[str, Setting] = {
    "epochs": 50,
    "batch_size": 64,
    "optimiser": "adamw",
    "learning_rate": 1e-4,
    "weight_decay": 0.01,
    "clip_norm": 1.0,
    "schedule": "cosine",
    "patience": 10,
}
