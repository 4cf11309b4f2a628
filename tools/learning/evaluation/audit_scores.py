"""What is wrong with scores by themselves."""

import numpy as np

from hepcoder.tools.learning.evaluation.contrast import groups, sums_at
from hepcoder.tools.learning.evaluation.findings import Finding, error, warning
from hepcoder.tools.learning.inputs import SPLITS
from hepcoder.tools.learning.scores import Scores

# float32 rows that softmax made sum to 1 within 1e-6 a class; what sums worse was not made so, or was cut off.
_SUM_TOLERANCE = 1e-4
_FEW_VALUES = 10
_MANY_EVENTS = 200


def audit_numbers(scores: Scores) -> list[Finding]:
    """Scores and weights that are no finite numbers, or no probabilities."""
    found = []
    bad = int((~np.isfinite(scores.score).all(axis=1)).sum())
    if bad:
        found.append(error("non_finite_score", f"{bad} of {len(scores)} events have a score that is NaN or infinite."))
    wrong = int((~np.isfinite(scores.weight)).sum())
    if wrong:
        found.append(error("non_finite_weight", f"{wrong} of {len(scores)} weights are NaN or infinite."))
    if bad or not len(scores):
        return found
    off = np.abs(scores.score.sum(axis=1, dtype=np.float64) - 1)
    outside = (scores.score < 0).any(axis=1) | (scores.score > 1).any(axis=1)
    many = int(((off > _SUM_TOLERANCE) | outside).sum())
    if many:
        sentence = (
            f"the scores of {many} of {len(scores)} events are no probabilities: from {scores.score.min():.4g} to "
            f"{scores.score.max():.4g}, and their sum is off 1 by up to {off.max():.3g}."
        )
        found.append(error("no_probabilities", sentence))
    return found


def audit_values(scores: Scores, place: int) -> list[Finding]:
    """A signal score that says the same of all events, or knows few values only."""
    values = len(np.unique(scores.score[:, place]))
    if values == 1 and len(scores) > 1:
        sentence = f"all {len(scores)} events have the signal score {float(scores.score[0, place]):.6g}."
        return [error("constant_score", sentence)]
    if values <= _FEW_VALUES and len(scores) >= _MANY_EVENTS:
        return [warning("few_scores", f"the signal score has only {values} different values in {len(scores)} events.")]
    return []


def audit_splits(scores: Scores) -> list[Finding]:
    """Splits without events, without a class, or with weights that sum to nothing; events in two splits."""
    found = []
    for split in SPLITS:
        part = scores.of(split)
        part = part.take(part.label >= 0)
        if not len(part):
            found.append(error("empty_split", f"the {split} split has no event of known class."))
            continue
        missing = [name for place, name in enumerate(scores.classes) if not (part.label == place).any()]
        if missing:
            sentence = f"the {split} split has no event of class {', '.join(missing)} among {len(part)} events."
            found.append(error("missing_class", sentence))
        sums = sums_at(part.label, np.where(np.isfinite(part.weight), part.weight, 0.0), len(scores.classes))
        found += [
            error("no_weight", f"the weights of class {name} sum to {total:.4g} in the {split} split.")
            for name, total in zip(scores.classes, sums.tolist(), strict=True)
            if total <= 0 and name not in missing
        ]
    return found + _overlaps(scores)


def _overlaps(scores: Scores) -> list[Finding]:
    """Events of one process with the same id in more than one split."""
    known = scores.take(scores.split >= 0)
    if not len(known):
        return []
    group = groups(known.process, known.event_id)
    lowest = np.full(int(group.max()) + 1, len(SPLITS))
    highest = np.full(len(lowest), -1)
    np.minimum.at(lowest, group, known.split)
    np.maximum.at(highest, group, known.split)
    twice = np.flatnonzero((lowest < highest)[group])
    processes = sorted({int(one) for one in known.process[twice]})
    found = []
    for process in processes:
        rows = twice[known.process[twice] == process]
        ids = np.unique(known.event_id[rows])
        splits = " and ".join(SPLITS[one] for one in sorted({int(one) for one in known.split[rows]}))
        name = known.processes[process]
        sentence = f"{len(ids)} events of {name} are in {splits} at once, such as event id {ids[0]}."
        found.append(error("overlap", sentence))
    return found
