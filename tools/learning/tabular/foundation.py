"""Tabular foundation models: the training events are the context in which others are read."""

import importlib
import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hepcoder.tools.learning.batches import Floats
from hepcoder.tools.learning.tabular.configs import FoundationConfig
from hepcoder.tools.learning.tabular.engines import Facts
from hepcoder.tools.learning.tabular.features import Table
from hepcoder.tools.learning.training.errors import TrainingError

MODEL_NAME = "context.npz"
_CHUNK = 2048


class Foundation:
    """A foundation model with its context."""

    def __init__(self, model: Any, context: Table) -> None:
        self._model, self._context = model, context

    def probabilities(self, matrix: Floats) -> Floats:
        """Probability of each class, float32 (n, classes)."""
        n_classes = int(self._context.label.max()) + 1
        chunks = [matrix[start : start + _CHUNK] for start in range(0, len(matrix), _CHUNK)]
        parts = [np.asarray(self._model.predict_proba(chunk), dtype=np.float32) for chunk in chunks]
        return np.concatenate(parts) if parts else np.zeros((0, n_classes), dtype=np.float32)

    def save(self, folder: Path) -> Path:
        """Write the context: the training events themselves. The model's own weights are not copied."""
        path = folder / MODEL_NAME
        np.savez_compressed(path, allow_pickle=False, **vars(self._context))
        return path


def fit_foundation(config: FoundationConfig, train: Table, n_classes: int) -> tuple[Foundation, Facts]:
    """Draw a context from the training events and give it to the model; nothing is trained.

    Args:
        config: Which model, and how large a context.
        train: Rows to draw from.
        n_classes: Classes.

    Returns:
        The model, and how many events its context has of how many.

    Raises:
        ImportError: If the package is not installed; says which to install.
        TrainingError: If the model's weights are not there, or a class is not in the context.
    """
    context = train.take(draw_context(train, config, n_classes))
    facts: Facts = {
        "n_train": len(train.label),
        "context_events": len(context.label),
        "drawn": "all" if len(context.label) == len(train.label) else "by weight, without replacement",
    }
    return Foundation(_fitted(config, context), context), facts


def draw_context(train: Table, config: FoundationConfig, n_classes: int) -> npt.NDArray[np.int64]:
    """Indices of the events of the context, in order of the table.

    All events, if they are few enough and have equal weights; else drawn by weight without replacement, so that an
    event of twice the weight is about twice as often among them. With `class_balance` as many of each class.

    Args:
        train: Rows to draw from.
        config: How many.
        n_classes: Classes.
    """
    rng = np.random.default_rng(config.seed)
    everything = [np.arange(len(train.label))]
    groups = [np.flatnonzero(train.label == one) for one in range(n_classes)] if config.class_balance else everything
    each = min(config.context_events // len(groups), *(_drawable(train.weight[rows]) for rows in groups))
    return np.sort(np.concatenate([_drawn(rows, train.weight[rows], each, rng) for rows in groups]))


def _drawable(weight: npt.NDArray[np.float64]) -> int:
    """Of how many events a draw still follows the weights: all, if they are equal, else half."""
    return len(weight) if _equal(weight) else max(1, len(weight) // 2)


def _equal(weight: npt.NDArray[np.float64]) -> bool:
    return math.isclose(weight.min(), weight.max(), rel_tol=1e-6)


def _drawn(
    rows: npt.NDArray[np.int64], weight: npt.NDArray[np.float64], number: int, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    return rng.choice(rows, size=number, replace=False, p=None if _equal(weight) else weight / weight.sum())


def _fitted(config: FoundationConfig, context: Table) -> Any:
    _require_weights(config)
    model = _tabpfn(config) if config.kind == "tabpfn" else _tabicl(config)
    return model.fit(context.matrix, context.label)


def _require_weights(config: FoundationConfig) -> None:
    if config.weights_file is not None and not Path(config.weights_file).is_file():
        message = f"weights_file {config.weights_file!r} is not there; give the downloaded weights of {config.kind}"
        raise TrainingError(message)


def _package(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        message = f"{name} is not installed; install it with: pip install {name}, or take kind 'trees' or 'xgboost'"
        raise ImportError(message) from error


def _tabpfn(config: FoundationConfig) -> Any:
    package = _package("tabpfn")
    if config.weights_file is None and not config.download:
        message = (
            "the weights of TabPFN are needed: accept its licence, download them and give weights_file, or "
            "download=True with TABPFN_TOKEN set; or take kind 'tabicl', 'trees' or 'xgboost'"
        )
        raise TrainingError(message)
    return package.TabPFNClassifier(
        n_estimators=config.estimators,
        model_path=config.weights_file or "auto",
        device=config.device,
        # it would refuse more than 1000 events on a CPU; context_events is the cap here
        ignore_pretraining_limits=True,
        random_state=config.seed,
    )


def _tabicl(config: FoundationConfig) -> Any:
    package = _package("tabicl")
    return package.TabICLClassifier(
        n_estimators=config.estimators,
        model_path=config.weights_file,
        allow_auto_download=config.download,
        device=config.device,
        random_state=config.seed,
    )


def load_foundation(folder: Path, config: FoundationConfig) -> Foundation:
    """Read what `Foundation.save` wrote and give it to the model again.

    Raises:
        ImportError: If the package is not installed.
        TrainingError: If the model's weights are not there.
    """
    with np.load(folder / MODEL_NAME, allow_pickle=False) as arrays:
        context = Table(**{name: arrays[name] for name in ("matrix", "label", "weight")})
    return Foundation(_fitted(config, context), context)
