"""Expected signal and background from two samples."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import read_root, save


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``yields.json``."""
    n_signal, s, s_error = expected(inputs / "signal.root", constants)
    n_background, b, b_error = expected(inputs / "background.root", constants)
    save(
        outputs / "yields.json",
        n_signal=n_signal,
        n_background=n_background,
        s=s,
        s_error=s_error,
        b=b,
        b_error=b_error,
        significance=s / math.sqrt(b),
    )


def expected(path: Path, constants: Mapping[str, Any]) -> tuple[int, float, float]:
    """Number of selected events, and their yield with its uncertainty."""
    lumi = constants["lumi"]
    events = read_root(path, "nominal", "n_*", "lep*_charge", "met", "weight")
    weights = [event["weight"] for event in events if is_selected(event, constants)]
    return (len(weights), sum(weights) * lumi, math.sqrt(sum(weight * weight for weight in weights)) * lumi)


def is_selected(event: Mapping[str, Any], constants: Mapping[str, Any]) -> bool:
    """Two opposite leptons, no b-jet, missing momentum."""
    opposite = event["n_lep"] == 2 and event["lep1_charge"] * event["lep2_charge"] < 0
    return bool(opposite and event["n_bjet"] == 0 and event["met"] > constants["met_min"])
