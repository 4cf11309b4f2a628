"""Trains one classifier and judges it: everything lands in one folder."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hepcoder.tools.learning.batches import Predictor, Source
from hepcoder.tools.learning.evaluation.audit import audit
from hepcoder.tools.learning.evaluation.cut_choice import CutChoice, choose_cut
from hepcoder.tools.learning.evaluation.metrics import evaluate
from hepcoder.tools.learning.evaluation.score_categories import ScoreCategories, score_categories
from hepcoder.tools.learning.evaluation.split_metrics import MetricOptions
from hepcoder.tools.learning.inputs import Split
from hepcoder.tools.learning.runs.plans import LearningPlan, ModelPlan
from hepcoder.tools.learning.runs.predictors import save_predictor
from hepcoder.tools.learning.runs.results import RESULT_NAME, ClassifierResult
from hepcoder.tools.learning.scores import Scores
from hepcoder.tools.learning.training.configs import TrainingConfig
from hepcoder.tools.learning.training.errors import TrainingError
from hepcoder.tools.learning.training.progress import Progress
from hepcoder.tools.learning.training.scoring import score

SCORES_NAME, ONNX_NAME = "scores.parquet", "classifier.onnx"
AUDITED_EVENTS = 20_000
EXPORTED_EVENTS = 256

Watch = Callable[[str, Progress], None]
"""Is told the name of the classifier and how far its training is."""


@dataclass(frozen=True)
class Training:
    """What a training leaves behind; numbers as in `ClassifierResult`."""

    predictor: Predictor
    parameters: int | None
    best_epoch: int | None
    seconds: float
    stopped_by: Split = "validation"


def train_one(
    name: str, plan: LearningPlan, source: Source, folder: Path, *, digest: str, watch: Watch | None = None
) -> ClassifierResult:
    """Train a classifier, score all events, and compute, draw and check its figures.

    A folder that has the same training's result is not trained again; one that was interrupted goes on.

    Args:
        name: Of the model in the plan.
        plan: What is trained and how it is judged.
        source: The events of the plan.
        folder: Of this classifier.
        digest: Of the events' files.
        watch: Told of the progress of a network; None for nobody.

    Returns:
        Its figures; the folder has the classifier, ``scores.parquet``, ``result.json`` and what else it needs.

    Raises:
        TrainingError: See `hepcoder.tools.learning.training.fitting.fit`, or the folder has another training.
        ImportError: A library that it needs is not installed.
    """
    model = plan.models[name]
    done = _done(folder, model, digest)
    if done is not None:
        return done
    folder.mkdir(parents=True, exist_ok=True)
    trained = _network(name, model, source, folder, watch) if model.is_network else _table(model, source)
    save_predictor(trained.predictor, folder)
    scores = score(trained.predictor, source)
    scores.save(folder / SCORES_NAME)
    result = judged(name, plan, source, trained, scores, digest=digest, onnx=_exported(trained, source, folder))
    (folder / RESULT_NAME).write_text(result.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return result


def judged(
    name: str, plan: LearningPlan, source: Source, trained: Training, scores: Scores, *, digest: str, onnx: float | None
) -> ClassifierResult:
    """The figures of a trained classifier, and what an audit of them finds.

    Args:
        name: Of the model in the plan.
        plan: How it is judged.
        source: The events.
        trained: The classifier.
        scores: What it says of all events.
        digest: Of the events' files.
        onnx: Largest difference to its ONNX file; None where there is none.
    """
    options = MetricOptions(signal=plan.signal)
    metrics = evaluate(scores, options)
    cut = choose_cut(scores, signal=plan.signal, background_error=plan.background_error)
    some = next(source.batches("train", AUDITED_EVENTS), None)
    findings = audit(
        scores, metrics.numbers, source.inputs, options=options, events=some, cut=cut, choices=_choices(trained, cut)
    )
    return ClassifierResult(
        name=name,
        plan=plan.models[name],
        data_digest=digest,
        parameters=trained.parameters,
        best_epoch=trained.best_epoch,
        seconds=trained.seconds,
        metrics=metrics,
        cut=cut,
        categories=None if cut is None else _categories(scores, metrics.signal, plan.background_error),
        findings=findings,
        onnx_difference=onnx,
    )


def _categories(scores: Scores, signal: str, background_error: float) -> ScoreCategories | None:
    """Categories; None where all the background together is less than an expected event."""
    background = scores.label != scores.classes.index(signal)
    if scores.weight[background].sum() < 1:
        return None
    return score_categories(scores, signal=signal, background_error=background_error)


def _choices(trained: Training, cut: CutChoice | None) -> dict[str, Split]:
    return {"epoch": trained.stopped_by} | ({} if cut is None else {"cut": cut.chosen_on, "categories": cut.chosen_on})


def _done(folder: Path, model: ModelPlan, digest: str) -> ClassifierResult | None:
    path = folder / RESULT_NAME
    if not path.is_file():
        return None
    result = ClassifierResult.model_validate_json(path.read_text(encoding="utf-8"))
    if result.plan == model and result.data_digest == digest:
        return result
    what = "another plan" if result.plan != model else "other events"
    message = f"{folder} has a classifier of {what}; train into another folder, or remove this one"
    raise TrainingError(message)


def _network(name: str, model: ModelPlan, source: Source, folder: Path, watch: Watch | None) -> Training:
    from hepcoder.tools.learning.models.classifier import build
    from hepcoder.tools.learning.training.fitting import fit

    def told(progress: Progress) -> None:
        if watch is not None:
            watch(name, progress)

    start = time.perf_counter()
    classifier = build(source, model.model, seed=model.seed)  # type: ignore[arg-type]
    settings = model.training or TrainingConfig()
    history = fit(classifier, source, settings, folder, resume=True, on_epoch=told, on_batch=told)
    return Training(classifier, history.parameters, history.best_epoch, time.perf_counter() - start)


def _table(model: ModelPlan, source: Source) -> Training:
    from hepcoder.tools.learning.tabular.fitting import fit_tabular

    start = time.perf_counter()
    predictor = fit_tabular(model.model, source)  # type: ignore[arg-type]
    return Training(predictor, None, None, time.perf_counter() - start)


def _exported(trained: Training, source: Source, folder: Path) -> float | None:
    """The difference between ONNX and torch; None for trees, and where ONNX is not installed."""
    if trained.parameters is None:
        return None
    from hepcoder.tools.learning.models.classifier import Classifier
    from hepcoder.tools.learning.models.onnx_export import export_onnx

    classifier, some = trained.predictor, next(source.batches("validation", EXPORTED_EVENTS))
    try:
        return export_onnx(classifier, folder / ONNX_NAME, some) if isinstance(classifier, Classifier) else None
    except ImportError:
        return None


def read_scores(folder: str | Path) -> Scores:
    """The scores in the folder of a classifier.

    Raises:
        ValueError: If they are not scores.
    """
    return Scores.load(Path(folder) / SCORES_NAME)


def read_result(folder: str | Path) -> ClassifierResult:
    """The figures in the folder of a classifier."""
    return ClassifierResult.model_validate_json((Path(folder) / RESULT_NAME).read_text(encoding="utf-8"))
