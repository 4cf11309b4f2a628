"""A study on disk: the frozen study, a folder for each cell, and who is at work on what."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field, ValidationError

from hepcoder.benchmarks.cells import CellResult
from hepcoder.benchmarks.harness.claims import Claim
from hepcoder.benchmarks.harness.matrix import Cell, cells_of
from hepcoder.benchmarks.harness.study import Study, read_study, write_study
from hepcoder.ledger.errors import RunError, StorageError
from hepcoder.ledger.files import reason, write_atomically
from hepcoder.ledger.record import Record
from hepcoder.ledger.runs import RunFolder, list_runs

RESULT = "result.json"
_BROKEN = "broken.txt"
_AGAIN = "again"


class CellFile(Record):
    """What ``result.json`` holds; written last, so that a cell without one is not done.

    Attributes:
        cell: The cell.
        attempts: What came of each attempt, the graded one last; run folders relative to the cell's folder.
    """

    cell: Cell
    attempts: tuple[CellResult, ...] = Field(min_length=1)


@dataclass(frozen=True)
class CellFolder:
    """One cell on disk.

    Attributes:
        path: Its folder; the name is the cell's digest. Holds a run folder for each attempt.
    """

    path: Path

    @property
    def is_done(self) -> bool:
        """Whether there is a result."""
        return (self.path / RESULT).is_file()

    def read(self) -> CellFile | None:
        """The result, or None when the cell is not done.

        Raises:
            RunError: It is damaged.
        """
        try:
            content = (self.path / RESULT).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            message = f"{self.path / RESULT} cannot be read: {reason(error)}"
            raise RunError(message) from error
        try:
            return CellFile.model_validate_json(content)
        except ValidationError as error:
            message = f"{self.path / RESULT} is damaged; remove it, and resume: nothing that is on record is paid again"
            raise RunError(message) from error

    def write(self, content: CellFile) -> None:
        """Put the result in place; the cell is done when this returns.

        Raises:
            StorageError: It cannot be written; the cell is as it was.
        """
        write_atomically(self.path / RESULT, [content.model_dump_json(indent=1).encode(), b"\n"])
        (self.path / _BROKEN).unlink(missing_ok=True)

    def make(self) -> None:
        """Make the folder.

        Raises:
            StorageError: It cannot be made.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"{self.path} cannot be made: {reason(error)}; free space, then resume the study"
            raise StorageError(message) from error

    def runs(self) -> tuple[RunFolder, ...]:
        """The run folders of all attempts, in order."""
        return tuple(reversed(list_runs(self.path)))

    def claim(self) -> Claim:
        """The lock that whoever works on the cell must hold."""
        return Claim(self.path / "claim.lock")

    def try_again(self) -> None:
        """Ask for another attempt; the earlier ones stay, and stay paid for.

        Raises:
            StorageError: The folder cannot be written.
        """
        write_atomically(self.path / _AGAIN, [b""])
        (self.path / RESULT).unlink(missing_ok=True)

    @property
    def wants_another(self) -> bool:
        """Whether another attempt was asked for and has not begun."""
        return (self.path / _AGAIN).is_file()

    def has_another(self) -> None:
        """Take note that the attempt that was asked for has begun."""
        (self.path / _AGAIN).unlink(missing_ok=True)

    @property
    def broken(self) -> str | None:
        """What went wrong with the harness itself when the cell was last tried; None when nothing did."""
        try:
            return (self.path / _BROKEN).read_text(encoding="utf-8")
        except OSError:
            return None

    def break_down(self, message: str) -> None:
        """Say what went wrong with the harness itself; the cell stays undone."""
        write_atomically(self.path / _BROKEN, [message.encode("utf-8", "replace")])


@dataclass(frozen=True)
class StudyFolder:
    """A study on disk.

    Attributes:
        path: Its folder: ``study.yaml``, ``cells/<digest>/``, ``variants/``, ``workers/``.
    """

    path: Path

    @property
    def study_path(self) -> Path:
        """Where the frozen study lies."""
        return self.path / "study.yaml"

    @property
    def exists(self) -> bool:
        """Whether a study was begun here."""
        return self.study_path.is_file()

    def read(self) -> Study:
        """The frozen study.

        Raises:
            RunError: There is none, or it is damaged.
        """
        return read_study(self.study_path)

    def freeze(self, study: Study) -> None:
        """Begin a study, or replace it by one that has grown.

        Raises:
            StorageError: The folder cannot be written.
        """
        try:
            (self.path / "cells").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"no study can be made at {self.path}: {reason(error)}; choose another folder with --study"
            raise StorageError(message) from error
        write_study(self.study_path, study)

    def cell(self, digest: str) -> CellFolder:
        """The folder of a cell; it need not exist."""
        return CellFolder(self.path / "cells" / digest)

    def places(self) -> tuple[CellFolder, ...]:
        """All cells on disk; also those of tasks that have changed since, which are paid for as well."""
        return tuple(CellFolder(path) for path in sorted((self.path / "cells").glob("*")) if path.is_dir())

    def missing(self, cells: Iterable[Cell]) -> tuple[Cell, ...]:
        """Those of the cells that are not done, in their order."""
        return tuple(cell for cell in cells if not self.cell(cell.digest).is_done)

    def lock(self) -> Claim:
        """The lock of the one process that may conduct the study."""
        return Claim(self.path / "study.lock")

    def slot(self, model: str, number: int) -> Claim:
        """One of the places for cells of a model with a bound on how many may be under way."""
        name = "".join(letter if letter.isalnum() else "-" for letter in model)
        return Claim(self.path / "slots" / f"{name}-{number}.lock")

    def files(self) -> tuple[CellFile, ...]:
        """The results of all cells of the frozen study that are done, in the study's order.

        Raises:
            RunError: The study or a result is damaged.
        """
        found = (self.cell(cell.digest).read() for cell in cells_of(self.read()))
        return tuple(content for content in found if content is not None)

    def results(self) -> tuple[CellResult, ...]:
        """What came of every attempt at every cell that is done, run folders relative to the study.

        Raises:
            RunError: The study or a result is damaged.
        """
        return tuple(
            result.model_copy(
                update={"run": None if result.run is None else Path("cells") / content.cell.digest / result.run}
            )
            for content in self.files()
            for result in content.attempts
        )
