"""What came of trying a tier."""

from dataclasses import dataclass

from hepcoder.sandbox.base import Sandbox


@dataclass(frozen=True)
class Tried:
    """A tier that was tried by running it.

    Attributes:
        name: Of the tier.
        sandbox: It, ready to use; None when it does not work here.
        reason: Why it does not; empty when it does.
    """

    name: str
    sandbox: Sandbox | None
    reason: str
