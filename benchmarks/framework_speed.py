"""Measures hepcoder itself: framework time of a one-draft success, and memory of the supervisor process.

Run as ``python -m hepcoder.benchmarks.framework_speed``. A script plays the model, so no model time is in the figures.
Framework time is the wall time of `Supervisor.solve` less the wall time of the sandboxed scripts; beside it stands the
time of an empty three-node LangGraph run with the same checkpointer, which is the floor of any such program.
"""

import resource
import statistics
import tempfile
import time
from pathlib import Path

import yaml

from hepcoder.agents.options import Options
from hepcoder.agents.supervisor import Supervisor
from hepcoder.graphs.solve import NODES, CheckpointedGraph
from hepcoder.graphs.state import Policy, SolveState
from hepcoder.ledger.events import Event, Executed

REPEATS = 7
BOUND_MS = 300.0
BOUND_MB = 300.0
REPLY = """```python
import csv
import json

with open("values.csv") as file:
    masses = [float(row["mass_gev"]) for row in csv.DictReader(file)]
with open("result.json", "w") as file:
    json.dump({"n_events": len(masses), "mean_mass": sum(masses) / len(masses)}, file)
```"""


def main() -> None:
    """Print each figure beside what it is compared with."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model, source = _prepare(folder)
        solve_once(model, source, folder / "warm")
        framework = [solve_once(model, source, folder / f"run{number}") for number in range(REPEATS)]
        floor = [_bare_graph(folder / f"bare{number}.sqlite") for number in range(REPEATS)]
    median = 1000 * statistics.median(framework)
    verdict = "ok" if median <= BOUND_MS else "MISSED"
    print(f"one-draft success, sandboxed scripts excluded, n={REPEATS}, median (min to max):")
    print(f"  framework           {_spread(framework)} ms   bound {BOUND_MS:.0f} ms: {verdict}")
    print(f"  bare LangGraph run  {_spread(floor)} ms   same seven steps, nodes that do nothing")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    verdict = "ok" if peak <= BOUND_MB else "MISSED"
    print(f"peak memory of this process: {peak:.0f} MB   bound {BOUND_MB:.0f} MB: {verdict}")


def solve_once(model: str, source: Path, runs: Path) -> float:
    """Solve the small task once; returns the seconds not spent in sandboxed scripts."""
    supervisor = Supervisor(model, runs=runs, options=Options(plan="rules"))
    started = time.perf_counter()
    scripts = 0.0
    for item in supervisor.stream(
        "Count the events and average mass_gev", inputs=[source], outputs=["result.json:n_events"]
    ):
        if isinstance(item, Event) and isinstance(item.body, Executed):
            scripts += item.body.wall_seconds
    return time.perf_counter() - started - scripts


def _prepare(folder: Path) -> tuple[str, Path]:
    source = folder / "values.csv"
    source.write_text("event,mass_gev\n" + "".join(f"{row},{91.2 + row % 7}\n" for row in range(100)), encoding="utf-8")
    replies = folder / "replies.yaml"
    replies.write_text(yaml.safe_dump({"replies": [REPLY]}), encoding="utf-8")
    return f"scripted:{replies}", source


def _bare_graph(path: Path) -> float:
    def idle(state: SolveState) -> SolveState:
        if state["step"] == 1:
            return SolveState(draft=1)
        return SolveState(status="unverified") if state["step"] > 2 else SolveState()

    started = time.perf_counter()
    with CheckpointedGraph(dict.fromkeys(NODES, idle), Policy(), path=path, thread="bare") as graph:
        graph.run()
    return time.perf_counter() - started


def _spread(seconds: list[float]) -> str:
    values = sorted(1000 * value for value in seconds)
    return f"{statistics.median(values):6.1f} ({values[0]:.1f} to {values[-1]:.1f})"


if __name__ == "__main__":
    main()
