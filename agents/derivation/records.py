"""What came of a second derivation."""

from hepcoder.ledger.record import Record
from hepcoder.tools.selection.selection import Selection


class Derivation(Record):
    """A request as a typed selection, or why there is none.

    Attributes:
        selection: The selection; None where the request does not fit the typed form or the model did not manage.
        script: The selection as Python; empty without one.
        problem: Why there is none; empty where there is one.
        unused: Numbers of the request that the selection does not have, as the request writes them.
        notes: What the user should know of the request: cuts that exclude each other, a cut that leaves no event.
        folder: Where its outputs are, inside the trial's folder; empty where it was not run to the end.
    """

    selection: Selection | None = None
    script: str = ""
    problem: str = ""
    unused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    folder: str = ""
