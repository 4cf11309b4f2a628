"""What a classifier is given: which columns it may look at, which files hold which process, who trains on what."""

from typing import Literal, Self

from pydantic import Field, model_validator

from hepcoder.ledger.record import Record

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")

# Fields of which the four-vector of an object is made; lists without all of them have no pairwise quantities.
KINEMATIC_FIELDS = ("pt", "eta", "phi", "mass")


class ObjectList(Record):
    """A list of objects in each event, or of constituents in each jet.

    Attributes:
        name: The jagged column of records, or what its flat columns begin with: ``jets`` is ``jets`` with the field
            ``pt``, or ``jets_pt``.
        fields: What a model sees of each object. With pt (GeV), eta, phi and mass (GeV) among them, models also see
            pairwise quantities.
        most: Objects kept of one event, the first in the file's order; how many were dropped is on record.
    """

    name: str = Field(min_length=1)
    fields: tuple[str, ...] = Field(min_length=1)
    most: int = Field(default=16, ge=1)


class Inputs(Record):
    """The columns that a classifier may look at.

    Attributes:
        event: Columns with one number for each event.
        objects: Lists of objects; several lists become one list of objects that know what they are.

    Example:
        >>> jets = ObjectList(name="jets", fields=("pt", "eta", "phi", "mass", "btag"), most=8)
        >>> muons = ObjectList(name="muons", fields=("pt", "eta", "phi", "mass"), most=2)
        >>> inputs = Inputs(event=("met",), objects=(jets, muons))
        >>> inputs.object_features
        ('pt', 'eta', 'phi', 'mass', 'btag', 'is_jets', 'is_muons')
        >>> inputs.n_objects
        10
    """

    event: tuple[str, ...] = ()
    objects: tuple[ObjectList, ...] = ()

    @model_validator(mode="after")
    def _something(self) -> Self:
        names = [*self.event, *(one.name for one in self.objects)]
        if not names:
            message = "a classifier needs an event column or a list of objects"
            raise ValueError(message)
        if twice := {name for name in names if names.count(name) > 1}:
            message = f"named twice among the inputs: {', '.join(sorted(twice))}"
            raise ValueError(message)
        return self

    @property
    def object_features(self) -> tuple[str, ...]:
        """Features of one object: the fields of all lists, 0 where its list has none, then what it is."""
        fields = dict.fromkeys(field for one in self.objects for field in one.fields)
        kinds = [f"is_{one.name}" for one in self.objects] if len(self.objects) > 1 else []
        return (*fields, *kinds)

    @property
    def n_objects(self) -> int:
        """Places for objects in an event; 0 without a list."""
        return sum(one.most for one in self.objects)

    @property
    def has_four_vectors(self) -> bool:
        """Whether every list has pt, eta, phi and mass."""
        return bool(self.objects) and all(set(KINEMATIC_FIELDS) <= set(one.fields) for one in self.objects)


class Process(Record):
    """Files of one process and the class that it belongs to.

    Attributes:
        name: Of the process, such as ``wjets``.
        label: Class, such as ``signal`` or ``background``; several processes may share one.
        files: Parquet or npz files.
        scale: Factor on every weight of the process, such as luminosity times cross-section over generated events.
    """

    name: str = Field(min_length=1)
    label: str = Field(min_length=1)
    files: tuple[str, ...] = Field(min_length=1)
    scale: float = Field(default=1.0, gt=0, allow_inf_nan=False)


class Splitting(Record):
    """Shares of the events; an event's place depends on its id and the seed alone, so that it is the same everywhere.

    Attributes:
        validation: Share that stops the training.
        test: Share that only the evaluation sees.
        seed: Another seed draws other shares.
    """

    validation: float = Field(default=0.15, gt=0, lt=1)
    test: float = Field(default=0.25, gt=0, lt=1)
    seed: int = Field(default=42, ge=0)

    @model_validator(mode="after")
    def _leaves_some(self) -> Self:
        if self.validation + self.test >= 1:
            message = f"validation {self.validation} and test {self.test} leave nothing to train on"
            raise ValueError(message)
        return self
