"""What is known of a loss that is no number."""

from itertools import islice
from pathlib import Path

import numpy as np

from hepcoder.tools.learning.batches import Batch, Source
from hepcoder.tools.learning.training.checkpoints import CHECKPOINT_NAME
from hepcoder.tools.learning.training.errors import NonFiniteLossError


def failure(
    source: Source,
    *,
    value: float,
    epoch: int,
    batch: int,
    batch_size: int,
    shuffle_seed: int,
    learning_rate: float,
    folder: Path,
) -> NonFiniteLossError:
    """The error that tells of a NaN or infinite loss: the batch is read again to see whether its inputs were finite.

    Args:
        source: Of the events.
        value: The loss.
        epoch: From 1.
        batch: In the epoch, from 1.
        batch_size: Events of a batch.
        shuffle_seed: Order of the epoch.
        learning_rate: Of that step.
        folder: With the checkpoint.
    """
    events = next(islice(source.batches("train", batch_size, shuffle_seed=shuffle_seed), batch - 1, None))
    wrong = _wrong_columns(events, source)
    inputs = f"the inputs {', '.join(map(repr, wrong))} are not finite in that batch" if wrong else _largest(events)
    way_out = "mend these columns" if wrong else "take a lower learning_rate or a gradient_clip"
    message = (
        f"the loss is {value} in epoch {epoch}, batch {batch}, at learning rate {learning_rate:g}; "
        f"{inputs}; {way_out}. The last good checkpoint is kept: {folder / CHECKPOINT_NAME}"
    )
    return NonFiniteLossError(message)


def _wrong_columns(events: Batch, source: Source) -> list[str]:
    names = [*source.inputs.event, *source.inputs.object_features]
    good = np.concatenate([np.isfinite(events.event).all(axis=0), np.isfinite(events.objects).all(axis=(0, 1))])
    wrong = [name for name, finite in zip(names, good, strict=True) if not finite]
    others = {"four-vectors": events.four_vectors, "weight": events.weight}
    return wrong + [name for name, values in others.items() if not np.isfinite(values).all()]


def _largest(events: Batch) -> str:
    most = max(float(np.abs(values).max(initial=0.0)) for values in (events.event, events.objects))
    return f"the inputs of that batch are finite, the largest is {most:g}, its largest weight {events.weight.max():g}"
