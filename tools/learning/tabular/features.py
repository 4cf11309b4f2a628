"""Events as rows of a table: event columns, then the features of each object, NaN where there is none."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hepcoder.tools.learning.batches import Batch, Floats, Source
from hepcoder.tools.learning.inputs import Inputs, Split
from hepcoder.tools.learning.tabular.configs import TabularConfig
from hepcoder.tools.learning.training.survey import counted, survey

_CHUNK = 65_536


def feature_names(inputs: Inputs) -> tuple[str, ...]:
    """Names of the columns of `feature_matrix`.

    Example:
        >>> from hepcoder.tools.learning.inputs import ObjectList
        >>> jets = ObjectList(name="jets", fields=("pt", "btag"), most=2)
        >>> feature_names(Inputs(event=("met",), objects=(jets, ObjectList(name="muons", fields=("pt",), most=1))))
        ('met', 'jets_1_pt', 'jets_1_btag', 'jets_2_pt', 'jets_2_btag', 'muons_1_pt')
    """
    named = (
        f"{one.name}_{place}_{field}"
        for one in inputs.objects
        for place in range(1, one.most + 1)
        for field in one.fields
    )
    return (*inputs.event, *named)


def feature_matrix(inputs: Inputs, batch: Batch) -> Floats:
    """The events of a batch as a table, float32 (n, columns); each list has its own places, as in `Batch`.

    Args:
        inputs: Of the batch.
        batch: The events.
    """
    objects = np.where(batch.mask[:, :, np.newaxis], batch.objects, np.float32(np.nan))
    parts, start = [batch.event], 0
    for one in inputs.objects:
        columns = [inputs.object_features.index(field) for field in one.fields]
        parts.append(objects[:, start : start + one.most][:, :, columns].reshape(len(batch), -1))
        start += one.most
    return np.concatenate(parts, axis=1)


@dataclass(frozen=True)
class Table:
    """A split as a table.

    Attributes:
        matrix: float32 (n, columns); NaN where there is no object.
        label: Index of the class, (n,).
        weight: As training counts it, float64 (n,): 0 or more, 1 in the mean of the training split.
    """

    matrix: Floats
    label: npt.NDArray[np.int64]
    weight: npt.NDArray[np.float64]

    def take(self, which: npt.NDArray[np.int64]) -> "Table":
        """The rows of these indices."""
        return Table(self.matrix[which], self.label[which], self.weight[which])


def read_tables(source: Source, config: TabularConfig) -> tuple[Table, Table]:
    """Training and validation split, in memory; events without weight left out.

    Args:
        source: Of the events.
        config: How weights are counted.

    Raises:
        TrainingError: If a split cannot be trained on; see `survey`.
    """
    train = survey(source, "train", config.negative_weights)
    survey(source, "validation", config.negative_weights)
    factors = np.array(train.factors(balance=config.class_balance))
    return _table(source, "train", config, factors), _table(source, "validation", config, factors)


def _table(source: Source, split: Split, config: TabularConfig, factors: npt.NDArray[np.float64]) -> Table:
    matrices, labels, weights = [], [], []
    for batch in source.batches(split, _CHUNK):
        weight = counted(batch.weight, config.negative_weights) * factors[batch.label]
        kept = weight > 0
        matrices.append(feature_matrix(source.inputs, batch)[kept])
        labels.append(batch.label[kept])
        weights.append(weight[kept])
    return Table(np.concatenate(matrices), np.concatenate(labels), np.concatenate(weights))
