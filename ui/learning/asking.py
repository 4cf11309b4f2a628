"""The plan that the options of `hepcoder learn train` ask for."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hepcoder.ledger.errors import UserError
from hepcoder.ui.learning.words import ALWAYS, ON_OBJECTS

if TYPE_CHECKING:
    from hepcoder.tools.learning.runs.plans import LearningPlan

DEFAULT_SEED = 42


def samples_of(given: Sequence[str]) -> dict[str, list[str]]:
    """Files by the name of their process.

    Args:
        given: ``FILE``, whose process is called as the file, or ``NAME=FILE``. A file may be a pattern.

    Raises:
        UserError: A name or a file is missing, or no file fits the pattern.

    Example:
        >>> samples_of(["data/higgs.parquet", "wjets=a.parquet", "wjets=b.parquet"])
        {'higgs': ['data/higgs.parquet'], 'wjets': ['a.parquet', 'b.parquet']}
    """
    found: dict[str, list[str]] = {}
    for one in given:
        name, equals, pattern = one.partition("=")
        if not equals or Path(one).exists():
            name, pattern = "", one
        if (equals and not name and pattern != one) or not pattern:
            message = f"{one!r} is neither a file nor NAME=FILE, such as wjets=wjets.parquet"
            raise UserError(message)
        files = [pattern] if Path(pattern).exists() or not set(pattern) & set("*?[") else _fitting(Path(pattern))
        if not files:
            message = f"no file fits the pattern {pattern!r}"
            raise UserError(message)
        for file in files:
            found.setdefault(name or Path(file).stem, []).append(file)
    return found


def _fitting(pattern: Path) -> list[str]:
    root = Path(pattern.anchor)
    return sorted(map(str, root.glob(str(pattern.relative_to(root)))))


def asked_plan(signal: Sequence[str], background: Sequence[str], settings: dict[str, Any]) -> "LearningPlan":
    """The plan of the options.

    Args:
        signal: As `samples_of` takes them.
        background: Likewise.
        settings: ``models``, ``epochs``, ``seed``, ``id_column``, ``weight_column`` and ``background_error``; None or
            () take defaults.

    Raises:
        UserError: It cannot be made; says why.
        ContractError: A file cannot be read, or has no column to look at.
        ValidationError: A model cannot look at such events.
    """
    from hepcoder.tools.learning.runs.guessing import inputs_of, processes_of
    from hepcoder.tools.learning.runs.training import make_plan

    classes = {"signal": samples_of(signal), "background": samples_of(background)}
    for label, samples in classes.items():
        if not samples:
            message = f"no {label} is given; a classifier needs --signal FILE and --background FILE, or a PLAN"
            raise UserError(message)
    weight, id_column = settings["weight_column"] or "weight", settings["id_column"] or "event_id"
    processes = [one for label, samples in classes.items() for one in processes_of(samples, label)]
    inputs = inputs_of(processes, id_column=id_column, weight_column=weight)
    models = settings["models"] or (*ALWAYS, *(ON_OBJECTS if inputs.objects else ()))
    plan = make_plan(
        classes["signal"],
        classes["background"],
        models=models,
        inputs=inputs,
        epochs=settings["epochs"],
        id_column=id_column,
        weight_column=weight,
        background_error=settings["background_error"] or 0.0,
        seed=DEFAULT_SEED if settings["seed"] is None else settings["seed"],
    )
    if settings["weight_column"] is not None and plan.data.weight_column is None:
        message = f"not every file has the column {weight!r} of weights; leave --weight-column out to count events"
        raise UserError(message)
    return plan
