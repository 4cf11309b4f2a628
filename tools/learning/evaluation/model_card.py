"""A page that says what a classifier is, what it can do, and what it cannot."""

from functools import cache
from importlib.resources import files
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from pydantic import Field

from hepcoder.ledger.record import Record
from hepcoder.tools.learning.evaluation.comparing import ClassifierComparison
from hepcoder.tools.learning.evaluation.cut_choice import CutChoice
from hepcoder.tools.learning.evaluation.estimates import Estimate
from hepcoder.tools.learning.evaluation.findings import Finding
from hepcoder.tools.learning.evaluation.metrics import Metrics
from hepcoder.tools.learning.evaluation.overtraining import Overtraining
from hepcoder.tools.learning.evaluation.score_categories import ScoreCategories
from hepcoder.tools.learning.evaluation.split_metrics import SplitMetrics
from hepcoder.tools.learning.inputs import Inputs, Process, Splitting

if TYPE_CHECKING:
    from jinja2 import Environment

_PACKAGE, _TEMPLATE = "hepcoder.tools.learning.evaluation", "model_card.md"
_DASH = "-"
_LEVEL = 0.01


class ModelCard(Record):
    """What a model card says.

    Attributes:
        name: Of the classifier.
        purpose: What it separates, in a sentence.
        model: What it is made of, in a sentence.
        settings: Of model and training, by name.
        inputs: What it looks at.
        processes: What it was trained and tested on; of the files only the names are shown.
        splitting: None where it is not recorded.
        metrics: Figures of merit.
        comparison: With other classifiers; None without any.
        cut: Best cut; None without one.
        categories: Of the score; None without any.
        intended_use: What it may be used for.
        limits: What it must not be used for, or what is not known of it; those that follow from the numbers are added.
        findings: Of the audit; None where there was none.
        figures: Caption and file name, relative to the card.
        seeds: By what they seed.
        versions: Of packages.
    """

    name: str = Field(min_length=1)
    purpose: str = Field(min_length=1)
    model: str = Field(min_length=1)
    settings: dict[str, str | int | float | bool | None] = Field(default_factory=dict)
    inputs: Inputs
    processes: tuple[Process, ...]
    splitting: Splitting | None = None
    metrics: Metrics
    comparison: ClassifierComparison | None = None
    cut: CutChoice | None = None
    categories: ScoreCategories | None = None
    intended_use: str = Field(min_length=1)
    limits: tuple[str, ...] = ()
    findings: tuple[Finding, ...] | None
    figures: dict[str, str] = Field(default_factory=dict)
    seeds: dict[str, int] = Field(default_factory=dict)
    versions: dict[str, str] = Field(default_factory=dict)


def model_card(card: ModelCard) -> str:
    """The card as Markdown.

    Args:
        card: What it says; its text is shown as text, without markup.
    """
    template = _environment().get_template(_TEMPLATE)
    text = template.render(card=card, rows=_rows(card.metrics), sentences=_sentences(card), limits=_limits(card))
    return text.rstrip() + "\n"


def write_model_card(path: str | Path, card: ModelCard) -> Path:
    """Write the card to a Markdown file and return its path."""
    target = Path(path)
    target.write_text(model_card(card), encoding="utf-8")
    return target


def _rows(metrics: Metrics) -> list[list[str]]:
    """Name of each figure and its values in the splits."""
    columns = [_figures(one) for one in metrics.splits]
    names = dict.fromkeys(name for column in columns for name in column)
    return [[name, *(column.get(name, _DASH) for column in columns)] for name in names]


def _figures(split: SplitMetrics) -> dict[str, str]:
    found = {"AUC": _written(split.auc)}
    if len(split.process_auc) > 1:
        found |= {f"AUC against {name}": _written(one) for name, one in split.process_auc.items()}
    for point in split.working_points:
        bound = None if point.rejection_at_least is None else f"above {point.rejection_at_least:.4g}"
        name = f"background rejection at signal efficiency {point.wanted:g}"
        found[name] = bound or _written(point.rejection, digits=2)
    several = {"accuracy": "accuracy", "log_loss": "log loss", "brier": "Brier score"}
    found |= {name: _written(getattr(split.probabilities, key, None)) for key, name in several.items()}
    found["expected calibration error"] = (
        _DASH if split.calibration is None else f"{split.calibration.expected_error:.4f}"
    )
    return found


def _written(estimate: Estimate | None, digits: int = 4) -> str:
    if estimate is None:
        return _DASH
    value = f"{estimate.value:.{digits}f}"
    return value if estimate.error is None else f"{value} ± {estimate.error:.{digits}f}"


def _sentences(card: ModelCard) -> list[str]:
    """What the numbers amount to."""
    found = [card.comparison.verdict] if card.comparison is not None else []
    if card.cut is not None:
        quoted = _written(card.cut.quoted, digits=2)
        found.append(
            f"The cut {card.cut.cut:.4g}, chosen on the {card.cut.chosen_on} split, gives {card.cut.signal:.4g} signal "
            f"on {card.cut.background:.4g} background events on the {card.cut.quoted_on} split, scaled to all events: "
            f"expected significance {quoted} with a systematic uncertainty of {100 * card.cut.background_error:g} % of "
            "the background."
        )
    if card.categories is not None:
        one = card.categories
        listed = ", ".join(f"{edge:.4g}" for edge in one.boundaries) or "none"
        found.append(
            f"Categories with boundaries at {listed}, set on the {one.chosen_on} split, give an expected significance "
            f"of {one.combined:.2f} on the {one.quoted_on} split."
        )
    return found


def _limits(card: ModelCard) -> list[str]:
    """Stated limits, and those that follow from the numbers."""
    found = list(card.limits)
    metrics = card.metrics
    if metrics.options.balanced:
        found.append("Probabilities are of classes that are equally common; they are no shares of expected events.")
    found += _overtrained(metrics.overtraining)
    test = [one for one in metrics.splits if one.split == "test"]
    if not test:
        found.append("There are no test events: nothing is known of its performance on new events.")
    for one in (split.calibration for split in test):
        if one is not None and one.p_value is not None and one.p_value < _LEVEL:
            found.append(f"Probabilities are not calibrated on the test split (p = {one.p_value:.2g}).")
    negative = sum(one.negative for one in metrics.splits)
    if negative:
        found.append(f"{negative:,} events have negative weights; they are subtracted from sums, and widen the errors.")
    return found or ["None is stated."]


def _overtrained(known: Overtraining | None) -> list[str]:
    if known is None or known.difference is None or known.p_value is None:
        return []
    if known.p_value >= _LEVEL or known.difference.value <= 0:
        return []
    sentence = (
        f"Over-trained: the AUC of the {known.trained_on} split is above that of the {known.tested_on} split by "
        f"{_written(known.difference)} (p = {known.p_value:.2g}); the latter is what new events get."
    )
    return [sentence]


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(lambda name: files(_PACKAGE).joinpath(name).read_text(encoding="utf-8")),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - Markdown, whose markup the filter `plain` escapes
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"plain": _plain, "file_name": lambda path: PurePath(path).name}
    return environment


def _plain(value: str) -> str:
    """Text that stays text in Markdown: one line, no markup."""
    escaped = "".join(f"\\{character}" if character in "\\`*_[]<>|#" else character for character in value)
    return " ".join(escaped.split())
