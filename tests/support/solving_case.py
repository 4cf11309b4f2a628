"""A small solvable task with scripts that solve it, fail, or cheat; shared by the tests of the whole loop."""

from pathlib import Path

import numpy as np
import uproot
import yaml

from hepcoder.graphs.task import Task
from hepcoder.tools.outputs import parse_output

PROMPT = "Count the events with a photon of pt > 30 GeV and give the mean photon pt"

GOOD = """
import json
import uproot
import awkward as ak

pt = uproot.open("photons.root")["events"]["photon_pt"].array()
selected = ak.any(pt > 30.0, axis=1)
with open("result.json", "w") as file:
    json.dump({"n_selected": int(ak.sum(selected)), "mean_pt": float(ak.mean(pt))}, file)
"""
RAISES = "raise RuntimeError('the detector is on fire')\n"
SILENT = "import uproot\nprint(uproot.open('photons.root').keys())\n"
CHEAT = "import json\njson.dump({'n_selected': 17, 'mean_pt': 42.5}, open('result.json', 'w'))\n"


def fenced(code: str) -> str:
    """The code as a model would answer it."""
    return f"Here is the script.\n\n```python\n{code.strip()}\n```\n"


def write_input(folder: Path) -> Path:
    """A ROOT file with a flat tree of jagged photon momenta, in GeV."""
    generator = np.random.default_rng(7)
    counts = generator.integers(1, 4, size=200)
    path = folder / "photons.root"
    with uproot.recreate(path) as file:
        import awkward as ak

        file["events"] = {"photon_pt": ak.unflatten(generator.exponential(25.0, size=int(counts.sum())), counts)}
    return path


def expected(path: Path) -> tuple[int, float]:
    """Count and mean by a plain loop."""
    rows = uproot.open(path)["events"]["photon_pt"].array().to_list()
    flat = [pt for row in rows for pt in row]
    return sum(any(pt > 30.0 for pt in row) for row in rows), sum(flat) / len(flat)


def make_task(folder: Path, **fields: object) -> Task:
    """The task on a fresh input in `folder`."""
    return Task.model_validate(
        {
            "id": "photons",
            "prompt": PROMPT,
            "inputs": (write_input(folder),),
            "outputs": (parse_output("result.json:n_selected,mean_pt[GeV]"),),
            **fields,
        }
    )


def script_model(folder: Path, *replies: object) -> str:
    """A scripted model that answers with these replies in turn; returns its name."""
    path = folder / "replies.yaml"
    path.write_text(yaml.safe_dump({"replies": list(replies)}), encoding="utf-8")
    return f"scripted:{path}"
