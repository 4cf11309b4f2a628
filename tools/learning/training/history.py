"""What happened in a training, epoch by epoch."""

import json
from pathlib import Path
from typing import Literal

from hepcoder.ledger.record import Record
from hepcoder.tools.learning.training.configs import Metric, TrainingConfig

LOG_NAME = "epochs.jsonl"
HISTORY_NAME = "history.json"


class Epoch(Record):
    """One epoch.

    Attributes:
        number: From 1.
        train_loss: Mean of the weighted loss over the epoch's steps, while the weights changed and dropout acted.
        validation_loss: Weighted as the training's.
        auc: Weighted, on validation; with more than two classes the mean of each against the rest. None where a class
            has no positive sum of weights.
        accuracy: Weighted share of validation events whose most probable class is theirs; None where the weights
            sum to nothing.
        learning_rate: Of the last step.
        seconds: Wall time of training and validation.
    """

    number: int
    train_loss: float
    validation_loss: float
    auc: float | None
    accuracy: float | None
    learning_rate: float
    seconds: float

    def value(self, metric: Metric) -> float | None:
        """The value of a metric."""
        return {"validation_loss": self.validation_loss, "auc": self.auc, "accuracy": self.accuracy}[metric]


class History(Record):
    """A training from its beginning to its end, over all resumptions.

    Attributes:
        config: Its settings.
        device: Where it ran.
        precision: ``float32``, or the type of autocast.
        n_train: Training events.
        n_validation: Validation events.
        n_negative: Training events of negative weight.
        parameters: Trained parameters.
        epochs: Each of them.
        metric: By which the best epoch was found.
        best_epoch: Whose weights the classifier has at the end; from 1.
        stopped: ``epochs``: all of them are done; ``patience``: no improvement for so long.
        resumed: How many times it was taken up again.
    """

    config: TrainingConfig
    device: str
    precision: str
    n_train: int
    n_validation: int
    n_negative: int
    parameters: int
    epochs: tuple[Epoch, ...]
    metric: Metric
    best_epoch: int
    stopped: Literal["epochs", "patience"]
    resumed: int

    @property
    def best(self) -> Epoch:
        """The best epoch."""
        return self.epochs[self.best_epoch - 1]

    def save(self, path: str | Path) -> Path:
        """Write it as JSON."""
        Path(path).write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")
        return Path(path)

    @classmethod
    def load(cls, path: str | Path) -> "History":
        """Read what `save` wrote."""
        return cls.model_validate_json(Path(path).read_text(encoding="utf-8"))


def read_log(folder: str | Path) -> tuple[Epoch, ...]:
    """The epochs that a training has done so far, also of one that runs or was killed; none before the first.

    Args:
        folder: Of the training.
    """
    path = Path(folder) / LOG_NAME
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return tuple(Epoch.model_validate(json.loads(line)) for line in lines)


def write_log(folder: Path, epochs: tuple[Epoch, ...]) -> None:
    """Replace the log by these epochs: those that a checkpoint knows."""
    (folder / LOG_NAME).write_text("".join(epoch.model_dump_json() + "\n" for epoch in epochs), encoding="utf-8")


def append_log(folder: Path, epoch: Epoch) -> None:
    """Add an epoch to the log."""
    with (folder / LOG_NAME).open("a", encoding="utf-8") as file:
        file.write(epoch.model_dump_json() + "\n")
