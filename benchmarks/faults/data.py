"""The data that the programs read: small, made by the makers of the suites, the same for one seed."""

from pathlib import Path
from types import MappingProxyType

from hepcoder.benchmarks.suites.constants import draw_constants, stable_number
from hepcoder.benchmarks.suites.loading import SUITES, load_task
from hepcoder.benchmarks.suites.programs import compiled, maker_path
from hepcoder.sandbox.records import Input
from hepcoder.tools.samples.hyy import make_hyy_sample

SEED = 1
TASKS = MappingProxyType(
    {
        "nano": ("adl/q5",),
        "muons": ("peaks/zmumu",),
        "leptons": ("peaks/h4l",),
        "lhco": ("collm/ttbar",),
        "photons": ("collm/hgg",),
        "bosons": ("collm/ww",),
        "tables": ("stats/weights", "stats/best_cut", "stats/combination"),
    }
)
"""Tasks of the suites whose makers write the files, by the name of the data."""

_MINI_EVENTS = 1500


def make_data(name: str, folder: Path) -> tuple[Input, ...]:
    """Write the files of one name.

    Args:
        name: A name of `TASKS`, or ``mini`` for a diphoton sample in the layout of the ATLAS open data.
        folder: Where to write; made if missing.

    Returns:
        The files, as scripts see them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if name == "mini":
        make_hyy_sample(folder / "hyy.root", n_events=_MINI_EVENTS, seed=SEED)
    for task_name in TASKS.get(name, ()):
        task = load_task(SUITES / task_name)
        constants = draw_constants(task.constants, task=task.drawn_as or task.name, seed=SEED)
        path = maker_path(task)
        make = compiled(path.read_text(encoding="utf-8"), "make", str(path))
        make(folder, stable_number(task.drawn_as or task.name, SEED, "data", 0), dict(constants))
    return tuple(Input(path=path.resolve(), name=path.name) for path in sorted(folder.iterdir()))
