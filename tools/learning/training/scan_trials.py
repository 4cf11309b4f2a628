"""One trial of a scan."""

import json
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from hepcoder.ledger.errors import UserError
from hepcoder.tools.learning.batches import Source
from hepcoder.tools.learning.tabular.configs import FoundationConfig, TreesConfig, XgboostConfig
from hepcoder.tools.learning.training.configs import Metric, TrainingConfig
from hepcoder.tools.learning.training.errors import TrainingError
from hepcoder.tools.learning.training.metrics import accuracy, mean_auc, mean_loss
from hepcoder.tools.learning.training.optuna_package import optuna
from hepcoder.tools.learning.training.progress import Progress
from hepcoder.tools.learning.training.scan_plans import Choice, NetworkConfig, Range, ScanPlan
from hepcoder.tools.learning.training.scoring import score
from hepcoder.tools.learning.training.survey import counted, survey

TRIALS_FOLDER = "trials"


class Objective:
    """Trains with the settings that a trial draws; Optuna calls it."""

    def __init__(
        self, plan: ScanPlan, source: Source, folder: Path, *, deadline: float | None, threads: int | None
    ) -> None:
        """Say what is trained on what.

        Args:
            plan: Of the scan.
            source: Without its test split.
            folder: Of the scan.
            deadline: Wall time (`time.time`) at which trials end; None: never.
            threads: CPU threads of a trial, where its settings do not say; None leaves PyTorch's choice.
        """
        self._plan, self._source, self._folder = plan, source, folder
        self._deadline, self._threads = deadline, threads

    def __call__(self, trial: optuna.Trial) -> float:
        """The metric on validation.

        Raises:
            optuna.TrialPruned: If the trial is not worth going on, or time is up.
        """
        began = time.perf_counter()
        try:
            return self._value(trial)
        except (UserError, ValidationError) as error:
            trial.set_user_attr("reason", str(error))
            raise
        finally:
            trial.set_user_attr("seconds", time.perf_counter() - began)

    def _value(self, trial: optuna.Trial) -> float:
        values = {one.field: _drawn(trial, one) for one in self._plan.space}
        trial.set_user_attr("values", values)
        model, training = self._plan.configs(values)
        if isinstance(model, NetworkConfig):
            return self._network(trial, model, training)
        return _tabular(model, self._source, self._plan.metric)

    def _network(self, trial: optuna.Trial, model: NetworkConfig, training: TrainingConfig) -> float:
        from hepcoder.tools.learning.models.classifier import build
        from hepcoder.tools.learning.training.fitting import fit

        folder = self._folder / TRIALS_FOLDER / str(trial.number)
        # of a trial that was killed only its settings are taken up again, not its weights
        shutil.rmtree(folder, ignore_errors=True)
        classifier = build(self._source, model, seed=training.seed)
        told = training.model_copy(update={"n_threads": training.n_threads or self._threads})

        def look(progress: Progress) -> None:
            self._report(trial, progress)

        try:
            history = fit(classifier, self._source, told, folder, on_epoch=look)
        finally:
            (folder / "checkpoint.pt").unlink(missing_ok=True)
        return _defined(history.best.value(self._plan.metric), self._plan.metric)

    def _report(self, trial: optuna.Trial, progress: Progress) -> None:
        value = None if progress.last is None else progress.last.value(self._plan.metric)
        trial.report(_defined(value, self._plan.metric), progress.epoch)
        if self._deadline is not None and time.time() > self._deadline:
            trial.set_user_attr("reason", "time was up")
            raise optuna.TrialPruned
        if trial.should_prune():
            trial.set_user_attr("reason", f"worse than half of the trials after epoch {progress.epoch}")
            raise optuna.TrialPruned


def _drawn(trial: optuna.Trial, one: Range | Choice) -> Any:
    if isinstance(one, Choice):
        # Optuna knows numbers and text as categories, not lists
        return json.loads(trial.suggest_categorical(one.field, [json.dumps(option) for option in one.options]))
    if one.whole:
        return trial.suggest_int(one.field, int(one.low), int(one.high), log=one.log)
    return trial.suggest_float(one.field, one.low, one.high, log=one.log)


def _defined(value: float | None, metric: Metric) -> float:
    if value is None:
        message = f"the {metric} is not defined on the validation split; give more events to it"
        raise TrainingError(message)
    return value


def _tabular(model: TreesConfig | XgboostConfig | FoundationConfig, source: Source, metric: Metric) -> float:
    from hepcoder.tools.learning.tabular.fitting import fit_tabular

    scores = score(fit_tabular(model, source), source, ("validation",))
    train = survey(source, "train", model.negative_weights)
    factors = np.array(train.factors(balance=model.class_balance))
    weight = counted(scores.weight, model.negative_weights) * factors[scores.label]
    if metric == "auc":
        return _defined(mean_auc(scores.score, scores.label, weight), metric)
    if metric == "accuracy":
        return _defined(accuracy(scores.score, scores.label, weight), metric)
    return _defined(mean_loss(scores.score, scores.label, weight), metric)
