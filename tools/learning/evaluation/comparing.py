"""Which of several classifiers separates best, and whether the events can tell."""

import math
from collections.abc import Mapping
from itertools import combinations

import numpy as np

from hepcoder.ledger.record import Record
from hepcoder.tools.learning.evaluation.contrast import (
    Contrast,
    Floats,
    contrast,
    labelled,
    signal_index,
    sum_of_squares,
)
from hepcoder.tools.learning.evaluation.estimates import Estimate, plain_estimate, two_sided_p_value
from hepcoder.tools.learning.evaluation.roc import auc_influence, auc_of
from hepcoder.tools.learning.inputs import Split
from hepcoder.tools.learning.scores import Scores


class PairComparison(Record):
    """Two classifiers on the same events.

    Attributes:
        first: Name of the one with the larger area.
        second: Name of the other.
        difference: Of the areas under the ROC curves, first minus second, with the error of paired events.
        p_value: Chance of such a difference or a larger one, either way, if both separated alike; None where the
            error is unknown or both order all events alike.
        adjusted: The same, adjusted for the number of pairs that were looked at (Holm).
    """

    first: str
    second: str
    difference: Estimate
    p_value: float | None
    adjusted: float | None


class ClassifierComparison(Record):
    """Classifiers in order.

    Attributes:
        split: Of the events.
        signal: Class that was separated from the rest.
        auc: Area under the ROC curve of each, the largest first.
        pairs: All pairs.
        level: Adjusted chance below which two are told apart.
    """

    split: Split
    signal: str
    auc: dict[str, Estimate]
    pairs: tuple[PairComparison, ...]
    level: float

    @property
    def best(self) -> str:
        """Name of the one with the largest area, whether or not the events can tell."""
        return next(iter(self.auc))

    @property
    def as_good(self) -> tuple[str, ...]:
        """Names of those that the events cannot tell from the best."""
        unclear = [one for one in self.pairs if one.adjusted is None or one.adjusted >= self.level]
        return tuple(one.second for one in unclear if one.first == self.best)

    @property
    def verdict(self) -> str:
        """Which separates best, and whether the events can tell."""
        if len(self.auc) == 1:
            return f"{self.best} has an AUC of {self.auc[self.best]} on the {self.split} split."
        if not self.as_good:
            return f"{self.best} separates best on the {self.split} split: AUC {self.auc[self.best]}."
        return (
            f"{self.best} has the largest AUC on the {self.split} split, {self.auc[self.best]}, but the events cannot "
            f"tell it from {', '.join(self.as_good)}."
        )


def compare_classifiers(
    classifiers: Mapping[str, Scores],
    *,
    split: Split = "test",
    signal: str | None = None,
    level: float = 0.05,
    confidence: float = 0.95,
) -> ClassifierComparison | None:
    """Compare the areas under the ROC curves of classifiers on the same events.

    Args:
        classifiers: Name and scores of each, of the same events in any order.
        split: Events to compare on.
        signal: Name of the class; None takes ``signal``, or the last class.
        level: Adjusted chance below which two are told apart.
        confidence: Of the intervals.

    Returns:
        The comparison; None where signal or background have no positive sum of weights.

    Raises:
        ValueError: If there is no classifier, events, labels or weights differ between classifiers, or as `contrast`.

    Reference:
        Paired areas: DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988) 837, with weights as `auc_influence`;
        several pairs: S. Holm, Scand. J. Stat. 6 (1979) 65.
    """
    aligned = _aligned({name: labelled(one.of(split)) for name, one in classifiers.items()})
    classes = next(iter(aligned.values())).classes
    signal = classes[signal_index(classes, signal)]
    events = {name: contrast(one, signal) for name, one in aligned.items()}
    if not next(iter(events.values())).defined:
        return None
    areas = {name: auc_of(one, confidence) for name, one in events.items()}
    areas = dict(sorted(areas.items(), key=lambda item: -item[1].value))
    influences = {name: auc_influence(one)[1] for name, one in events.items()}
    group = next(iter(events.values()))
    pairs = [
        _pair((a, b), (areas[a].value, areas[b].value), _between(influences[a], influences[b], group), confidence)
        for a, b in combinations(areas, 2)
    ]
    return ClassifierComparison(split=split, signal=signal, auc=areas, pairs=_adjusted(pairs), level=level)


def _aligned(classifiers: Mapping[str, Scores]) -> dict[str, Scores]:
    """The same events in the same order; rows of one event stay in their order."""
    if not classifiers:
        message = "no classifier to compare; give name and scores of each"
        raise ValueError(message)
    found = {name: _sorted(one) for name, one in classifiers.items()}
    first, reference = next(iter(found.items()))
    for name, one in found.items():
        _require_same(first, reference, name, one)
    return found


def _sorted(scores: Scores) -> Scores:
    rank = {name: place for place, name in enumerate(sorted(scores.processes))}
    process = np.array([rank[name] for name in scores.processes], dtype=np.int64)[scores.process]
    return scores.take(np.lexsort((scores.event_id, process)))


def _require_same(first: str, reference: Scores, name: str, other: Scores) -> None:
    if sorted(reference.classes) != sorted(other.classes) or len(reference) != len(other):
        message = (
            f"{first} scored {len(reference)} events of {', '.join(reference.classes)}, {name} {len(other)} of "
            f"{', '.join(other.classes)}; score the same events with both"
        )
        raise ValueError(message)
    words = [(np.array(one.processes)[one.process], np.array(one.classes)[one.label]) for one in (reference, other)]
    columns = {
        "process": (words[0][0], words[1][0]),
        "event id": (reference.event_id, other.event_id),
        "label": (words[0][1], words[1][1]),
        "weight": (reference.weight, other.weight),
    }
    for what, (one, another) in columns.items():
        differ = int((one != another).sum())
        if differ:
            message = f"{first} and {name} differ in the {what} of {differ} of {len(other)} events; score the same ones"
            raise ValueError(message)


def _between(first: Floats | None, second: Floats | None, events: Contrast) -> float | None:
    """Standard deviation of the difference of two areas of the same events."""
    if first is None or second is None:
        return None
    return math.sqrt(sum_of_squares(first - second, events.group))


def _pair(names: tuple[str, str], areas: tuple[float, float], error: float | None, confidence: float) -> PairComparison:
    difference = areas[0] - areas[1]
    known = error if error is not None and error > 1e-12 else None
    return PairComparison(
        first=names[0],
        second=names[1],
        difference=plain_estimate(difference, known, confidence),
        p_value=None if known is None else two_sided_p_value(difference / known),
        adjusted=None,
    )


def _adjusted(pairs: list[PairComparison]) -> tuple[PairComparison, ...]:
    """With p values by Holm, over the pairs that have one."""
    ranked = sorted((one.p_value, place) for place, one in enumerate(pairs) if one.p_value is not None)
    adjusted: dict[int, float] = {}
    largest = 0.0
    for rank, (p_value, place) in enumerate(ranked):
        largest = max(largest, min(1.0, p_value * (len(ranked) - rank)))
        adjusted[place] = largest
    return tuple(one.model_copy(update={"adjusted": adjusted.get(place)}) for place, one in enumerate(pairs))
