"""A source seen through another: the same events, something of them changed or withheld."""

from dataclasses import dataclass

from hepcoder.tools.learning.batches import Source
from hepcoder.tools.learning.inputs import Inputs


@dataclass(frozen=True)
class Wrapped:
    """What a source says of its events; who inherits says which are given.

    Attributes:
        source: The whole.
    """

    source: Source

    @property
    def inputs(self) -> Inputs:
        """The columns of the events."""
        return self.source.inputs

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, in the order of `Batch.label`."""
        return self.source.classes

    @property
    def processes(self) -> tuple[str, ...]:
        """Names of the processes, in the order of `Batch.process`."""
        return self.source.processes
