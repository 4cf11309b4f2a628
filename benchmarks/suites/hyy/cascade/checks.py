"""Rules for the end of the cascade, where the number of categories is the solver's own."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.graders.numbers import as_floats

_FAR = 0.05


def background(value: Any, expected: Path, constants: Mapping[str, Any]) -> list[str]:  # noqa: ARG001
    """All backgrounds are positive, and together they are those of the reference, whatever the categories."""
    found = as_floats(value, "background")
    should = sum(json.loads((expected / "result.json").read_text(encoding="utf-8"))["background"])
    if found.ndim != 1 or not found.size or not (found > 0).all():
        return ["background must be a list of positive numbers"]
    total = float(found.sum())
    close = abs(total - should) <= _FAR * should
    return [] if close else [f"the backgrounds add up to {total:.4g}, should be near {should:.4g}"]
