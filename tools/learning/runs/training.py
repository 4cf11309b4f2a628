"""Trains several classifiers on the same events and says which separates best."""

import json
from collections.abc import Sequence
from pathlib import Path

from hepcoder.tools.learning.data.fingerprint import digest as digest_of
from hepcoder.tools.learning.evaluation.comparing import compare_classifiers
from hepcoder.tools.learning.evaluation.roc_figures import plot_roc
from hepcoder.tools.learning.inputs import Inputs, Splitting
from hepcoder.tools.learning.runs.guessing import Samples, has_column, inputs_of, processes_of
from hepcoder.tools.learning.runs.one import Watch, read_scores, train_one
from hepcoder.tools.learning.runs.pages import draw_classifier, versions, write_page
from hepcoder.tools.learning.runs.plans import LearningPlan, ModelPlan
from hepcoder.tools.learning.runs.predictors import load_predictor
from hepcoder.tools.learning.runs.presets import ModelName, model_plan
from hepcoder.tools.learning.runs.results import LEARNING_NAME, LearningResult
from hepcoder.tools.learning.training.scan_plans import SourceSpec

ROC_NAME = "roc.png"


def train_classifiers(
    signal: Samples,
    background: Samples,
    folder: str | Path = "learned",
    *,
    models: Sequence[ModelName] = ("mlp", "gnn", "transformer"),
    inputs: Inputs | None = None,
    epochs: int | None = None,
    splitting: Splitting | None = None,
    id_column: str = "event_id",
    weight_column: str = "weight",
    background_error: float = 0.0,
    seed: int = 42,
) -> LearningResult:
    """Train classifiers that tell signal from background, and compare them on events that none has seen.

    Args:
        signal: Parquet or npz file, files of one process, or files by the name of their process.
        background: The same of the background.
        folder: Made if it is not there; a classifier that is there already is not trained again. It gets
            ``learning.json``, ``roc.png`` and for each model a folder with the classifier, ``scores.parquet``,
            ``result.json``, figures and ``model_card.md``.
        models: Words of `hepcoder.tools.learning.runs.presets.MODEL_NAMES`; graphs and transformers need lists of
            objects among the inputs.
        inputs: Columns to look at; None takes all that do not tell what an event is.
        epochs: Passes over the training events, at most; None takes each preset's.
        splitting: Shares of validation and test events; None takes 15 and 25 percent.
        id_column: Column of integers that tells the events of a process apart.
        weight_column: Column of weights; where the files have none, each event counts once.
        background_error: Relative systematic uncertainty of the background in expected significances; 0.1 is 10 %.
        seed: Of splits, weights and order.

    Returns:
        The figures; ``.best``, ``.auc`` and ``.verdict`` say which separates best.

    Raises:
        ContractError: The files cannot be trained on; names file and column.
        TrainingError: A training cannot go on.
        ImportError: torch is not installed.

    Example:
        >>> from hepcoder.tools import train_classifiers
        >>> learned = train_classifiers("signal.parquet", "background.parquet", models=["trees"])  # doctest: +SKIP
        >>> learned.auc["trees"], learned.best, learned.verdict  # AUC on test events  # doctest: +SKIP
    """
    plan = make_plan(
        signal,
        background,
        models=models,
        inputs=inputs,
        epochs=epochs,
        splitting=splitting,
        id_column=id_column,
        weight_column=weight_column,
        background_error=background_error,
        seed=seed,
    )
    return run_plan(plan, folder)


def make_plan(
    signal: Samples,
    background: Samples,
    *,
    models: Sequence[ModelName],
    inputs: Inputs | None = None,
    epochs: int | None = None,
    splitting: Splitting | None = None,
    id_column: str = "event_id",
    weight_column: str = "weight",
    background_error: float = 0.0,
    seed: int = 42,
) -> LearningPlan:
    """What `train_classifiers` does with the same arguments, as a plan; only the files' columns are looked at.

    Raises:
        ContractError: A file cannot be read, or has no column to look at.
        ValueError: There is no such model, or it cannot look at such events.
    """
    processes = (*processes_of(signal, "signal"), *processes_of(background, "background"))
    weighted = has_column(processes, weight_column)
    data = SourceSpec(
        processes=processes,
        inputs=inputs or inputs_of(processes, id_column=id_column, weight_column=weight_column),
        splitting=splitting or Splitting(seed=seed),
        id_column=id_column,
        weight_column=weight_column if weighted else None,
    )
    wanted: dict[str, ModelPlan] = {name: model_plan(name, epochs=epochs, seed=seed) for name in models}
    return LearningPlan(data=data, models=wanted, background_error=background_error)


def run_plan(plan: LearningPlan, folder: str | Path, *, watch: Watch | None = None) -> LearningResult:
    """Train, judge and compare the classifiers of a plan.

    Args:
        plan: What is trained.
        folder: As for `train_classifiers`.
        watch: Told of the progress of networks; None for nobody.

    Raises:
        ContractError: See `train_classifiers`.
        TrainingError: A training cannot go on, or the folder has another one.
    """
    folder = Path(folder)
    source = plan.data.open()
    digest = digest_of(plan.data.processes)
    folder.mkdir(parents=True, exist_ok=True)
    results = {name: train_one(name, plan, source, folder / name, digest=digest, watch=watch) for name in plan.models}
    scores = {name: read_scores(folder / name) for name in results}
    comparison = compare_classifiers(scores, signal=plan.signal)
    report = getattr(source, "report", None)
    notes = () if report is None else report.notes
    if plan.data.weight_column is None:
        notes = (*notes, "the files have no weights; each event counts once")
    for name, result in results.items():
        predictor = load_predictor(folder / name)
        drawn = draw_classifier(folder / name, result, plan, scores=scores[name], events=source, predictor=predictor)
        write_page(folder / name, result, plan, comparison=comparison, figures=drawn, notes=notes)
    plot_roc(folder / ROC_NAME, scores, signal=plan.signal)
    learned = LearningResult(
        plan=plan, data=report, results=results, comparison=comparison, notes=notes, versions=versions()
    )
    (folder / LEARNING_NAME).write_text(json.dumps(learned.model_dump(mode="json"), indent=1) + "\n", encoding="utf-8")
    return learned
