"""A correct program, a fault in it, and what became of the fault."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Literal

from hepcoder.ledger.record import Record
from hepcoder.tools.contract import Output

Half = Literal["development", "held-out"]
Ending = Literal["cured", "wrong", "failing"]


class Program(Record):
    """A correct program.

    Attributes:
        name: Its name.
        data: Name of the data it reads; see `data.make_data`.
        outputs: What it writes.
        source: Its text.
    """

    name: str
    data: str
    outputs: tuple[Output, ...]
    source: str


class Fault(Record):
    """A program with one thing wrong.

    Attributes:
        id: Its number in the corpus, from 1; rules are developed on odd ones only.
        kind: Name of the mutator that made it.
        expected: The failure it should give, as ``stage.name`` of the table of failures; ``silent`` where the program
            should run and give another result.
        program: Name of the correct program.
        source: The text with the fault.
    """

    id: int
    kind: str
    expected: str
    program: str
    source: str

    @property
    def half(self) -> Half:
        """Whether rules may be developed on it."""
        return "development" if self.id % 2 else "held-out"


class Result(Record):
    """What became of a fault.

    Attributes:
        fault: The fault.
        effect: What is wrong with it as it stands, as ``stage.name``; ``silent`` when it runs and gives another
            result; None when its results are those of the correct program, so that it is no fault.
        ending: After the rules: ``cured`` when it runs and gives what the correct program gives, ``wrong`` when it
            runs and does not, else ``failing``.
        left: What is still wrong where it fails; empty otherwise.
        rules: The rules that were applied, in order.
    """

    fault: Fault
    effect: str | None
    ending: Ending
    left: str
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Mutator:
    """One way to go wrong.

    Attributes:
        name: What is done wrong, in snake case.
        expected: As `Fault.expected`.
        mutate: Every text that a program becomes when this is done wrong at one place of it, each different from the
            program; empty where it cannot be. The dice are for what is not a place, such as which letter is lost.
    """

    name: str
    expected: str
    mutate: Callable[[Program, Random], list[str]]
