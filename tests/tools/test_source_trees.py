"""Many threads parse at once, as the cells of a study do."""

import ast
from concurrent.futures import ThreadPoolExecutor

import pytest

from hepcoder.tools.source_trees import parse_expression, parse_module

DEEP = "x = " + "(" * 40 + "1" + " + 1)" * 40 + "\n"


def test_threads_that_parse_at_once_do_not_disturb_each_other() -> None:
    def dumped(number: int) -> str:
        return ast.dump(parse_module(DEEP * (1 + number % 7)))

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(dumped, range(200)))
    assert found[:7] * 28 == found[:196]


def test_what_is_no_python_is_refused_and_the_next_is_parsed() -> None:
    with pytest.raises(SyntaxError):
        parse_module("x = (")
    with pytest.raises(SyntaxError):
        parse_expression("x = 1")
    assert ast.unparse(parse_expression("(x)")) == "x"
