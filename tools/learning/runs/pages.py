"""Figures and the page of a trained classifier."""

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from hepcoder.tools.learning.batches import Predictor, Source
from hepcoder.tools.learning.evaluation.calibration import calibration
from hepcoder.tools.learning.evaluation.classification import confusion_matrix
from hepcoder.tools.learning.evaluation.comparing import ClassifierComparison
from hepcoder.tools.learning.evaluation.cut_figures import plot_significance
from hepcoder.tools.learning.evaluation.figures import plot_calibration, plot_confusion, plot_history, plot_importance
from hepcoder.tools.learning.evaluation.importance import permutation_importance
from hepcoder.tools.learning.evaluation.model_card import ModelCard, write_model_card
from hepcoder.tools.learning.evaluation.roc_figures import plot_roc
from hepcoder.tools.learning.evaluation.score_figures import plot_scores
from hepcoder.tools.learning.evaluation.significance import scan_significance
from hepcoder.tools.learning.runs.plans import LearningPlan
from hepcoder.tools.learning.runs.results import ClassifierResult
from hepcoder.tools.learning.scores import Scores
from hepcoder.tools.learning.training.history import HISTORY_NAME, History

CARD_NAME = "model_card.md"
IMPORTANCE_EVENTS = 5_000
PACKAGES = ("hepcoder", "numpy", "torch", "torch_geometric", "scikit-learn", "xgboost", "onnxruntime")

_SEPARATES = "Tells {signal} from {others}, by the probability that an event is {signal}."
_USE = "Ranks simulated events, and data that were selected in the same way, by how much they look like the signal."


def draw_classifier(
    folder: Path,
    result: ClassifierResult,
    plan: LearningPlan,
    *,
    scores: Scores,
    events: Source,
    predictor: Predictor,
) -> dict[str, str]:
    """Draw what belongs to one classifier.

    Args:
        folder: Of the classifier.
        result: Its figures.
        plan: How it was judged.
        scores: What it says of all events.
        events: The events, some of which are shuffled to see which columns matter.
        predictor: The classifier.

    Returns:
        File name by caption.
    """
    signal = result.metrics.signal
    drawn = {"ROC curve": "roc.png", "Scores of training and test events": "scores.png"}
    plot_roc(folder / "roc.png", {result.name: scores}, signal=signal)
    plot_scores(folder / "scores.png", scores, signal=signal)
    test = scores.of("test")
    plot_confusion(folder / "confusion.png", confusion_matrix(test))
    drawn["Confusion matrix"] = "confusion.png"
    calibrated = calibration(test, signal)
    if calibrated is not None:
        plot_calibration(folder / "calibration.png", {result.name: calibrated})
        drawn["Calibration"] = "calibration.png"
    if result.cut is not None:
        scan = scan_significance(scores, "validation", signal=signal, background_error=plan.background_error)
        plot_significance(folder / "significance.png", scan, result.cut)
        drawn["Expected significance against the cut"] = "significance.png"
    batch = next(events.batches("test", IMPORTANCE_EVENTS))
    importances = permutation_importance(predictor, batch, signal=signal, repeats=3)
    if importances:
        plot_importance(folder / "importance.png", importances)
        drawn["Permutation importance"] = "importance.png"
    return drawn | _history(folder)


def _history(folder: Path) -> dict[str, str]:
    path = folder / HISTORY_NAME
    if not path.is_file():
        return {}
    history = History.model_validate_json(path.read_text(encoding="utf-8"))
    curves = {
        "training": [one.train_loss for one in history.epochs],
        "validation": [one.validation_loss for one in history.epochs],
    }
    plot_history(folder / "history.png", curves, best_epoch=history.best_epoch)
    return {"Loss of each epoch": "history.png"}


def write_page(
    folder: Path,
    result: ClassifierResult,
    plan: LearningPlan,
    *,
    comparison: ClassifierComparison | None,
    figures: dict[str, str],
    notes: Sequence[str],
) -> Path:
    """Write the model card of a classifier.

    Args:
        folder: Of the classifier.
        result: Its figures.
        plan: What was asked for.
        comparison: With the others.
        figures: File name by caption.
        notes: What a reader should know of the data.
    """
    signal = result.metrics.signal
    others = ", ".join(name for name in result.metrics.classes if name != signal)
    size = "" if result.parameters is None else f", {result.parameters:,} parameters"
    training = {} if result.plan.training is None else result.plan.training.model_dump(mode="json")
    card = ModelCard(
        name=result.name,
        purpose=_SEPARATES.format(signal=signal, others=others),
        model=f"{result.plan.model.kind}{size}",
        settings={
            name: _plain(value) for name, value in {**result.plan.model.model_dump(mode="json"), **training}.items()
        },
        inputs=plan.data.inputs,
        processes=plan.data.processes,
        splitting=plan.data.splitting,
        metrics=result.metrics,
        comparison=comparison,
        cut=result.cut,
        categories=result.categories,
        intended_use=_USE,
        limits=tuple(notes),
        findings=result.findings,
        figures=figures,
        seeds={"weights": result.plan.seed, "splits": plan.data.splitting.seed},
        versions=versions(),
    )
    return write_model_card(folder / CARD_NAME, card)


def versions() -> dict[str, str]:
    """Versions of the packages that matter here and are installed."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _plain(value: object) -> str | int | float | bool | None:
    return value if isinstance(value, str | int | float | bool | None) else ", ".join(map(str, value))  # type: ignore[call-overload]
