"""Samples of which it is known how well they can be separated."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hepcoder.tools.learning.batches import Batch, Floats, Predictor
from hepcoder.tools.learning.data.writing import save_selected
from hepcoder.tools.learning.inputs import Inputs, Process

Ratios = Callable[[Batch], npt.NDArray[np.float64]]


@dataclass(frozen=True)
class Sample:
    """Files of processes to try a classifier on.

    Attributes:
        processes: The files, one for each process.
        inputs: The columns to look at.
        optimal: The best classifier there can be; None where it is not known.
        auc: Area under its ROC curve for events without end, signal against all backgrounds in equal parts; None
            where it is not known.
        auc_error: Standard error of ``auc``; 0 where it is known in closed form.
    """

    processes: tuple[Process, ...]
    inputs: Inputs
    optimal: Predictor | None = None
    auc: float | None = None
    auc_error: float | None = None


@dataclass(frozen=True)
class LikelihoodRatio:
    """The best classifier: probabilities from the exact densities of the classes, all classes equally frequent.

    Attributes:
        inputs: What it looks at.
        classes: Names of the classes, the last one ``signal``.
        log_densities: Logarithm of each class's density at each event, up to a constant; float64 (n, classes).
    """

    inputs: Inputs
    classes: tuple[str, ...]
    log_densities: Ratios

    def probabilities(self, batch: Batch) -> Floats:
        """Probability of each class for each event, float32 (n, classes), each row summing to 1."""
        logs = self.log_densities(batch)
        densities = np.exp(logs - logs.max(axis=1, keepdims=True))
        return np.asarray(densities / densities.sum(axis=1, keepdims=True), dtype=np.float32)


def auc_of(signal: npt.NDArray[np.float64], background: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Area under the ROC curve of scores, and its standard error.

    Args:
        signal: Scores of signal, shape (n,), n above 1.
        background: Scores of background, shape (m,), m above 1.

    Returns:
        The probability that a signal event has the higher score, ties counted half, and the error of DeLong.

    Reference:
        E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson, Biometrics 44 (1988) 837, equations 2 to 5.

    Example:
        >>> auc_of(np.array([1.0, 2.0]), np.array([0.0, 1.0]))[0]
        0.875
    """
    above = _share_below(background, signal)
    below = 1.0 - _share_below(signal, background)
    return float(above.mean()), float(np.sqrt(above.var(ddof=1) / above.size + below.var(ddof=1) / below.size))


def _share_below(values: npt.NDArray[np.float64], than: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    ordered = np.sort(values)
    both = np.searchsorted(ordered, than, side="left") + np.searchsorted(ordered, than, side="right")
    return np.asarray(both / (2 * values.size))


def write_process(
    folder: Path, name: str, events: Mapping[str, Any], *, label: str, first_id: int = 0, columns: Sequence[str] = ()
) -> Process:
    """Write events of weight 1, numbered from ``first_id``, to ``folder/name.parquet``.

    Args:
        folder: Made where it is not there.
        name: Of the process.
        events: Columns by name.
        label: Class of the process.
        first_id: Id of the first event.
        columns: What is written of the events; all where there are none.
    """
    folder.mkdir(parents=True, exist_ok=True)
    n = len(next(iter(events.values())))
    ids = np.arange(first_id, first_id + n)
    path = save_selected(
        folder / f"{name}.parquet", events, event_id=ids, process=name, weight=1.0, columns=columns or None
    )
    return Process(name=name, label=label, files=(str(path),))
