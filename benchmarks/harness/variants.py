"""The data of trials, made once for all models and agents."""

import shutil
import threading
from pathlib import Path

from pydantic import ValidationError

from hepcoder.benchmarks.harness.claims import Claim
from hepcoder.benchmarks.harness.matrix import Cell, fresh_seed
from hepcoder.benchmarks.harness.tasks import task_of
from hepcoder.benchmarks.suites.task import BenchTask
from hepcoder.benchmarks.suites.variant import Variant, make_variant
from hepcoder.ledger.errors import StorageError
from hepcoder.ledger.files import reason, write_atomically

_MADE = "variant.json"


class VariantStore:
    """Variants on disk; safe for several threads and processes.

    Args:
        folder: Where they lie; can be removed at any time, since the same seed makes the same bytes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._making = threading.Lock()  # makers are heavy, and one after the other is as fast

    def first(self, cell: Cell) -> Variant:
        """What a cell's agent works on, with the right answer; for ``none`` the ordinary data, which it is not shown.

        Raises:
            SuiteError: The task cannot be made.
            StorageError: The folder cannot be written.
        """
        return self._get(task_of(cell.task), cell.key.seed, null=cell.key.data == "null")

    def second(self, cell: Cell) -> Variant:
        """The same request, constants and all, on data of a fresh seed.

        Raises:
            SuiteError: The task cannot be made.
            StorageError: The folder cannot be written.
        """
        constants = self.first(cell).constants
        fixed = task_of(cell.task).model_copy(
            update={"constants": {name: (value,) for name, value in constants.items()}}
        )
        return self._get(fixed, fresh_seed(cell.key.seed), null=False)

    def _get(self, task: BenchTask, seed: int, *, null: bool) -> Variant:
        name = f"{task.suite}-{task.id}-{seed}{'-null' if null else ''}-{task.digest[:12]}"
        folder = self._folder / name
        found = _read(folder)
        if found is not None:
            return found
        with self._making, Claim(self._folder / f"{name}.lock"):
            return _read(folder) or _make(task, seed, folder, null=null)


def _read(folder: Path) -> Variant | None:
    try:
        variant = Variant.model_validate_json((folder / _MADE).read_bytes())
    except (OSError, ValidationError):
        return None
    return variant.model_copy(update={"folder": folder})


def _make(task: BenchTask, seed: int, folder: Path, *, null: bool) -> Variant:
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        variant = make_variant(task, seed, folder, null=null)
    except OSError as error:
        message = f"the data of {task.name} cannot be written to {folder}: {reason(error)}; free space, then resume"
        raise StorageError(message) from error
    write_atomically(folder / _MADE, [variant.model_dump_json().encode()])
    return variant
