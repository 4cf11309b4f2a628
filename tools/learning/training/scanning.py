"""Scans over settings, with Optuna (arXiv:1907.10902): a budget, several processes, and going on where one ended."""

import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from hepcoder.ledger.errors import UserError
from hepcoder.tools.learning.training.errors import TrainingError
from hepcoder.tools.learning.training.optuna_package import JournalFileBackend, optuna
from hepcoder.tools.learning.training.scan_plans import ScanPlan, ScanResult, Trial
from hepcoder.tools.learning.training.scan_trials import Objective
from hepcoder.tools.learning.training.unseen import WithoutTest

JOURNAL_NAME = "scan.journal"
PLAN_NAME = "plan.json"
RESULT_NAME = "scan.json"
_STUDY = "scan"
# The budget may grow from call to call; what is scanned may not.
_FREE = {"trials", "seconds"}
_STATES = {"COMPLETE": "complete", "PRUNED": "pruned", "FAIL": "failed"}


def scan(plan: ScanPlan, folder: str | Path, *, processes: int = 1) -> ScanResult:
    """Try settings and name the best ones on the validation split; the test split is never opened.

    Trials are drawn by a tree-structured Parzen estimator. After each epoch a trial is compared with those before, and
    given up if it is worse than half of them. In its folder lie ``scan.journal`` (each step of each trial, at once),
    ``plan.json``, ``scan.json`` (the result) and ``trials/`` with the histories of networks. A scan that was killed
    goes on if it is called again: its running trials are begun anew, and count once.

    Args:
        plan: What is scanned, and the budget.
        folder: Made if it is not there; one scan has one.
        processes: Trials at a time, 1 or more; above 1 a script needs the guard ``if __name__ == "__main__":``.

    Returns:
        The best settings, and all trials.

    Raises:
        TrainingError: If the folder has another scan, or no trial came to its end.
        UserError: Where the events cannot be read or trained on at all; see `open_source` and `fit`.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    _require_same(plan, folder / PLAN_NAME)
    (folder / PLAN_NAME).write_text(plan.model_dump_json(indent=1) + "\n", encoding="utf-8")
    study = _study(plan, folder, worker=0)
    left = plan.trials - _clear(study)
    deadline = None if plan.seconds is None else time.time() + plan.seconds
    shares = [left // processes + (worker < left % processes) for worker in range(processes)]
    busy = [(worker, share) for worker, share in enumerate(shares) if share > 0]
    if len(busy) > 1:
        threads = max(1, (os.cpu_count() or 1) // len(busy))
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(len(busy), mp_context=context) as pool:
            runs = [
                pool.submit(_work, plan, folder, worker=worker, trials=share, deadline=deadline, threads=threads)
                for worker, share in busy
            ]
            for run in runs:
                run.result()
    elif busy:
        _work(plan, folder, worker=0, trials=left, deadline=deadline, threads=None)
    result = _result(plan, study)
    result.save(folder / RESULT_NAME)
    return result


def _require_same(plan: ScanPlan, path: Path) -> None:
    if not path.is_file():
        return
    theirs = ScanPlan.model_validate_json(path.read_text(encoding="utf-8"))
    names = [
        name for name in ScanPlan.model_fields if name not in _FREE and getattr(theirs, name) != getattr(plan, name)
    ]
    if names:
        message = f"{path.parent} has a scan of another {', '.join(names)}; give the same, or take another folder"
        raise TrainingError(message)


def _study(plan: ScanPlan, folder: Path, *, worker: int) -> optuna.Study:
    storage = optuna.storages.JournalStorage(JournalFileBackend(str(folder / JOURNAL_NAME)))
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(
        storage=storage,
        study_name=_STUDY,
        direction="minimize" if plan.metric == "validation_loss" else "maximize",
        load_if_exists=True,
        pruner=optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=2),
    )
    # a scan that goes on, and each process of it, must not draw the first trials once more
    entropy = [plan.seed, worker, len(study.get_trials(deepcopy=False))]
    study.sampler = optuna.samplers.TPESampler(seed=int(np.random.SeedSequence(entropy).generate_state(1)[0]))
    return study


def _clear(study: optuna.Study) -> int:
    """Put trials that a killed scan left running back into the queue; how many are done."""
    states = optuna.trial.TrialState
    for trial in study.get_trials(deepcopy=False, states=[states.RUNNING]):
        study.tell(trial.number, state=states.FAIL)
        study.enqueue_trial(trial.params, user_attrs={"again": trial.number})
    return sum(trial.state in (states.COMPLETE, states.PRUNED) or _told(trial) for trial in study.get_trials())


def _told(trial: optuna.trial.FrozenTrial) -> bool:
    """Whether a trial failed by itself, and was not killed."""
    return trial.state == optuna.trial.TrialState.FAIL and "reason" in trial.user_attrs


def _work(
    plan: ScanPlan, folder: Path, *, worker: int, trials: int, deadline: float | None, threads: int | None
) -> None:
    study = _study(plan, folder, worker=worker)
    source = WithoutTest(plan.source.open())
    objective = Objective(plan, source, folder, deadline=deadline, threads=threads)
    timeout = None if deadline is None else max(0.0, deadline - time.time())
    study.optimize(objective, n_trials=trials, timeout=timeout, catch=(UserError, ValidationError))


def _result(plan: ScanPlan, study: optuna.Study) -> ScanResult:
    trials = tuple(_trial(one) for one in study.get_trials() if one.state.name in _STATES and _counts(one))
    complete = [trial for trial in trials if trial.state == "complete" and trial.value is not None]
    if not complete:
        reasons = sorted({trial.reason for trial in trials if trial.reason}) or ["the time was too short for any"]
        message = f"none of {len(trials)} trials came to its end: {'; '.join(reasons)}"
        raise TrainingError(message)
    sign = 1 if plan.metric == "validation_loss" else -1
    best = min(complete, key=lambda trial: sign * (trial.value or 0.0))
    model, training = plan.configs(best.values)
    return ScanResult(
        plan=plan, best=best.number, value=best.value or 0.0, model=model, training=training, trials=trials
    )


def _counts(trial: optuna.trial.FrozenTrial) -> bool:
    return trial.state != optuna.trial.TrialState.FAIL or _told(trial)


def _trial(trial: optuna.trial.FrozenTrial) -> Trial:
    complete = trial.state == optuna.trial.TrialState.COMPLETE
    return Trial.model_validate(
        {
            "number": trial.number,
            "state": _STATES[trial.state.name],
            "values": trial.user_attrs.get("values", {}),
            "value": trial.value if complete else None,
            "epochs": trial.last_step or 0,
            "seconds": trial.user_attrs.get("seconds", 0.0),
            "reason": trial.user_attrs.get("reason", ""),
        }
    )
