"""What is in the ROOT files: trees, entries, branches and their types."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import uproot

FILES = ("data_A.root", "mc_ggH.root", "mc_WH.root")


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:  # noqa: ARG001  nothing is cut
    """Write ``summary.json``."""
    summary: dict[str, Any] = {}
    for name in FILES:
        with uproot.open(inputs / name) as file:
            summary[name] = {tree: described(file[tree]) for tree in file.keys(cycle=False)}
    (outputs / "summary.json").write_text(json.dumps({"files": summary}), encoding="utf-8")


def described(tree: Any) -> dict[str, Any]:
    """Entries and branches of one tree."""
    branches = {}
    for name in tree.keys():  # noqa: SIM118  a tree is no mapping
        rows = tree[name].array(library="np")
        is_list = rows.dtype == object
        values = np.concatenate(list(rows)) if is_list else rows
        branches[name] = {"type": values.dtype.name, "jagged": is_list, "values": len(values)}
    return {"entries": int(tree.num_entries), "branches": branches}
