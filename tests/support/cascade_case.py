"""A tiny cascade of three steps, each with its reference, and a model that knows how to do them."""

import re
from pathlib import Path
from typing import Any

import yaml

MAKER = """
import random

def make(folder, seed, constants, null=False):
    numbers = random.Random(seed)
    rows = [round(numbers.uniform(0, 100), 3) for _ in range(50)]
    (folder / "values.csv").write_text("value\\n" + "".join(f"{row}\\n" for row in rows))
"""
CONSTANTS = {"threshold": {"low": 20, "high": 60, "step": 1}}
ROUNDING = {"kind": "relative", "tolerance": 1e-9, "reason": "order of sums"}
PICK = """
def analyse(inputs, outputs, constants):
    values = [float(line) for line in (inputs / "values.csv").read_text().split()[1:]]
    kept = [value for value in values if value > constants["threshold"]]
    (outputs / "picked.csv").write_text("value\\n" + "".join(f"{value!r}\\n" for value in kept))
"""
ADD = """
def analyse(inputs, outputs, constants):
    values = [float(line) for line in (inputs / "picked.csv").read_text().split()[1:]]
    (outputs / "sums.csv").write_text(f"n,total\\n{len(values)},{sum(values)!r}\\n")
"""
MEAN = """
import json

def analyse(inputs, outputs, constants):
    n, total = (float(cell) for cell in (inputs / "sums.csv").read_text().split()[1].split(","))
    (outputs / "result.json").write_text(json.dumps({"mean": total / n}))
"""
WHOLE = """
from pathlib import Path

STEPS = ("pick", "add", "mean")

def analyse(inputs, outputs, constants):
    for name in (*(path.name for path in inputs.iterdir()),):
        (outputs / name).write_bytes((inputs / name).read_bytes())
    for step in STEPS:
        names = {}
        exec((Path(__file__).parent.parent / step / "reference.py").read_text(), names)
        names["analyse"](outputs, outputs, dict(constants))
"""
TASKS: dict[str, dict[str, Any]] = {
    "pick": {
        "title": "Pick values",
        "prompt": "Read the column value (GeV) of values.csv. Write those with value > {threshold} GeV, in order, to "
        "picked.csv, column value.",
        "constants": CONSTANTS,
        "inputs": ["values.csv"],
        "outputs": ["picked.csv:value[GeV]"],
        "grading": {"picked.csv:value": ROUNDING},
        "mutants": [{"name": "below", "what": "takes those below", "replace": ["> constants", "< constants"]}],
        "reference": PICK,
    },
    "add": {
        "title": "Add up",
        "prompt": "Read picked.csv. Write to sums.csv one row: n, the number of rows, and total, their sum in GeV.",
        "inputs": ["picked.csv"],
        "outputs": ["sums.csv:n,total[GeV]"],
        "grading": {"sums.csv:n": {"kind": "exact"}, "sums.csv:total": ROUNDING},
        "mutants": [{"name": "most", "what": "the largest", "replace": ["sum(values)", "max(values)"]}],
        "reference": ADD,
        "maker": "../picked_maker.py",
    },
    "mean": {
        "title": "Take the mean",
        "prompt": "Read sums.csv, which has n and total (GeV). Write to result.json as mean, in GeV, total / n.",
        "inputs": ["sums.csv"],
        "outputs": ["result.json:mean[GeV]"],
        "grading": {"result.json:mean": ROUNDING},
        "mutants": [{"name": "times", "what": "the product", "replace": ["total / n", "total * n"]}],
        "reference": MEAN,
        "maker": "../picked_maker.py",
    },
    "whole": {
        "title": "From values to their mean",
        "prompt": "Give the mean of all values above {threshold} GeV.",
        "constants": CONSTANTS,
        "inputs": ["values.csv"],
        "outputs": ["result.json:mean[GeV]"],
        "grading": {"result.json:mean": ROUNDING},
        "mutants": [{"name": "all", "what": "no cut", "replace": ["dict(constants)", "{**constants, 'threshold': 0}"]}],
        "steps": ["pick", "add", "mean"],
        "reference": WHOLE,
    },
}
PICKED_MAKER = """
def make(folder, seed, constants, null=False):
    (folder / "picked.csv").write_text("value\\n1.5\\n2.5\\n")
    (folder / "sums.csv").write_text("n,total\\n2,4.0\\n")
"""
SCRIPTS = {
    "Write those with value": """
import csv
with open("values.csv") as file:
    values = [float(row["value"]) for row in csv.DictReader(file)]
with open("picked.csv", "w") as file:
    file.write("value\\n" + "".join(f"{value!r}\\n" for value in values if value > THRESHOLD))
""",
    "the number of": """
import csv
with open("picked.csv") as file:
    values = [float(row["value"]) for row in csv.DictReader(file)]
with open("sums.csv", "w") as file:
    file.write(f"n,total\\n{len(values)},{sum(values)!r}\\n")
""",
    "total / n": """
import csv
import json
with open("sums.csv") as file:
    (row,) = csv.DictReader(file)
with open("result.json", "w") as file:
    json.dump({"mean": float(row["total"]) / float(row["n"])}, file)
""",
}


def write_suite(root: Path, **changes: dict[str, Any]) -> Path:
    """The suite ``chain`` below a folder; `changes` replace fields of a task, None removes one."""
    suite = root / "chain"
    suite.mkdir(parents=True)
    (suite / "maker.py").write_text(MAKER)
    (suite / "picked_maker.py").write_text(PICKED_MAKER)
    for name, fields in TASKS.items():
        data = {"id": name, "suite": "chain", **fields, **changes.get(name, {})}
        reference = data.pop("reference")
        folder = suite / name
        folder.mkdir()
        (folder / "reference.py").write_text(reference)
        kept = {field: value for field, value in data.items() if value is not None}
        (folder / "task.yaml").write_text(yaml.safe_dump(kept, sort_keys=False))
    return suite


def asked_text(body: dict[str, Any]) -> str:
    """All that a request says."""
    return " ".join(str(message["content"]) for message in body["messages"])


def right_step(body: dict[str, Any]) -> str:
    """The right script for whichever step is asked for."""
    text = asked_text(body)
    (script,) = (script for words, script in SCRIPTS.items() if words in text)
    found = re.search(r"value > (\d+) GeV", text)
    return f"```python\n{script.replace('THRESHOLD', found[1] if found else '')}```\n"
