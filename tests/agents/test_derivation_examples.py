"""The rules for a model's answers, held against answers that are right: they refuse none, and change nothing."""

import json

import pytest

from hepcoder.agents.derivation.asking import derivation_of
from hepcoder.agents.derivation.tidying import tidied
from hepcoder.tools.inspect import FileFacts
from hepcoder.tools.outputs import parse_output
from hepcoder.tools.selection.examples.library import WorkedExample, worked_examples


@pytest.mark.parametrize("example", worked_examples(), ids=lambda one: one.request[:30])
def test_a_right_answer_is_left_as_it_is(example: WorkedExample) -> None:
    layout, answer = example.layout, json.loads(json.dumps(example.answer))
    facts = FileFacts(path="events", kind="root", size_bytes=1, layout=layout, tables=(), looks={})
    found = derivation_of(json.dumps(answer), example.request, facts, tuple(map(parse_output, example.outputs)))
    assert not found.problem
    assert not found.unused + found.completed
    assert tidied(answer, layout, example.request) == answer
