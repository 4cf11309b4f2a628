"""A source whose test split cannot be looked at."""

from collections.abc import Iterator
from dataclasses import dataclass

from hepcoder.tools.learning.batches import Batch, Source
from hepcoder.tools.learning.inputs import Inputs, Split
from hepcoder.tools.learning.training.errors import TrainingError


@dataclass(frozen=True)
class WithoutTest:
    """The training and the validation split of a source.

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
        """Names of the classes."""
        return self.source.classes

    @property
    def processes(self) -> tuple[str, ...]:
        """Names of the processes."""
        return self.source.processes

    def count(self, split: Split) -> int:
        """Events of a split.

        Raises:
            TrainingError: For the test split.
        """
        _refuse_test(split)
        return self.source.count(split)

    def batches(self, split: Split, size: int, *, shuffle_seed: int | None = None) -> Iterator[Batch]:
        """The events of a split; see `Source`.

        Raises:
            TrainingError: For the test split.
        """
        _refuse_test(split)
        return self.source.batches(split, size, shuffle_seed=shuffle_seed)


def _refuse_test(split: Split) -> None:
    if split == "test":
        message = "a scan chooses by the validation split; the test split is not opened to it"
        raise TrainingError(message)
