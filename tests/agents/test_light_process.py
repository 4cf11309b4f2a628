"""The supervisor's process stays light: what plots, trains and queries is loaded elsewhere."""

import subprocess
import sys
from pathlib import Path

from solving_case import GOOD, fenced, make_task, script_model

HEAVY = ("torch", "coffea", "matplotlib", "mplhep", "duckdb", "pandas", "scipy")

DRIVER = """
import sys
from hepcoder.agents import Options, Supervisor
from hepcoder.graphs.task import Task

task, model, runs, *heavy = sys.argv[1:]
solution = Supervisor(model, runs=runs, options=Options(plan="rules")).solve(Task.model_validate_json(task))
print(solution.status, [name for name in heavy if name in sys.modules])
"""


def test_solving_loads_nothing_heavy(tmp_path: Path) -> None:
    task, model = make_task(tmp_path).model_dump_json(), script_model(tmp_path, fenced(GOOD))
    arguments = [sys.executable, "-c", DRIVER, task, model, str(tmp_path / "runs"), *HEAVY]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.split(maxsplit=1) == ["unverified", "[]\n"]
