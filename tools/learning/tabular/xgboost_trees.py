"""Boosted trees of XGBoost."""

from pathlib import Path
from typing import Any

import numpy as np

from hepcoder.tools.learning.batches import Floats
from hepcoder.tools.learning.tabular.configs import XgboostConfig
from hepcoder.tools.learning.tabular.engines import Facts
from hepcoder.tools.learning.tabular.features import Table

try:
    import xgboost
except ImportError as error:
    _MESSAGE = "XGBoost is not installed; install it with: pip install 'hepcoder[ml]'"
    raise ImportError(_MESSAGE) from error

MODEL_NAME = "model.json"


class XgboostTrees:
    """A trained booster."""

    def __init__(self, booster: xgboost.Booster) -> None:
        self._booster = booster

    def probabilities(self, matrix: Floats) -> Floats:
        """Probability of each class, float32 (n, classes)."""
        return np.asarray(self._booster.inplace_predict(matrix, validate_features=False), dtype=np.float32)

    def save(self, folder: Path) -> Path:
        """Write XGBoost's own JSON."""
        path = folder / MODEL_NAME
        self._booster.save_model(path)
        return path


def fit_xgboost(config: XgboostConfig, train: Table, validation: Table, n_classes: int) -> tuple[XgboostTrees, Facts]:
    """Boost until the weighted loss on the validation split falls no more; only rounds up to the best one are kept.

    Args:
        config: Settings.
        train: Rows to learn.
        validation: Rows to stop by.
        n_classes: Classes.
    """
    settings: dict[str, Any] = {
        "objective": "multi:softprob",
        "eval_metric": "mlogloss",
        "num_class": n_classes,
        "learning_rate": config.learning_rate,
        "max_depth": config.depth,
        "min_child_weight": config.leaf_weight,
        "subsample": config.events_share,
        "colsample_bytree": config.columns_share,
        "reg_lambda": config.l2,
        "tree_method": "hist",
        "seed": config.seed,
        "nthread": config.n_threads or 0,
        "verbosity": 0,
    }
    rows = xgboost.QuantileDMatrix(train.matrix, label=train.label, weight=train.weight)
    held_out = xgboost.QuantileDMatrix(validation.matrix, label=validation.label, weight=validation.weight, ref=rows)
    booster = xgboost.train(
        settings,
        rows,
        num_boost_round=config.rounds,
        evals=[(held_out, "validation")],
        early_stopping_rounds=config.patience,
        verbose_eval=False,
    )
    if config.patience is not None:
        booster = booster[: booster.best_iteration + 1]
    return XgboostTrees(booster), {"rounds": booster.num_boosted_rounds(), "n_train": len(train.label)}


def load_xgboost(folder: Path) -> XgboostTrees:
    """Read what `XgboostTrees.save` wrote."""
    return XgboostTrees(xgboost.Booster(model_file=folder / MODEL_NAME))
