"""What a verifier needs: recomputes what is claimed of a classifier from its saved scores, and looks for leaks."""

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from hepcoder.tools.learning.batches import Batch
from hepcoder.tools.learning.evaluation.audit_leaks import audit_features, audit_names
from hepcoder.tools.learning.evaluation.audit_scores import audit_numbers, audit_splits, audit_values
from hepcoder.tools.learning.evaluation.contrast import signal_index
from hepcoder.tools.learning.evaluation.cut_choice import CutChoice
from hepcoder.tools.learning.evaluation.estimates import Estimate
from hepcoder.tools.learning.evaluation.findings import Finding, error
from hepcoder.tools.learning.evaluation.metrics import Metrics, evaluate
from hepcoder.tools.learning.evaluation.significance import scan_significance
from hepcoder.tools.learning.evaluation.split_metrics import MetricOptions
from hepcoder.tools.learning.inputs import Inputs, Split
from hepcoder.tools.learning.scores import Scores

SCORES_NAME = "scores.parquet"
_TOO_GOOD = 0.9999
_STANDARD_DEVIATIONS = 4.0


def audit(
    scores: Scores | str | Path,
    claimed: Mapping[str, float],
    inputs: Inputs | None,
    *,
    options: MetricOptions | None = None,
    events: Batch | None = None,
    cut: CutChoice | None = None,
    choices: Mapping[str, Split] | None = None,
    quoted_on: Split = "test",
    optimum_auc: float | None = None,
) -> tuple[Finding, ...]:
    """Recompute what is claimed of a classifier, and look for leaks.

    Args:
        scores: Of all events; or the folder with ``scores.parquet``, or that file.
        claimed: Reported figures by the names of `Metrics.numbers`, such as ``test.auc``.
        inputs: What the classifier looks at; None where it is not known, and its features are not looked at.
        options: How the reported figures were computed; None takes the defaults.
        events: Some events with their features, to look for leaks by value; None looks at names only.
        cut: Reported cut with its significance, to recompute; None where none is reported.
        choices: On which split each thing was chosen, such as ``{"epoch": "validation", "cut": "validation"}``.
        quoted_on: Split that the results are quoted on.
        optimum_auc: AUC of the best classifier that there can be, where it is known; None where it is not, and an AUC
            of 0.9999 or more is then taken for a leak.

    Returns:
        All findings; none for a clean case.

    Example:
        >>> from hepcoder.tools.learning.inputs import Inputs
        >>> [one.code for one in audit("no/such/folder", {}, Inputs(event=("weight",)))]
        ['leak_by_name', 'no_scores']
    """
    options = options or MetricOptions()
    found = [] if inputs is None else audit_names(inputs)
    found += [] if inputs is None or events is None else audit_features(inputs, events)
    found += _audit_choices(choices or {}, quoted_on)
    if not isinstance(scores, Scores):
        try:
            scores = _read(Path(scores))
        except (OSError, ValueError, KeyError) as problem:
            return (*found, error("no_scores", f"no scores can be read: {problem}."))
    found += audit_splits(scores)
    broken = audit_numbers(scores)
    found += broken
    if any(one.code.startswith("non_finite") for one in broken):
        return (*found, *(error("not_recomputed", f"{name} cannot be recomputed.") for name in claimed))
    found += audit_values(scores, signal_index(scores.classes, options.signal))
    metrics = evaluate(scores, options)
    found += _audit_areas(metrics, optimum_auc) + _audit_claims(metrics.numbers, claimed)
    return (*found, *([] if cut is None else _audit_cut(scores, cut, metrics.signal)))


def _read(path: Path) -> Scores:
    return Scores.load(path / SCORES_NAME if path.suffix != ".parquet" else path)


def _audit_choices(choices: Mapping[str, Split], quoted_on: Split) -> list[Finding]:
    return [
        error("chosen_on_test", f"the {what} was chosen on the {split} split, on which the results are quoted.")
        for what, split in choices.items()
        if split == quoted_on
    ]


def _audit_areas(metrics: Metrics, optimum: float | None) -> list[Finding]:
    """Areas under the ROC curve that are too good, or below chance, on events that were not trained on."""
    found = []
    for one in metrics.splits:
        if one.split == "train" or one.auc is None:
            continue
        where = f"the AUC of the {one.split} split is {one.auc}"
        if optimum is None and one.auc.value >= _TOO_GOOD:
            sentence = f"{where}, which finite data hardly give; look for a leak, or state the optimum."
            found.append(error("too_good", sentence))
        elif optimum is not None and _above(one.auc, optimum):
            found.append(error("above_optimum", f"{where}, above the {optimum:.4f} of the best possible classifier."))
        if _below_chance(one.auc):
            found.append(error("below_chance", f"{where}, below chance; signal and background may be exchanged."))
    return found


def _above(area: Estimate, optimum: float) -> bool:
    return area.value - optimum > max(_STANDARD_DEVIATIONS * (area.error or 0.0), 1e-9)


def _below_chance(area: Estimate) -> bool:
    if area.error is None:
        return area.high is not None and area.high < 0.5
    return 0.5 - area.value > _STANDARD_DEVIATIONS * area.error


def _audit_cut(scores: Scores, cut: CutChoice, signal: str) -> list[Finding]:
    """Expected events and significance of the reported cut on the events it is quoted on."""
    found = _audit_choices({"cut on the score": cut.chosen_on}, cut.quoted_on)
    try:
        scan = scan_significance(
            scores,
            cut.quoted_on,
            signal=signal,
            background_error=cut.background_error,
            simulation_error=cut.simulation_error,
            cuts=[cut.cut],
        )
    except ValueError as problem:
        return [*found, error("not_recomputed", f"the significance cannot be recomputed: {problem}.")]
    columns = {"signal": scan.signal, "background": scan.background, "significance": scan.significance}
    recomputed = {f"cut.{name}": float(one[0]) for name, one in columns.items() if np.isfinite(one[0])}
    claimed = {"cut.signal": cut.signal, "cut.background": cut.background}
    return found + _audit_claims(
        recomputed, claimed | ({} if cut.quoted is None else {"cut.significance": cut.quoted.value})
    )


def _audit_claims(recomputed: Mapping[str, float], claimed: Mapping[str, float]) -> list[Finding]:
    found = []
    for name, value in claimed.items():
        if name not in recomputed:
            sentence = f"{name} is claimed to be {value!r}, but the scores give no such figure."
            found.append(error("not_recomputed", sentence))
        elif not abs(float(value) - recomputed[name]) <= claim_tolerance(float(value)):
            sentence = f"{name} is claimed to be {value!r}, but the scores give {recomputed[name]:.6g}."
            found.append(error("differs", sentence))
    return found


def claim_tolerance(value: float) -> float:
    """By how much a claimed figure may differ from the recomputed one.

    Half a unit of the last digit that was written, since figures are reported rounded, but no more than 0.5 % (of 1
    for smaller figures), since 1.0 is no rounded 0.96; and not less than 1e-5 of the figure: scores are saved as
    float32, whose order of summation is free.

    Example:
        >>> [claim_tolerance(one) for one in (0.9123, 0.91, 1.0)]
        [5e-05, 0.005, 0.005]
    """
    if not math.isfinite(value):
        return 0.0
    size = max(1.0, abs(value))
    digits = np.format_float_positional(value, trim="-").partition(".")[2]
    return max(min(0.5 * 10.0 ** -len(digits), 0.005 * size), 1e-5 * abs(value))
