"""What is read of a request: object selections and conditions on events."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Selection:
    """Objects of one collection under conditions.

    Attributes:
        name: Variable in the script.
        collection: The collection they come from.
        cuts: Conditions on each object, with ``{x}`` for the objects.
    """

    name: str
    collection: str
    cuts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Condition:
    """A condition on events.

    Attributes:
        name: Variable in the script; empty for a number of objects, which is named after them.
        text: The condition, or only its right side for a number of objects.
        members: Selections that are counted together.
    """

    name: str
    text: str
    members: tuple[int, ...] = ()
