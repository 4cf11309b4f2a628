"""What a training of one or more classifiers is told."""

from typing import Self

from pydantic import Field, model_validator

from hepcoder.ledger.record import Record
from hepcoder.tools.learning.models.configs import GnnConfig, MlpConfig, TransformerConfig
from hepcoder.tools.learning.training.configs import TrainingConfig
from hepcoder.tools.learning.training.scan_plans import AnyConfig, SourceSpec

NETWORKS = (MlpConfig, GnnConfig, TransformerConfig)


class ModelPlan(Record):
    """A classifier to train.

    Attributes:
        model: What it is made of; its ``kind`` tells which.
        training: Settings of the training of a network; None takes the defaults, and is all that trees take.
        seed: Of a network's initial weights.
    """

    model: AnyConfig
    training: TrainingConfig | None = None
    seed: int = Field(default=42, ge=0)

    @property
    def is_network(self) -> bool:
        """Whether it is trained epoch by epoch."""
        return isinstance(self.model, NETWORKS)

    @model_validator(mode="after")
    def _trains_what_it_can(self) -> Self:
        if self.training is not None and not self.is_network:
            message = f"{self.model.kind} is no network and takes no training settings; leave them out"
            raise ValueError(message)
        return self


class LearningPlan(Record):
    """Classifiers to train on the same events, and how to judge them.

    Attributes:
        data: The files, columns and splits.
        models: By name; the name is that of its folder.
        background_error: Relative systematic uncertainty of the background in the expected significance.
        signal: Class that is separated from the rest; None takes ``signal``, or the last class.
    """

    data: SourceSpec
    models: dict[str, ModelPlan] = Field(min_length=1)
    background_error: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    signal: str | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for name, one in self.models.items():
            if not name or name.startswith(".") or set(name) & set("/\\"):
                message = f"{name!r} is no name of a folder"
                raise ValueError(message)
            if one.model.kind in {"gnn", "transformer"} and not self.data.inputs.objects:
                message = (
                    f"{name} is a {one.model.kind}, which looks at lists of objects, and the inputs have none; add "
                    "inputs.objects, or take an mlp or trees"
                )
                raise ValueError(message)
        return self
