"""Runs a typed selection in both ways, by the engine and as a script of its own, and reads what they wrote."""

import contextlib
import io
import json
import runpy
import shutil
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np

from hepcoder.tools.inspect.opening import open_source
from hepcoder.tools.selection.engine import run
from hepcoder.tools.selection.results import Results
from hepcoder.tools.selection.script import to_script
from hepcoder.tools.selection.selection import Selection
from hepcoder.tools.selection.writing import write_outputs


def by_engine(selection: Selection, data: Path, outputs: Path, *, step_size: int | None = None) -> Results:
    """The engine's results; its files are in `outputs`."""
    outputs.mkdir(parents=True, exist_ok=True)
    results = run(selection, data, step_size=step_size)
    write_outputs(selection, results, outputs)
    return results


def script_of(selection: Selection, data: Path) -> str:
    """The script of a selection for the data in a folder."""
    first = selection.sources[0]
    with open_source(data / first.files[0], tree=first.tree) as source:
        return to_script(selection, source.layout)


def by_script(selection: Selection, data: Path, outputs: Path) -> str:
    """Run the script in a folder of its own with the data, which is `outputs`; returns its text."""
    text = script_of(selection, data)
    shutil.copytree(data, outputs)
    (outputs / "script.py").write_text(text, encoding="utf-8")
    with contextlib.chdir(outputs), contextlib.redirect_stdout(io.StringIO()):
        runpy.run_path("script.py", run_name="__main__")
    return text


def contents(folder: Path, selection: Selection) -> dict[str, Any]:
    """What the output files hold; of a figure, only whether it is there."""
    return {output.file: _content(folder / output.file) for output in selection.outputs}


def _content(path: Path) -> Any:
    if path.suffix == ".json":
        return json.loads(path.read_text())
    if path.suffix == ".npz":
        with np.load(path) as arrays:
            return {name: arrays[name].tolist() for name in sorted(arrays.files)}
    if path.suffix == ".parquet":
        return ak.from_parquet(path).tolist()
    return path.read_text() if path.suffix == ".csv" else path.stat().st_size > 0
