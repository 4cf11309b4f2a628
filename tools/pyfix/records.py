"""What the rules know, and what they return."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from pydantic import Field

from hepcoder.ledger.record import Record
from hepcoder.tools.contract import Output
from hepcoder.tools.inspect import FileFacts
from hepcoder.tools.layout_records import Collection


class Known(Record):
    """What is known of the data, the outputs and the toolbox.

    Attributes:
        inputs: Names of the input files as the script sees them.
        collections: Fields of each collection of ``events``, as `read_events` delivers them.
        jagged: Collections that hold a list of objects for each event.
        columns: Event columns.
        branches: Branch name in the file, to its place in ``events`` such as ``Muon.pt``.
        outputs: What must be written.
        toolbox: Names that ``hepcoder.tools`` exports.
        depths: Every quantity under its name in the file, to its levels of lists inside an event.
        trees: Names of the trees of the files.
        kinds: Kind of each input file, by its name.
        energies: Lowest and highest value seen of energies and momenta in GeV or MeV, as delivered (``Muon.pt``) and
            as they are in the file (``Muon_pt``).
        file_unit: Unit of energies in the files, where all have one.
    """

    inputs: tuple[str, ...] = ()
    collections: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    jagged: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    branches: dict[str, str] = Field(default_factory=dict)
    outputs: tuple[Output, ...] = ()
    toolbox: tuple[str, ...] = ()
    depths: dict[str, int] = Field(default_factory=dict)
    trees: tuple[str, ...] = ()
    kinds: dict[str, str] = Field(default_factory=dict)
    energies: dict[str, tuple[float, float]] = Field(default_factory=dict)
    file_unit: str | None = None

    @staticmethod
    def of(facts: Sequence[FileFacts], outputs: Sequence[Output]) -> "Known":
        """What inspection and the contract say; collections and columns of all files together."""
        from hepcoder import tools

        collections: dict[str, tuple[str, ...]] = {}
        branches: dict[str, str] = {}
        jagged: list[str] = []
        columns: list[str] = []
        for one in facts:
            for collection in one.layout.collections:
                fields = (*collections.get(collection.name, ()), *delivered_fields(collection))
                collections[collection.name] = tuple(dict.fromkeys(fields))
                jagged += [collection.name] if collection.jagged else []
                branches |= {field.branch: f"{collection.name}.{field.name}" for field in collection.fields}
            columns += [field.name for field in one.layout.columns]
        return Known(
            inputs=tuple(PurePath(one.path).name for one in facts),
            collections=collections,
            jagged=tuple(dict.fromkeys(jagged)),
            columns=tuple(dict.fromkeys(columns)),
            branches=branches,
            outputs=tuple(outputs),
            toolbox=tuple(tools.__all__),
            depths={column.name: column.depth for one in facts for table in one.tables for column in table.columns},
            trees=tuple(dict.fromkeys(table.name for one in facts if one.kind == "root" for table in one.tables)),
            kinds={PurePath(one.path).name: one.kind for one in facts},
            energies={name: ends for one in facts for name, ends in _energies(one).items()},
            file_unit=_file_unit(facts),
        )


_ENERGY_UNITS = {"GeV", "MeV"}


def _energies(facts: FileFacts) -> dict[str, tuple[float, float]]:
    """Lowest and highest value seen of what has the unit of an energy."""
    found: dict[str, tuple[float, float]] = {}
    for collection in facts.layout.collections:
        for field in collection.fields:
            look = facts.looks.get(f"{collection.name}.{field.name}")
            if look is not None and field.unit in _ENERGY_UNITS:
                found[f"{collection.name}.{field.name}"] = (look.low, look.high)
    for column in (column for table in facts.tables for column in table.columns):
        if column.look is not None and column.unit in _ENERGY_UNITS:
            found.setdefault(column.name, (column.look.low, column.look.high))
    return found


def _file_unit(facts: Sequence[FileFacts]) -> str | None:
    columns = [column for one in facts for table in one.tables for column in table.columns]
    units = {column.unit for column in columns if column.unit in _ENERGY_UNITS}
    return units.pop() if len(units) == 1 else None


def delivered_fields(collection: Collection) -> tuple[str, ...]:
    """Names of a collection's quantities in a script, momenta always as pt, eta, phi and mass."""
    names = [field.name for field in collection.fields]
    return tuple(dict.fromkeys([*names, *MOMENTUM[collection.momentum]])) if collection.momentum else tuple(names)


MOMENTUM: dict[str | None, tuple[str, ...]] = {
    None: (),
    "Momentum2D": ("pt", "phi", "px", "py"),
    "Momentum3D": ("pt", "eta", "phi", "px", "py", "pz"),
    "Momentum4D": ("pt", "eta", "phi", "mass", "px", "py", "pz", "E", "energy"),
}


class Repair(Record):
    """A script after the rules.

    Attributes:
        source: The script; the very same text when no rule applied.
        rules: Names of the rules that changed it, in order.
    """

    source: str
    rules: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One repair that needs no model.

    Attributes:
        name: Short name for the record.
        cures: The failure it prevents, such as ``static.import``.
        before: An example that fails.
        after: The same after the rule.
        fix: The repair; returns the same text when it does not apply.
    """

    name: str
    cures: str
    before: str
    after: str
    fix: Callable[[str, Known], str]


@dataclass(frozen=True)
class Seen:
    """What went wrong with a script when it was run or judged.

    Attributes:
        message: What happened, such as ``KeyError: 'Muon_Pt'``.
        line: The line of the script it points at, or None.
        traceback: The traceback; empty when there is none.
    """

    message: str
    line: int | None = None
    traceback: str = ""


@dataclass(frozen=True)
class ErrorRule:
    """One repair that needs to have seen the error, as it would change right code too.

    Attributes:
        name: Short name for the record.
        cures: The failure it repairs, such as ``execution.type``.
        seen: An example of the error.
        before: An example that gives this error.
        after: The same after the rule.
        fix: The repair; returns the same text when it does not apply.
    """

    name: str
    cures: str
    seen: Seen
    before: str
    after: str
    fix: Callable[[str, Known, Seen], str]
