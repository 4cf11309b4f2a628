"""Samples before a selection, and what it left of them."""

from collections.abc import Mapping

from pydantic import Field

from hepcoder.ledger.record import Record
from hepcoder.tools.learning.inputs import Process


class SampleFiles(Record):
    """Files of a process before the selection.

    Attributes:
        name: Of the process; the file that is written is called so.
        label: Class, such as ``signal``.
        files: Any that `read_events` reads.
        tree: Tree of ROOT files; None takes the main one.
        weight: Factor on the weight of each event, from `luminosity_weight` where the cross-section is known.
        by_place: Whether events are told apart by file and entry, for files whose event numbers begin anew in each;
            otherwise by run, luminosity block and event number where the files have them.
    """

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]*$")
    label: str = Field(min_length=1)
    files: tuple[str, ...] = Field(min_length=1)
    tree: str | None = None
    weight: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    by_place: bool = False


class Selected(Record):
    """What a selection left of a sample.

    Attributes:
        process: The file that was written.
        cutflow: Events after each cut, by name.
        n_events: Events written.
        n_incomplete: Events that passed all cuts but lack one of the columns, and were left out.
        id_names: Columns that the event ids are made of; ``place`` for file and entry.
    """

    process: Process
    cutflow: Mapping[str, int]
    n_events: int
    n_incomplete: int
    id_names: tuple[str, ...]
