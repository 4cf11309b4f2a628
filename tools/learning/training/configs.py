"""What a training is told."""

from typing import Literal, Self

from pydantic import Field, model_validator

from hepcoder.ledger.record import Record

Metric = Literal["validation_loss", "auc", "accuracy"]
Schedule = Literal["constant", "step", "cosine", "plateau", "one_cycle", "cosine_warm_up"]
NegativeWeights = Literal["keep", "absolute", "drop"]

_WITH_DECAY = ("step", "plateau")
_WITH_LOWEST = ("cosine", "cosine_warm_up", "plateau")
_WITH_WARM_UP = ("constant", "step", "cosine_warm_up")


class TrainingConfig(Record):
    """Settings of a training; those which could never act are an error.

    Attributes:
        epochs: Passes over the training events, at most.
        batch_size: Events of one step.
        optimiser: ``adam`` and ``adamw`` with betas 0.9 and 0.999, ``sgd`` with momentum 0.9.
        learning_rate: Highest rate of the schedule.
        weight_decay: For ``adamw`` decoupled from the gradient (arXiv:1711.05101), else added to it.
        schedule: ``step`` and ``plateau`` multiply the rate by `decay_factor`, the first every `decay_epochs`, the
            other after `decay_epochs` without a lower validation loss; ``cosine`` falls to `lowest_rate`;
            ``one_cycle`` rises for three tenths of the training, then falls (arXiv:1708.07120).
        warm_up_epochs: Epochs in which the rate rises in a line from 0; for ``constant``, ``step`` and
            ``cosine_warm_up``.
        decay_epochs: None: a third of the epochs for ``step``, half of the patience for ``plateau``.
        decay_factor: None: 0.1 for ``step``, 0.5 for ``plateau``.
        lowest_rate: Below which ``cosine``, ``cosine_warm_up`` and ``plateau`` do not fall.
        gradient_clip: Largest norm of all gradients together; None leaves them as they are.
        stop_on: What must improve lest the training stop; None trains for all epochs. The weights of the epoch that
            was best in it (None: in the validation loss) are restored at the end.
        patience: Epochs without improvement after which the training stops; None: ten, or one less than the epochs.
        class_balance: Whether the weights of each class are scaled to the same sum, in training and validation loss.
        negative_weights: What training does with events of negative weight. ``keep``: as they are, so that the
            expected gradient is that of the true distribution, while the loss of a small sample has no lower bound;
            ``absolute``: their absolute weight; ``drop``: as if they were not there. The last two learn another
            density. Validation loss and metrics keep the sign with ``keep`` alone; an evaluation always does.
        precision: ``mixed``: autocast on a CUDA device (bfloat16, or float16 with scaled loss where the device has
            none) and float32 elsewhere; ``bfloat16``: autocast on every device, the CPU too.
        device: ``auto``: cuda, else mps, else cpu.
        seed: Of the order of events and of dropout. The initial weights are drawn by whoever builds the classifier:
            `hepcoder.tools.learning.models.classifier.build` takes a seed.
        deterministic: Whether two trainings give identical weights, and a resumed one those of an uninterrupted one,
            on the same machine and number of threads; operations without a deterministic form are an error.
        checkpoint_every_epochs: Epochs from one checkpoint to the next.
        checkpoint_every_batches: Batches of an epoch from one checkpoint to the next; None: only whole epochs.
        n_threads: CPU threads; None leaves PyTorch's choice.

    Example:
        >>> TrainingConfig(epochs=50, schedule="plateau").stop_after
        10
        >>> TrainingConfig(epochs=50, schedule="plateau", patience=3, decay_epochs=5)
        Traceback (most recent call last):
            ...
        pydantic_core._pydantic_core.ValidationError: 1 validation error for TrainingConfig
          Value error, decay_epochs 5 never acts: training stops after patience 3; take fewer than 3 ...
    """

    epochs: int = Field(default=50, ge=1)
    batch_size: int = Field(default=256, ge=1)
    optimiser: Literal["adam", "adamw", "sgd"] = "adamw"
    learning_rate: float = Field(default=1e-3, gt=0, allow_inf_nan=False)
    weight_decay: float = Field(default=1e-4, ge=0, allow_inf_nan=False)
    schedule: Schedule = "cosine"
    warm_up_epochs: int = Field(default=0, ge=0)
    decay_epochs: int | None = Field(default=None, ge=1)
    decay_factor: float | None = Field(default=None, gt=0, lt=1)
    lowest_rate: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    gradient_clip: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    stop_on: Metric | None = "validation_loss"
    patience: int | None = Field(default=None, ge=1)
    class_balance: bool = True
    negative_weights: NegativeWeights = "keep"
    precision: Literal["float32", "mixed", "bfloat16"] = "float32"
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    seed: int = Field(default=42, ge=0, lt=2**63)
    deterministic: bool = False
    checkpoint_every_epochs: int = Field(default=1, ge=1)
    checkpoint_every_batches: int | None = Field(default=None, ge=1)
    n_threads: int | None = Field(default=None, ge=1)

    @property
    def stop_after(self) -> int | None:
        """Epochs without improvement after which the training stops; None: never."""
        if self.stop_on is None:
            return None
        return self.patience or max(1, min(10, self.epochs - 1))

    @property
    def decay_after(self) -> int:
        """`decay_epochs`, or what None stands for."""
        if self.decay_epochs is not None:
            return self.decay_epochs
        if self.schedule == "step":
            return max(1, self.epochs // 3)
        return max(1, (self.stop_after or min(10, self.epochs)) // 2)

    @property
    def decay_by(self) -> float:
        """`decay_factor`, or what None stands for."""
        return self.decay_factor or (0.1 if self.schedule == "step" else 0.5)

    @model_validator(mode="after")
    def _everything_acts(self) -> Self:
        for message in (*self._unused(), *self._too_late()):
            raise ValueError(message)
        return self

    def _unused(self) -> list[str]:
        given = {
            "warm_up_epochs": (self.warm_up_epochs > 0, _WITH_WARM_UP),
            "decay_epochs": (self.decay_epochs is not None, _WITH_DECAY),
            "decay_factor": (self.decay_factor is not None, _WITH_DECAY),
            "lowest_rate": (self.lowest_rate > 0, _WITH_LOWEST),
        }
        wrong = [
            f"{name} never acts with schedule {self.schedule!r}; leave it out, or take one of {', '.join(users)}"
            for name, (used, users) in given.items()
            if used and self.schedule not in users
        ]
        if self.schedule == "cosine_warm_up" and not self.warm_up_epochs:
            wrong.append("schedule 'cosine_warm_up' needs warm_up_epochs of at least 1; or take schedule 'cosine'")
        if self.patience is not None and self.stop_on is None:
            wrong.append(f"patience {self.patience} never acts without stop_on; leave it out, or name a metric")
        return wrong

    def _too_late(self) -> list[str]:
        wrong = []
        for name, value in (("patience", self.patience), ("warm_up_epochs", self.warm_up_epochs)):
            if value and value >= self.epochs:
                wrong.append(f"{name} {value} never ends within {self.epochs} epochs; take fewer than {self.epochs}")
        if self.decay_epochs is not None and self.decay_epochs >= self.epochs:
            wrong.append(f"decay_epochs {self.decay_epochs} never acts within {self.epochs} epochs; take fewer")
        if self._plateau_never_acts():
            wrong.append(
                f"decay_epochs {self.decay_after} never acts: training stops after patience {self.stop_after}; "
                f"take fewer than {self.stop_after} or a longer patience"
            )
        if self.lowest_rate >= self.learning_rate:
            wrong.append(f"lowest_rate {self.lowest_rate} is not below learning_rate {self.learning_rate}")
        return wrong

    def _plateau_never_acts(self) -> bool:
        told = self.patience is not None or self.decay_epochs is not None
        same = self.schedule == "plateau" and self.stop_on == "validation_loss"
        return told and same and self.decay_after >= (self.stop_after or self.epochs)
