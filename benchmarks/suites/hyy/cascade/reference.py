"""The references of all steps in their order, each on what those before it wrote."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.programs import compiled

PROGRAMS = (
    "inspect/reference.py",
    "convert/reference.py",
    "preprocess/reference.py",
    "separate/reference.py",
    "categorize/reference.py",
    "fit/reference.py",
)


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write ``result.json``; return the smallest relative distance of a derived number to a cut, of all steps."""
    given = dict(constants)
    with tempfile.TemporaryDirectory(prefix="hepcoder-hyy-") as name:
        place = Path(name)
        for path in inputs.iterdir():
            (place / path.name).symlink_to(path.absolute())
        distances = [_run(program, place, given) for program in PROGRAMS]
        result = json.loads((place / "result.json").read_text(encoding="utf-8"))
    (outputs / "result.json").write_text(json.dumps(result), encoding="utf-8")
    return min(distance for distance in distances if distance is not None)


def _run(program: str, place: Path, constants: Mapping[str, Any]) -> float | None:
    path = Path(__file__).parent.parent / program
    distance: float | None = compiled(path.read_text(encoding="utf-8"), "analyse", str(path))(place, place, constants)
    return distance
