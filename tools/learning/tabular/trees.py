"""Boosted trees of scikit-learn."""

from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from hepcoder.tools.learning.batches import Floats
from hepcoder.tools.learning.tabular.configs import TreesConfig
from hepcoder.tools.learning.tabular.engines import Facts
from hepcoder.tools.learning.tabular.features import Table
from hepcoder.tools.learning.training.errors import TrainingError

MODEL_NAME = "model.skops"

# What skops does not trust unasked and our files need; anything else is refused on reading.
_TRUSTED = ["sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"]


class Trees:
    """A trained ``HistGradientBoostingClassifier``."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def probabilities(self, matrix: Floats) -> Floats:
        """Probability of each class, float32 (n, classes)."""
        return np.asarray(self._model.predict_proba(matrix), dtype=np.float32)

    def save(self, folder: Path) -> Path:
        """Write it with skops, whose files hold no pickled code.

        Raises:
            ImportError: If skops is not installed.
        """
        path = folder / MODEL_NAME
        _skops().dump(self._model, path)
        return path


def fit_trees(config: TreesConfig, train: Table, validation: Table) -> tuple[Trees, Facts]:
    """Boost until the weighted loss on the validation split falls no more.

    scikit-learn stops `patience` rounds after the best and predicts with all of them.

    Args:
        config: Settings.
        train: Rows to learn.
        validation: Rows to stop by.
    """
    model = HistGradientBoostingClassifier(
        max_iter=config.iterations,
        learning_rate=config.learning_rate,
        max_leaf_nodes=config.leaves,
        max_depth=config.depth,
        min_samples_leaf=config.leaf_events,
        l2_regularization=config.l2,
        early_stopping=config.patience is not None,
        n_iter_no_change=config.patience or 1,
        scoring="loss",
        random_state=config.seed,
    )
    held_out: dict[str, Any] = {}
    if config.patience is not None:
        held_out = {"X_val": validation.matrix, "y_val": validation.label, "sample_weight_val": validation.weight}
    # scikit-learn cannot bin a column without any number, such as a third jet that no event has; 0s are never split
    empty = np.isnan(train.matrix).all(axis=0)
    with threadpool_limits(config.n_threads):
        model.fit(np.where(empty, np.float32(0), train.matrix), train.label, sample_weight=train.weight, **held_out)
    return Trees(model), {"rounds": int(model.n_iter_), "n_train": len(train.label)}


def load_trees(folder: Path) -> Trees:
    """Read what `Trees.save` wrote; types that no such model has are refused unread.

    Raises:
        TrainingError: If the file holds other types.
        ImportError: If skops is not installed.
    """
    skops, path = _skops(), folder / MODEL_NAME
    if unknown := sorted(set(skops.get_untrusted_types(file=path)) - set(_TRUSTED)):
        message = f"{path} holds {', '.join(unknown)}, which no boosted trees of ours have; it is not read"
        raise TrainingError(message)
    return Trees(skops.load(path, trusted=_TRUSTED))


def _skops() -> Any:
    try:
        import skops.io
    except ImportError as error:
        message = "saved trees need skops; install it with: pip install 'hepcoder[ml]'"
        raise ImportError(message) from error
    return skops.io
