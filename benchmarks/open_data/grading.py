"""Grades what a run left on disk; printed claims count for nothing."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hepcoder.benchmarks.open_data import references
from hepcoder.ledger.record import Record


class Grade(Record):
    """Whether the artefacts are right, and in words why not."""

    right: bool
    reason: str


def grade(case_id: str, outputs: Path, data: Path) -> Grade:
    """Compare the outputs of a case with its reference.

    Args:
        case_id: Id of the case.
        outputs: Folder with the output files.
        data: Folder with the open-data files.

    Raises:
        KeyError: There is no such case.
    """
    reference = _REFERENCES[case_id](data)
    if isinstance(reference, dict):
        return _grade_numbers(outputs / "result.json", reference)
    stem = {"jets": "jets", "muons": "muons", "leading_muon": "spectrum"}[case_id]
    return _grade_histogram(outputs / f"{stem}.npz", reference)


_REFERENCES: dict[str, Any] = {
    "dimuon": references.dimuon,
    "jets": references.jets,
    "muons": references.muons,
    "leading_muon": references.leading_muon,
    "electrons": references.electrons,
}


def _grade_numbers(path: Path, reference: dict[str, float]) -> Grade:
    if not path.is_file():
        return Grade(right=False, reason=f"{path.name} is missing")
    found = json.loads(path.read_text(encoding="utf-8"))
    wrong = [
        f"{name} is {found.get(name)}, should be {value}"
        for name, value in reference.items()
        if not _same(found.get(name), value)
    ]
    return Grade(right=not wrong, reason="; ".join(wrong) or "all numbers agree")


def _same(found: Any, value: float) -> bool:
    if not isinstance(found, int | float):
        return False
    return found == value if isinstance(value, int) else abs(found - value) <= references.MASS_TOLERANCE * abs(value)


def _grade_histogram(path: Path, values: Sequence[float]) -> Grade:
    """Fill the same edges with the reference; every event must be in the histogram."""
    if not path.is_file():
        return Grade(right=False, reason=f"{path.name} is missing")
    with np.load(path, allow_pickle=False) as arrays:
        counts, edges = np.asarray(arrays["counts"], float).ravel(), np.asarray(arrays["edges"], float).ravel()
    if len(edges) != len(counts) + 1 or len(counts) < 2:
        return Grade(right=False, reason=f"{len(counts)} counts do not fit {len(edges)} edges")
    expected, _ = np.histogram(np.asarray(values, float), bins=edges)
    moved = float(np.abs(np.cumsum(counts) - np.cumsum(expected)).max())
    outside = len(values) - int(expected.sum())
    if moved > references.MOVED_EVENTS:
        return Grade(right=False, reason=f"up to {moved:.0f} events are in the wrong bins or missing")
    # A spectrum may be cut off in its far tail; a multiplicity may not.
    if outside > 0.01 * len(values):
        return Grade(right=False, reason=f"{outside} of {len(values)} events lie outside of the edges")
    if _too_coarse(expected, values):
        return Grade(right=False, reason=f"{len(counts)} bins do not show the distribution")
    return Grade(right=True, reason=f"{len(counts)} bins agree, {outside} events outside of the edges")


def _too_coarse(expected: "np.ndarray[Any, Any]", values: Sequence[float]) -> bool:
    """Fewer filled bins than the data has different values, up to a dozen."""
    return int((expected > 0).sum()) < min(12, len(set(values)))
