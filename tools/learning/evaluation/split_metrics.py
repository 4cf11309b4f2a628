"""Figures of merit of a classifier on the events of one split."""

import numpy as np
from pydantic import Field

from hepcoder.ledger.record import Record
from hepcoder.tools.learning.evaluation.calibration import Calibration, calibration
from hepcoder.tools.learning.evaluation.classification import (
    Confusion,
    CutMetrics,
    ProbabilityMetrics,
    at_cut,
    confusion_matrix,
    probability_metrics,
)
from hepcoder.tools.learning.evaluation.contrast import signal_index
from hepcoder.tools.learning.evaluation.estimates import Estimate
from hepcoder.tools.learning.evaluation.roc import auc
from hepcoder.tools.learning.evaluation.working_points import EFFICIENCIES, WorkingPoint, working_points
from hepcoder.tools.learning.inputs import Split
from hepcoder.tools.learning.scores import Scores


class MetricOptions(Record):
    """How figures of merit are computed.

    Attributes:
        signal: Name of the signal class; None takes ``signal``, or the last class.
        efficiencies: Signal efficiencies for background rejections.
        cut: Probability of the signal from which on events are called signal.
        balanced: Whether accuracy, log loss, Brier score and calibration let each class count the same, as a
            training with class balance does; False takes the weights as they are.
        bins: Of the calibration.
        confidence: Of all intervals.
    """

    signal: str | None = None
    efficiencies: tuple[float, ...] = EFFICIENCIES
    cut: float = 0.5
    balanced: bool = True
    bins: int = Field(default=10, ge=1)
    confidence: float = Field(default=0.95, gt=0, lt=1)


class SplitMetrics(Record):
    """Figures of merit on the events of one split; None where undefined.

    Attributes:
        split: Which events.
        events: Number of events of each class.
        weights: Sum of weights of each class.
        negative: Number of events with a negative weight.
        auc: Of the signal against all other classes.
        class_auc: Of each class against all others.
        process_auc: Of the signal against each process of other classes.
        working_points: Background rejection at signal efficiencies.
        at_cut: Decisions at a cut, by weights as they are.
        probabilities: Accuracy, log loss and Brier score.
        calibration: Of the signal's probability.
        confusion: What each class was taken for.
        process_confusion: What each process was taken for.
    """

    split: Split
    events: dict[str, int]
    weights: dict[str, float]
    negative: int
    auc: Estimate | None
    class_auc: dict[str, Estimate | None]
    process_auc: dict[str, Estimate | None]
    working_points: tuple[WorkingPoint, ...]
    at_cut: CutMetrics | None
    probabilities: ProbabilityMetrics | None
    calibration: Calibration | None
    confusion: Confusion
    process_confusion: Confusion

    @property
    def numbers(self) -> dict[str, float]:
        """The figures that are defined, by name."""
        error = None if self.auc is None else self.auc.error
        found: dict[str, float | None] = {"auc": _value(self.auc), "auc_error": error}
        found |= {f"auc_{name}": _value(one) for name, one in self.class_auc.items()}
        found |= {f"auc_against_{name}": _value(one) for name, one in self.process_auc.items()}
        for point in self.working_points:
            found[f"rejection_at_{point.wanted:g}"] = _value(point.rejection)
            found[f"background_efficiency_at_{point.wanted:g}"] = point.background_efficiency
        if self.probabilities is not None:
            found |= {name: _value(getattr(self.probabilities, name)) for name in ("accuracy", "log_loss", "brier")}
        if self.at_cut is not None:
            decisions = ("accuracy", "precision", "recall", "f1")
            found |= {f"{name}_at_cut": getattr(self.at_cut, name) for name in decisions}
        if self.calibration is not None:
            found["expected_calibration_error"] = self.calibration.expected_error
        return {name: one for name, one in found.items() if one is not None}


def _value(estimate: Estimate | None) -> float | None:
    return None if estimate is None else estimate.value


def split_metrics(split: Split, scores: Scores, options: MetricOptions) -> SplitMetrics:
    """Compute the figures of merit of one split.

    Args:
        split: Its name.
        scores: Its events.
        options: How to compute.

    Raises:
        ValueError: As `evaluate`.
    """
    signal, confidence = options.signal, options.confidence
    known = [scores.label == place for place in range(len(scores.classes))]
    return SplitMetrics(
        split=split,
        events={name: int(which.sum()) for name, which in zip(scores.classes, known, strict=True)},
        weights={name: float(scores.weight[which].sum()) for name, which in zip(scores.classes, known, strict=True)},
        negative=int(((scores.label >= 0) & (scores.weight < 0)).sum()),
        auc=auc(scores, signal, confidence=confidence),
        class_auc={name: auc(scores, name, confidence=confidence) for name in scores.classes},
        process_auc=_process_auc(scores, options),
        working_points=working_points(scores, options.efficiencies, signal=signal, confidence=confidence),
        at_cut=at_cut(scores, options.cut, signal=signal),
        probabilities=probability_metrics(scores, balanced=options.balanced, confidence=confidence),
        calibration=calibration(scores, signal, bins=options.bins, balanced=options.balanced, confidence=confidence),
        confusion=confusion_matrix(scores),
        process_confusion=confusion_matrix(scores, by_process=True),
    )


def _process_auc(scores: Scores, options: MetricOptions) -> dict[str, Estimate | None]:
    is_signal = scores.label == signal_index(scores.classes, options.signal)
    others = np.unique(scores.process[~is_signal & (scores.label >= 0)])
    return {
        scores.processes[one]: auc(
            scores.take(is_signal | ((scores.process == one) & (scores.label >= 0))),
            options.signal,
            confidence=options.confidence,
        )
        for one in others
    }
