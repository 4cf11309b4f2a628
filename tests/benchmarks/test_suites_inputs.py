"""Whatever a task hands to an agent is a file that inspection knows."""

from pathlib import Path

import pytest

from hepcoder.benchmarks.suites.loading import load_suite, suite_names
from hepcoder.benchmarks.suites.task import BenchTask
from hepcoder.benchmarks.suites.variant import make_variant
from hepcoder.tools.inspect import inspect_input

TASKS = [
    pytest.param(task, id=task.name, marks=() if suite == "stats" else pytest.mark.thorough)
    for suite in suite_names()
    for task in load_suite(suite)
]


@pytest.mark.parametrize("task", TASKS)
def test_the_inputs_of_a_task_can_be_inspected(task: BenchTask, tmp_path: Path) -> None:
    for path in make_variant(task, 4, tmp_path).inputs:
        assert inspect_input(path).entries > 0
