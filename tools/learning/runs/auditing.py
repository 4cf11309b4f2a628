"""Recomputes what the folder of a training says from the scores in it."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from hepcoder.tools.learning.batches import Batch, Source
from hepcoder.tools.learning.data.fingerprint import digest
from hepcoder.tools.learning.evaluation.audit import audit, claim_tolerance
from hepcoder.tools.learning.evaluation.comparing import ClassifierComparison, compare_classifiers
from hepcoder.tools.learning.evaluation.findings import Finding, error
from hepcoder.tools.learning.runs.one import read_result, read_scores
from hepcoder.tools.learning.runs.predictors import load_predictor
from hepcoder.tools.learning.runs.results import RESULT_NAME, ClassifierResult, LearningResult

COMPARISON = "comparison"
_RESCORED_EVENTS = 5_000
# Two runs of the same network differ by the order of summation; another network differs by much more.
_SCORE_TOLERANCE = 1e-3


def audit_folder(folder: Path, learned: LearningResult, *, events: bool) -> dict[str, tuple[Finding, ...]]:
    """Recompute every figure of every classifier, and of their comparison, from the saved scores.

    Args:
        folder: Of the training.
        learned: What it says.
        events: Whether to open the events too: to look for leaks by value, and to see whether the scores are those
            that the saved classifier gives.

    Returns:
        Findings by name of the classifier, and of ``comparison``.

    Raises:
        ContractError: With `events`, they cannot be read.
        ImportError: With `events`, a library that a classifier needs is not installed.
    """
    source = learned.plan.data.open() if events else None
    found = {name: _audit_one(folder / name, one, learned, source) for name, one in learned.results.items()}
    if learned.comparison is not None:
        found[COMPARISON] = _audit_comparison(folder, learned, learned.comparison)
    return found


def _audit_one(
    folder: Path, result: ClassifierResult, learned: LearningResult, source: Source | None
) -> tuple[Finding, ...]:
    metrics, inputs = result.metrics, learned.plan.data.inputs
    some = None if source is None else next(source.batches("test", _RESCORED_EVENTS), None)
    found = audit(folder, metrics.numbers, inputs, options=metrics.options, events=some, cut=result.cut)
    if _written(folder) != result:
        told = f"{folder / RESULT_NAME} does not say the same as the result of the whole training."
        found = (*found, error("differs", told))
    if source is None or some is None:
        return found
    if digest(learned.plan.data.processes) != result.data_digest:
        found = (*found, error("other_events", "the files of the events are not those that it was trained on."))
    return (*found, *_rescored(folder, source, some))


def _written(folder: Path) -> ClassifierResult | None:
    try:
        return read_result(folder)
    except (OSError, ValueError):
        return None


def _rescored(folder: Path, source: Source, events: Batch) -> list[Finding]:
    """Whether the classifier gives the scores that are saved."""
    try:
        saved = read_scores(folder)
    except (OSError, ValueError, KeyError):
        return []  # which the audit has told
    said = load_predictor(folder).probabilities(events)
    known = saved.of("test")
    rows = {
        (saved.processes[process], number): row
        for process, number, row in zip(known.process.tolist(), known.event_id.tolist(), known.score, strict=True)
    }
    names = [source.processes[one] for one in events.process.tolist()]
    pairs = [rows.get(key) for key in zip(names, events.event_id.tolist(), strict=True)]
    other = sum(
        row is None or bool(np.abs(row - ours).max() > _SCORE_TOLERANCE) for row, ours in zip(pairs, said, strict=True)
    )
    if not other:
        return []
    sentence = f"{other} of {len(events)} test events have not the scores that the saved classifier gives."
    return [error("other_scores", sentence)]


def _audit_comparison(folder: Path, learned: LearningResult, claimed: ClassifierComparison) -> tuple[Finding, ...]:
    try:
        scores = {name: read_scores(folder / name) for name in learned.results}
        again = compare_classifiers(scores, split=claimed.split, signal=claimed.signal, level=claimed.level)
    except (OSError, ValueError, KeyError) as problem:
        return (error("not_recomputed", f"the comparison cannot be recomputed: {problem}."),)
    ours, theirs = {} if again is None else _numbers(again), _numbers(claimed)
    return tuple(
        error("differs", f"{name} is claimed to be {theirs.get(name)}, but the scores give {ours.get(name)}.")
        for name in dict.fromkeys([*ours, *theirs])
        if not _same(ours.get(name), theirs.get(name))
    )


def _numbers(comparison: ClassifierComparison) -> Mapping[str, float | None]:
    found: dict[str, float | None] = {f"AUC of {name}": one.value for name, one in comparison.auc.items()}
    for pair in comparison.pairs:
        between = f"between {pair.first} and {pair.second}"
        found |= {f"difference {between}": pair.difference.value, f"p value {between}": pair.p_value}
        found[f"adjusted p value {between}"] = pair.adjusted
    return found


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= claim_tolerance(other)
