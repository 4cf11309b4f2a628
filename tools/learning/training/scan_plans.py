"""What a scan over settings is told, and what it found."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, JsonValue, model_validator

from hepcoder.ledger.record import Record
from hepcoder.tools.learning.batches import Source
from hepcoder.tools.learning.inputs import Inputs, Process, Splitting
from hepcoder.tools.learning.models.configs import GnnConfig, MlpConfig, TransformerConfig
from hepcoder.tools.learning.tabular.configs import FoundationConfig, TreesConfig, XgboostConfig
from hepcoder.tools.learning.training.configs import Metric, TrainingConfig

NetworkConfig = MlpConfig | GnnConfig | TransformerConfig
AnyConfig = Annotated[NetworkConfig | TreesConfig | XgboostConfig | FoundationConfig, Field(discriminator="kind")]


class SourceSpec(Record):
    """Arguments of `open_source`, so that each process of a scan can open the events itself.

    Attributes:
        processes: The files.
        inputs: The columns.
        splitting: The splits.
        in_memory: Whether the events are read into memory; None: where they are few.
        id_column: Column of the event ids.
        weight_column: Column of the weights; None where each event counts once.
    """

    processes: tuple[Process, ...]
    inputs: Inputs
    splitting: Splitting = Splitting()
    in_memory: bool | None = None
    id_column: str = "event_id"
    weight_column: str | None = "weight"

    def open(self) -> Source:
        """Open the files; see `open_source` for what it raises."""
        from hepcoder.tools.learning.data.sources import open_source

        return open_source(
            self.processes,
            self.inputs,
            self.splitting,
            in_memory=self.in_memory,
            id_column=self.id_column,
            weight_column=self.weight_column,
        )


class Range(Record):
    """Numbers between two, both included.

    Attributes:
        field: Such as ``training.learning_rate`` or ``model.width``.
        low: Smallest.
        high: Largest.
        log: Whether the logarithm is drawn evenly.
        whole: Whether only whole numbers are meant.
    """

    field: str
    low: float = Field(allow_inf_nan=False)
    high: float = Field(allow_inf_nan=False)
    log: bool = False
    whole: bool = False

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.low >= self.high or (self.log and self.low <= 0):
            message = f"the range of {self.field!r} needs low < high, and 0 < low with log; not {self.low}, {self.high}"
            raise ValueError(message)
        if self.whole and not (self.low.is_integer() and self.high.is_integer()):
            message = f"the range of {self.field!r} is of whole numbers; {self.low} and {self.high} are not"
            raise ValueError(message)
        return self


class Choice(Record):
    """One of several values.

    Attributes:
        field: Such as ``model.hidden``.
        options: The values, as in JSON: ``([64], [64, 64])``.
    """

    field: str
    options: tuple[JsonValue, ...] = Field(min_length=2)


class ScanPlan(Record):
    """A scan over settings.

    Attributes:
        model: What is not scanned stays as it is here.
        training: Likewise; unused for kinds that are not networks.
        space: What is scanned.
        source: Of the events. Only training and validation split are opened to a trial: the best settings are those
            that look best on validation, and the test split stays unseen for the one evaluation at the end.
        metric: On validation, of a trial's best epoch. The loss of trials with different class balance or treatment
            of negative weights cannot be compared.
        trials: At most, over all calls.
        seconds: Wall time of one call after which no trial begins and running ones end at their next epoch; None: no
            limit.
        seed: Of what is drawn. In one process the same seed gives the same trials; with several, which trial knows of
            which others depends on how fast they are.
    """

    model: AnyConfig
    training: TrainingConfig = TrainingConfig()
    space: tuple[Range | Choice, ...] = Field(min_length=1)
    source: SourceSpec
    metric: Metric = "auc"
    trials: int = Field(default=30, ge=1)
    seconds: float | None = Field(default=None, gt=0)
    seed: int = Field(default=42, ge=0, lt=2**31)

    @model_validator(mode="after")
    def _fields_are_there(self) -> Self:
        fields = {f"model.{name}" for name in type(self.model).model_fields if name != "kind"}
        if isinstance(self.model, NetworkConfig):
            fields |= {f"training.{name}" for name in TrainingConfig.model_fields}
        names = [one.field for one in self.space]
        for name in names:
            if name not in fields:
                message = f"{name!r} is no setting of {self.model.kind!r}; there are {', '.join(sorted(fields))}"
                raise ValueError(message)
            if names.count(name) > 1:
                message = f"{name!r} is scanned twice"
                raise ValueError(message)
        return self

    def configs(self, values: dict[str, Any]) -> tuple[AnyConfig, TrainingConfig]:
        """The settings of a trial.

        Args:
            values: By field.

        Raises:
            pydantic.ValidationError: If they do not go together.
        """
        parts = {"model": self.model.model_dump(), "training": self.training.model_dump()}
        for name, value in values.items():
            part, field = name.split(".")
            parts[part][field] = value
        return type(self.model).model_validate(parts["model"]), TrainingConfig.model_validate(parts["training"])


class Trial(Record):
    """One choice of settings.

    Attributes:
        number: From 0.
        state: ``complete``; ``pruned``: it looked worse than others after as many epochs, or time was up; ``failed``:
            see `reason`.
        values: What was chosen, by field.
        value: Of the metric; None unless complete.
        epochs: Trained.
        seconds: Wall time.
        reason: Why it failed or was pruned; empty if complete.
    """

    number: int
    state: Literal["complete", "pruned", "failed"]
    values: dict[str, JsonValue]
    value: float | None
    epochs: int
    seconds: float
    reason: str


class ScanResult(Record):
    """What a scan found.

    Attributes:
        plan: What it was told.
        best: Number of the best trial.
        value: Its metric, on validation: the best of many, and so too good to be quoted as a result.
        model: Its settings.
        training: Likewise.
        trials: All of them.
    """

    plan: ScanPlan
    best: int
    value: float
    model: AnyConfig
    training: TrainingConfig
    trials: tuple[Trial, ...]

    def save(self, path: str | Path) -> Path:
        """Write it as JSON."""
        Path(path).write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")
        return Path(path)

    @classmethod
    def load(cls, path: str | Path) -> "ScanResult":
        """Read what `save` wrote."""
        return cls.model_validate_json(Path(path).read_text(encoding="utf-8"))
