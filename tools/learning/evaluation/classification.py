"""How good single decisions and probabilities are: accuracy, precision, recall, log loss, Brier score, confusion."""

import math
from typing import Any

import numpy as np

from hepcoder.ledger.record import Record
from hepcoder.tools.learning.evaluation.contrast import (
    Floats,
    contrast,
    groups,
    labelled,
    sum_of_squares,
)
from hepcoder.tools.learning.evaluation.estimates import Estimate, plain_estimate
from hepcoder.tools.learning.scores import Scores


class CutMetrics(Record):
    """Decisions for signal at a cut; all by weights as they are, so that they depend on the expected yields.

    Attributes:
        cut: Events with at least this score are called signal.
        accuracy: Share of the weights that is called rightly.
        precision: Share of signal among what is called signal; None where nothing is.
        recall: Share of the signal that is called signal, the signal efficiency; None without signal.
        f1: Harmonic mean of precision and recall; None where either is None or both are 0.
    """

    cut: float
    accuracy: float
    precision: float | None
    recall: float | None
    f1: float | None


def at_cut(scores: Scores, cut: float = 0.5, *, signal: str | None = None) -> CutMetrics | None:
    """Accuracy, precision, recall and F1 of one class against the rest at a working point.

    Negative weights are subtracted, so that shares can leave 0 to 1.

    Args:
        scores: Events of one split.
        cut: Probability of the signal class from which on events are called signal.
        signal: Name of the class; None takes ``signal``, or the last class.

    Returns:
        The metrics; None without a positive sum of weights.

    Raises:
        ValueError: As `contrast`.
    """
    events = contrast(scores, signal)
    total = float(events.weight.sum())
    if total <= 0:
        return None
    called = events.score >= cut
    right = float(events.weight[called & events.is_signal].sum())
    precision = _ratio(right, float(events.weight[called].sum()))
    recall = _ratio(right, float(events.weight[events.is_signal].sum()))
    f1 = None if precision is None or recall is None else _ratio(2 * precision * recall, precision + recall)
    accuracy = float(events.weight[called == events.is_signal].sum()) / total
    return CutMetrics(cut=cut, accuracy=accuracy, precision=precision, recall=recall, f1=f1)


def _ratio(above: float, below: float) -> float | None:
    return above / below if below > 0 else None


class ProbabilityMetrics(Record):
    """How good the probabilities of all classes are.

    Attributes:
        balanced: Whether each class counted the same; False for weights as they are.
        accuracy: Share of events whose most probable class is theirs; the first one of equally probable classes.
        log_loss: Mean of -ln(probability of the true class), in nats; probabilities are cut off at the float32
            epsilon of 1.2e-7, as in scikit-learn, so that one sure mistake costs 15.9.
        brier: Mean squared error of the probabilities: of the second class for two classes, summed over all for more.
    """

    balanced: bool
    accuracy: Estimate
    log_loss: Estimate
    brier: Estimate


def probability_metrics(
    scores: Scores, *, balanced: bool = True, confidence: float = 0.95
) -> ProbabilityMetrics | None:
    """Accuracy, log loss and Brier score of the probabilities of all classes, with errors.

    Args:
        scores: Events of one split.
        balanced: True lets each class count the same, the prior of a training with class balance; False takes the
            weights as they are.
        confidence: Of the intervals.

    Returns:
        The metrics; None if a class (balanced) or all events together have no positive sum of weights.

    Raises:
        ValueError: If a score or weight is NaN or infinite.

    Reference:
        Brier, Mon. Weather Rev. 78 (1950) 1; halved for two classes, as scikit-learn does.
    """
    known = labelled(scores)
    truth = np.arange(len(known.classes)) == known.label[:, None]
    score = known.score.astype(np.float64)
    cut_off = float(np.finfo(np.float32).eps)
    squares = ((score - truth) ** 2).sum(axis=1) / (2 if len(known.classes) == 2 else 1)
    values = {
        "accuracy": (score.argmax(axis=1) == known.label).astype(np.float64),
        "log_loss": -np.log(np.clip(score[truth], cut_off, 1 - cut_off)),
        "brier": squares,
    }
    found = {name: _mean(known, each, balanced=balanced, confidence=confidence) for name, each in values.items()}
    accuracy, log_loss, brier = found["accuracy"], found["log_loss"], found["brier"]
    if accuracy is None or log_loss is None or brier is None:
        return None
    return ProbabilityMetrics(balanced=balanced, accuracy=accuracy, log_loss=log_loss, brier=brier)


def _mean(known: Scores, values: Floats, *, balanced: bool, confidence: float) -> Estimate | None:
    """Weighted mean with its linearised error; balanced, the mean over classes of their means."""
    strata = [known.label == place for place in range(len(known.classes))] if balanced else [known.label >= 0]
    totals = [float(known.weight[which].sum()) for which in strata]
    if min(totals) <= 0:
        return None
    influence, value = np.zeros(len(values)), 0.0
    for which, total in zip(strata, totals, strict=True):
        share = known.weight[which] / total / len(strata)
        part = float((share * values[which]).sum()) * len(strata)
        influence[which] = share * (values[which] - part)
        value += part / len(strata)
    error = math.sqrt(sum_of_squares(influence, groups(known.process, known.event_id)))
    return plain_estimate(value, error if error > 0 else None, confidence)


class Confusion(Record):
    """What events were taken for.

    Attributes:
        rows: What they are: classes or processes.
        columns: Classes they were taken for: the most probable one, the first of equally probable ones.
        weighted: Sums of weights, one tuple for each row.
        raw: Numbers of events.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    weighted: tuple[tuple[float, ...], ...]
    raw: tuple[tuple[int, ...], ...]

    @property
    def shares(self) -> tuple[tuple[float | None, ...], ...]:
        """Share of each row's weights; None in rows without a positive sum."""
        return tuple(tuple(_ratio(one, sum(row)) for one in row) for row in self.weighted)


def confusion_matrix(scores: Scores, *, by_process: bool = False) -> Confusion:
    """What class the events of each class, or of each process, were taken for.

    Args:
        scores: Events of one split.
        by_process: A row for each process rather than for each class.

    Returns:
        Sums of weights and numbers of events.

    Raises:
        ValueError: If a score or weight is NaN or infinite.
    """
    known = labelled(scores)
    rows, place = (known.processes, known.process) if by_process else (known.classes, known.label)
    columns = len(known.classes)
    cell = place * columns + known.score.argmax(axis=1)
    weighted, raw = (_matrix(cell, weight, len(rows), columns) for weight in (known.weight, None))
    return Confusion(
        rows=rows,
        columns=known.classes,
        weighted=tuple(tuple(row) for row in weighted.tolist()),
        raw=tuple(tuple(int(one) for one in row) for row in raw.tolist()),
    )


def _matrix(cell: Any, weight: Any, rows: int, columns: int) -> Any:
    return np.bincount(cell, weight, minlength=rows * columns).reshape(rows, columns)
