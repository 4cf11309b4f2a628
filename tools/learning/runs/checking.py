"""What a verifier asks of classifiers that foreign code left: do their scores give the figures, and is there a leak?"""

from collections.abc import Sequence
from pathlib import Path

from hepcoder.ledger.record import Record
from hepcoder.tools.learning.evaluation.audit import audit
from hepcoder.tools.learning.evaluation.findings import Finding, error
from hepcoder.tools.learning.runs.claims import Claim, classifiers_of, is_of_inputs, supported
from hepcoder.tools.learning.runs.left import LeftClassifier, read_left

_LONGEST_SENTENCE = 400


class ClassifierCheck(Record):
    """What was found.

    Attributes:
        classifiers: Files of scores that figures were recomputed from.
        findings: All of them, each with the file that it is about.
        recomputed: How many figures were recomputed.
        unchecked: What could not be, a phrase each.
    """

    classifiers: tuple[str, ...]
    findings: tuple[Finding, ...]
    recomputed: int
    unchecked: tuple[str, ...]


def check_left(folder: Path, files: Sequence[str], claims: Sequence[Claim]) -> ClassifierCheck | None:
    """Recompute what a folder claims of classifiers from the scores in it, and look for leaks.

    The figures in ``result.json`` beside scores are held against them, and numbers of other files by their names.

    Args:
        folder: That foreign code wrote to.
        files: Parquet files in it that may hold scores.
        claims: Numbers of other files.

    Returns:
        What was found; None where no file holds scores of events with a split and a known class.
    """
    left = [one for file in files if (one := read_left(folder, file)) is not None]
    if not left:
        return None
    findings, unchecked = [], [one.problem for one in left if one.scores is None and one.result is None]
    for one in left:
        findings += [_told(one, finding) for finding in _audited(one)]
    usable = [one for one in left if one.scores is not None]
    recomputed = sum(len(one.result.metrics.numbers) for one in usable if one.result is not None)
    for claim in claims if usable else ():
        wrong, note = _held(claim, usable)
        recomputed += not note
        findings += wrong
        unchecked += [note] if note else []
    return ClassifierCheck(
        classifiers=tuple(one.file for one in usable),
        findings=tuple(findings),
        recomputed=recomputed,
        unchecked=tuple(unchecked),
    )


def _audited(one: LeftClassifier) -> list[Finding]:
    if one.scores is None:
        return [] if one.result is None else [error("no_scores", f"{one.problem}.")]
    # What gives a feature away by its values was seen where the features were.
    seen = [] if one.result is None else [each for each in one.result.findings if each.code == "leak_by_value"]
    try:
        if one.result is None:
            return list(audit(one.scores, {}, one.inputs))
        metrics = one.result.metrics
        return [
            *seen,
            *audit(one.scores, metrics.numbers, one.inputs, options=metrics.options, cut=one.result.cut),
        ]
    except ValueError as problem:
        return [error("not_recomputed", f"its figures cannot be recomputed: {problem}.")]


def _held(claim: Claim, left: Sequence[LeftClassifier]) -> tuple[list[Finding], str]:
    """What is wrong with a claim, or why it cannot be told."""
    asked = classifiers_of(claim, left)
    given: dict[str, float] = {}
    for one in asked:
        try:
            holds, numbers = supported(claim, one)
        except ValueError:
            continue  # the audit of these scores says what is wrong with them
        if holds:
            return [], ""
        given |= {f"{one.name or one.file}: {name}": value for name, value in numbers.items()}
    if not given or claim.figure == "significance" or any(is_of_inputs(claim, one) for one in asked):
        return [], f"{claim.where} cannot be told from scores alone"
    told = ", ".join(f"{name} {value:.6g}" for name, value in list(given.items())[:4])
    sentence = f"{claim.where} is {claim.value!r}, but the saved scores give {told}."
    return [error("differs", sentence)], ""


def _told(one: LeftClassifier, finding: Finding) -> Finding:
    sentence = f"{one.file}: {finding.sentence}"
    return finding.model_copy(update={"sentence": sentence[:_LONGEST_SENTENCE]})
