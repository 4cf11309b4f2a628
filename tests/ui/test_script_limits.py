"""Bounds on scripts are raised from the command line."""

import pytest

from hepcoder.graphs.task import Task
from hepcoder.sandbox.records import GIB, Limits
from hepcoder.ui.request import bounded

UNSET = dict.fromkeys(("max_usd", "max_tokens", "max_calls", "max_seconds"))


@pytest.mark.parametrize(
    ("given", "changed"),
    [
        ({}, {}),
        ({"script_seconds": 900.0}, {"wall_seconds": 900.0, "cpu_seconds": 1800.0}),
        ({"script_memory": 1.5}, {"memory_bytes": 3 * GIB // 2}),
    ],
)
def test_the_options_bound_each_run_of_a_script(given: dict[str, float], changed: dict[str, float]) -> None:
    task = Task(prompt="train a classifier", limits=Limits(disk_bytes=2 * GIB))
    expected = task.limits.model_copy(update=changed)
    assert bounded(task, {**UNSET, **given}).limits == expected
