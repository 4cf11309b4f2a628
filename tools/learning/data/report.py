"""What is in the files of the processes: numbers of events, weights, and what was left out."""

from collections.abc import Mapping

from hepcoder.ledger.record import Record
from hepcoder.tools.learning.inputs import Split


class ProcessReport(Record):
    """Events of one process.

    Attributes:
        name: Of the process.
        label: Its class.
        events: Number of events in each split.
        sum_of_weights: After the process's scale.
        negative_weights: Number of events whose weight is below 0.
        dropped: Objects of each list beyond the most that are kept of an event.
    """

    name: str
    label: str
    events: Mapping[Split, int]
    sum_of_weights: float
    negative_weights: int
    dropped: Mapping[str, int]

    @property
    def n_events(self) -> int:
        """Number of events in all splits."""
        return sum(self.events.values())


class DataReport(Record):
    """Events of all processes.

    Attributes:
        processes: In the order in which they were given.
    """

    processes: tuple[ProcessReport, ...]

    def count(self, split: Split) -> int:
        """Number of events of a split."""
        return sum(one.events[split] for one in self.processes)

    @property
    def n_events(self) -> int:
        """Number of events."""
        return sum(one.n_events for one in self.processes)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know though it is no error: negative weights, and objects that were left out."""
        negative = [
            f"process {one.name!r}: {one.negative_weights} of {one.n_events} events have a negative weight"
            for one in self.processes
            if one.negative_weights
        ]
        left_out = [
            f"process {one.name!r}: {number} objects of {name!r} in {one.n_events} events are beyond the most kept"
            for one in self.processes
            for name, number in one.dropped.items()
            if number
        ]
        return (*negative, *left_out)
