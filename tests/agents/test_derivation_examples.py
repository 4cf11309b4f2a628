"""The rules for a model's answers, held against answers that are right, and against the same ones damaged."""

import json
import random
from typing import Any

import pytest

from hepcoder.agents.derivation.asking import derivation_of
from hepcoder.agents.derivation.records import Derivation
from hepcoder.agents.derivation.tidying import tidied
from hepcoder.tools.inspect import FileFacts
from hepcoder.tools.outputs import parse_output
from hepcoder.tools.selection.examples.worked import WorkedExample, worked_examples

ODD: tuple[Any, ...] = (None, "x", 1.5, [], {}, True, "muons", [1], [{}])


def derived(example: WorkedExample, answer: Any) -> Derivation:
    facts = FileFacts(path="events", kind="root", size_bytes=1, layout=example.layout, tables=(), looks={})
    return derivation_of(json.dumps(answer), example.request, facts, tuple(map(parse_output, example.outputs)))


@pytest.mark.parametrize("example", worked_examples(), ids=lambda one: one.request[:30])
def test_a_right_answer_is_left_as_it_is(example: WorkedExample) -> None:
    answer = json.loads(json.dumps(example.answer))
    found = derived(example, answer)
    assert not found.problem
    assert not found.unused + found.completed
    assert tidied(answer, example.layout, example.request) == answer


@pytest.mark.parametrize("example", worked_examples()[::3], ids=lambda one: one.request[:30])
def test_a_damaged_answer_is_a_problem_and_no_crash(example: WorkedExample) -> None:
    """As a server that holds no model to the schema may send one."""
    dice = random.Random(example.request)
    for _ in range(4):
        answer = json.loads(json.dumps(example.answer))
        for _ in range(dice.randint(1, 3)):
            answer = damaged(answer, dice)
        found = derived(example, answer)
        assert (found.selection is None) == bool(found.problem)


def damaged(value: Any, dice: random.Random) -> Any:
    """A value with one part of it left out or replaced."""
    if isinstance(value, dict) and value:
        name = dice.choice(sorted(value))
        if dice.random() < 0.3:
            return {key: one for key, one in value.items() if key != name}
        return {**value, name: damaged(value[name], dice) if dice.random() < 0.6 else dice.choice(ODD)}
    if isinstance(value, list) and value and dice.random() < 0.8:
        place = dice.randrange(len(value))
        return [*value[:place], damaged(value[place], dice), *value[place + 1 :]]
    return dice.choice(ODD)
