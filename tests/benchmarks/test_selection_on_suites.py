"""Every selection task of the suites as a typed selection: the engine, its script and the reference agree."""

from pathlib import Path

import pytest
from selection_cases import CASES
from selection_runs import by_engine, by_script, contents

from hepcoder.benchmarks.grading import grade
from hepcoder.benchmarks.suites.loading import SUITES, load_task
from hepcoder.benchmarks.suites.task import BenchTask
from hepcoder.benchmarks.suites.variant import make_variant

QUICK = ("adl/q5", "peaks/zmumu")


def without_fits(task: BenchTask) -> BenchTask:
    """The task without the outputs of its fit, which is no selection."""
    outputs = tuple(one for one in task.outputs if not one.startswith("fit.json"))
    grading = {name: rule for name, rule in task.grading.items() if not name.startswith("fit.json")}
    return task.model_copy(update={"outputs": outputs, "grading": grading})


def check(name: str, seed: int, folder: Path) -> None:
    task = load_task(SUITES / name)
    variant = make_variant(task, seed, folder / "variant")
    selection = CASES[name](variant.constants)
    by_engine(selection, variant.data, folder / "engine")
    script = by_script(selection, variant.data, folder / "script")
    assert contents(folder / "engine", selection) == contents(folder / "script", selection)
    assert "selection.engine" not in script
    for outputs in ("engine", "script"):
        graded = grade(without_fits(task), variant, folder / outputs)
        assert graded.verdict == "pass", (outputs, graded.reasons)


@pytest.mark.parametrize("name", QUICK)
def test_engine_script_and_reference_agree(name: str, tmp_path: Path) -> None:
    check(name, 1, tmp_path)


@pytest.mark.thorough
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", CASES)
def test_engine_script_and_reference_agree_on_every_task(name: str, seed: int, tmp_path: Path) -> None:
    check(name, seed, tmp_path)
