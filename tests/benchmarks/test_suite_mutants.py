"""Every mutant of every suite is refused and every equivalent accepted, on three seeds; prints the catch rate."""

from collections.abc import Callable
from pathlib import Path

import pytest
from bench_case import small_task

from hepcoder.benchmarks.suites.loading import SUITES, load_task
from hepcoder.benchmarks.suites.mutation import catch_rate

TASKS = sorted(path.parent.relative_to(SUITES).as_posix() for path in SUITES.glob("*/*/task.yaml"))


@pytest.mark.thorough
@pytest.mark.parametrize("name", TASKS)
def test_the_grader_tells_mutants_from_equivalents(name: str, record_property: Callable[[str, object], None]) -> None:
    report = catch_rate(load_task(SUITES / name), seeds=(1, 2, 3))
    record_property("caught", f"{report.n_caught} of {report.n_mutants}")
    print(f"{name}: {report.n_caught} of {report.n_mutants} mutants refused")
    assert not report.wrong, "\n".join(
        f"{t.kind} {t.name}, seed {t.seed}: {t.verdict} {t.reasons[:2]}" for t in report.wrong
    )
    assert report.rate == 1.0


def test_a_survivor_a_refused_equivalent_and_a_crash_are_told(tmp_path: Path) -> None:
    mutants = [
        {"name": "even", "what": "wrong", "replace": ["if each % 2", "if not each % 2"]},
        {"name": "harmless", "what": "not wrong at all", "replace": ["if each % 2", "if each % 2 == 1"]},
        {"name": "crash", "what": "does not run", "replace": ["if each % 2", "if each % 0"]},
    ]
    equivalents = [{"name": "more", "what": "wrong after all", "replace": ["n + 1", "n + 3"]}]
    report = catch_rate(small_task(tmp_path, mutants=mutants, equivalents=equivalents), seeds=(1, 2))
    assert {(trial.name, trial.verdict) for trial in report.wrong} == {
        ("harmless", "pass"),
        ("crash", "crashed"),
        ("more", "fail"),
    }
    assert (report.n_caught, report.n_mutants, report.rate) == (1, 3, 1 / 3)
