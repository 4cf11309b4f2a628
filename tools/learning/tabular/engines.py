"""What a classifier of tables is made of, whatever the library."""

from pathlib import Path
from typing import Protocol

from hepcoder.tools.learning.batches import Floats

Fact = str | int | float | bool
Facts = dict[str, Fact]


class Engine(Protocol):
    """A trained model of a library."""

    def probabilities(self, matrix: Floats) -> Floats:
        """Probability of each class, float32 (n, classes), of the rows of a table."""

    def save(self, folder: Path) -> Path:
        """Write the model's file into the folder, in a format that cannot run code when it is read."""
