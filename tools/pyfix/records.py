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
    """

    inputs: tuple[str, ...] = ()
    collections: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    jagged: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    branches: dict[str, str] = Field(default_factory=dict)
    outputs: tuple[Output, ...] = ()
    toolbox: tuple[str, ...] = ()

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
        )


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
