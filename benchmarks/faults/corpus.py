"""The corpus: from each way to go wrong, a few faults in programs that the dice choose."""

from collections.abc import Sequence
from random import Random

from hepcoder.benchmarks.faults import (
    array_mutators,
    call_mutators,
    field_mutators,
    name_mutators,
    output_mutators,
    text_mutators,
)
from hepcoder.benchmarks.faults.records import Fault, Mutator, Program

MUTATORS: tuple[Mutator, ...] = (
    *text_mutators.MUTATORS,
    *name_mutators.MUTATORS,
    *field_mutators.MUTATORS,
    *array_mutators.MUTATORS,
    *call_mutators.MUTATORS,
    *output_mutators.MUTATORS,
)
SEED = 5
EACH = 4
"""Faults of one kind at most."""


def build_corpus(programs: Sequence[Program], *, seed: int = SEED, each: int = EACH) -> tuple[Fault, ...]:
    """Faults of every kind; the same seed gives the same texts.

    Each mutator visits the programs in an order of its own, and takes one place of each, until it has its faults.
    Which of them are faults at all is found by running them.

    Args:
        programs: The correct programs.
        seed: Of the dice.
        each: Faults of one kind at most.
    """
    made = [
        (mutator, program, text) for mutator in MUTATORS for program, text in _faults(mutator, programs, seed, each)
    ]
    return tuple(
        Fault(id=number, kind=mutator.name, expected=mutator.expected, program=program.name, source=text)
        for number, (mutator, program, text) in enumerate(made, 1)
    )


def _faults(mutator: Mutator, programs: Sequence[Program], seed: int, each: int) -> list[tuple[Program, str]]:
    dice = Random(f"{seed} {mutator.name}")  # noqa: S311 - which fault is no secret
    order = dice.sample(list(programs), len(programs))
    texts = {program.name: mutator.mutate(program, dice) for program in order}
    found: list[tuple[Program, str]] = []
    while len(found) < each and any(texts.values()):
        for program in order:
            if texts[program.name] and len(found) < each:
                found.append((program, texts[program.name].pop(dice.randrange(len(texts[program.name])))))
    return found
