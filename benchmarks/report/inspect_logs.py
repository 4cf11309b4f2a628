"""Cells as logs of inspect_ai, so that its viewer opens them; needs the package ``inspect_ai``."""

import importlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

from hepcoder.benchmarks.cells import CellResult
from hepcoder.benchmarks.statistics.selection import describe, final_attempts, group_by, sort_key
from hepcoder.benchmarks.statistics.summary import score
from hepcoder.ledger.errors import UserError


class InspectMissingError(UserError):
    """The package inspect_ai, which writes the logs, is not installed."""


def write_inspect_logs(cells: Sequence[CellResult], folder: Path, *, created: str) -> tuple[Path, ...]:
    """Write one ``.eval`` log for each suite, agent and model, controls apart, and return their paths.

    A task is a sample and a trial an epoch. Spoiled cells are samples with an error
    and no score. Attempts before the last are kept as error retries, and their tokens and seconds are added, as are
    their dollars.

    Args:
        cells: All attempts at all cells.
        folder: Where the logs go; made if it is missing, logs of these names are replaced.
        created: When the study began, in ISO 8601 with a time zone, such as ``2026-11-22T05:00:00+00:00``. A log ends
            as if its attempts had followed on one another.

    Raises:
        ValueError: `created` is not such a time.
        InspectMissingError: inspect_ai is not installed.
        CellsError: An attempt at a cell is there twice.
        OSError: The folder cannot be written.
    """
    started = datetime.fromisoformat(created)
    if started.tzinfo is None:
        msg = f"the time {created!r} has no time zone; write {created + '+00:00'!r} if it is UTC"
        raise ValueError(msg)
    log_module = _inspect("inspect_ai.log")
    folder.mkdir(parents=True, exist_ok=True)
    ordered = sorted(cells, key=lambda cell: (sort_key(cell.key), cell.attempt))
    written: list[Path] = []
    for members in group_by(ordered, lambda key: (key.suite, key.contender, key.data)).values():
        path = folder / f"{_file_name(members[0])}.eval"
        if path in written:  # two models whose names differ only in what a file name cannot hold
            path = path.with_stem(f"{path.stem}_{len(written)}")
        log_module.write_eval_log(_log(members, started), str(path))
        written.append(path)
    return tuple(written)


def _log(attempts: Sequence[CellResult], started: datetime) -> Any:
    log = _inspect("inspect_ai.log")
    final = final_attempts(attempts)
    key = final[0].key
    seconds = sum(attempt.seconds for attempt in attempts)
    names = sorted({cell.key.task for cell in final})
    return log.EvalLog(
        status="success",
        eval=log.EvalSpec(
            created=started.isoformat(),
            task=f"{key.suite}/{key.agent}",
            task_id=f"{key.suite}-{key.agent}",
            solver=key.agent,
            model=_model_name(key.model),
            dataset=log.EvalDataset(name=key.suite, samples=len(names), sample_ids=names, shuffled=False),
            config=log.EvalConfig(epochs=max(cell.key.trial for cell in final) + 1),
        ),
        results=_results(final),
        stats=log.EvalStats(
            started_at=started.isoformat(),
            completed_at=(started + timedelta(seconds=seconds)).isoformat(),
            model_usage={_model_name(key.model): _usage(attempts)},
        ),
        samples=[_sample([a for a in attempts if a.key == cell.key]) for cell in final],
    )


def _results(final: Sequence[CellResult]) -> Any:
    log = _inspect("inspect_ai.log")
    rate = score(final, scope="all").success.rate
    metrics = {} if rate is None else {"accuracy": log.EvalMetric(name="accuracy", value=rate)}
    counted = sum(cell.counts for cell in final)
    return log.EvalResults(
        total_samples=len(final),
        completed_samples=counted,
        scores=[
            log.EvalScore(
                name="grade",
                scorer="grade",
                scored_samples=counted,
                unscored_samples=len(final) - counted,
                metrics=metrics,
            )
        ],
    )


def _sample(attempts: Sequence[CellResult]) -> Any:
    log, model_module, scorer = _inspect("inspect_ai.log"), _inspect("inspect_ai.model"), _inspect("inspect_ai.scorer")
    cell = attempts[-1]
    name = _model_name(cell.key.model)
    grade = None
    if cell.success is not None:
        grade = {"grade": scorer.Score(value="C" if cell.success else "I", explanation="; ".join(cell.reasons) or None)}
    return log.EvalSample(
        id=cell.key.task,
        epoch=cell.key.trial + 1,
        input=describe(cell.key),
        target="",
        output=model_module.ModelOutput(model=name),
        scores=grade,
        metadata=cell.model_dump(mode="json"),
        model_usage={name: _usage(attempts)},
        total_time=sum(attempt.seconds for attempt in attempts),
        error=None if cell.success is not None else _error(cell, log.EvalError),
        error_retries=[_error(attempt, log.EvalRetryError) for attempt in attempts[:-1]],
    )


def _usage(attempts: Sequence[CellResult]) -> Any:
    """Sums over attempts; inspect_ai has no unknown number of tokens, so those are in the metadata only."""
    read = sum(attempt.input_tokens or 0 for attempt in attempts)
    written = sum(attempt.output_tokens or 0 for attempt in attempts)
    dollars = [attempt.usd if attempt.calls else 0.0 for attempt in attempts]
    return _inspect("inspect_ai.model").ModelUsage(
        input_tokens=read,
        output_tokens=written,
        total_tokens=read + written,
        total_cost=None if None in dollars else sum(d for d in dollars if d is not None),
    )


def _error(cell: CellResult, kind: Any) -> Any:
    last = cell.failures[-1] if cell.failures else "the grader failed"
    message = f"{last}; {'; '.join(cell.reasons)}" if cell.reasons else last
    return kind(message=message, traceback="", traceback_ansi="")


def _model_name(model: str) -> str:
    vendor, _, name = model.partition(":")
    return f"{vendor}/{name}" if name else vendor


def _file_name(cell: CellResult) -> str:
    key = cell.key
    parts = [key.suite, key.agent, key.model] + ([] if key.data == "full" else [f"{key.data} data"])
    return "_".join("".join(c if c.isalnum() or c in "-." else "-" for c in part) for part in parts)


def _inspect(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        msg = f"the logs are written by inspect_ai, which is not installed ({error}); run: pip install inspect-ai"
        raise InspectMissingError(msg) from error
