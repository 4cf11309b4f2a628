"""Numbers that claim to be figures of a classifier, by their names, and what saved scores give for them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from hepcoder.tools.learning.evaluation.audit import claim_tolerance
from hepcoder.tools.learning.evaluation.metrics import evaluate
from hepcoder.tools.learning.evaluation.split_metrics import MetricOptions
from hepcoder.tools.learning.inputs import Split
from hepcoder.tools.learning.runs.left import LeftClassifier

Figure = Literal["auc", "accuracy", "rejection", "significance"]

_SPLIT_WORDS: Mapping[str, Split] = {
    "train": "train", "training": "train", "val": "validation", "valid": "validation", "validation": "validation",
    "test": "test", "testing": "test",
}  # fmt: skip
# Words of numbers that are about such a figure, but not the figure of one classifier.
_ABOUT = frozenset({
    "error", "errors", "err", "uncertainty", "unc", "std", "stat", "syst", "sigma", "low", "high", "lower", "upper",
    "min", "max", "interval", "ci", "difference", "diff", "delta", "gain", "improvement", "ratio", "mean",
    "average", "cv", "fold", "folds", "expected", "optimal", "optimum", "reference", "target", "random",
    "threshold", "cut", "alone", "only", "variable", "feature", "baseline", "epoch", "epochs",
})  # fmt: skip
_MOST_CLAIMS = 50


@dataclass(frozen=True)
class Claim:
    """A number that is called like a figure of a classifier.

    Attributes:
        where: Names that lead to it, joined by dots, and its file.
        value: The number.
        figure: What it is called.
        words: Of the names, in lower case.
    """

    where: str
    value: float
    figure: Figure
    words: tuple[str, ...]

    @property
    def split(self) -> Split:
        """On which events; the test events where it does not say."""
        return next((_SPLIT_WORDS[word] for word in self.words if word in _SPLIT_WORDS), "test")


def claims_in(found: object, file: str) -> tuple[Claim, ...]:
    """The numbers in a JSON value that are called auc, accuracy, rejection or significance.

    Args:
        found: What the file holds.
        file: Its name.

    Example:
        >>> [(one.where, one.split) for one in claims_in({"test_auc": {"mlp": 0.9}, "auc_error": 0.01}, "r.json")]
        [('test_auc.mlp in r.json', 'test')]
    """
    claims: list[Claim] = []
    for names, value in _numbers(found, ()):
        words = tuple(word for name in names for word in words_of(name))
        figure = next((one for word in reversed(words) if (one := _figure(word)) is not None), None)
        if figure is not None and not _ABOUT & set(words) and len(claims) < _MOST_CLAIMS:
            claims.append(Claim(f"{'.'.join(names)} in {file}", value, figure, words))
    return tuple(claims)


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name, in lower case.

    Example:
        >>> words_of("testAUC_at_0.5")
        ('test', 'auc', 'at', '0.5')
    """
    return tuple(re.findall(r"[a-z]+|\d*\.?\d+", re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()))


def classifiers_of(claim: Claim, left: Sequence[LeftClassifier]) -> list[LeftClassifier]:
    """Those whose name is in that of the number, the longest name first of all; all where none is."""
    named = {one.file: len(words) for one in left if (words := set(words_of(one.name))) and words <= set(claim.words)}
    most = max(named.values(), default=0)
    return [one for one in left if named.get(one.file, 0) == most]


def is_of_inputs(claim: Claim, one: LeftClassifier) -> bool:
    """Whether the number is called after something that the classifier looks at, so that it may be of that alone."""
    return one.inputs is not None and any(
        set(words_of(name)) <= set(claim.words) and words_of(name) for name in one.inputs.event
    )


def supported(claim: Claim, one: LeftClassifier) -> tuple[bool, dict[str, float]]:
    """Whether the scores of a classifier give the number, and what they give.

    Percentages are understood; an accuracy may count events, or classes alike, or weights.

    Raises:
        ValueError: The scores cannot be evaluated.
    """
    given = _given(claim, one)
    scale = 100 if claim.figure in {"auc", "accuracy"} and 1 < claim.value <= 100 else 1
    close = any(abs(claim.value - scale * each) <= claim_tolerance(claim.value) for each in given.values())
    if claim.figure == "rejection" and not close:
        close = _within_an_event(claim, one, given)
    return close, given


def _given(claim: Claim, one: LeftClassifier) -> dict[str, float]:
    """The figures that the number may be, by name."""
    assert one.scores is not None  # noqa: S101 - the caller leaves out what cannot be read
    options = MetricOptions() if one.result is None else one.result.metrics.options
    if claim.figure == "significance":
        return _significances(one)
    if claim.figure == "rejection":
        efficiency = _efficiency(claim)
        options = options if efficiency is None else options.model_copy(update={"efficiencies": (efficiency,)})
    metrics = evaluate(one.scores, options, splits=(claim.split,))
    numbers = metrics.numbers
    start = f"{claim.split}."
    if claim.figure == "auc":
        others = {f"{start}auc_{prefix}{name}": name for prefix, names in _others(one) for name in names}
        named = {key: numbers[key] for key, name in others.items() if key in numbers and _names(claim, name)}
        return named | {key: numbers[key] for key in (f"{start}auc",) if key in numbers}
    if claim.figure == "rejection":
        return {key: value for key, value in numbers.items() if key.startswith(f"{start}rejection_at_")}
    found = {key: numbers[key] for key in (f"{start}accuracy", f"{start}accuracy_at_cut") if key in numbers}
    return found | _counted(one, claim.split)


def _others(one: LeftClassifier) -> tuple[tuple[str, tuple[str, ...]], ...]:
    assert one.scores is not None  # noqa: S101 - as above
    return ("", one.scores.classes), ("against_", one.scores.processes)


def _names(claim: Claim, name: str) -> bool:
    return set(words_of(name)) <= set(claim.words)


def _counted(one: LeftClassifier, split: Split) -> dict[str, float]:
    """The share of events whose likeliest class is right, each counted once."""
    assert one.scores is not None  # noqa: S101 - as above
    part = one.scores.of(split)
    part = part.take(part.label >= 0)
    right = part.score.argmax(axis=1) == part.label
    return {f"{split}.accuracy of events": float(right.mean())} if len(part) else {}


def _significances(one: LeftClassifier) -> dict[str, float]:
    """Those of the reported cut, which the audit recomputes; other ones need what no score tells."""
    cut = None if one.result is None else one.result.cut
    if cut is None:
        return {}
    return {"cut.chosen": cut.chosen} | ({} if cut.quoted is None else {"cut.significance": cut.quoted.value})


def _efficiency(claim: Claim) -> float | None:
    """The signal efficiency that the name of a rejection tells; None where it tells none."""
    numbers = [float(word) for word in claim.words if re.fullmatch(r"\d*\.?\d+", word)]
    shares = [one / 100 if one > 1 else one for one in numbers[-1:]]
    return next((one for one in shares if 0 < one <= 1), None)


def _within_an_event(claim: Claim, one: LeftClassifier, given: Mapping[str, float]) -> bool:
    """Whether one background event more or less makes the difference: where to cut is a matter of definition."""
    assert one.scores is not None  # noqa: S101 - as above
    part = one.scores.of(claim.split)
    events = int(np.bincount(part.label[part.label >= 0], minlength=1).max()) if (part.label >= 0).any() else 0
    if claim.value <= 0 or not events:
        return False
    return any(each > 0 and abs(1 / claim.value - 1 / each) <= 1 / events for each in given.values())


def _numbers(found: object, names: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], float]]:
    if isinstance(found, dict):
        for name, value in found.items():
            yield from _numbers(value, (*names, str(name)[:80]))
    elif isinstance(found, list):
        for value in found:
            yield from _numbers(value, names)
    elif isinstance(found, int | float) and not isinstance(found, bool):
        yield names, float(found)


def _figure(word: str) -> Figure | None:
    if word.startswith("auc") or word.endswith("auc"):
        return "auc"
    figures: dict[str, Figure] = {
        "accuracy": "accuracy", "acc": "accuracy", "rejection": "rejection", "significance": "significance",
    }  # fmt: skip
    return figures.get(word)
