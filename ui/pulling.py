"""Fetches the weights of an embedded model and shows how far it is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from hepcoder.agents.models.weights import WeightsError, find_weights, install_weights, pull_weights
from hepcoder.agents.models.weights_progress import Progress as Moment
from hepcoder.ledger.errors import ModelNotFoundError
from hepcoder.ui.text import one_line

LINE_EVERY_SHARE = 0.05


def ensure_weights(model: str, console: Console) -> Path | None:
    """Fetch the weights of ``local:NAME`` if they are missing; None for a model of another vendor.

    Raises:
        ModelNotFoundError: There is no such embedded model, or its weights cannot be had; says why.
    """
    vendor, _, name = model.partition(":")
    if vendor != "local":
        return None
    with _as_model_error():
        found = find_weights(name)
    return found or pull(name, console)


def pull(name: str, console: Console, *, file: Path | None = None) -> Path:
    """Bring the weights of an embedded model into the cache and return where they are.

    Args:
        name: The model's name, without ``local:``.
        console: Where progress goes: a bar on a terminal, else a line now and then.
        file: A file of the user to take them from; None fetches them.

    Raises:
        ModelNotFoundError: There is no such embedded model, or its weights cannot be had; says why.
    """
    with _as_model_error():
        if file is not None:
            return install_weights(name, file)
        if console.is_terminal:
            with _bar(name, console) as report:
                return pull_weights(name, progress=report)
        return pull_weights(name, progress=Lines(name, console))


@contextmanager
def _as_model_error() -> Iterator[None]:
    try:
        yield
    except WeightsError as error:
        raise ModelNotFoundError(str(error)) from error


@contextmanager
def _bar(name: str, console: Console) -> Iterator[Callable[[Moment], None]]:
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=False) as bar:
        task = bar.add_task(name, total=None)

        def report(moment: Moment) -> None:
            where = "" if moment.source is None else f" ({moment.source})"
            text = f"{moment.stage} {name}{where}"
            bar.update(task, description=text, total=moment.bytes_total, completed=moment.bytes_done)
            if moment.note:
                console.print(one_line(moment.note, 1000), soft_wrap=True)

        yield report


class Lines:
    """Says how far a download is in a line of text, at each change of stage and every twentieth of the way."""

    def __init__(self, name: str, console: Console) -> None:
        self._name = name
        self._console = console
        self._last: tuple[str, str | None, int, str] | None = None

    def __call__(self, moment: Moment) -> None:
        """Print the moment if it is news."""
        share = moment.bytes_done / moment.bytes_total if moment.bytes_total else 0.0
        key = (moment.stage, moment.source, int(share / LINE_EVERY_SHARE), moment.note)
        if key == self._last:
            return
        self._last = key
        where = "" if moment.source is None else f" from {moment.source}"
        note = f": {one_line(moment.note, 1000)}" if moment.note else ""
        size = f"{moment.bytes_done:,} of {moment.bytes_total:,} bytes ({share:.0%})"
        self._console.print(f"{self._name}: {moment.stage}{where}, {size}{note}", soft_wrap=True)
