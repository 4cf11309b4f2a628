"""Number of electrons in an event."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import objects, read_root, save


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``nel.json``."""
    numbers: list[int] = []
    for event in read_root(inputs / "physlite.root", "CollectionTree", "AnalysisElectrons*"):
        number = 0
        for each in objects(event, "AnalysisElectronsAuxDyn.", "pt", "eta", "DFCommonElectronsLHLoose"):
            if each["pt"] > 1000 * constants["electron_pt"] and each["DFCommonElectronsLHLoose"] == 1:
                number += 1
        numbers.append(number)
    save(
        outputs / "nel.json",
        n0=sum(1 for number in numbers if number == 0),
        n1=sum(1 for number in numbers if number == 1),
        n2=sum(1 for number in numbers if number == 2),
        n3plus=sum(1 for number in numbers if number >= 3),
        mean=sum(numbers) / len(numbers),
    )
