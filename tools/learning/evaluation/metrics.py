"""All figures of merit of a classifier in one record."""

from collections.abc import Sequence
from typing import Self

from pydantic import Field, model_validator

from hepcoder.ledger.record import Record
from hepcoder.tools.learning.evaluation.contrast import signal_index
from hepcoder.tools.learning.evaluation.overtraining import Overtraining, overtraining
from hepcoder.tools.learning.evaluation.split_metrics import MetricOptions, SplitMetrics, split_metrics
from hepcoder.tools.learning.inputs import SPLITS, Split
from hepcoder.tools.learning.scores import Scores


class Metrics(Record):
    """Figures of merit of a classifier; write with ``model_dump_json`` and read with ``model_validate_json``.

    Attributes:
        schema_version: Of this record.
        classes: Names of the classes.
        processes: Names of the processes.
        signal: Name of the signal class.
        options: How the figures were computed.
        splits: Figures of each split that has events of known class.
        overtraining: Training against test events; None where either is missing.
    """

    schema_version: int = Field(default=1, ge=1, le=1)
    classes: tuple[str, ...]
    processes: tuple[str, ...]
    signal: str
    options: MetricOptions
    splits: tuple[SplitMetrics, ...]
    overtraining: Overtraining | None

    @model_validator(mode="after")
    def _each_split_once(self) -> Self:
        names = [one.split for one in self.splits]
        if len(set(names)) < len(names):
            message = f"a split is there twice: {', '.join(names)}"
            raise ValueError(message)
        return self

    def of(self, split: Split) -> SplitMetrics:
        """Figures of one split.

        Raises:
            ValueError: If it has none.
        """
        for one in self.splits:
            if one.split == split:
                return one
        message = f"no figures of the {split} split; there are {', '.join(one.split for one in self.splits) or 'none'}"
        raise ValueError(message)

    @property
    def numbers(self) -> dict[str, float]:
        """All figures that are defined, by split and name, such as ``test.auc`` or ``test.rejection_at_0.5``."""
        return {f"{one.split}.{name}": value for one in self.splits for name, value in one.numbers.items()}


def evaluate(scores: Scores, options: MetricOptions | None = None, *, splits: Sequence[Split] = SPLITS) -> Metrics:
    """Compute all figures of merit from scores.

    Weights count everywhere; negative ones are subtracted from sums and add to variances. Events of unknown class or
    split are left out.

    Args:
        scores: Events of all splits.
        options: How to compute; None takes the defaults.
        splits: Which splits to look at.

    Returns:
        The figures; splits without an event of known class are left out.

    Raises:
        ValueError: If there is no such signal class, an efficiency is out of range, or a score or weight is NaN or
            infinite.

    Example:
        >>> import numpy as np
        >>> label, split = np.arange(400) % 2, np.arange(400) // 2 % 3
        >>> said = 0.25 + 0.5 * label + 0.2 * np.sin(np.arange(400))
        >>> probability = np.stack([1 - said, said], axis=1).astype(np.float32)
        >>> scores = Scores(("background", "signal"), ("zz", "higgs"), np.arange(400), label, split, label,
        ...                 np.ones(400), probability)
        >>> evaluate(scores).numbers["test.auc"]
        1.0
    """
    options = options or MetricOptions()
    place = signal_index(scores.classes, options.signal)
    parts = {split: scores.of(split) for split in splits}
    return Metrics(
        classes=scores.classes,
        processes=scores.processes,
        signal=scores.classes[place],
        options=options,
        splits=tuple(split_metrics(split, one, options) for split, one in parts.items() if (one.label >= 0).any()),
        overtraining=overtraining(scores, options.signal, confidence=options.confidence),
    )
