"""What came of a second derivation."""

from collections.abc import Mapping

from hepcoder.ledger.record import Record
from hepcoder.tools.selection.selection import Selection


class Derivation(Record):
    """A request as a typed selection, or why there is none.

    Attributes:
        selection: The selection; None where the request does not fit the typed form or the model did not manage.
        script: The selection as Python; empty without one.
        problem: Why there is none; empty where there is one.
        unused: Numbers and names of fields of the request that the answer does not have, as the request writes them.
        completed: Numbers of the request that the answer did not have, and rules that also serve the coder put into
            it, so that it is no independent one.
        notes: What the user should know of the request: cuts that exclude each other, a cut that leaves no event.
        folder: Where its outputs are, inside the trial's folder; empty where it was not run to the end.
        ran: Digests of the script that was run and its execution, and of its artifacts; None where it was not run.
    """

    selection: Selection | None = None
    script: str = ""
    problem: str = ""
    unused: tuple[str, ...] = ()
    completed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    folder: str = ""
    ran: "Run | None" = None

    @property
    def is_whole(self) -> bool:
        """Whether it is there, ran, and has everything that the request states."""
        return self.selection is not None and self.ran is not None and not self.unused


class Run(Record):
    """Digests of a script, of its execution, and of the files that it left, by name."""

    script: str
    execution: str
    artifacts: Mapping[str, str]
