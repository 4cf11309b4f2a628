"""Rows of a file as they come: numbers, and lists as their lengths and what is in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hepcoder.ledger.errors import UserError
from hepcoder.tools.learning.inputs import Inputs


class ContractError(UserError, ValueError):
    """Files that a classifier cannot be trained on or applied to; names file, process and column, and the way out."""


@dataclass(frozen=True)
class Wanted:
    """What is read of a file.

    Attributes:
        inputs: The columns that a classifier sees.
        event_id: Column of the ids.
        weight: Column of the weights; None where each event counts once.
    """

    inputs: Inputs
    event_id: str = "event_id"
    weight: str | None = "weight"

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns with one number for each event."""
        return (*self.inputs.event, self.event_id, *([] if self.weight is None else [self.weight]))

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """Every list with each of its fields."""
        return tuple((one.name, field) for one in self.inputs.objects for field in one.fields)


@dataclass(frozen=True)
class Jagged:
    """A field of a list: what is in the lists of all events, one after the other.

    Attributes:
        counts: Length of each event's list, int64 (n,).
        values: float32 (sum of counts,).
    """

    counts: npt.NDArray[np.int64]
    values: npt.NDArray[np.float32]


@dataclass(frozen=True)
class Rows:
    """n rows of a file.

    Attributes:
        columns: Numbers by column, (n,); event columns and weights are floats, ids are integers.
        lists: By list and field.
    """

    columns: Mapping[str, npt.NDArray[Any]]
    lists: Mapping[tuple[str, str], Jagged]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))
