"""Files as tables: what columns they have, and their rows some at a time."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from hepcoder.tools.learning.data.rows import ContractError, Rows, Wanted


@dataclass(frozen=True)
class Column:
    """A column of a file, or a field of its lists.

    Attributes:
        shape: Whether it has one number, or a list of numbers, in each event.
        kind: Letter of the kind of number as numpy has it: ``i``, ``u``, ``f``, ``b``; ``O`` for anything else.
    """

    shape: Literal["number", "list"]
    kind: str


class Table(Protocol):
    """A file with one row for each event."""

    @property
    def path(self) -> Path:
        """The file."""

    @property
    def columns(self) -> Mapping[str, Column]:
        """By name; a field of a list of records is ``jets.pt``, a list of numbers ``jets_pt``."""

    @property
    def groups(self) -> tuple[int, ...]:
        """Rows of each part that can be read alone."""

    def rows(self, wanted: Wanted, groups: range | list[int], size: int) -> Iterator[Rows]:
        """The wanted columns of the rows of some parts, ``size`` rows at most at a time.

        Raises:
            ContractError: A list is missing in an event, or the fields of a list differ in length.
        """

    def numbers(self, name: str, size: int) -> Iterator[npt.NDArray[Any]]:
        """The numbers of one column of all rows as they are, ``size`` rows at most at a time."""


def open_table(path: str | Path) -> Table:
    """Look into a Parquet or npz file.

    Args:
        path: Ends in ``.parquet`` or ``.npz``.

    Raises:
        ContractError: The file is missing, not what its name says, or of another kind.
    """
    from hepcoder.tools.learning.data.npz_tables import NpzTable
    from hepcoder.tools.learning.data.parquet_tables import ParquetTable

    path = Path(path)
    if not path.is_file():
        message = f"{path} does not exist; the folder {path.parent} holds {_others(path)}"
        raise ContractError(message)
    kinds: dict[str, Callable[[Path], Table]] = {".parquet": ParquetTable, ".pq": ParquetTable, ".npz": NpzTable}
    if path.suffix not in kinds:
        message = f"{path} is no Parquet or npz file; write it with save_selected"
        raise ContractError(message)
    return kinds[path.suffix](path)


def place_of(columns: Mapping[str, Column], name: str, field: str) -> str | None:
    """Name of the column that holds a field of a list: ``jets.pt`` or ``jets_pt``; None where there is neither."""
    names = (f"{name}.{field}", f"{name}_{field}")
    return next((one for one in names if one in columns and columns[one].shape == "list"), None)


def kind_of(dtype: object) -> str:
    """Letter of the kind of number of a numpy type; ``O`` for what is no number."""
    kind = np.dtype(dtype).kind  # type: ignore[call-overload]
    return str(kind) if kind in "iufb" else "O"


def _others(path: Path) -> str:
    if not path.parent.is_dir():
        return "nothing: there is no such folder"
    names = sorted(one.name for one in path.parent.iterdir() if one.suffix in {".parquet", ".pq", ".npz"})
    return ", ".join(names[:8]) + (" ..." if len(names) > 8 else "") if names else "no Parquet or npz file"
