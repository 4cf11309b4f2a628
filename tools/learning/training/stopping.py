"""Which epoch was best, and when to stop."""

import math
from dataclasses import dataclass

from hepcoder.tools.learning.training.configs import Metric, TrainingConfig


@dataclass(frozen=True)
class Stopping:
    """The best epoch so far.

    Attributes:
        best: Best value of the metric; None before the first epoch.
        best_epoch: Epoch of `best`, from 1; 0 before the first.
        waited: Epochs since then.

    Example:
        >>> config = TrainingConfig(stop_on="auc", patience=2)
        >>> state = Stopping()
        >>> for epoch, auc in enumerate((0.8, 0.9, 0.85, 0.9), start=1):
        ...     state = state.after(epoch, auc, config)
        >>> state.best_epoch, state.stops(config)
        (2, True)
    """

    best: float | None = None
    best_epoch: int = 0
    waited: int = 0

    def after(self, epoch: int, value: float | None, config: TrainingConfig) -> "Stopping":
        """The state after one more epoch; an undefined value (None) or NaN is no improvement."""
        if value is not None and not math.isnan(value) and self._improves(value, config):
            return Stopping(value, epoch, 0)
        return Stopping(self.best, self.best_epoch, self.waited + 1)

    def _improves(self, value: float, config: TrainingConfig) -> bool:
        if self.best is None:
            return True
        return value < self.best if metric_of(config) == "validation_loss" else value > self.best

    def stops(self, config: TrainingConfig) -> bool:
        """Whether the patience is at its end."""
        return config.stop_after is not None and self.waited >= config.stop_after


def metric_of(config: TrainingConfig) -> Metric:
    """The metric by which epochs are compared."""
    return config.stop_on or "validation_loss"
