"""A trained classifier of tables."""

from dataclasses import dataclass
from pathlib import Path

from hepcoder.tools.learning.batches import Batch, Floats
from hepcoder.tools.learning.inputs import Inputs
from hepcoder.tools.learning.tabular.configs import AnyTabularConfig
from hepcoder.tools.learning.tabular.engines import Engine, Facts
from hepcoder.tools.learning.tabular.features import feature_matrix


@dataclass(frozen=True)
class TabularClassifier:
    """A `Predictor` that sees events as rows of a table; read back with `saving.load`.

    Attributes:
        inputs: What it looks at.
        classes: Names of the classes.
        config: How it was trained.
        engine: Model of the library.
        facts: What is worth knowing of the training: ``n_train``; ``rounds`` of boosting; ``context_events`` and how
            they were ``drawn``, for foundation models.
    """

    inputs: Inputs
    classes: tuple[str, ...]
    config: AnyTabularConfig
    engine: Engine
    facts: Facts

    def probabilities(self, batch: Batch) -> Floats:
        """Probability of each class for each event, float32 (n, classes), each row summing to 1."""
        return self.engine.probabilities(feature_matrix(self.inputs, batch))

    def save(self, folder: str | Path) -> Path:
        """Write it into a folder; see `saving.save`."""
        from hepcoder.tools.learning.tabular.saving import save

        return save(self, folder)
