"""The steps in their order, and what each one reads when it stands alone: the reference's outputs of those before."""

import tempfile
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.constants import stable_number
from hepcoder.benchmarks.suites.errors import VariantError
from hepcoder.benchmarks.suites.hyy.maker import make
from hepcoder.benchmarks.suites.programs import compiled

STEPS = ("inspect", "convert", "preprocess", "separate", "categorize", "fit")
"""Ids of the tasks."""

INPUTS: Mapping[str, tuple[str, ...]] = {
    "preprocess": ("signal_raw.npy", "data_raw.npy"),
    "separate": ("signal.npy", "bkgd.npy", "data.npy"),
    "categorize": ("scores.npz", "signal.npy", "bkgd.npy", "data.npy"),
    "fit": ("table.csv", "masses.npz"),
}
"""Files that a step reads, all written by steps before it; the steps left out read the ROOT files."""

_MOST_TRIES = 40


def run_reference(step: str, inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float | None:
    """Run the reference of one step.

    Args:
        step: One of `STEPS`.
        inputs: Folder that holds what the step reads, whoever wrote it.
        outputs: Folder to write to; it must exist and may be the same.
        constants: The suite's constants.

    Returns:
        The smallest relative distance of a derived number to a cut; None for a step that cuts on none.

    Raises:
        ValueError: There is no such step.
    """
    if step not in STEPS:
        message = f"there is no step {step!r}; there are {', '.join(STEPS)}"
        raise ValueError(message)
    path = Path(__file__).parent / step / "reference.py"
    distance: float | None = compiled(path.read_text(encoding="utf-8"), "analyse", str(path))(
        inputs, outputs, constants
    )
    return distance


def make_inputs(step: str, folder: Path, seed: int, constants: Mapping[str, Any], *, null: bool = False) -> None:
    """Write what one step reads: the ROOT files, or what the references of the steps before make of them.

    Args:
        step: A name in `INPUTS`, or any other of `STEPS` for the ROOT files.
        folder: Folder to write to.
        seed: Seed of the data.
        constants: The suite's constants.
        null: Leave the signal out of the data.
    """
    if step not in INPUTS:
        make(folder, seed, constants, null=null)
        return
    files = _files_after(STEPS[STEPS.index(step) - 1], seed, tuple(sorted(constants.items())), null)
    for name in INPUTS[step]:
        (folder / name).write_bytes(files[name])


def make_telling_inputs(
    step: str,
    folder: Path,
    seed: int,
    constants: Mapping[str, Any],
    tells: Callable[[Path], bool],
    *,
    null: bool = False,
) -> None:
    """Write what one step reads; data on which a wrong program would be right are drawn again.

    They are not left to the distance that the reference returns: in a cascade, where a step reads what the solver
    wrote, a distance of 0 would excuse a wrong answer.

    Args:
        step: As in `make_inputs`, like `seed`, `constants` and `null`.
        folder: Folder to write to.
        seed: Seed of the first data drawn.
        constants: The suite's constants.
        tells: Whether the inputs in a folder tell right programs from wrong ones.
        null: Leave the signal out of the data.

    Raises:
        VariantError: None of the data drawn do.
    """
    for number in range(_MOST_TRIES):
        drawn = stable_number(f"hyy/{step}", seed, number) if number else seed
        make_inputs(step, folder, drawn, constants, null=null)
        if tells(folder):
            return
    message = f"hyy/{step}, seed {seed}: on {_MOST_TRIES} data sets a wrong program would be right"
    raise VariantError(message)


@lru_cache(maxsize=12)
def _files_after(step: str, seed: int, constants: tuple[tuple[str, Any], ...], null: bool) -> Mapping[str, bytes]:
    """Contents of all files that the maker and the references up to a step leave; kept, as the next steps ask again."""
    with tempfile.TemporaryDirectory(prefix="hepcoder-hyy-") as name:
        place = Path(name)
        if step == "convert":
            make(place, seed, dict(constants), null=null)
        else:
            for file, content in _files_after(STEPS[STEPS.index(step) - 1], seed, constants, null).items():
                (place / file).write_bytes(content)
        run_reference(step, place, place, dict(constants))
        return {path.name: path.read_bytes() for path in place.iterdir()}
