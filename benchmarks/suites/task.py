"""A benchmark task as its folder states it: what is asked, how it is graded, and what the grader must tell apart."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, NonNegativeInt, PositiveFloat

from hepcoder.benchmarks.suites.constants import Allowed
from hepcoder.ledger.record import Record
from hepcoder.tools.contract import Output
from hepcoder.tools.outputs import parse_output

Kind = Literal["exact", "relative", "absolute", "histogram", "ids", "pull", "plot", "custom"]
Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]{0,62}$")]


class Rule(Record):
    """How one output is compared with the reference's.

    Attributes:
        kind: ``exact``: equal, whole numbers, texts, lists, tables of them. ``relative`` and ``absolute``: numbers of
            the same shape within a tolerance. ``histogram``: counts with edges and flow. ``ids``: the same set, each
            once. ``pull``: within a number of the reference's own uncertainties. ``plot``: a PNG with something drawn.
            ``custom``: a function of the suite.
        tolerance: Largest relative difference, absolute difference (in the unit of the output) or pull; for a
            histogram with weights, the largest relative difference of a bin. None means equal.
        moved: Histogram: how many events may sit in the neighbour of their bin; the total stays exact.
        reason: Why a right answer may differ by the tolerance; required with any.
        nan: Whether NaN is expected exactly where the reference has it; otherwise NaN is refused.
        by: Name in the same file that tells rows apart, such as an event number; rows may then come in any order.
        uncertainty: Pull: name in the same file whose reference value is the unit of the pull.
        edges: Histogram: name of the edges; None takes the counts' name with "counts" replaced.
        flow: Histogram: names of underflow and overflow; None takes them likewise, where the contract has them.
        function: Custom: ``FILE.py:NAME``, the file relative to the task's folder.
    """

    kind: Kind
    tolerance: PositiveFloat | None = None
    moved: NonNegativeInt = 0
    reason: str | None = None
    nan: bool = False
    by: str | None = None
    uncertainty: str | None = None
    edges: str | None = None
    flow: tuple[str, str] | None = None
    function: str | None = None

    @property
    def is_tolerant(self) -> bool:
        """Whether anything but equality is accepted."""
        return self.tolerance is not None or self.moved > 0


def _pairs(value: Any) -> Any:
    """One pair of texts, or a list of pairs."""
    return [value] if isinstance(value, list | tuple) and value and isinstance(value[0], str) else value


class Edit(Record):
    """A changed reference: wrong (a mutant) or right in another way (an equivalent).

    Attributes:
        name: Short name, unique within the task.
        what: What is wrong, or what is done otherwise.
        replace: Pairs of old and new text, applied in order; each old text is in the reference exactly once.
        source: File in the task's folder that is used instead of the reference, for a wholly different way.
    """

    name: Identifier
    what: str = Field(min_length=1)
    replace: Annotated[tuple[tuple[str, str], ...], BeforeValidator(_pairs)] = ()
    source: str | None = None


class BenchTask(Record):
    """One task of a suite.

    Attributes:
        id: Unique within the suite; the name of its folder.
        suite: The suite.
        title: One line for tables.
        prompt: The request, a template with ``{constant}`` in it.
        constants: Allowed values by name; a trial's seed draws one of each.
        inputs: Names of the files that the maker writes for the solver, relative to the data folder.
        outputs: The contract in the command line's notation.
        grading: Rules by output: ``FILE:NAME`` for a named value, ``FILE`` where a file has no names.
        mutants: Wrong variants of the reference, each of which the grader must refuse.
        equivalents: Other right ways, each of which the grader must accept.
        tags: Words to group results by.
        steps: Ids of the tasks of this suite that a cascade runs in this order; empty for an ordinary task. An input
            that has the name of an output of an earlier step is that output.
        maker: The maker of the data, relative to the task's folder; None takes ``make.py`` there, else the suite's
            ``maker.py``.
        null: Whether the maker can make data with nothing to be found.
        margin: How far, relatively, every derived number must stay from every cut and bin edge, so that 32-bit
            arithmetic gives the same answer; the reference's `analyse` returns the smallest such distance. None where
            it returns nothing.
        folder: Where the task lies.
        drawn_as: Name under which constants and data are drawn: the suite's where its tasks have constants in common,
            so that they agree for one seed; empty takes the task's own.
        digest: sha256 over the files of the task and the code its suite shares.
    """

    id: Identifier
    suite: Identifier
    title: str = Field(min_length=1)
    prompt: str = Field(min_length=1)
    constants: Mapping[str, Allowed] = {}
    inputs: tuple[str, ...] = Field(min_length=1)
    outputs: tuple[str, ...] = Field(min_length=1)
    grading: Mapping[str, Rule]
    mutants: tuple[Edit, ...] = Field(min_length=1)
    equivalents: tuple[Edit, ...] = ()
    tags: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    maker: str | None = None
    null: bool = False
    margin: PositiveFloat | None = None
    folder: Path = Path()
    drawn_as: str = ""
    digest: str = ""

    @property
    def name(self) -> str:
        """The name across suites, ``suite/id``."""
        return f"{self.suite}/{self.id}"

    @property
    def contract(self) -> tuple[Output, ...]:
        """The outputs, read."""
        return tuple(parse_output(output) for output in self.outputs)

    @property
    def reference(self) -> Path:
        """The file that holds the right answer's `analyse`."""
        return self.folder / "reference.py"
