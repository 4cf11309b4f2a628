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


def test_libraries_that_parse_out_of_turn_disturb_nobody() -> None:
    def out_of_turn(_: int) -> int:
        try:
            return len(ast.dump(ast.parse(DEEP * 5)))
        except SystemError:  # theirs to suffer
            return 0

    def ours(_: int) -> int:
        return len(ast.dump(parse_module(DEEP * 5)))

    with ThreadPoolExecutor(4) as others, ThreadPoolExecutor(4) as threads:
        noise = others.map(out_of_turn, range(150))
        assert len(set(threads.map(ours, range(150)))) == 1
        list(noise)


def test_what_is_no_python_is_refused_and_the_next_is_parsed() -> None:
    with pytest.raises(SyntaxError):
        parse_module("x = (")
    with pytest.raises(SyntaxError):
        parse_expression("x = 1")
    assert ast.unparse(parse_expression("(x)")) == "x"
