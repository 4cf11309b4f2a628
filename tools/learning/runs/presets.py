"""Plans by a word: sizes that train in minutes on a CPU, and CoLLM's settings."""

from typing import Any, Literal, get_args

from hepcoder.tools.learning.models.presets import Kind, collm_preset, default
from hepcoder.tools.learning.runs.plans import ModelPlan
from hepcoder.tools.learning.tabular.configs import FoundationConfig, TreesConfig, XgboostConfig
from hepcoder.tools.learning.training.configs import TrainingConfig

ModelName = Literal[
    "mlp", "gnn", "transformer", "trees", "xgboost", "tabpfn", "tabicl", "collm-mlp", "collm-gnn", "collm-transformer"
]
MODEL_NAMES: tuple[ModelName, ...] = get_args(ModelName)

_COLLM = "collm-"
# Names of CoLLM's settings, and ours.
_RENAMED = {"schedule_patience": "decay_epochs", "lowest_learning_rate": "lowest_rate", "clip_norm": "gradient_clip"}


def model_plan(name: ModelName, *, epochs: int | None = None, seed: int = 42) -> ModelPlan:
    """The plan that a word stands for.

    Args:
        name: A kind of model, or ``collm-`` and one of CoLLM's three (arXiv:2602.06496).
        epochs: Passes over the training events, at most; None takes the preset's. Trees take none.
        seed: Of weights, order and drawing.

    Raises:
        ValueError: If there is no such word.

    Example:
        >>> plan = model_plan("collm-gnn")
        >>> plan.training.batch_size, plan.training.stop_on
        (64, None)
    """
    if name not in MODEL_NAMES:
        message = f"there is no model {name!r}, only {', '.join(MODEL_NAMES)}"
        raise ValueError(message)
    if name in {"trees", "xgboost", "tabpfn", "tabicl"}:
        return ModelPlan(model=_tabular(name, seed), seed=seed)
    if name.startswith(_COLLM):
        config, settings = collm_preset(_kind(name.removeprefix(_COLLM)))
        return ModelPlan.model_validate(
            {"model": config, "training": _acting(dict(settings), epochs, seed), "seed": seed}
        )
    training = TrainingConfig(seed=seed) if epochs is None else TrainingConfig(epochs=epochs, seed=seed)
    return ModelPlan.model_validate({"model": default(_kind(name)), "training": training, "seed": seed})


def _kind(name: str) -> Kind:
    kinds: dict[str, Kind] = {"mlp": "mlp", "gnn": "gnn", "transformer": "transformer"}
    return kinds[name]


def _tabular(name: str, seed: int) -> Any:
    if name == "trees":
        return TreesConfig(seed=seed)
    return (
        XgboostConfig(seed=seed) if name == "xgboost" else FoundationConfig.model_validate({"kind": name, "seed": seed})
    )


def _acting(settings: dict[str, Any], epochs: int | None, seed: int) -> TrainingConfig:
    """CoLLM's settings without those that can never act: a patience as long as the training, or than what ends it."""
    found = {_RENAMED.get(name, name): value for name, value in settings.items()}
    found["epochs"] = epochs or found["epochs"]
    if found["patience"] >= found["epochs"]:
        found |= {"patience": None, "stop_on": None}
    ends = found["patience"] or found["epochs"]
    if found["schedule"] == "plateau" and found["decay_epochs"] >= ends:
        found = {name: value for name, value in found.items() if name not in {"decay_epochs", "lowest_rate"}}
        found["schedule"] = "constant"
    return TrainingConfig(**found, seed=seed)
