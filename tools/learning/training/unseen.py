"""A source whose test split cannot be looked at."""

from collections.abc import Iterator
from dataclasses import dataclass

from hepcoder.tools.learning.batches import Batch
from hepcoder.tools.learning.data.wrapped import Wrapped
from hepcoder.tools.learning.inputs import Split
from hepcoder.tools.learning.training.errors import TrainingError


@dataclass(frozen=True)
class WithoutTest(Wrapped):
    """The training and the validation split of a source."""

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
