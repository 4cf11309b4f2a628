"""Asks a model the five sentences and prints what really happened.

Run as ``python -m hepcoder.benchmarks.open_data DATA [--model M] [--case ID] [--runs DIR] [--recordings DIR]``.
"""

import argparse
import json
import shutil
from pathlib import Path

from hepcoder.agents.solution import Solution
from hepcoder.agents.supervisor import Supervisor
from hepcoder.benchmarks.open_data.cases import CASES, Case
from hepcoder.benchmarks.open_data.grading import Grade, grade
from hepcoder.ledger.manifest import read_manifest, write_manifest


def main() -> None:
    """Run the cases one after the other, grade each, and print a table."""
    arguments = _parser().parse_args()
    chosen = [case for case in CASES if arguments.case in (None, case.id)]
    rows = []
    for case in chosen:
        solution = Supervisor(arguments.model, runs=arguments.runs).solve(case.task(arguments.data))
        verdict = _grade(case, solution, arguments.data)
        rows.append((case, solution, verdict))
        print(_row(case, solution, verdict), flush=True)
        if arguments.recordings is not None:
            keep_recording(solution.folder, arguments.recordings / case.id)
    if arguments.recordings is not None:
        keep_grades(rows, arguments.recordings)
    right = sum(verdict.right for _, _, verdict in rows)
    print(f"right: {right} of {len(rows)} (one trial each), model {rows[0][1].model}")


def keep_recording(run: Path, target: Path) -> None:
    """Copy what a replay needs of a run, and nothing else: no path of this machine either."""
    shutil.rmtree(target, ignore_errors=True)
    ignore = shutil.ignore_patterns("work", "solution", "checkpoint.sqlite*", "*.lock")
    shutil.copytree(run, target, ignore=ignore)
    path = target / "manifest.json"
    manifest = read_manifest(path)
    inputs = tuple(item.model_copy(update={"path": item.name}) for item in manifest.inputs)
    task = {**manifest.task, "inputs": [item.name for item in inputs]}
    write_manifest(path, manifest.model_copy(update={"inputs": inputs, "task": task}))


def keep_grades(rows: list[tuple[Case, Solution, Grade]], target: Path) -> None:
    """Write down what each recorded run was worth, for the replay tests."""
    grades = {case.id: {"status": solution.status, "right": verdict.right} for case, solution, verdict in rows}
    path = target / "grades.json"
    before = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    path.write_text(json.dumps({**before, **grades}, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _grade(case: Case, solution: Solution, data: Path) -> Grade:
    if solution.status == "failed":
        failure = "unknown" if solution.failure is None else solution.failure.label
        return Grade(right=False, reason=f"the agents gave up: {failure}")
    return grade(case.id, solution.folder / "solution", data)


def _row(case: Case, solution: Solution, verdict: Grade) -> str:
    totals = solution.totals
    tokens = f"{totals.input_tokens}+{totals.output_tokens}"
    return (
        f"{case.id:13s} {'RIGHT' if verdict.right else 'WRONG':5s} {solution.status:10s} "
        f"{totals.calls} calls {tokens:>11s} tokens {solution.seconds:5.0f} s  {verdict.reason}"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder with the open-data files")
    parser.add_argument("--model", default="local:qwen2.5-coder-1.5b")
    parser.add_argument("--case", choices=[case.id for case in CASES])
    parser.add_argument("--runs", type=Path, default=Path("hepcoder-runs"))
    parser.add_argument("--recordings", type=Path, help="copy each run here, for the replay tests")
    return parser


if __name__ == "__main__":
    main()
