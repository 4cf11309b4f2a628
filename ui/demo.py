"""What `hepcoder demo` asks, and the made-up data it asks about."""

from pathlib import Path

from hepcoder.graphs.task import Task
from hepcoder.tools.outputs import parse_output

N_EVENTS = 20_000

REQUEST = """\
Select events with at least two tight photons of pt > 25 GeV and |eta| < 2.37. Plot the invariant mass of the two \
leading photons, 30 bins from 100 to 160 GeV. Give the number of selected events, their mean diphoton mass, and the \
cutflow."""

OUTPUTS = ("result.json:n_selected,mean_mass[GeV]", "mass.png", "cutflow.json")


def make_demo_data(folder: Path, *, seed: int) -> Path:
    """Make the sample, unless it is there already: a run names its input by digest, and ROOT files hold their date.

    Args:
        folder: Made when missing.
        seed: Seed of the sample, at least 0.

    Returns:
        The ROOT file.

    Raises:
        OSError: The folder cannot be written.
    """
    from hepcoder.tools.samples import make_hyy_sample

    path = folder / f"hyy_seed{seed}.root"
    if path.is_file():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f".making_hyy_seed{seed}.root"
    make_hyy_sample(unfinished, n_events=N_EVENTS, seed=seed)
    return unfinished.rename(path)


def demo_task(data: Path) -> Task:
    """Return the task of the demonstration."""
    return Task(
        id="demo",
        prompt=REQUEST,
        inputs=(data,),
        outputs=tuple(parse_output(text) for text in OUTPUTS),
    )
