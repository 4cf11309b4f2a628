"""How much time the harness takes beside its models, next to inspect_ai on the same mock work in the same run.

``python -m hepcoder.benchmarks.harness_speed [--cells 128] [--in-flight 64] [--inspect PYTHON]``

A loopback server plays the model: it answers each call after a second, always without a script. So every cell of the
baseline ``plain`` makes its four calls, one after the other, through the whole of a real study: processes, claims,
graph with checkpoints, client, budget, hash-chained ledger, result; only the sandbox has nothing to do. inspect_ai
makes the same number of calls in as many samples with a bare solver. The same agent without the harness stands beside
it, to tell the two apart. ``--inspect`` names a Python that has inspect_ai; default: this one.

What is counted: wall time runs at the server, from the first request to the last answer. So the start of a program (its
interpreter and imports, for hepcoder also the probe of its sandbox) is not in it, and is printed apart; but what each
cell needs before its first call (data, folders, manifest, graph, client) is in it, for all cells but the first, and so
is whatever a program loads as late as that. CPU time of a call is the difference of a long and a short run of the same
program, so that its start is not in it either; where `--cells` is not more than `--in-flight` there is no short run,
and the start is included, which is said.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import yaml

LATENCY = 1.0
CALLS = 4
BOUND_RATIO = 1.15
BOUND_MS = 5.0
_KEY = "sk-loopback-0123456789"
_TASK = {
    "id": "mock",
    "suite": "speed",
    "title": "Nothing",
    "prompt": "Write the number {number} to result.json as n.",
    "constants": {"number": {"low": 1, "high": 1000, "step": 1}},
    "inputs": ["values.csv"],
    "outputs": ["result.json:n"],
    "grading": {"result.json:n": {"kind": "exact"}},
    "mutants": [{"name": "other", "what": "another number", "replace": ["['number']", "['number'] + 1"]}],
}
_MAKE = "def make(folder, seed, constants, null=False):\n    (folder / 'values.csv').write_text('n\\n1\\n')\n"
_REFERENCE = (
    "def analyse(inputs, outputs, constants):\n"
    "    (outputs / 'result.json').write_text('{\"n\": %d}' % constants['number'])\n"
)
_INSPECT = """
import sys
from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.solver import solver

cells, at_once, calls, address = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]

@solver
def asking():
    async def solve(state, generate):
        for _ in range(calls):
            state = await generate(state)
        return state
    return solve

work = Task(dataset=[Sample(input=f"cell {n}", id=n) for n in range(cells)], solver=asking())
log = eval(work, model="openai/mock", model_base_url=address, max_connections=at_once, max_samples=at_once,
           display="none", log_dir=".", model_args={"responses_api": False})
assert log[0].status == "success", log[0].error
"""


@dataclass(frozen=True)
class Timed:
    """One program on some work.

    Attributes:
        start: Seconds from the start of the program to its first request.
        wall: Seconds from the first request to the last answer.
        cpu: Seconds of CPU time of its processes, from its start to its end.
        calls: Calls served.
        at_once: Most calls in flight.
    """

    start: float
    wall: float
    cpu: float
    calls: int
    at_once: int


def main() -> int:
    """Print both, each beside the ideal; 1 when a bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=128)
    parser.add_argument("--in-flight", type=int, default=64)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--inspect", default=sys.executable, metavar="PYTHON")
    wanted = parser.parse_args()
    ideal = LATENCY * CALLS * -(-wanted.cells // wanted.in_flight)
    print(f"{wanted.cells} cells of {CALLS} calls of {LATENCY:g} s, {wanted.in_flight} in flight: ideal {ideal:.1f} s")
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    ours = _program("hepcoder", _command("study", wanted.processes), wanted, ideal)
    agent = _program("agent only", _command("alone", 1), wanted, ideal)
    if subprocess.run([wanted.inspect, "-c", "import inspect_ai"], capture_output=True, check=False).returncode == 0:
        _program("inspect_ai", [wanted.inspect, "-c", _INSPECT], wanted, ideal)
    else:
        print("inspect_ai: not installed in that Python; name one that has it with --inspect")
    added = ours[1] - agent[1]
    print(f"the harness itself, over the same agent without it: {added:.1f} ms of CPU a call")
    missed = ours[0] > BOUND_RATIO * ideal or added > BOUND_MS
    print(f"bounds: wall {BOUND_RATIO} x ideal, {BOUND_MS:g} ms a call: {'MISSED' if missed else 'ok'}")
    return int(missed)


def _program(name: str, command: list[str], wanted: argparse.Namespace, ideal: float) -> tuple[float, float]:
    """Time a program, long and short, and tell; returns its wall time (s) and CPU time of a call (ms)."""
    few = wanted.in_flight
    long = _timed(command, wanted.cells, wanted.in_flight)
    short = _timed(command, few, wanted.in_flight) if wanted.cells > few else None
    cpu = 1000 * (long.cpu - (short.cpu if short else 0.0)) / (long.calls - (short.calls if short else 0))
    excess = 1000 * (long.wall - ideal) / (CALLS * -(-wanted.cells // wanted.in_flight))
    print(
        f"{name:10s} wall {long.wall:.2f} s = {long.wall / ideal:.3f} x ideal, {excess:.0f} ms more a call; "
        f"{cpu:.1f} ms of CPU a call{'' if short else ', start included'}; {long.start:.1f} s of start apart; "
        f"{long.calls} calls, at most {long.at_once} at once"
    )
    return long.wall, cpu


def _command(function: str, processes: int) -> list[str]:
    program = (
        f"import sys; from hepcoder.benchmarks.harness_speed import {function}; "
        f"{function}(int(sys.argv[1]), int(sys.argv[2]), sys.argv[4], {processes})"
    )
    return [sys.executable, "-c", program]


def study(cells: int, in_flight: int, address: str, processes: int) -> None:
    """Run a study of the mock task in the working folder."""
    from hepcoder.benchmarks.harness.asking import make_study
    from hepcoder.benchmarks.harness.executors import LocalExecutor, ThreadExecutor
    from hepcoder.benchmarks.harness.folder import StudyFolder
    from hepcoder.benchmarks.harness.running import Conduct, run_study

    folder = StudyFolder(Path("study").absolute())
    folder.freeze(make_study(_asked(cells, address), source="the speed test"))
    executor = LocalExecutor(processes) if processes > 1 else ThreadExecutor()
    outcome = run_study(folder, executor, Conduct(lanes=in_flight, scripts=1))
    if outcome.missing:
        raise SystemExit(str(outcome.broken))


def alone(cells: int, in_flight: int, address: str, processes: int) -> None:  # noqa: ARG001 - as for `study`
    """Give the same requests to the same agent, in threads of this process, without any harness."""
    from concurrent.futures import ThreadPoolExecutor

    from hepcoder.agents.options import Options
    from hepcoder.agents.setup import make_setup
    from hepcoder.agents.trial import run_trial
    from hepcoder.benchmarks.harness.shared_sandbox import SharedSandbox
    from hepcoder.sandbox.choose import choose_sandbox

    task = Path(_asked(cells, address)["tasks"][0])
    (task / "values.csv").write_text("n\n1\n")
    sandbox = choose_sandbox()

    def solve(number: int) -> None:
        setup = make_setup(
            f"Write the number {number} to result.json as n.",
            inputs=[task / "values.csv"],
            outputs=["result.json:n"],
            model="compatible:mock",
            runs=Path("runs"),
            sandbox=SharedSandbox(sandbox, Path("scratch"), threading.Semaphore(1), lambda _: None),
            base_url=address,
            record=True,
            options=Options(agent="plain"),
        )
        run_trial(setup, lambda _: None, threading.Event())

    with ThreadPoolExecutor(in_flight) as threads:
        list(threads.map(solve, range(cells)))


def _asked(cells: int, address: str) -> dict[str, Any]:
    task = Path("speed/mock").absolute()
    task.mkdir(parents=True)
    (task / "task.yaml").write_text(yaml.safe_dump(_TASK))
    (task / "make.py").write_text(_MAKE)
    (task / "reference.py").write_text(_REFERENCE)
    models = [{"name": "compatible:mock", "base_url": address}]
    return {"tasks": [str(task)], "models": models, "agents": ["plain"], "trials": cells}


def _timed(command: list[str], cells: int, at_once: int) -> Timed:
    environment = {**os.environ, "OPENAI_API_KEY": _KEY, "HEPCODER_API_KEY": _KEY}
    server = subprocess.Popen(
        [sys.executable, "-m", "hepcoder.benchmarks.mock_server", str(LATENCY)], stdout=subprocess.PIPE, text=True
    )
    try:
        address = server.stdout.readline().strip() if server.stdout else ""
        with tempfile.TemporaryDirectory() as folder:
            before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
            arguments = [*command, str(cells), str(at_once), str(CALLS), address]
            done = subprocess.run(arguments, env=environment, cwd=folder, check=False, capture_output=True, text=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode:
            raise SystemExit(done.stderr[-3000:])
        with urlopen(address.removesuffix("/v1") + "/seen") as answer:  # noqa: S310 - our own loopback server
            seen = json.load(answer)
    finally:
        server.kill()
        server.wait()
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Timed(seen["first"] - began, seen["wall"], cpu, seen["calls"], seen["at_once"])


if __name__ == "__main__":
    sys.exit(main())
