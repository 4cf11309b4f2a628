"""Prints how many mutants each task's grader refuses.

Run as ``python -m hepcoder.benchmarks.suites [SUITE[/TASK] ...] [--seeds 1 2 3]``.
"""

import argparse

from hepcoder.benchmarks.suites.loading import load_suite, suite_names
from hepcoder.benchmarks.suites.mutation import MutationReport, catch_rate
from hepcoder.benchmarks.suites.task import BenchTask


def main() -> int:
    """Try the edits of the chosen tasks; 1 if the grader is wrong about any."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="SUITE[/TASK]", help="all suites by default")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    arguments = parser.parse_args()
    reports = [
        told(catch_rate(task, arguments.seeds)) for name in arguments.names or suite_names() for task in _tasks(name)
    ]
    caught, mutants = sum(report.n_caught for report in reports), sum(report.n_mutants for report in reports)
    print(f"{caught} of {mutants} mutants refused on every one of {len(arguments.seeds)} seeds")
    return int(any(report.wrong for report in reports))


def told(report: MutationReport) -> MutationReport:
    """Print a report, and what the grader was wrong about."""
    print(f"{report.task:32s} {report.n_caught} of {report.n_mutants} mutants refused", flush=True)
    for trial in report.wrong:
        print(f"  {trial.kind} {trial.name}, seed {trial.seed}: {trial.verdict}  {'; '.join(trial.reasons)[:300]}")
    return report


def _tasks(name: str) -> tuple[BenchTask, ...]:
    suite, _, task = name.partition("/")
    return tuple(each for each in load_suite(suite) if task in ("", each.id))


if __name__ == "__main__":
    raise SystemExit(main())
