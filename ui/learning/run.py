"""Trains, scans and applies for `hepcoder learn`, and says how it ended."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hepcoder.ledger.errors import UserError
from hepcoder.ui.exits import Exit
from hepcoder.ui.learning.errors import as_yaml, foreseen, read_record
from hepcoder.ui.say import make_console, say_json

if TYPE_CHECKING:
    from hepcoder.tools.learning.runs.plans import LearningPlan

BEST_NAME = "best.yaml"


def train(plan: "LearningPlan", folder: Path, *, quiet: bool, as_json: bool) -> int:
    """Carry out a plan and print what came of it; Ctrl-C leaves what is trained so far."""
    from hepcoder.tools.learning.runs.training import run_plan
    from hepcoder.ui.learning.progress import watching
    from hepcoder.ui.learning.show import learning_document, print_learning

    console = make_console(stderr=True)
    if not quiet:
        console.print(f"training {', '.join(plan.models)} into {folder}", soft_wrap=True)

    def run() -> int:
        with watching(console, quiet=quiet) as watch:
            result = run_plan(plan, folder, watch=watch)
        if as_json:
            say_json(learning_document(result, folder))
        else:
            print_learning(result, folder)
        return Exit.SOLVED

    return _interruptible(run, folder, as_json=as_json)


def scan(path: Path, folder: Path, *, processes: int, as_json: bool) -> int:
    """Carry out the scan of a file, print its trials, and write the plan of the best."""
    from hepcoder.tools.learning.runs.plans import LearningPlan, ModelPlan
    from hepcoder.tools.learning.training.scan_plans import NetworkConfig, ScanPlan, ScanResult

    plan = read_record(path, ScanPlan, "scan")

    def run() -> int:
        from hepcoder.tools.learning.training.scanning import scan as scan_settings
        from hepcoder.ui.learning.show import print_scan

        result: ScanResult = scan_settings(plan, folder, processes=processes)
        training = result.training if isinstance(result.model, NetworkConfig) else None
        best = ModelPlan(model=result.model, training=training)
        wanted = LearningPlan(data=plan.source, models={result.model.kind: best})
        target = folder / BEST_NAME
        target.write_text(as_yaml(wanted), encoding="utf-8")
        if as_json:
            say_json({"folder": str(folder), "plan": str(target)} | result.model_dump(mode="json"))
        else:
            print_scan(result, folder, target)
        return Exit.SOLVED

    return _interruptible(run, folder, as_json=as_json)


def apply(folder: Path, files: Sequence[Path], output: Path, *, id_column: str, as_json: bool) -> int:
    """Write the scores of new events."""
    from hepcoder.tools.learning.runs.applying import apply_classifier

    with foreseen():
        chosen = classifier_folder(folder)
        output.parent.mkdir(parents=True, exist_ok=True)
        path = apply_classifier(chosen, files, output, id_column=id_column)
    if as_json:
        say_json({"classifier": str(chosen), "scores": str(path)})
    else:
        click.echo(f"wrote {path}: what {chosen} says")
    return Exit.SOLVED


def classifier_folder(folder: Path) -> Path:
    """The folder of a classifier; of a training the one of the best.

    Raises:
        UserError: The training could not tell which is best.
    """
    from hepcoder.tools.learning.runs.results import LEARNING_NAME
    from hepcoder.ui.learning.show import read_learning

    if not (folder / LEARNING_NAME).is_file():
        return folder
    learned = read_learning(folder)
    if learned.best is None:
        message = f"{folder} does not know which of its classifiers is best; name one: {folder}/NAME, NAME being "
        raise UserError(message + ", ".join(learned.results))
    return folder / learned.best


def _interruptible(run: Callable[[], int], folder: Path, *, as_json: bool) -> int:
    try:
        with foreseen():
            return run()
    except KeyboardInterrupt:
        way_on = "run the same command again to go on"
        click.echo(f"stopped; what is done so far is in {folder}: {way_on}", err=True)
        if as_json:
            say_json({"status": "interrupted", "folder": str(folder), "resume": way_on})
        return Exit.INTERRUPTED
