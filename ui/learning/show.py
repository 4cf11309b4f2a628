"""What the commands of `hepcoder learn` print of results."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from hepcoder.ledger.errors import UserError
from hepcoder.tools.learning.runs.results import LEARNING_NAME, ClassifierResult, LearningResult
from hepcoder.ui.formats import duration, number
from hepcoder.ui.learning.errors import read_record
from hepcoder.ui.learning.words import MODELS
from hepcoder.ui.say import make_console

if TYPE_CHECKING:
    from hepcoder.tools.learning.evaluation.findings import Finding
    from hepcoder.tools.learning.training.scan_plans import ScanResult, Trial

UNKNOWN = "-"
EFFICIENCY = 0.5


def read_learning(folder: Path) -> LearningResult:
    """The result in the folder of a training.

    Raises:
        UserError: There is none, or it is damaged.
    """
    path = folder / LEARNING_NAME
    if not path.is_file():
        message = f"{folder} has no {LEARNING_NAME}: no training has come to its end there; see `hepcoder learn train`"
        raise UserError(message)
    return read_record(path, LearningResult, "result of a training")


def learning_document(result: LearningResult, folder: Path) -> dict[str, Any]:
    """A result as plain data."""
    said = {"folder": str(folder), "best": result.best, "auc": result.auc, "verdict": result.verdict}
    return said | result.model_dump(mode="json")


def print_learning(result: LearningResult, folder: Path) -> None:
    """Print a line for each classifier, what is found fault with, which is best, and where everything is."""
    console = make_console()
    console.print(learning_table(result))
    for name, one in result.results.items():
        for finding in one.findings:
            console.print(finding_line(name, finding), soft_wrap=True)
    for note in result.notes:
        console.print(Text(f"note: {note}"), soft_wrap=True)
    console.print(Text(result.verdict, "bold"), soft_wrap=True)
    console.print(Text(f"{folder}: learning.json, roc.png, and for each model its classifier, scores and page"))


def learning_table(result: LearningResult) -> Table:
    """Parameters, test figures and time of each classifier."""
    titles = ("parameters", "test AUC", f"rejection at {EFFICIENCY:.0%}", "significance of best cut", "time")
    table = _table(("model",), titles)
    for name, one in result.results.items():
        table.add_row(Text(name, "bold" if name == result.best else ""), *_figures(one))
    return table


def _figures(result: ClassifierResult) -> tuple[str, ...]:
    parameters = UNKNOWN if result.parameters is None else f"{result.parameters:,}"
    area, rejection = UNKNOWN, UNKNOWN
    for part in result.metrics.splits:
        if part.split == "test":
            area = _with_error(None if part.auc is None else (part.auc.value, part.auc.error), ".4f")
            rejection = _rejection(part.working_points)
    quoted = None if result.cut is None else result.cut.quoted
    z = UNKNOWN if quoted is None else _with_error((quoted.value, quoted.error), ".2f")
    return parameters, area, rejection, z, duration(result.seconds)


def _rejection(points: Sequence[Any]) -> str:
    for point in points:
        if point.wanted == EFFICIENCY:
            if point.rejection is not None:
                return _with_error((point.rejection.value, point.rejection.error), ".1f")
            return UNKNOWN if point.rejection_at_least is None else f"> {point.rejection_at_least:.1f}"
    return UNKNOWN


def _with_error(pair: tuple[float, float | None] | None, digits: str) -> str:
    if pair is None:
        return UNKNOWN
    value, error = pair
    return f"{value:{digits}}" + ("" if error is None else f" ± {error:{digits}}")


def finding_line(name: str, finding: "Finding") -> Text:
    """A finding of an audit in a line."""
    style = "red" if finding.severity == "error" else "yellow"
    return Text(f"{finding.severity}", style) + Text(f" {name}: {finding.code}: {finding.sentence}")


def print_audit(findings: "Mapping[str, Sequence[Finding]]") -> None:
    """Print what an audit found, and how it ended."""
    console = make_console()
    for name, found in findings.items():
        for one in found:
            console.print(finding_line(name, one), soft_wrap=True)
        if not found:
            console.print(Text(f"ok {name}: the scores give every reported figure"), soft_wrap=True)


def print_scan(result: "ScanResult", folder: Path, plan: Path) -> None:
    """Print the trials, the best first, and how to train with the best settings."""
    console = make_console()
    sign = 1 if result.plan.metric == "validation_loss" else -1
    titles = [one.field for one in result.plan.space]
    table = _table(("trial", *titles), (f"{result.plan.metric} (validation)", "epochs", "time"), "state")
    for one in sorted(result.trials, key=lambda trial: (trial.value is None, sign * (trial.value or 0.0))):
        table.add_row(*_trial(one, titles), style="bold" if one.number == result.best else "")
    console.print(table)
    console.print(Text("The best of many is too good to be quoted; train with it, and quote the test events:"))
    console.print(Text(f"  hepcoder learn train {plan} --folder {folder / 'learned'}"), soft_wrap=True)


def _trial(trial: "Trial", titles: Sequence[str]) -> tuple[str, ...]:
    values = [UNKNOWN if title not in trial.values else number(trial.values[title]) for title in titles]
    value = UNKNOWN if trial.value is None else f"{trial.value:.4f}"
    state = trial.state + (f": {trial.reason}" if trial.reason else "")
    return str(trial.number), *values, value, str(trial.epochs), duration(trial.seconds), state


def print_models() -> None:
    """Print the words for models, what they stand for, and what is missing for them here."""
    table = _table(("model", "what it is", "usable here"), ())
    for name, (package, what) in MODELS.items():
        here = Text("yes", "green") if usable(package) else Text(f"{package} is not installed", "dim")
        table.add_row(name, what, here)
    make_console().print(table)


def usable(package: str) -> bool:
    """Whether a package is installed; it is not imported."""
    return find_spec(package) is not None


def _table(left: Sequence[str], right: Sequence[str], *last: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False)
    for title in left:
        table.add_column(title)
    for title in right:
        table.add_column(title, justify="right")
    for title in last:
        table.add_column(title)
    return table
