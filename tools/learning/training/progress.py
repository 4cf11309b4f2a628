"""How far a training is, for whoever draws a bar."""

from dataclasses import dataclass

from hepcoder.tools.learning.training.history import Epoch


@dataclass(frozen=True)
class Progress:
    """A moment of a training.

    Attributes:
        epoch: The running or, after its last batch, the finished epoch, from 1.
        epochs: At most.
        batch: Batches done of this epoch.
        batches: Batches of an epoch.
        seconds: Wall time of this process in the training.
        seconds_left: Wall time until the last epoch at the pace so far, validation included; it may stop earlier. None
            before the first batch.
        last: The last finished epoch; None before the first.
    """

    epoch: int
    epochs: int
    batch: int
    batches: int
    seconds: float
    seconds_left: float | None
    last: Epoch | None


def seconds_left(*, seconds: float, done: int, total: int) -> float | None:
    """Seconds until the end at the pace so far; None if nothing is done.

    Args:
        seconds: Spent so far.
        done: Batches done in them.
        total: Batches still to do.

    Example:
        >>> seconds_left(seconds=10.0, done=5, total=20)
        40.0
    """
    return seconds / done * total if done else None
