"""A small benchmark task with every kind of rule, written into a folder."""

from pathlib import Path
from typing import Any

import yaml

from hepcoder.benchmarks.suites.loading import load_task
from hepcoder.benchmarks.suites.task import BenchTask

REFERENCE = """
import json
import numpy as np

def analyse(inputs, outputs, constants):
    n = constants["n"]
    rows = [each for each in range(1, n + 1) if each % 2]
    result = {"n": len(rows), "names": ["all", "odd"], "flow": {"all": n, "odd": len(rows)},
              "mean": sum(rows) / len(rows), "shift": 0.0, "mass": 91.2, "mass_error": 0.5, "ids": rows}
    (outputs / "result.json").write_text(json.dumps(result))
    counts = [each % 5 + 1 for each in rows]
    edges = list(range(len(counts) + 1))
    np.savez(outputs / "h.npz", counts=counts, edges=edges, underflow=2, overflow=3)
    np.savez(outputs / "w.npz", w_counts=np.array(counts) * 0.37, w_edges=edges)
    lines = ["event,m"] + [f"{row},{row * 1.5}" for row in rows]
    (outputs / "table.csv").write_text("\\n".join(lines) + "\\n")
    np.save(outputs / "rows.npy", np.array([[1.0, np.nan], [2.0, 3.0]]))
"""
MAKER = """
def make(folder, seed, constants):
    (folder / "data.txt").write_text(str(seed) + "\\n")
"""
TASK: dict[str, Any] = {
    "id": "small",
    "suite": "made",
    "title": "A small task",
    "prompt": "Take the odd ones of {n} numbers; {{}} are braces.",
    "constants": {"n": {"low": 9, "high": 19, "step": 2}},
    "inputs": ["data.txt"],
    "outputs": [
        "result.json:n,names,flow,mean,shift,mass[GeV],mass_error[GeV],ids",
        "h.npz:counts,edges,underflow,overflow",
        "w.npz:w_counts,w_edges",
        "table.csv:event,m",
        "rows.npy",
    ],
    "grading": {
        "result.json:n": {"kind": "exact"},
        "result.json:names": {"kind": "exact"},
        "result.json:flow": {"kind": "exact"},
        "result.json:mean": {"kind": "relative", "tolerance": 1e-6, "reason": "rounding"},
        "result.json:shift": {"kind": "absolute", "tolerance": 1e-3, "reason": "rounding"},
        "result.json:mass": {"kind": "pull", "uncertainty": "mass_error", "tolerance": 0.1, "reason": "a minimiser"},
        "result.json:mass_error": {"kind": "relative", "tolerance": 0.05, "reason": "a minimiser"},
        "result.json:ids": {"kind": "ids"},
        "h.npz:counts": {"kind": "histogram"},
        "w.npz:w_counts": {"kind": "histogram", "tolerance": 1e-9, "reason": "order of sums"},
        "table.csv:event": {"kind": "ids"},
        "table.csv:m": {"kind": "relative", "tolerance": 1e-6, "reason": "rounding", "by": "event"},
        "rows.npy": {"kind": "absolute", "tolerance": 1e-9, "reason": "rounding", "nan": True},
    },
    "mutants": [{"name": "even", "what": "the even ones", "replace": ["if each % 2", "if not each % 2"]}],
    "equivalents": [{"name": "mod", "what": "compares", "replace": ["if each % 2", "if each % 2 == 1"]}],
}


def write_task(root: Path, *, reference: str | None = REFERENCE, maker: str | None = MAKER, **changes: Any) -> Path:
    """Write the task below a folder of suites; `changes` replace fields, None removes one."""
    data = {name: value for name, value in {**TASK, **changes}.items() if value is not None}
    folder = root / "made" / "small"
    folder.mkdir(parents=True)
    (folder / "task.yaml").write_text(yaml.safe_dump(data, sort_keys=False))
    if reference is not None:
        (folder / "reference.py").write_text(reference)
    if maker is not None:
        (folder / "make.py").write_text(maker)
    return folder


def small_task(root: Path, **changes: Any) -> BenchTask:
    """The task, loaded."""
    return load_task(write_task(root, **changes))
