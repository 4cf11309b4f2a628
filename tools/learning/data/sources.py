"""Opens the files of processes as the source of a training."""

from collections.abc import Sequence
from dataclasses import replace

from hepcoder.tools.learning.batches import Source
from hepcoder.tools.learning.data.columns import event_bytes
from hepcoder.tools.learning.data.contract import open_processes
from hepcoder.tools.learning.data.memory import MemorySource
from hepcoder.tools.learning.data.rows import Wanted
from hepcoder.tools.learning.data.streaming import Buffering, StreamedSource
from hepcoder.tools.learning.data.values import check_values
from hepcoder.tools.learning.inputs import SPLITS, Inputs, Process, Splitting

MEMORY_BYTES = 1 << 30
"""Events that take more than this are left in their files unless asked otherwise."""


def open_source(
    processes: Sequence[Process],
    inputs: Inputs,
    splitting: Splitting,
    *,
    in_memory: bool | None = None,
    id_column: str = "event_id",
    weight_column: str | None = "weight",
    buffering: Buffering | None = None,
) -> Source:
    """Open the files of processes, after checking them with `check_processes`.

    Whether the events are in memory or in their files, each split has the same events with the same values; with a
    seed they come in another order.

    Args:
        processes: At least two classes.
        inputs: What a classifier will look at.
        splitting: Shares of the events.
        in_memory: Whether the events are read into memory; None does where they take at most `MEMORY_BYTES`.
        id_column: Column of the event ids.
        weight_column: Column of the weights; None where each event counts once.
        buffering: How much of files that are not in memory is held at a time; None takes the defaults.

    Returns:
        The source; its ``classes`` are in the order in which they first occur, ``signal`` last.

    Raises:
        ContractError: As `check_processes`.
    """
    wanted = Wanted(inputs, id_column, weight_column)
    opened = open_processes(processes, wanted)
    report = check_values(opened, wanted, splitting)
    streamed = StreamedSource(
        opened, wanted, splitting, report=report, classes=class_order(processes), buffering=buffering
    )
    if in_memory is None:
        in_memory = report.n_events * event_bytes(inputs) <= MEMORY_BYTES
    return replace(read_into_memory(streamed), report=report) if in_memory else streamed


def class_order(processes: Sequence[Process]) -> tuple[str, ...]:
    """The classes in the order in which they first occur, but ``signal`` last.

    Example:
        >>> zh, zz = (Process(name=name, label=label, files=("x",)) for name, label in (("zh", "signal"), ("zz", "b")))
        >>> class_order([zh, zz])
        ('b', 'signal')
    """
    labels = dict.fromkeys(one.label for one in processes)
    return tuple(sorted(labels, key=lambda label: label == "signal"))


def read_into_memory(source: Source) -> MemorySource:
    """The same events in memory.

    Args:
        source: Any source.
    """
    events = {split: next(source.batches(split, max(1, source.count(split)))) for split in SPLITS}
    return MemorySource(source.inputs, source.classes, source.processes, events)
