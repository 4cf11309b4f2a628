"""Fetches open data and shows how far it is."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from hepcoder.benchmarks.fetching.catalogue import copies_at, look_up
from hepcoder.benchmarks.fetching.download import Report, fetch
from hepcoder.benchmarks.fetching.release import files_named
from hepcoder.ledger.errors import StorageError
from hepcoder.ledger.files import reason

LINE_EVERY_SHARE = 0.1


def fetch_all(names: Sequence[str], folder: Path, base_url: str | None, console: Console) -> tuple[Path, ...]:
    """Fetch files one after the other.

    Args:
        names: Their names; all files when there are none.
        folder: Made when missing.
        base_url: Address of a copy; None asks the catalogue.
        console: Where progress goes: a bar on a terminal, else a line now and then.

    Raises:
        HepcoderError: One cannot be had; those before it are in place.
    """
    files = files_named(names)
    remotes = look_up(files) if base_url is None else copies_at(files, base_url)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"{folder} cannot be made: {reason(error)}; name another folder with --to"
        raise StorageError(message) from error
    paths = []
    for remote in remotes:
        with _shown(remote.name, console) as report:
            paths.append(fetch(remote, folder, report))
    return tuple(paths)


@contextmanager
def _shown(name: str, console: Console) -> Iterator[Report]:
    if not console.is_terminal:
        yield Lines(name, console)
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(name, total=None)

        def report(done: int, total: int | None) -> None:
            bar.update(task, completed=done, total=total)

        yield report


class Lines:
    """Says how far a file is in a line of text, every tenth of the way, or every 16 MiB of an unknown length."""

    def __init__(self, name: str, console: Console) -> None:
        self._name = name
        self._console = console
        self._last = -1

    def __call__(self, done: int, total: int | None) -> None:
        """Print how far it is, if that is news."""
        share = int(done / total / LINE_EVERY_SHARE) if total else done >> 24
        if share == self._last:
            return
        self._last = share
        size = f"{done:,} bytes" if total is None else f"{done:,} of {total:,} bytes ({done / total:.0%})"
        self._console.print(f"{self._name}: {size}", soft_wrap=True)
