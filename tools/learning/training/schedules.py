"""Learning rates, as functions of how far the training is: nothing to save, nothing to restore but the plateau."""

import math
from dataclasses import dataclass, replace

from hepcoder.tools.learning.training.configs import TrainingConfig

# arXiv:1708.07120, with the numbers that PyTorch's OneCycleLR takes if not told otherwise.
_RISE, _START, _END = 0.3, 1 / 25, 1e-4 / 25


@dataclass(frozen=True)
class Plateau:
    """What the schedule ``plateau`` remembers.

    Attributes:
        lowest: Lowest validation loss so far; None before the first.
        waited: Epochs since then, or since the last drop of the rate.
        factor: On the learning rate, in (0, 1].

    Example:
        >>> config = TrainingConfig(schedule="plateau", decay_epochs=2, decay_factor=0.1)
        >>> state = Plateau()
        >>> for loss in (0.5, 0.6, 0.7):
        ...     state = state.after(loss, config)
        >>> state.factor
        0.1
    """

    lowest: float | None = None
    waited: int = 0
    factor: float = 1.0

    def after(self, validation_loss: float, config: TrainingConfig) -> "Plateau":
        """The state after one more epoch."""
        if config.schedule != "plateau":
            return self
        if self.lowest is None or validation_loss < self.lowest:
            return replace(self, lowest=validation_loss, waited=0)
        if self.waited + 1 < config.decay_after:
            return replace(self, waited=self.waited + 1)
        least = config.lowest_rate / config.learning_rate
        return replace(self, waited=0, factor=max(self.factor * config.decay_by, least))


def learning_rate(config: TrainingConfig, *, step: int, epoch_steps: int, plateau: Plateau) -> float:
    """Learning rate of a step.

    Args:
        config: Which schedule.
        step: Of the whole training, from 0.
        epoch_steps: Steps of an epoch.
        plateau: State of the schedule ``plateau``; others do not look at it.

    Returns:
        The rate; with a warm-up the first step already has more than 0.

    Example:
        >>> config = TrainingConfig(epochs=4, schedule="cosine", learning_rate=0.1)
        >>> [round(learning_rate(config, step=2 * n, epoch_steps=2, plateau=Plateau()), 4) for n in range(4)]
        [0.1, 0.0854, 0.05, 0.0146]
    """
    warm_up = config.warm_up_epochs * epoch_steps
    if step < warm_up:
        return config.learning_rate * (step + 1) / warm_up
    total = config.epochs * epoch_steps
    match config.schedule:
        case "cosine" | "cosine_warm_up":
            return _cosine(config.learning_rate, config.lowest_rate, (step - warm_up) / (total - warm_up))
        case "one_cycle":
            return config.learning_rate * _one_cycle(step, total)
        case "step":
            return config.learning_rate * config.decay_by ** (step // epoch_steps // config.decay_after)
        case "plateau":
            return config.learning_rate * plateau.factor
        case "constant":
            return config.learning_rate


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


def _one_cycle(step: int, total: int) -> float:
    top = _RISE * total - 1
    if step <= top:
        return _cosine(_START, 1.0, step / top)
    return _cosine(1.0, _END, (step - top) / (total - 1 - top))
