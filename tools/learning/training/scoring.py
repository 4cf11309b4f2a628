"""Scores of all events of a source."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from hepcoder.tools.learning.batches import Predictor, Source
from hepcoder.tools.learning.inputs import SPLITS, Split
from hepcoder.tools.learning.scores import Scores
from hepcoder.tools.learning.training.errors import TrainingError

_CHUNK = 8192


def score(predictor: Predictor, source: Source, splits: Sequence[Split] = SPLITS) -> Scores:
    """What a classifier says of each event; the weights keep their sign, whatever training did with them.

    Args:
        predictor: The classifier.
        source: Of the events; it may be larger than the memory, its scores may not.
        splits: Which events; in this order, and within a split in that of the source.

    Raises:
        TrainingError: If the source has other inputs or other classes than the classifier.

    Returns:
        One row for each event.
    """
    require_same(predictor, source)
    parts = [_of_split(predictor, source, split) for split in splits]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return Scores(source.classes, source.processes, **columns)


def require_same(predictor: Predictor, source: Source) -> None:
    """Raise a TrainingError unless both have the same inputs and classes."""
    if predictor.inputs != source.inputs:
        message = f"the classifier looks at {predictor.inputs!r}, the events have {source.inputs!r}"
        raise TrainingError(message)
    if predictor.classes != source.classes:
        message = f"the classifier knows the classes {predictor.classes}, the events have {source.classes}"
        raise TrainingError(message)


def _of_split(predictor: Predictor, source: Source, split: Split) -> dict[str, npt.NDArray[np.generic]]:
    rows: dict[str, list[npt.NDArray[np.generic]]] = {name: [] for name in ("event_id", "process", "label", "weight")}
    scores = [np.zeros((0, len(source.classes)), dtype=np.float32)]
    for batch in source.batches(split, _CHUNK):
        scores.append(predictor.probabilities(batch))
        for name, values in rows.items():
            values.append(getattr(batch, name))
    types = {"weight": np.float64}
    columns = {name: np.concatenate([np.zeros(0, types.get(name, np.int64)), *values]) for name, values in rows.items()}
    place = np.full(len(columns["label"]), SPLITS.index(split))
    return {**columns, "split": place, "score": np.concatenate(scores)}
