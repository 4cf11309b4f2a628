"""How fast the sandbox starts and runs scripts, beside plain Python in the same run.

``python -m hepcoder.benchmarks.sandbox_speed [--jobs N] [--events N]``
"""

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from hepcoder.sandbox.base import Sandbox
from hepcoder.sandbox.choose import choose_sandbox, describe
from hepcoder.sandbox.environment import script_environment
from hepcoder.sandbox.processes import descendants
from hepcoder.sandbox.records import Execution, Input, Job, Limits

_IMPORTS = "import numpy, awkward, uproot, hist, matplotlib.pyplot, mplhep\n"
_FIRST_LINE = "import time\nbegan = time.monotonic()\n"
_ANALYSIS = """
import awkward as ak, hist, matplotlib.pyplot as plt, mplhep, numpy as np, uproot
import time
began = time.perf_counter()
for _ in range(4):
    events = uproot.open("events.root")["events"].arrays()
    selected = events[(ak.num(events.pt) >= 2) & ak.any(events.pt > 30, axis=1)]
    mass = np.sqrt(2 * selected.pt[:, 0] * selected.pt[:, 1] * (np.cosh(selected.eta[:, 0] - selected.eta[:, 1]) + 1))
    histogram = hist.Hist.new.Reg(60, 0, 300).Double().fill(mass)
took = time.perf_counter() - began  # the first figure of a process is part of its start
figure, axes = plt.subplots()
mplhep.histplot(histogram, ax=axes)
figure.savefig("mass.png")
print(took)
"""


def main() -> None:
    """Print the figures, each beside its bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=30, help="scripts for each figure of the start")
    parser.add_argument("--events", type=int, default=1_000_000, help="events of the run-time job")
    parser.add_argument("--pairs", type=int, default=7, help="pairs of run-time jobs, plain and confined by turns")
    wanted = parser.parse_args()
    sandbox = choose_sandbox()
    print(describe(sandbox))
    with tempfile.TemporaryDirectory() as folder:
        _starts(sandbox, Path(folder), wanted.jobs)
        _run_time(sandbox, Path(folder), wanted.events, wanted.pairs)
    sandbox.close()


def _starts(sandbox: Sandbox, folder: Path, jobs: int) -> None:
    began = time.monotonic()
    _run(sandbox, folder, _IMPORTS)
    print(f"new worker and a first script: {time.monotonic() - began:.2f} s")
    print(f"idle worker: {_idle_memory_mib():.0f} MiB of memory that is its own (proportional set size)")
    plain = [_plain_start(folder) for _ in range(max(3, jobs // 6))]
    for pause, words in ((0.1, "with a pause between scripts"), (0.0, "one right after the other")):
        warm = [_warm_start(sandbox, folder, pause) for _ in range(jobs)]
        ratio = median(warm) / median(plain)
        print(
            f"request to first line of user code with all imports done, {words}: median {median(warm) * 1e3:.1f} ms,"
            f" worst {max(warm) * 1e3:.1f} ms (bound 10); plain python script.py: {median(plain) * 1e3:.0f} ms;"
            f" ratio {ratio:.4f} (bound 0.05)"
        )


def _warm_start(sandbox: Sandbox, folder: Path, pause: float) -> float:
    time.sleep(pause)
    asked = time.monotonic()
    return float(_run(sandbox, folder, f"{_IMPORTS}{_FIRST_LINE}print(began)").stdout) - asked


def _plain_start(folder: Path) -> float:
    script = folder / "plain.py"
    script.write_text(f"{_IMPORTS}{_FIRST_LINE}print(began)")
    asked = time.monotonic()
    return float(_plain(script, folder)) - asked


def _idle_memory_mib() -> float:
    total = 0
    for pid in descendants(int(Path("/proc/self").resolve().name))[1:]:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def _run_time(sandbox: Sandbox, folder: Path, events: int, pairs: int) -> None:
    data = folder / "events.root"
    _make_events(data, events)
    script = folder / "analysis.py"
    script.write_text(_ANALYSIS)
    inputs = (Input(path=data, name="events.root"),)
    plain, confined = [], []
    for _ in range(pairs):
        plain.append(float(_plain(script, folder)))
        confined.append(float(_run(sandbox, folder, _ANALYSIS, inputs).stdout))
    ratios = [there / here for here, there in zip(plain, confined, strict=True)]
    print(
        f"{events:,}-event uproot job: plain {median(plain):.2f} s, confined {median(confined):.2f} s;"
        f" overhead {100 * (median(confined) / median(plain) - 1):+.1f} % of the medians,"
        f" {100 * (median(ratios) - 1):+.1f} % median of {pairs} pairs (bound 3 %)"
    )


def _make_events(path: Path, events: int) -> None:
    import awkward as ak
    import numpy as np
    import uproot

    random = np.random.default_rng(1)
    counts = random.poisson(2.5, events)
    content = {"pt": random.exponential(25, counts.sum()) + 5, "eta": random.normal(0, 1.5, counts.sum())}
    with uproot.recreate(path) as file:
        file["events"] = {name: ak.unflatten(values, counts) for name, values in content.items()}


def _plain(script: Path, folder: Path) -> str:
    environment = script_environment(home=str(folder), scratch=str(folder), python_path="")
    done = subprocess.run(
        [sys.executable, "-s", script], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


_numbers = itertools.count()


def _run(sandbox: Sandbox, folder: Path, script: str, inputs: Sequence[Input] = ()) -> Execution:
    own = folder / f"run-{next(_numbers)}"
    own.mkdir()
    execution = sandbox.run(Job(script=script, folder=own, inputs=tuple(inputs), limits=Limits(wall_seconds=300)))
    if not execution.ok:
        raise SystemExit(json.dumps(execution.model_dump(mode="json"), indent=1))
    return execution


if __name__ == "__main__":
    main()
